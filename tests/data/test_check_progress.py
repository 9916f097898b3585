"""Long checks say how far they are; short ones say nothing. An interrupted one ends at once."""

import io
import time

import pytest

from unit_tf.data import check_progress
from unit_tf.data.check_progress import check_in_threads, with_progress


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


def test_threads_keep_the_order():
    assert check_in_threads(str.upper, ["b", "a", "c"]) == ["B", "A", "C"]


def test_what_waits_behind_an_interruption_never_begins(monkeypatch):
    monkeypatch.setattr(check_progress, "MOST_WORKERS", 1)
    begun = []

    def check(image):
        begun.append(image)
        if image == 1:
            raise KeyboardInterrupt
        time.sleep(0.05 * (image > 1))

    with pytest.raises(KeyboardInterrupt):
        check_in_threads(check, list(range(100)))
    assert len(begun) < 50
