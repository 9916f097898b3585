"""Every method by its name in the configuration."""

from unit_tf.methods.source_only import SourceOnly
from unit_tf.methods.unit import Unit

METHODS = {"unit": Unit, "source_only": SourceOnly}


def build_method(config):
    """The method that ``config.model.method`` names, with all its variables created."""
    return METHODS[config.model.method](config)
