"""Losses that stay on their device until somebody looks, so that no step waits for a number.

Reading a number waits until the device has come to it. A GPU that is read after each step stands
still while Python prepares the next one.
"""

import time

MOST_SECONDS = 5  # between two looks: a bar or a line of progress wants fresh losses


class PendingLosses:
    """The losses of the steps since they were last read.

    Args:
      every: numbers of steps, at whose multiples they are due; 0 among them is none.
      last: the training's last step, at which they are due.
      alone: whether they are also due after MOST_SECONDS. Of several processes all should come to
        the same end at the same step, and their clocks differ.
    """

    def __init__(self, every, last, alone=True):
        self._every = [number for number in every if number]
        self._last, self._alone = last, alone
        self._waiting, self._read = [], time.monotonic()

    def add(self, step, logs):
        """Takes a step's losses, {"family/domain": float32 scalar tensor}."""
        self._waiting.append((step, logs))

    def are_due(self, step):
        """Whether somebody needs them behind this step."""
        if step == self._last or any(step % number == 0 for number in self._every):
            return True
        return self._alone and time.monotonic() - self._read >= MOST_SECONDS

    def read(self):
        """Waits for them.

        Returns:
          list of (step, {"family/domain": float}) in order; they are forgotten here.
        """
        found = [(step, {k: float(v) for k, v in logs.items()}) for step, logs in self._waiting]
        self._waiting, self._read = [], time.monotonic()
        return found
