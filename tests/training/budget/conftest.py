"""Made-up machines, on which a probe takes no time of ours."""

import pytest

from unit_tf.training.budget.costs import Cost, Measurement, training_seconds


class Machine:
    """A machine whose times follow from a configuration; its clock goes when it works.

    Args:
      speed: 64x64 pixels at width 1 and batch 1 that it trains in a second.
      start: seconds of a start.
      read: seconds in which a batch is read, whatever its size.
      base, spread: gigabytes without networks, and of 64x64 pixels at width 1 and batch 1.
    """

    def __init__(self, speed, start=15.0, read=0.0, base=0.5, spread=0.7):
        self.speed, self.start, self.read = speed, start, read
        self.base, self.spread = base * 1e9, spread * 1e9
        self.now, self.probed = 100.0, []

    def clock(self):
        return self.now

    def truth(self, config):
        height, width = config.data.image_size
        images = height * width / 64**2 * config.optim.batch_size
        # Not what the candidates guesses by: narrow networks are slower than their work says.
        step = self.read + images * (0.1 + config.model.width**2) / self.speed
        return Measurement(
            self.start, step, self.read, 1.0, Cost(1.0, 0.3), Cost(3.0, 2 * step), Cost(0.5, 0.2),
            Cost(), self.base + images * config.model.width * self.spread, self.base,
        )  # fmt: skip

    def probe(self, config, seconds):
        found = self.truth(config)
        self.probed.append(config)
        self.now += found.start + max(seconds, 5 * found.step) + 10 * found.step
        return found

    def train(self, config):
        """Seconds since 100 when a training has ended that begins now."""
        return self.now - 100 + training_seconds(config.run.steps, self.truth(config), config.run)


@pytest.fixture
def make_machine():
    return Machine
