import pytest


@pytest.fixture
def tool(load_tool):
    return load_tool("pages/measure_drawing")


@pytest.mark.parametrize(("flags", "said"), [
    ([], "--workdir is required; see --help"),
    (["--workdir=w", "--strokes=1"], "--strokes=1"),
    (["--workdir=w", "--screenshot=/"], "--screenshot=/: a folder, not a file"),
    (["--workdir=w", "--direction=both"], "--direction=both: not valid; valid: a2b, b2a"),
    (["--workdir=w", "--litert=/nowhere"], "--litert=/nowhere: no such folder"),
    (["--workdir=/nowhere", "--litert=/"], "/nowhere"),
])  # fmt: skip
def test_wrong_flags_are_one_line(tool, capsys, flags, said):
    arguments = ["measure_drawing.py", *flags]
    assert tool.flags.run(tool.main, tool.FLAGS, tool.__doc__, arguments) == 2
    out, error = capsys.readouterr()
    assert out == "" and said in error and error.count("\n") == 1


def test_strokes_stay_on_the_pad(tool):
    """From -0.5 to 0.5; the rim of a face is closed, and each stroke is one line."""
    for strokes, count in ((tool.lines(5), 5), (tool.face(), 4)):
        assert len(strokes) == count
        points = [point for stroke in strokes for xy in stroke for point in xy]
        assert max(map(abs, points)) < 0.5
    rim = tool.face()[0]
    assert rim[0] == pytest.approx(rim[-1]) and len({y > 0 for _, y in rim}) == 2
    mouth = tool.face()[-1]
    assert all(y > 0 for _, y in mouth)  # a smile: below the middle, lowest in its own
    assert max(mouth, key=lambda xy: xy[1])[0] == pytest.approx(0, abs=0.05)
