import pytest


@pytest.fixture
def tool(load_tool):
    return load_tool("pages/measure_drawing")


@pytest.mark.parametrize(("flags", "said"), [
    ([], "--workdir is required; see --help"),
    (["--workdir=w", "--strokes=1"], "--strokes=1"),
    (["--workdir=w", "--screenshot=/", "--litert=/"], "--screenshot=/: a folder, not a file"),
    (["--workdir=w", "--direction=both"], "--direction=both: not valid; valid: a2b, b2a"),
    (["--workdir=w", "--litert=/nowhere"], "--litert=/nowhere: no such folder"),
    (["--workdir=/nowhere", "--litert=/"], "/nowhere"),
])  # fmt: skip
def test_wrong_flags_are_one_line(tool, capsys, flags, said):
    arguments = ["measure_drawing.py", *flags]
    assert tool.flags.run(tool.main, tool.FLAGS, tool.__doc__, arguments) == 2
    out, error = capsys.readouterr()
    assert out == "" and said in error and error.count("\n") == 1
