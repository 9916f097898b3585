"""Symptoms of weights and gradients that grow without bound."""

from unit_tf.training.health.base import Measurement, Symptom, median

RATE = ("a new folder with a lower --optim.learning_rate", "--optim.clip_norm=10")


class WeightsExplode(Symptom):
    """Weights have grown far beyond their start.

    value = their root mean square. An alarm begins at 10 times that of the start, and not below 1.

    Args:
      part: "generator" or "discriminator".
    """

    limit = 10.0
    least = 1.0
    patience = 1
    number = "root mean square"
    advice = RATE

    def __init__(self, part):
        self.part = self.from_start = part
        self.name = f"weights_{part}"
        self.says = f"weights of the {part}s explode"

    def measure(self, seen):
        value = seen.weights.get(self.part)
        return None if value is None else Measurement(value)

    def limit_after(self, before):
        return max(self.limit * before[0], self.least) if before else None


class GradientsExplode(Symptom):
    """Gradients have grown far beyond what they were.

    value = the norm of Adam's first moment, a mean of the last steps' gradients. An alarm begins at
    1,000 times the median of the checks before.

    Args:
      part: as WeightsExplode's.
    """

    limit = 1000.0
    patience = 1
    least_checks = 3
    number = "norm"
    advice = RATE

    def __init__(self, part):
        self.part = part
        self.name = f"gradients_{part}"
        self.says = f"gradients of the {part}s explode"

    def measure(self, seen):
        value = seen.gradients.get(self.part)
        return Measurement(value) if value else None

    def limit_after(self, before):
        return self.limit * median(before) if len(before) >= self.least_checks else None
