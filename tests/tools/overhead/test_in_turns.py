"""Calls that take turns, and which of them count."""

import time

from in_turns import medians_in_turns


def test_turns_and_medians():
    """The first call of each, which compiles, is left out."""
    called = []

    def first():
        time.sleep(0.5 if not called else 0)
        called.append("a")

    def second():
        time.sleep(0.1)
        called.append("b")

    (wall, _), (slow, _) = medians_in_turns(first, second, 3)
    assert called == ["a", "b"] * 4
    assert wall < 0.1 <= slow
