"""Every source of data by its name in the configuration; neither numpy nor TensorFlow."""

from unit_tf.config import ConfigError, nearest
from unit_tf.data.sources.source_specs import (
    AVATARS,
    BLUE_MARBLE,
    CELEB_A,
    COAST,
    COLOURED_DIGITS,
    FOLDER,
    LABELLED,
    MNIST_OVER_TILES,
    TFDS,
)

SOURCES = {
    spec.name: spec
    for spec in (
        FOLDER, BLUE_MARBLE, COAST, TFDS, LABELLED, COLOURED_DIGITS, MNIST_OVER_TILES, CELEB_A,
        AVATARS,
    )
}  # fmt: skip
# Those of this package, which nothing replaces.
_OWN = frozenset(SOURCES)


def find_source(name):
    """Looks up a source.

    Args:
      name: what ``--data.source`` says.

    Returns:
      SourceSpec.

    Raises:
      ConfigError: there is none; the nearest names are given.
    """
    if not isinstance(name, str) or name not in SOURCES:
        raise ConfigError(f"--data.source={name}: not valid{nearest(str(name), list(SOURCES))}")
    return SOURCES[name]


def register_source(spec):
    """Adds a source, as ``--data.source`` of this process.

    Args:
      spec: SourceSpec. It takes the place of one registered before under its name.

    Raises:
      ValueError: the name belongs to a source of this package.
    """
    if spec.name in _OWN:
        raise ValueError(f"source {spec.name!r}: the name is taken")
    SOURCES[spec.name] = spec
