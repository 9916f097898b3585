"""Every method by its name in the configuration; no TensorFlow before one is built."""

from unit_tf.config import ConfigError, nearest
from unit_tf.methods.adaptation.adaptation_specs import COGAN, DANN, SOURCE_ONLY, UNIT_DA
from unit_tf.methods.translation.translation_specs import MUNIT, SUPERVISED, UNIT

METHODS = {spec.name: spec for spec in (UNIT, MUNIT, UNIT_DA, COGAN, DANN, SOURCE_ONLY, SUPERVISED)}
# Those of this package, which nothing replaces.
_OWN = frozenset(METHODS)


def find_method(name):
    """The MethodSpec of a name.

    Raises:
      ConfigError: there is none; the nearest names are given.
    """
    if not isinstance(name, str) or name not in METHODS:
        raise ConfigError(f"--model.method={name}: not valid{nearest(str(name), list(METHODS))}")
    return METHODS[name]


def register_method(spec):
    """Adds a method, as ``--model.method`` of this process.

    Args:
      spec: MethodSpec. It takes the place of one registered before under its name.

    Raises:
      ValueError: the name belongs to a method of this package.
    """
    if spec.name in _OWN:
        raise ValueError(f"method {spec.name!r}: the name is taken")
    METHODS[spec.name] = spec


def build_method(config):
    """The method that ``config.model.method`` names, with all its variables created."""
    return find_method(config.model.method).load_factory()(config)
