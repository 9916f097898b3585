import json

import pytest

from unit_tf.config import ExperimentConfig
from unit_tf.inference import load as load_lib
from unit_tf.methods.registry import build_method
from unit_tf.training.checkpoint_choice import BEST_FILE
from unit_tf.training.score_watch import SCORES


@pytest.fixture
def workdir(tmp_path, monkeypatch):
    """A folder with scores, and a tiny translator of it."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    config = ExperimentConfig().replace({
        "model.architecture": "table3", "model.width": 1 / 16, "model.num_blocks": 1,
        "data.image_size": 40, "data.root": str(tmp_path), "run.seed": 5,
        "run.init_from": "/home/somebody",
        "run.steps": 900,
    })  # fmt: skip
    scores = [
        {"step": step, "name": "l1", "value": value, "lower_is_better": True}
        for step, value in ((300, 20.0), (600, 12.5), (900, 14.0))
    ]
    (folder / SCORES).write_text("".join(json.dumps(entry) + "\n" for entry in scores))
    (folder / BEST_FILE).write_text(json.dumps(scores[1]))

    def load(source, checkpoint):
        assert (source, checkpoint) == (folder, "best")
        return load_lib.LoadedTranslator(config, build_method(config), 600, folder)

    monkeypatch.setattr(load_lib, "load", load)
    return folder


def test_a_folder_to_ship(load_tool, workdir, tmp_path, monkeypatch, capsys):
    tool, output = load_tool("ship_translator"), tmp_path / "tiny"
    arguments = [
        "ship_translator.py", f"--workdir={workdir}", f"--output={output}", "--checkpoint=best",
        "--what=squares (A) to circles (B)", "--licence=drawn here", "--note=Too small.",
    ]  # fmt: skip
    assert tool.flags.run(tool.main, tool.FLAGS, tool.__doc__, arguments) == 0
    assert capsys.readouterr().out.startswith(f"{output / 'translator.npz'}: step 600, 0.")
    card = (output / tool.CARD).read_text()
    for said in (
        "# tiny\n\nsquares (A) to circles (B)\n\n| | |\n",
        "| licence of the images | drawn here |",
        "| training | seed 5, step 600 of 900, batches of 1, float32 |",
        "| last score | step 900: l1 14 (the lower the better) |",
        "| best score | step 600: l1 12.5 (the lower the better) |",
        "    unit-train --workdir=runs/tiny --data.root=PATH --data.image_size=40x40 ",
        "\n\nToo small.\n",
    ):
        assert said in card
    written = card + (output / "config.json").read_text()
    assert "/home/somebody" not in written and str(tmp_path) not in written
    monkeypatch.undo()
    assert load_lib.load(output).step == 600


def test_what_it_is_must_be_said(load_tool, capsys):
    tool = load_tool("ship_translator")
    arguments = ["ship_translator.py", "--workdir=w", "--output=o", "--what=x"]
    assert tool.flags.run(tool.main, tool.FLAGS, tool.__doc__, arguments) == 2
    assert capsys.readouterr().err == "ship_translator.py: --licence is required; see --help\n"


@pytest.mark.parametrize(("output", "said"), [
    ("full", "/full: is not empty; name a new folder"), ("a file", "/a file is not a folder"),
])  # fmt: skip
def test_nothing_is_written_over(load_tool, workdir, tmp_path, capsys, output, said):
    tool = load_tool("ship_translator")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/config.json").write_text("{}")
    (tmp_path / "a file").write_text("text")
    arguments = ["ship_translator.py", f"--workdir={workdir}", "--what=x", "--licence=y"]
    arguments += ["--checkpoint=best", f"--output={tmp_path / output}"]
    assert tool.flags.run(tool.main, tool.FLAGS, tool.__doc__, arguments) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert (tmp_path / "full/config.json").read_text() == "{}"
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["config.json"]
