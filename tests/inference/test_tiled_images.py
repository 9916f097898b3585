"""Which images are translated in tiles, and what is said of those that cannot be."""

import numpy as np
import pytest
import pyvips
from PIL import Image

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.inference import tiled_images, tiling
from unit_tf.inference.file_translation import TranslateRequest, prepare
from unit_tf.inference.style_requests import StyleRequest
from unit_tf.inference.tiling import find_tiling

CONFIG = {
    "model.architecture": "resnet2017", "model.block_norm": "none", "model.num_blocks": 1,
    "model.width": 1 / 16, "data.channels": 1,
}  # fmt: skip
LIMIT = 1.3e-3  # gigabytes: tiles of a hundred pixels fit, and 120x130 pixels do not


@pytest.fixture
def plan(tmp_path):
    """(settings, **fields of TranslateRequest) -> FileTranslation of the images in "in"."""

    def made(settings=None, **fields):
        config = ExperimentConfig().replace(CONFIG | (settings or {}))
        (tmp_path / "config.json").write_text(config.to_json())
        places = {"input": str(tmp_path / "in"), "output": str(tmp_path / "out")}
        fields = {"max_memory_gb": LIMIT} | places | fields
        return prepare(TranslateRequest(str(tmp_path), "a2b", **fields))

    return made


@pytest.fixture
def image(tmp_path):
    """(name, size) -> a file in "in" beside a small one."""

    def made(name="large.png", size=(130, 120), **options):
        (tmp_path / "in").mkdir(exist_ok=True)
        Image.new("L", (9, 8)).save(tmp_path / "in" / "small.png")
        pixels = np.random.default_rng(0).integers(0, 256, size[::-1], np.uint8)
        Image.fromarray(pixels).save(tmp_path / "in" / name, **options)
        return tmp_path / "in" / name

    return made


def test_what_does_not_fit_is_translated_in_tiles(plan, image, capsys):
    path = image()
    translation = plan()
    assert [job.source.name for job in translation.jobs] == ["large.png", "small.png"]
    assert translation.failed == 0 and list(translation.decoded.tiled) == [path]
    assert translation.decoded.tiled[path].size == (120, 130)
    assert capsys.readouterr().err.splitlines()[1:] == [
        f"{path}: 120x130 pixels do not fit into the memory at once; translated in 4 tiles of "
        "88x96 pixels"
    ]
    assert not plan(max_memory_gb=1).decoded.tiled


def test_passes_are_said(plan, image, capsys):
    image()
    plan({"model.block_norm": "instance"})
    assert capsys.readouterr().err.endswith("pixels in 5 passes, for its statistics\n")


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("large.png", {"max_memory_gb": 4e-4}, "fit"),
        ("large.gif", {}, "fit; no png, jpeg or tiff, which alone are read by rows"),
    ],
)
def test_what_cannot_be_is_left_out(plan, image, capsys, name, fields, reason):
    image(name)
    assert plan(**fields).failed == 1
    assert capsys.readouterr().err.endswith(f"million pixels {reason}\n")


def test_a_format_that_is_not_written_by_rows_is_named(plan, image, tmp_path):
    request = {"input": str(image()), "output": str(tmp_path / "x.webp")}
    with pytest.raises(UserError, match="fit; no .webp file is written by rows; name a .png or"):
        plan(**request)


def test_without_the_extra_it_is_named(plan, image, capsys, monkeypatch):
    image()
    monkeypatch.setattr(tiled_images, "has_libvips", lambda: False)
    assert plan().failed == 1
    expected = "; pip install 'unit_tf[large]' lets it be translated in tiles\n"
    assert capsys.readouterr().err.endswith(f"fit{expected}")
    monkeypatch.setattr(tiled_images, "_SMALL_FILE", 1000)
    monkeypatch.setattr(tiled_images, "LARGEST", 1000)
    assert plan(max_memory_gb=1).failed == 1
    assert capsys.readouterr().err.endswith(f"a file of 0.0 GB{expected}")


