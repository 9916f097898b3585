"""What a user sees of a training on its way: images, and a bar or a line a minute."""

import io

import numpy as np
import pytest

from unit_tf.training import logs


def test_preview_grid_places_columns_left_to_right():
    columns = {"grey": np.full([2, 4, 4, 1], -1.0), "white": np.full([2, 4, 4, 3], 1.0)}
    grid = logs.preview_grid(columns)
    assert grid.shape == (1, 8, 8, 3) and grid.dtype == np.uint8
    assert (grid[0, :, :4] == 0).all() and (grid[0, :, 4:] == 255).all()


def test_preview_grid_of_diverged_networks():
    assert (logs.preview_grid({"nan": np.full([1, 2, 2, 3], np.nan)}) == 128).all()


class Terminal(io.StringIO):
    def isatty(self):
        return True


TOTALS = {"total/generator": 1.5, "total/discriminator": 0.25, "kl/a": 9.0}


def test_progress_on_a_terminal_is_a_bar():
    stream = Terminal()
    bar = logs.Progress(2, 10, stream)
    for step in range(3, 11):
        bar.update(step, TOTALS)
    bar.close()
    text = stream.getvalue()
    assert "\r" in text and "10/10" in text and "generator=1.500" in text and "kl" not in text


def test_progress_elsewhere_is_a_line(monkeypatch):
    clock = iter([0.0, 10.0, 70.0, 80.0, 90.0])
    monkeypatch.setattr(logs.time, "monotonic", lambda: next(clock))
    stream = io.StringIO()
    progress = logs.Progress(0, 4, stream)
    for step in range(1, 5):
        progress.update(step, TOTALS)
    progress.close()
    first, last = stream.getvalue().splitlines()
    assert first == "step 2/4  0.03 steps/s  1 min left  generator 1.500 discriminator 0.250"
    assert last.startswith("step 4/4  0.04 steps/s  0 min left")


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_a_line_of_its_own(stream):
    """A bar does not run into it."""
    progress = logs.Progress(0, 2, stream)
    progress.update(1, TOTALS)
    progress.say("step 1: something is wrong")
    progress.close()
    lines = stream.getvalue().replace("\r", "\n").splitlines()
    assert "step 1: something is wrong" in lines


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_progress_of_other_workers_is_silent(stream):
    progress = logs.Progress(0, 1, stream, active=False)
    progress.say("nothing")
    progress.update(1, TOTALS)
    progress.close()
    assert stream.getvalue() == ""
