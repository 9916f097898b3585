"""Every method by its name in the configuration; no TensorFlow before one is built."""

from unit_tf.config import ConfigError, nearest
from unit_tf.methods.adaptation.adaptation_specs import COGAN, DANN, SOURCE_ONLY, UNIT_DA
from unit_tf.methods.translation.translation_specs import CUT, MUNIT, STUDENT, SUPERVISED, UNIT

_SPECS = (UNIT, MUNIT, UNIT_DA, COGAN, DANN, SOURCE_ONLY, SUPERVISED, CUT, STUDENT)
METHODS = {spec.name: spec for spec in _SPECS}
# Those of this package, which nothing replaces.
_OWN = frozenset(METHODS)


def find_method(name):
    """Looks up a method.

    Args:
      name: what ``--model.method`` says.

    Returns:
      MethodSpec.

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
    """Builds the method that an experiment names.

    Args:
      config: ExperimentConfig.

    Returns:
      Method, with all its variables created.

    Raises:
      ConfigError: there is no such method.
      ValueError: its class contradicts its spec.
    """
    spec = find_method(config.model.method)
    method = spec.load_factory()(config)
    for fact, of_spec, of_class in (
        ("directions", spec.directions_of(config.model), tuple(method.directions)),
        ("labelled", spec.labelled, method.classifies),
        ("styled", spec.styled, bool(method.style_size)),
    ):
        if of_spec != of_class:
            raise ValueError(
                f"method {spec.name!r}: {fact} is {of_spec} in its spec and {of_class} in its class"
            )
    return method
