"""Coupled discriminators that classify, as UNIT's and CoGAN's domain adaptation use them."""

import tensorflow as tf

from unit_tf.losses.adversarial import discriminator_loss
from unit_tf.losses.feature_distance import feature_distance
from unit_tf.models.digit_networks import DigitDiscriminator, Reading


def build_judge(config, channels, **kind):
    """The DigitDiscriminator of an experiment, built.

    Args:
      config: ExperimentConfig.
      channels: {"a": channels, "b": channels}.
      **kind: ``coupled`` and ``judges``, as DigitDiscriminator's.
    """
    model = config.model
    width = model.discriminator_width or model.width
    judge = DigitDiscriminator(
        model.architecture, width, model.dropout, name="discriminator", **kind
    )
    judge.build_both(channels)
    if model.same_start:
        # Or what the labels teach would reach the target through a first layer of another kind.
        judge.trunk.copy_private()
    return judge


def read_each(judge, images, domain):
    """Reads several kinds of images in one pass, as in training.

    Args:
      judge: DigitDiscriminator.
      images: {"name": [N, 32, 32, C]}, as many of each.
      domain: ``"a"`` or ``"b"``, through whose layers they are read.

    Returns:
      {"name": Reading}.
    """
    joined = judge(tf.concat([*images.values()], 0), domain=domain, training=True)
    parts = [tf.split(field, len(images)) for field in joined]
    return {name: Reading(*fields) for name, *fields in zip(images, *parts, strict=True)}


def real_or_fake(readings, fakes, objective):
    """A discriminator's loss, for which all kinds of fakes together weigh as much as the real.

    Args:
      readings: {"name": Reading}, of which ``x`` is of real images.
      fakes: names of generated ones.
      objective: key of adversarial.OBJECTIVES.

    Returns:
      float32 scalar.
    """
    fake = tf.concat([readings[name].real for name in fakes], 0)
    return discriminator_loss([readings["x"].real], [fake], objective)


def pair_distance(judge, first, second, kind):
    """How differently corresponding images are read, each by its domain's discriminator.

    Args:
      judge: DigitDiscriminator.
      first: (images, domain, Reading of them in training).
      second: the same of their counterparts.
      kind: of ``feature_distance``.

    Returns:
      float32 scalar.
    """
    # Dropout below the features would tell apart even an image and itself: read again without.
    return feature_distance(
        *(
            reading.features if judge.is_steady else judge.features(x, domain=domain)
            for x, domain, reading in (first, second)
        ),
        kind,
    )
