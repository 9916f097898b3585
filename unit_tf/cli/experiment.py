"""The experiment that a command line asks for, checked before TensorFlow is imported."""

import pathlib

from unit_tf import presets
from unit_tf.config import ConfigError, relevance
from unit_tf.models.architectures import ARCHITECTURES, check_image_size, check_shared
from unit_tf.weight_files import FETCHED


def resolve(preset, overrides):
    """``presets.resolve``, and whether its networks can be built for its images.

    Args:
      preset: name, or "" for the defaults.
      overrides: {"section.field": value}.

    Returns:
      ExperimentConfig.

    Raises:
      ConfigError: names the setting that is wrong, and what would fit.
    """
    config = presets.resolve(preset, overrides)
    model = config.model
    if model.vgg not in ("", FETCHED) and not pathlib.Path(model.vgg).expanduser().is_file():
        raise ConfigError(f"--model.vgg={model.vgg}: no such file; {FETCHED} lets Keras fetch it")
    if model.architecture in ARCHITECTURES:  # digits' networks have one size
        _check_networks(model, config.data.image_size)
    return config


def _check_networks(model, image_size):
    try:
        depth = model.discriminator_depth or ARCHITECTURES[model.architecture].judge_depth
        check_shared(depth, model.discriminator_shared)
    except ValueError as error:
        raise ConfigError(f"--model.discriminator_shared={error}") from None
    try:
        check_image_size(
            model.architecture,
            image_size,
            model.discriminator_depth,
            model.discriminator_scales,
            model.method in relevance.STYLED_METHODS,
        )
    except ValueError as error:
        raise ConfigError(f"--data.image_size={error}") from None
