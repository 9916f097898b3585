"""Which rung to probe next and which to train, by what is measured so far. No TensorFlow.

Only a rung that was measured is trained. For the others there are guesses, by the nearest one that
was measured, which say where to look.
"""

from unit_tf.training.budget.costs import Cost, steps_within

MARGIN = 1.1  # a long training takes a little more memory than a probe
PROBED = 12  # about as many steps as a probe takes, where they are long


class Climb:
    """A ladder with what is known of it.

    Args:
      ladder: list of Rung.
      start: index of the one to probe first.
      memory: bytes that a training may take; 0: any.

    Attributes:
      measured: {index: Measurement, or None where the rung did not fit into the memory}.
    """

    def __init__(self, ladder, start, memory=0.0):
        self.ladder, self.start, self.memory = ladder, start, memory
        self.measured = {}

    def next_index(self, seconds):
        """The rung to probe, or None where no other is better than those measured.

        Args:
          seconds: that are left for a training.
        """
        if not self.measured:
            return self.start
        index = self._highest(seconds)
        return None if index in self.measured else index

    def probe_seconds(self, index, wall):
        """About how long a probe takes.

        Args:
          index: the rung's.
          wall: seconds that the last probe took.
        """
        near = self._nearest(index)
        if near is None:
            return wall
        longer = self.guess(index).step - self.measured[near].step
        return wall + PROBED * max(0.0, longer)

    def guess(self, index):
        """A Measurement of a rung: its own, or by the nearest's; None without any."""
        near = self._nearest(index)
        if near is None or near == index:
            return self.measured.get(index)
        one, other, known = self.ladder[index], self.ladder[near], self.measured[near]
        work, memory = one.work / other.work, one.memory / other.memory
        return known._replace(
            step=known.data + max(0.0, known.step - known.data) * work,
            health=Cost(known.health.first, known.health.again * work),
            peak=known.base + (known.peak - known.base) * memory,
        )

    def fits(self, measurement):
        """Whether a training stays within the memory."""
        return not self.memory or measurement.peak * MARGIN <= self.memory

    def best(self, seconds):
        """The index to train: the highest that gets its steps, else the one that gets the most.

        Args:
          seconds: that are left for the training.

        Returns:
          index of a rung that was measured and fits; None without one.
        """
        usable = {i: self.steps(i, seconds) for i, m in self.measured.items() if m and self.fits(m)}
        enough = [i for i, steps in usable.items() if steps >= self.ladder[i].wanted]
        return max(enough, default=max(usable, key=usable.get, default=None))

    def steps(self, index, seconds):
        """Steps that fit into the seconds, by the rung's measurement or a guess."""
        return steps_within(seconds, self.guess(index), self.ladder[index].config.run)

    def _nearest(self, index):
        known = [i for i, m in self.measured.items() if m]
        return min(known, key=lambda i: (abs(i - index), i), default=None)

    def _highest(self, seconds):
        """The highest rung that fits and gets its steps, as far as is known; else the lowest."""
        failed = [i for i, m in self.measured.items() if m is None]
        for index in reversed(range(min(failed, default=len(self.ladder)))):
            guess = self.guess(index)
            if guess is None:  # nothing fitted yet
                return index
            if self.fits(guess) and self.steps(index, seconds) >= self.ladder[index].wanted:
                return index
        return 0
