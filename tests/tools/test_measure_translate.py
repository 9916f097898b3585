"""Two checkouts' translations, timed and compared."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def tool(load_tool):
    return load_tool("measure_translate")


def test_the_same_photographs_every_time(tool, tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        tool.write_photographs(tmp_path / name, 5)
    assert tool.different(tmp_path / "a", tmp_path / "b") == []
    files = sorted((tmp_path / "a").iterdir())
    assert [f.name for f in files] == ["0000.png", "0001.jpg", "0002.jpg", "0003.jpg", "0004.png"]
    sizes = set()
    for file in files:
        with Image.open(file) as image:
            sizes.add(image.size)
            assert np.asarray(image).std() > 10
    assert len(sizes) == 5 and all(256 <= side <= 1024 for size in sizes for side in size)


def test_every_difference_is_named(tool, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "same.png").write_bytes(b"same")
        (tmp_path / name / "sub" / "x.png").write_bytes(name.encode())
    (tmp_path / "two" / "more.png").touch()
    assert tool.different(tmp_path / "one", tmp_path / "two") == ["more.png", "sub/x.png"]


def test_what_is_stored_beside_the_pixels_makes_no_other_image(tool, tmp_path):
    others = {"one": (9, {}), "two": (9, {"dpi": (72, 72)}), "near": (8, {}), "far": (7, {})}
    for name, (level, more) in others.items():
        (tmp_path / name).mkdir()
        Image.new("L", (4, 4), level).save(tmp_path / name / "x.png", **more)
    one, two, near, far = (tmp_path / name for name in others)
    assert tool.different(one, two) == ["x.png"] == tool.different(one, near)
    assert tool.compare(one, two, ["x.png"])[0] == []
    wrong, said = tool.compare(one, near, ["x.png"])
    assert wrong == [] and "by at most 1 of 255" in said and said.startswith("1.00e+00")
    assert tool.compare(one, far, ["x.png"])[0] == ["x.png"]
    assert tool.compare(one, two, ["absent.png"])[0] == ["absent.png"]


def test_images_of_other_sizes_are_too_far(tool, tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    Image.new("L", (4, 5)).save(tmp_path / "b.png")
    assert tool.levels_apart(tmp_path / "a.png", tmp_path / "b.png") is None
