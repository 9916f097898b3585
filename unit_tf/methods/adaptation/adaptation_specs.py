"""The specs of the methods that adapt a classifier of digits; no TensorFlow."""

from unit_tf.methods.spec import MethodSpec
from unit_tf.methods.translation.translation_specs import CODED, NETWORKS

CLASSIFIED = NETWORKS | {"model.dropout", "weights.classification"}
# Coupled discriminators whose features classify.
COUPLED = CLASSIFIED | {
    "model.discriminator_width", "model.initializer", "model.same_start", "weights.gan",
    "weights.gan_objective", "weights.feature", "weights.feature_distance",
}  # fmt: skip
# Facts of the networks of digits (models/digit_networks.py, which imports TensorFlow).
DIGIT_ARCHITECTURES = ("table5", "table5_relu", "table6")
_DIGITS = dict(
    labelled=True, architectures=DIGIT_ARCHITECTURES, image_size=(32, 32), max_pooling=True
)

UNIT_DA = MethodSpec(
    name="unit_da",
    factory="unit_tf.methods.adaptation.unit_da:UnitDa",
    reads=CODED | COUPLED | {
        "model.coordinates", "weights.gan_same", "weights.classification_translated",
    },
    needs=("weights.classification", "weights.reconstruction"),
    batch_statistics=True,
    **_DIGITS,
)  # fmt: skip
COGAN = MethodSpec(
    name="cogan",
    factory="unit_tf.methods.adaptation.cogan:CoGan",
    reads=COUPLED,
    needs=("weights.classification", "weights.gan"),
    directions=(),
    batch_statistics=True,
    **_DIGITS,
)
DANN = MethodSpec(
    name="dann",
    factory="unit_tf.methods.adaptation.dann:Dann",
    reads=CLASSIFIED | {"weights.domain", "weights.domain_steps"},
    needs=("weights.classification",),
    directions=(),
    same_channels=True,
    **_DIGITS,
)
SOURCE_ONLY = MethodSpec(
    name="source_only",
    factory="unit_tf.methods.adaptation.source_only:SourceOnly",
    reads=CLASSIFIED,
    needs=("weights.classification",),
    directions=(),
    same_channels=True,
    **_DIGITS,
)
