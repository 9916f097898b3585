import sys

import pytest

from unit_tf.config import UserError


@pytest.fixture
def tool(load_tool):
    return load_tool("measure_budget")


def test_a_row_says_what_was_asked_and_what_was_taken(tool):
    chosen = {
        "data": {"image_size": [64, 96]}, "model": {"width": 0.25}, "run": {"steps": 1230},
    }  # fmt: skip
    found = tool.row(4.0, 2.0, (252.0, 120.0, 1.234e9), chosen)
    assert found == "| 4 | 4.20 | 1.05 | 2 | 1.23 | 64x96, width 0.25, 1230 steps | 2.00 |"
    assert tool.HEAD.count("|") == 3 * found.count("|") - found.count("|")


def test_what_a_command_takes_is_measured(tool):
    fill = "x = bytearray(2 * 10**8); import time; time.sleep(0.3); sum(range(10**6))"
    seconds, cpu, peak = tool.run([sys.executable, "-c", fill])
    assert seconds > 0.3 and cpu > 0 and 2e8 < peak < 2e9
    with pytest.raises(UserError, match="status 3"):
        tool.run([sys.executable, "-c", "raise SystemExit(3)"])


def test_minutes_are_needed(tool):
    tool.FLAGS(["measure_budget.py", "--preset=photos"])
    with pytest.raises(UserError, match="--run.minutes is required"):
        tool.main()
