"""Every symptom that a training is watched for."""

from unit_tf.training.health.artefact_symptoms import Border, Checkerboard
from unit_tf.training.health.discriminator_symptoms import (
    DiscriminatorDead,
    DiscriminatorDiverges,
    DiscriminatorWins,
)
from unit_tf.training.health.explosion_symptoms import GradientsExplode, WeightsExplode
from unit_tf.training.health.order_symptoms import BrightnessTurned, HueTurned
from unit_tf.training.health.target_symptoms import BrightnessMissed
from unit_tf.training.health.translation_symptoms import (
    BlankImages,
    IgnoresInput,
    Reconstruction,
    Saturated,
)

PARTS = ("generator", "discriminator")
SYMPTOMS = (
    BlankImages(), IgnoresInput(), Saturated(), Reconstruction(), BrightnessTurned(), HueTurned(),
    BrightnessMissed(), DiscriminatorWins(), DiscriminatorDiverges(), DiscriminatorDead(),
    Checkerboard(), Border(),
    *(WeightsExplode(part) for part in PARTS),
    *(GradientsExplode(part) for part in PARTS),
)  # fmt: skip
