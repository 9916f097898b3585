import pathlib
import subprocess
import sys
import time

import pytest

from unit_tf.config import UserError
from unit_tf.training import run
from unit_tf.training.budget import choose, probe_process


@pytest.fixture
def tool(load_tool):
    return load_tool("measure_budget")


@pytest.mark.parametrize(("clock", "taken"), [("wall", "4.20 | 1.05"), ("cpu", "2.00 | 0.50")])
def test_a_row_says_what_was_asked_and_what_was_taken(tool, clock, taken):
    chosen = {
        "data": {"image_size": [64, 96]}, "model": {"width": 0.25}, "run": {"steps": 1230},
    }  # fmt: skip
    found = tool.row(clock, 4.0, 2.0, (252.0, 120.0, 1.234e9), chosen)
    assert found == f"| {clock} | 4 | {taken} | 2 | 1.23 | 64x96, width 0.25, 1230 steps | 2.00 |"
    assert tool.HEAD.count("|") == 3 * found.count("|") - found.count("|")


def test_what_a_command_takes_is_measured(tool):
    fill = "x = bytearray(2 * 10**8); import time; time.sleep(0.3); sum(range(10**6))"
    # In a small process: Linux gives a child the peak of the process that it was forked from.
    measured = (
        f"import sys; sys.path.insert(0, {str(pathlib.Path(tool.__file__).parent)!r})\n"
        f"import measure_budget; print(*measure_budget.run([sys.executable, '-c', {fill!r}]))"
    )
    said = subprocess.run([sys.executable, "-c", measured], check=True, stdout=subprocess.PIPE)
    seconds, cpu, peak = map(float, said.stdout.split())
    assert seconds > 0.3 and cpu > 0 and 2e8 < peak < 2e9
    with pytest.raises(UserError, match="status 3"):
        tool.run([sys.executable, "-c", "raise SystemExit(3)"])


def test_minutes_are_needed(tool):
    tool.FLAGS(["measure_budget.py", "--preset=photos"])
    with pytest.raises(UserError, match="--run.minutes is required"):
        tool.main()


def test_cpu_time_can_stand_for_minutes(load_tool, monkeypatch):
    """That of probes, too, once they have ended."""
    clock = load_tool("cpu_clock")
    begun = clock.cpu_seconds()
    subprocess.run([sys.executable, "-c", "sum(range(3 * 10**6))"], check=True)
    time.sleep(0.3)
    assert 0.01 < clock.cpu_seconds() - begun
    for module in (run, probe_process):
        monkeypatch.setattr(module, "time", time)
    monkeypatch.setattr(run, "choose", choose.choose)
    monkeypatch.setattr(probe_process, "CHILD", probe_process.CHILD)
    monkeypatch.setattr(clock.flags, "run", lambda *command: 7)
    assert clock.command() == 7
    assert run.choose.keywords == {"clock": clock.cpu_seconds}
    assert probe_process.CHILD == "cpu_clock"
