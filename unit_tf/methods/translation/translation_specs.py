"""The specs of the methods that translate images of any size; no TensorFlow."""

from unit_tf.methods.spec import MethodSpec
from unit_tf.models.student_sizes import student_crop, student_geometry

NETWORKS = frozenset({"model.architecture", "model.width"})
# Encoders and generators of convolutions and residual blocks.
TRUNK = NETWORKS | {
    "model.num_blocks", "model.num_shared", "model.num_downsamples", "model.initializer",
    "model.block_norm", "model.up", "model.front_norm", "model.dropout",
}  # fmt: skip
DISCRIMINATORS = frozenset({
    "model.discriminator_width", "model.discriminator_depth", "model.discriminator_kernel",
    "model.discriminator_scales", "model.discriminator_shared",
})  # fmt: skip
# Codes in one shared space, and UNIT's objective.
CODED = frozenset({
    "model.noise", "model.same_start", "weights.gan", "weights.kl", "weights.reconstruction",
    "weights.cycle_kl", "weights.cycle", "weights.identity", "weights.gan_objective",
    "weights.kl_reduction", "weights.likelihood",
})  # fmt: skip
# Networks without sharing, in one direction.
ONE_SIDED = (TRUNK | DISCRIMINATORS) - {"model.num_shared", "model.discriminator_shared"}
# One of these must pull: codes alone say nothing about images.
OBJECTIVES = ("weights.gan", "weights.reconstruction", "weights.cycle")

UNIT = MethodSpec(
    name="unit",
    factory="unit_tf.methods.translation.unit:Unit",
    reads=TRUNK | DISCRIMINATORS | CODED | {"weights.gan_start", "weights.gan_pool"},
    needs_one_of=OBJECTIVES,
    tileable=True,
)
MUNIT = MethodSpec(
    name="munit",
    factory="unit_tf.methods.translation.munit:Munit",
    reads=TRUNK | DISCRIMINATORS | {
        "model.style_size", "model.vgg", "weights.gan", "weights.gan_objective",
        "weights.reconstruction", "weights.content", "weights.style", "weights.cycle",
        "weights.perceptual", "weights.likelihood",
    },
    needs_one_of=OBJECTIVES,
    styled=True,
    tileable=True,
)  # fmt: skip
SUPERVISED = MethodSpec(
    name="supervised",
    factory="unit_tf.methods.translation.supervised:Supervised",
    reads=TRUNK | {"model.same_start", "weights.reconstruction", "weights.likelihood"},
    needs=("weights.reconstruction",),
    paired=True,
    tileable=True,
)
CUT = MethodSpec(
    name="cut",
    factory="unit_tf.methods.translation.cut:Cut",
    reads=ONE_SIDED | {
        "weights.gan", "weights.gan_objective", "weights.nce", "weights.nce_flip",
        "weights.identity",
    },
    needs=("weights.gan", "weights.nce"),
    directions=("a2b",),
    same_channels=True,
    tileable=True,
)  # fmt: skip


def _student_geometry(model, styled):
    del styled  # its teacher's middle style is its only one
    return student_geometry(model.width, model.num_blocks)


STUDENT = MethodSpec(
    name="student",
    factory="unit_tf.methods.translation.student:Student",
    reads=frozenset({
        "model.width", "model.num_blocks", "model.initializer", "model.teacher",
        "model.direction", "model.discriminator_width", "model.discriminator_depth",
        "model.discriminator_kernel", "weights.gan", "weights.gan_objective",
        "weights.distillation", "weights.code",
    }),
    needs=("weights.distillation",),
    tileable=True,
    geometry=_student_geometry,
    smallest_crop=lambda model: student_crop(
        model.discriminator_depth, model.discriminator_kernel
    ),
)  # fmt: skip
