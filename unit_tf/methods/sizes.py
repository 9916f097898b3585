"""From an experiment's settings to the sizes that networks are made of."""

from unit_tf.models.architectures import select_architecture


def configured_architecture(model):
    """The Architecture of a translator.

    Args:
      model: ModelConfig.

    Returns:
      Architecture.
    """
    return select_architecture(
        model.architecture, model.block_norm, model.initializer, model.up, model.front_norm
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
