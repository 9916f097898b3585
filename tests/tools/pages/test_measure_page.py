import pytest

from unit_tf.config import UserError


@pytest.fixture
def tool(load_tool):
    return load_tool("pages/measure_page")


def test_speed_is_taken_without_the_first_images(tool):
    first = [{"now": now, "took": 9000} for now in (0, 1, 2)]
    rest = [{"now": 5000 + 250 * i, "took": took} for i, took in enumerate((80, 300, 90, 100, 100))]
    assert tool.figures(first + rest) == (4.0, 100)
    with pytest.raises(UserError, match=r"^--seconds: only 4 frames came; give more seconds$"):
        tool.figures(first + rest[:1])


@pytest.mark.parametrize(("flag", "said"), [
    ("--image_sizes=12x8", "--image_sizes=12x8: give sides in pixels, such as 128,256"),
    ("--camera=none.y4m", "--camera=none.y4m: no such file"),
    ("--screenshot=/", "--screenshot=/: a folder, not a file"),
    ("--litert=/nowhere", "--web.litert=/nowhere: no such folder"),
])  # fmt: skip
def test_wrong_flags_are_one_line(tool, capsys, flag, said):
    assert tool.flags.run(tool.main, tool.FLAGS, tool.__doc__, ["measure_page.py", flag]) == 2
    out, error = capsys.readouterr()
    assert out == "" and said in error and error.count("\n") == 1
