"""Long checks say how far they are; short ones say nothing."""

import io

import pytest

from unit_tf.data import check_progress
from unit_tf.data.check_progress import with_progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes 4 seconds on whenever it is read."""
    ticks = iter(range(0, 10**6, 4))
    monkeypatch.setattr(check_progress.time, "monotonic", lambda: next(ticks))


def test_a_long_check_says_a_line_every_ten_seconds(clock):
    stream = io.StringIO()
    items = list(with_progress(range(7), 7, "A: 7 images\n", stream))
    assert items == list(range(7))
    assert stream.getvalue().splitlines() == [
        r"A: 7 images\n: checked 3 of 7 images", r"A: 7 images\n: checked 6 of 7 images",
    ]  # fmt: skip


def test_the_last_image_needs_no_line(clock):
    stream = io.StringIO()
    list(with_progress(range(3), 3, "", stream))
    assert stream.getvalue() == ""


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_a_short_check_says_nothing(stream):
    assert list(with_progress("abc", 3, "x", stream)) == ["a", "b", "c"]
    assert stream.getvalue().strip() == ""


def test_a_terminal_has_a_bar(monkeypatch):
    monkeypatch.setattr(check_progress, "QUIET_SECONDS", 0)
    stream = Terminal()
    list(with_progress("abc", 3, "A: 3 images", stream))
    assert "A: 3 images: checking" in stream.getvalue() and "/3" in stream.getvalue()
