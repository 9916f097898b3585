"""Every method by its name in the configuration."""

from unit_tf.methods.adaptation.cogan import CoGan
from unit_tf.methods.adaptation.dann import Dann
from unit_tf.methods.adaptation.source_only import SourceOnly
from unit_tf.methods.adaptation.unit_da import UnitDa
from unit_tf.methods.translation.munit import Munit
from unit_tf.methods.translation.supervised import Supervised
from unit_tf.methods.translation.unit import Unit

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
