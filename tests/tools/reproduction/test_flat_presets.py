"""tools/reproduction/flat_presets.py: which trainings there are, and what is told of one."""

import json

import numpy as np
import pytest

from unit_tf.presets import PRESETS
from unit_tf.training import loop


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduction/flat_presets")


@pytest.fixture
def found(tool, tmp_path):
    """(trainings, presets that are left out)."""
    return tool.experiments(300, tool.write_images(tmp_path))


def test_every_preset_that_translates_is_there(found):
    trainings, left_out = found
    names = [name for names in trainings for name in names.split(", ")]
    assert sorted([*names, *left_out]) == sorted(
        name for name in PRESETS if not name.startswith(("da_", "cogan", "dann", "source_only"))
    )
    assert list(left_out) == ["munit_perceptual"]
    assert len(names) == len(set(names)) > len(trainings)


def test_all_train_on_the_same_images_from_the_first_step_on(found):
    for config in found[0].values():
        assert config.data.image_size == (64, 64) and config.optim.batch_size == 1
        assert config.weights.gan_start == 0 and config.run.steps == 300


def test_images_are_flat_in_a_and_noise_in_b(tool, tmp_path):
    from unit_tf.data.images import decode

    folders = tool.write_images(tmp_path)
    deviations = {
        key: [decode(path, 3).std() for path in sorted((tmp_path / key[-1]).iterdir())]
        for key in folders
    }
    assert deviations["data.dir_a"][:2] == [0, 0] and 0 < deviations["data.dir_a"][3] < 5
    assert deviations["data.dir_b"][0] > 60
    assert {len(found) for found in deviations.values()} == {tool.COUNT}


class Run:
    """Stands for a training that lasts 7 steps."""

    error = None

    def __init__(self, config, data, workdir):
        workdir.mkdir(parents=True)
        self.trainer = type("Trainer", (), {"step": np.array(7)})
        self.trainer.step = type("Step", (), {"numpy": lambda self: np.int64(7)})()

    def run(self):
        if self.error:
            raise loop.Diverged(self.error)


@pytest.mark.parametrize("error", [None, "step 8: gan/a is not finite"])
def test_how_it_ended_is_remembered(tool, found, tmp_path, monkeypatch, error):
    monkeypatch.setattr(loop, "Loop", type("Made", (Run,), {"error": error}))
    config = next(iter(found[0].values()))
    told = tool.trained(config, tmp_path / "run")
    assert told == [7, error or "finite"]
    assert json.loads((tmp_path / "run" / "lasted.json").read_text()) == told
    monkeypatch.setattr(loop, "Loop", None)
    assert tool.trained(config, tmp_path / "run") == told
