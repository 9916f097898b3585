"""Steps that were not finite: counted, their images named, and an end where they do not stop."""

import math

from unit_tf.config import printable
from unit_tf.data.streams import DOMAIN_IDS, Crops

MOST_IN_A_ROW, MOST_AT_THE_END = 10, 3
NAMED_STEPS = 20  # in one run; further ones are only counted
NAMED_IMAGES = 4  # of each domain


class SkippedSteps:
    """What the train step skipped, by the losses that it returned.

    Args:
      config: ExperimentConfig.
      data: Data.

    Attributes:
      total: skipped steps of this run so far.
      in_a_row: those since the last finite step.
      first: (step, loss) that the row begins with.
    """

    def __init__(self, config, data):
        self._config, self._data = config, data
        self.total, self.in_a_row, self.first = 0, 0, None

    def look(self, step, logs):
        """Counts a step.

        Args:
          step: its number, from 1.
          logs: {"family/domain": float}.

        Returns:
          a line about it where it was skipped, or None.
        """
        bad = [name for name, value in logs.items() if not math.isfinite(value)]
        if not bad:
            self.in_a_row = 0
            return None
        loss = min(bad, key=lambda name: name.startswith("total/"))
        if not self.in_a_row:
            self.first = step, loss
        self.in_a_row += 1
        self.total += 1
        if self.total > NAMED_STEPS:
            return None
        last = "; further ones are only counted" if self.total == NAMED_STEPS else ""
        return f"step {step}: {loss} is not finite; skipped ({self._images(step)}){last}"

    def too_many(self, step):
        """Whether the run should end here: the next steps would not be finite either.

        At its last step a few suffice. One or two may be the images', and a run that ended over
        them would end there again, however often it is started.
        """
        last = step == self._config.run.steps
        return self.in_a_row >= (MOST_AT_THE_END if last else MOST_IN_A_ROW)

    def summary(self):
        """A line about all of them, or None."""
        if not self.total:
            return None
        if self.total == 1:
            return "1 step was skipped, as it was not finite"
        return f"{self.total} steps were skipped, as they were not finite"

    def _images(self, step):
        """What the step read: "A: summer/1.png, summer/7.png; B: winter/3.png"."""
        size = self._config.optim.images_a_step
        positions = range((step - 1) * size, step * size)
        parts = []
        for d in DOMAIN_IDS:
            domain = getattr(self._data, f"train_{d}")
            order = "a" if self._config.data.paired else d
            stream = Crops(domain, order, self._config.run.seed, shape=())
            names = [_name(domain, stream.index(p)) for p in positions[:NAMED_IMAGES]]
            more = f" and {size - NAMED_IMAGES} more" if size > NAMED_IMAGES else ""
            parts.append(f"{d.upper()}: {', '.join(names)}{more}")
        return "; ".join(parts)


def _name(domain, index):
    name = getattr(domain, "name", None)
    return printable(name(index)) if name else f"image {index}"
