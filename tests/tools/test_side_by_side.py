import numpy as np
import pytest
from PIL import Image

from unit_tf.cli import flags


@pytest.fixture
def images(tmp_path):
    for name, width in (("one", 20), ("two", 30)):
        Image.fromarray(np.full((40, width, 3), 200, np.uint8)).save(tmp_path / f"{name}.png")
    return f"{tmp_path}/one.png,{tmp_path}/two.png"


def run(tool, *argv):
    return flags.run(tool.main, tool.FLAGS, tool.__doc__, [tool.__name__, *argv])


def test_side_by_side_keeps_every_pixel(load_tool, tmp_path, images):
    tool, output = load_tool("side_by_side"), tmp_path / "both.png"
    assert run(tool, f"--images={images}", "--titles=a,b", f"--output={output}") == 0
    both = np.asarray(Image.open(output))
    assert both.shape[0] > 40 and both.shape[1] == 20 + 30 + tool.GAP
    assert (both[-40:, :20] == 200).all() and (both[-40:, -30:] == 200).all()


def test_side_by_side_in_rows(load_tool, tmp_path, images):
    tool, output = load_tool("side_by_side"), tmp_path / "all.png"
    many = ",".join([images, images.split(",")[1]])
    assert run(tool, f"--images={many}", "--titles=a,b,c", "--columns=2", f"--output={output}") == 0
    shown = np.asarray(Image.open(output))
    assert shown.shape[:2] == (2 * (40 + tool.TITLE) + tool.GAP, 30 + 30 + tool.GAP)
    assert (shown[tool.TITLE : tool.TITLE + 40, -30:] == 200).all()
    assert (shown[-40:, :30] == 200).all() and (shown[-40:, 30:] == 255).all()


def test_a_row_without_titles_has_no_band(load_tool, tmp_path, images):
    tool, output = load_tool("side_by_side"), tmp_path / "all.png"
    assert run(tool, f"--images={images}", "--titles=a,", "--columns=1", f"--output={output}") == 0
    shown = np.asarray(Image.open(output))
    assert shown.shape[:2] == (tool.TITLE + 40 + tool.GAP + 40, 30)
    assert (shown[-40:] == 200).all()


@pytest.mark.parametrize("wrong", ["--titles=a", "--titles=a,b,c"])
def test_side_by_side_wants_a_title_each(load_tool, tmp_path, images, wrong, capsys):
    output = tmp_path / "both.png"
    code = run(load_tool("side_by_side"), f"--images={images}", wrong, f"--output={output}")
    assert code == 2 and "--titles" in capsys.readouterr().err
    assert not output.exists()


def test_write_test_tiles_writes_pairs(load_tool, tmp_path):
    from unit_tf.config import ExperimentConfig
    from unit_tf.files import write_text

    config = ExperimentConfig()
    folders = {}
    for key in ("dir_a", "dir_b", "test_dir_a", "test_dir_b"):
        folder = tmp_path / key
        folder.mkdir()
        colour = np.full((16, 16, 3), len(folders) * 50, np.uint8)
        for name in ("v", "w", "x"):
            Image.fromarray(colour).save(folder / f"{name}.png")
        folders[f"data.{key}"] = str(folder)
    config = config.replace({**folders, "data.image_size": 16, "model.discriminator_depth": 2})
    write_text(tmp_path / "work" / "config.json", config.to_json())
    argv = (f"--workdir={tmp_path}/work", f"--output={tmp_path}/tiles")
    assert run(load_tool("write_test_tiles"), *argv, "--limit=2") == 0
    assert [p.name for p in sorted((tmp_path / "tiles" / "b").iterdir())] == ["v.png", "x.png"]
    assert run(load_tool("write_test_tiles"), *argv) == 0
    assert len(list((tmp_path / "tiles" / "b").iterdir())) == 3
    for domain, value in (("a", 100), ("b", 150)):
        assert (np.asarray(Image.open(tmp_path / "tiles" / domain / "x.png")) == value).all()
