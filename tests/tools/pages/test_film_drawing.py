import pytest
from PIL import Image, ImageSequence


@pytest.fixture
def tool(load_tool):
    return load_tool("pages/film_drawing")


@pytest.mark.parametrize(("flags", "said"), [
    (["--workdir=w"], "--output is required; see --help"),
    (["--output=o.gif"], "--workdir is required; see --help"),
    (["--workdir=w", "--output=o.gif", "--figure=dog"], "--figure=dog: not valid; "),
    (["--workdir=w", "--output=o.gif", "--strokes=3"], "--strokes=3: not read with --figure=cat"),
    (["--workdir=w", "--output=/", "--litert=/"], "--output=/: a folder, not a file"),
])  # fmt: skip
def test_wrong_flags_are_one_line(tool, capsys, flags, said):
    arguments = ["film_drawing.py", *flags]
    assert tool.flags.run(tool.main, tool.FLAGS, tool.__doc__, arguments) == 2
    out, error = capsys.readouterr()
    assert out == "" and said in error and error.count("\n") == 1


def test_a_film_has_every_frame_for_its_time(tool, tmp_path):
    """Frames of several heights: what is below a lower one is the page's ground."""
    ground, lower = (10, 20, 30), Image.new("RGB", (20, 16), (10, 20, 30))
    higher = Image.new("RGB", (20, 24), (200, 0, 0))
    tool.write([(lower, 600), (higher, 1200)], tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as film:
        assert film.info["loop"] == 0  # for ever
        found = [(f.convert("RGB"), f.info["duration"]) for f in ImageSequence.Iterator(film)]
    assert [duration for _, duration in found] == [600, 1200]
    assert [frame.size for frame, _ in found] == [(20, 24)] * 2
    first, second = (frame for frame, _ in found)
    assert first.getpixel((5, 20)) == ground and second.getpixel((5, 5)) == (200, 0, 0)