def test_a_file_that_is_much_by_itself_is_not_read_whole(plan, image, monkeypatch):
    path = image("large.tif")
    monkeypatch.setattr(tiled_images, "_SMALL_FILE", 1000)
    assert path in plan().decoded.tiled
    assert not plan(max_memory_gb=1).decoded.tiled
    monkeypatch.setattr(tiled_images, "LARGEST", 1000)
    assert path in plan(max_memory_gb=1).decoded.tiled


def test_one_cut_off_stops_as_ever(plan, image):
    path = image()
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(UserError, match=r"1 of 2 .*large.png \(truncated or corrupt"):
        plan()


def test_too_many_pixels_are_refused_as_ever(plan, image):
    image("large.png", (2000, 1000))
    with pytest.raises(UserError, match="more than 1 million .*; --max_megapixels=2 allows it"):
        plan(max_megapixels=1)


def test_in_styles_none_is(plan, image, capsys):
    image()
    config = {"model.method": "munit", "model.architecture": "munit2018"}
    assert plan(config, styles=StyleRequest(num_styles=1)).failed == 1
    assert "tiles" not in capsys.readouterr().err


def test_methods_with_other_networks_have_none():
    assert find_tiling(ExperimentConfig().replace({"model.method": "dann"}), "a2b") is None


def test_a_students_are_of_its_own_networks():
    """And not of the family that ``model.architecture`` names for others."""
    settings = {"model.method": "student", "model.num_blocks": 6, "model.width": 0.25}
    found = find_tiling(ExperimentConfig().replace(settings), "a2b")
    assert (found.margin, found.stride, found.smallest, found.passes) == (60, 4, 4, 1)


@pytest.mark.parametrize("memory", [2e8, 2e9])
def test_tiles_fit_into_the_memory(memory):
    found = find_tiling(ExperimentConfig().replace({"model.width": 0.25}), "a2b")
    grid = found.grid((30_000, 30_000), memory)
    side = grid.rows[0].stop
    need = side**2 * found.per_pixel + side * 30_000 * found.channels
    assert 0.7 * min(memory, tiling.MOST) < need <= min(memory, tiling.MOST)


DEEP = np.linspace(0, 40_000, 120 * 130).reshape(120, 130)


@pytest.fixture
def deep(tmp_path):
    """Files of more than 8 bits in "in", by their names."""
    (tmp_path / "in").mkdir()
    grey = DEEP.astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / "in/grey.png")
    Image.fromarray(grey >> 4).save(tmp_path / "in/twelve.tif", tiffinfo={340: 0, 341: 4095})
    Image.fromarray((DEEP / 39_000).astype(np.float32)).save(tmp_path / "in/float.tif")
    colours = pyvips.Image.new_from_array(np.stack([grey, grey.T.reshape(120, 130), grey], -1))
    colours = colours.copy(interpretation="rgb16")
    colours.pngsave(str(tmp_path / "in/colours.png"))
    colours.tiffsave(str(tmp_path / "in/colours.tif"))
    return sorted((tmp_path / "in").iterdir())


@pytest.mark.parametrize("value_range", ["", "0,50000", "auto"])
def test_deep_values_are_those_of_the_whole(plan, deep, value_range):
    if value_range == "auto":
        deep.remove(next(f for f in deep if f.name == "float.tif"))
        (deep[0].parent / "float.tif").unlink()
    settings = {"data.value_range": value_range, "data.channels": 3}
    tiles, whole = plan(settings), plan(settings, max_memory_gb=1)
    assert sorted(tiles.decoded.tiled) == deep and not whole.decoded.tiled
    for path in deep:
        found = np.zeros((120, 130, 3), np.uint8)
        tiles.decoded.rows(path).read_into(found)
        np.testing.assert_array_equal(found, whole.decoded.take(path), err_msg=path.name)
