"""From an experiment's settings to the sizes that networks are made of."""

from unit_tf.models.architectures import ARCHITECTURES, select_architecture
from unit_tf.models.geometry import NetworkGeometry


def configured_architecture(model):
    """The Architecture of a translator.

    Args:
      model: ModelConfig.

    Returns:
      Architecture.
    """
    return select_architecture(
        model.architecture, model.block_norm, model.initializer, model.up, model.front_norm,
        model.discriminator_kernel, model.num_downsamples,
    )  # fmt: skip


def family_geometry(model, styled):
    """How the encoder and the generator of a family lie on an image.

    Args:
      model: ModelConfig.
      styled: whether the generator takes a style.

    Returns:
      NetworkGeometry; None where ``model.architecture`` names no such family.
    """
    if model.architecture not in ARCHITECTURES:
        return None
    architecture = configured_architecture(model)
    return NetworkGeometry(
        stride=architecture.stride,
        smallest_side=architecture.smallest_styled if styled else architecture.smallest_image,
        reach=architecture.reach(model.num_blocks),
        norms=architecture.image_norms(model.num_blocks, styled),
        widest=architecture.widest(model.width),
    )


def discriminator_sizes(model):
    """A translator's discriminators, as arguments of ``build_discriminator``.

    Args:
      model: ModelConfig.

    Returns:
      {"width", "depth", "scales", "num_shared"}.
    """
    return dict(
        width=model.discriminator_width or model.width,
        depth=model.discriminator_depth,
        scales=model.discriminator_scales,
        num_shared=model.discriminator_shared,
    )


def digit_discriminator_sizes(model):
    """A classifier of digits, as arguments of ``build_digit_discriminator``.

    Args:
      model: ModelConfig.

    Returns:
      {"architecture", "width", "dropout", "same_start"}.
    """
    return dict(
        architecture=model.architecture,
        width=model.discriminator_width or model.width,
        dropout=model.dropout,
        same_start=model.same_start,
    )
