"""What a training of some minutes may be, from the smallest to the largest. No TensorFlow.

The order says what more time is spent on: first on a width below which networks are poor, then on
the size of the images, then on wider networks.
"""

import typing

from unit_tf.methods.registry import find_method
from unit_tf.resolve import accepts, check

CROPS = (64, 96, 128, 192, 256)
WIDTHS = (0.125, 0.25, 0.375, 0.5, 1.0)
BASE_WIDTH = 0.25
# Steps below which a training is not worth while, and below which more would help it more than a
# larger one.
FEWEST, ENOUGH = 1_500, 4_000
# How the work of a step grows with the width: its convolutions' by the square, all else in line.
_POWER = 1.5


class Candidate(typing.NamedTuple):
    """One size of a training.

    Attributes:
      config: ExperimentConfig, whose steps and schedule are still to be chosen.
      names: the settings that were chosen in it, "section.field".
      wanted: steps below which the candidate before it is better.
    """

    config: typing.Any
    names: tuple
    wanted: int = 0

    @property
    def chosen(self):
        """{"section.field": value} of what was chosen."""
        settings = dict(self.config.items())
        return {name: settings[name] for name in self.names}

    @property
    def images(self):
        """Pixels that a step reads of a domain at a time."""
        height, width = self.config.data.image_size
        return height * width * self.config.optim.batch_size

    @property
    def work(self):
        """What the seconds of a step grow with."""
        return self.images * self.config.model.width**_POWER

    @property
    def memory(self):
        """What the memory of a step grows with."""
        return self.images * self.config.model.width

    def __str__(self):
        height, width = self.config.data.image_size
        batch = self.config.optim.batch_size
        return f"{height}x{width}, width {self.config.model.width:g}, batch {batch}"


def list_candidates(config, given, crops):
    """Every candidate, and where to begin.

    Args:
      config: ExperimentConfig.
      given: names of the settings that the user gave, which stay.
      crops: sides of training crops that the images allow, rising; empty: the configuration's.

    Returns:
      (list of Candidate, index of the one to probe first).

    Raises:
      ConfigError: none fits the method.
    """
    fixed, reads = set(given), find_method(config.model.method).reads
    if config.run.init_from:  # whose networks they are
        fixed |= {"model.width", "model.discriminator_width"}
    sizes = [] if "data.image_size" in fixed else [(side, side) for side in crops]
    sizes = [size for size in sizes if accepts(config, {"data.image_size": size})]
    names = ["data.image_size"] if sizes else []
    sizes = sizes or [config.data.image_size]
    widths = [config.model.width]
    if "model.width" in reads - fixed:
        widths, names = list(WIDTHS), [*names, "model.width"]
        if config.model.discriminator_width and "model.discriminator_width" in reads - fixed:
            names += ["model.discriminator_width"]
    batches = [config.optim.batch_size]
    if "optim.batch_size" not in fixed:
        batches, names = _halves(config), [*names, "optim.batch_size"]
    return _candidates(config, sizes, widths, batches, tuple(names))


def _candidates(config, sizes, widths, batches, names):
    base = BASE_WIDTH if BASE_WIDTH in widths else widths[0]
    batch, least = batches[-1], (sizes[0], widths[0])
    # A smaller batch takes less memory, which is all that it is for.
    shapes = [(*least, fewer, 0) for fewer in batches[:-1]]
    shapes += [(sizes[0], width, batch, 0) for width in widths if width < base]
    start = len(shapes)
    shapes += [(sizes[0], base, batch, FEWEST if base > widths[0] else 0)]
    shapes += [(size, base, batch, ENOUGH) for size in sizes[1:]]
    shapes += [(sizes[-1], width, batch, ENOUGH) for width in widths if width > base]
    return [_candidate(config, names, *shape) for shape in shapes], start


def _candidate(config, names, size, width, batch, wanted):
    model = config.model
    settings = {
        "data.image_size": size,
        "model.width": width,
        # As much wider or narrower than the generators as it was.
        "model.discriminator_width": min(8, model.discriminator_width * width / model.width),
        "optim.batch_size": batch,
    }
    chosen = {name: settings[name] for name in names}
    return Candidate(check(config.replace(chosen)), names, wanted)


def _halves(config):
    """The batch and what halving leaves of it, rising; of several replicas all have a share."""
    batches, replicas = [config.optim.batch_size], config.run.cpu_replicas
    while batches[0] % (2 * replicas) == 0:
        batches.insert(0, batches[0] // 2)
    return batches
