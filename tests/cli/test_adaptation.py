"""Domain adaptation as a user runs it, on small data sets in tensorflow-datasets' format."""

import json

import pytest

from unit_tf.cli import evaluate, train
from unit_tf.presets import PRESETS

TINY = ["--model.width=0.05", "--optim.batch_size=4", "--run.steps=2"]
NARROW = "--model.discriminator_width=0.1"  # where there is more than a classifier


@pytest.mark.parametrize("preset", ["da_svhn_mnist", "cogan_usps_mnist", "dann_mnist_usps"])
def test_train_and_evaluate(preset, small_digits, tmp_path, run_command, tree, monkeypatch):
    """With the data there, the preset's name is all that it takes."""
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")  # the command's choice would outlive the test
    where = [f"--workdir={tmp_path}", f"--data.tfds_dir={small_digits}"]
    settings = TINY if preset.startswith("dann") else [*TINY, NARROW]
    assert run_command(train, f"--preset={preset}", *where, *settings).code == 0
    result = run_command(evaluate, *where)
    assert result.code == 0
    classes = json.loads(result.out.splitlines()[-1])["classes"]
    source, target = (PRESETS[preset].overrides[f"data.labelled_{d}"] for d in "ab")
    counts = {"mnist": 4, "usps": 5, "svhn_cropped": 6}
    found = [classes[d]["images"] for d in "ab"]
    assert found == [counts[source], counts[target]]
    translates = preset.startswith("da_")
    grids = {name for name in tree(tmp_path) if name.startswith("grid_")}
    assert grids == ({"grid_a2b.png", "grid_b2a.png"} if translates else set())
