"""Which candidate to probe next and which to train, by what is measured so far. No TensorFlow.

Only a candidate that was measured is trained. For the others there are guesses, by the nearest one
that was measured, which say where to look.
"""

from unit_tf.training.budget.costs import Cost, steps_within

MARGIN = 1.1  # a long training takes a little more memory than a probe
PROBED = 12  # about as many steps as a probe takes, where they are long


class Search:
    """Candidates with what is known of them.

    Args:
      candidates: list of Candidate, the smallest first.
      start: index of the one to probe first.
      memory: bytes that a training may take; 0: any.

    Attributes:
      measured: {index: Measurement, or None where the candidate did not fit into the memory}.
    """

    def __init__(self, candidates, start, memory=0.0):
        self.candidates, self.start, self.memory = candidates, start, memory
        self.measured = {}

    def next_index(self, seconds):
        """The candidate to probe, or None where no other is better than those measured.

        Args:
          seconds: that are left for a training.
        """
        if not self.measured:
            return self.start
        index = self._largest(seconds)
        return None if index in self.measured else index

    def probe_seconds(self, index, wall):
        """About how long a probe takes.

        Args:
          index: the candidate's.
          wall: seconds that the last probe took.
        """
        near = self._nearest(index)
        if near is None:
            return wall
        longer = self.guess(index).step - self.measured[near].step
        return wall + PROBED * max(0.0, longer)

    def guess(self, index):
        """A Measurement of a candidate: its own, or by the nearest's; None without any."""
        near = self._nearest(index)
        if near is None or near == index:
            return self.measured.get(index)
        one, other, known = self.candidates[index], self.candidates[near], self.measured[near]
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
        """The index to train: the largest that gets its steps, else the one that gets the most.

        Args:
          seconds: that are left for the training.

        Returns:
          index of a candidate that was measured and fits; None without one.
        """
        usable = {i: self.steps(i, seconds) for i, m in self.measured.items() if m and self.fits(m)}
        enough = [i for i, steps in usable.items() if steps >= self.candidates[i].wanted]
        return max(enough, default=max(usable, key=usable.get, default=None))

    def steps(self, index, seconds):
        """Steps that fit into the seconds, by the candidate's measurement or a guess."""
        return steps_within(seconds, self.guess(index), self.candidates[index].config.run)

    def _nearest(self, index):
        known = [i for i, m in self.measured.items() if m]
        return min(known, key=lambda i: (abs(i - index), i), default=None)

    def _largest(self, seconds):
        """The largest that fits and gets its steps, as far as is known; else the smallest."""
        failed = [i for i, m in self.measured.items() if m is None]
        for index in reversed(range(min(failed, default=len(self.candidates)))):
            guess = self.guess(index)
            if guess is None:  # nothing fitted yet
                return index
            if self.fits(guess) and self.steps(index, seconds) >= self.candidates[index].wanted:
                return index
        return 0
