"""Every method by its name in the configuration."""

from unit_tf.methods.cogan import CoGan
from unit_tf.methods.dann import Dann
from unit_tf.methods.munit import Munit
from unit_tf.methods.source_only import SourceOnly
from unit_tf.methods.supervised import Supervised
from unit_tf.methods.unit import Unit
from unit_tf.methods.unit_da import UnitDa

METHODS = {
    "unit": Unit,
    "munit": Munit,
    "unit_da": UnitDa,
    "cogan": CoGan,
    "dann": Dann,
    "source_only": SourceOnly,
    "supervised": Supervised,
}


def build_method(config):
    """The method that ``config.model.method`` names, with all its variables created."""
    return METHODS[config.model.method](config)
