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
    for name, level, more in (("one", 9, {}), ("two", 9, {"dpi": (72, 72)}), ("three", 8, {})):
        (tmp_path / name).mkdir()
        Image.new("L", (4, 4), level).save(tmp_path / name / "x.png", **more)
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    assert tool.different(one, two) == ["x.png"] == tool.different(one, three)
    assert tool.of_other_pixels(one, two, ["x.png"]) == []
    assert tool.of_other_pixels(one, three, ["x.png"]) == ["x.png"]
    assert tool.of_other_pixels(one, two, ["absent.png"]) == ["absent.png"]
