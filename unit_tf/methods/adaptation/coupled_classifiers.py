"""Terms of coupled discriminators that classify: UNIT's and CoGAN's domain adaptation."""

import tensorflow as tf

from unit_tf.losses.adversarial import discriminator_loss
from unit_tf.losses.feature_distance import feature_distance
from unit_tf.models.digit_discriminators import Predictions


def predict_each(discriminator, images, domain):
    """Predictions for several kinds of images from one pass, as in training.

    Args:
      discriminator: DigitDiscriminator.
      images: {"name": [N, 32, 32, C]}, as many of each.
      domain: ``"a"`` or ``"b"``, whose layers the images pass through.

    Returns:
      {"name": Predictions}.
    """
    joined = discriminator(tf.concat([*images.values()], 0), domain=domain, training=True)
    parts = [tf.split(field, len(images)) for field in joined]
    return {name: Predictions(*fields) for name, *fields in zip(images, *parts, strict=True)}


def real_or_fake(predictions, fakes, objective):
    """A discriminator's loss, in which all kinds of fakes together weigh as much as the real.

    Args:
      predictions: {"name": Predictions}; real images' under ``x``.
      fakes: names of generated ones.
      objective: key of adversarial.OBJECTIVES.

    Returns:
      float32 scalar.
    """
    fake = tf.concat([predictions[name].real for name in fakes], 0)
    return discriminator_loss([predictions["x"].real], [fake], objective)


def pair_distance(discriminator, first, second, kind):
    """The distance between the features of corresponding images, each from its own domain.

    Args:
      discriminator: DigitDiscriminator.
      first: (images, domain, Predictions for them in training).
      second: the same of their counterparts.
      kind: of ``feature_distance``.

    Returns:
      float32 scalar.
    """
    # Dropout below the features tells even an image and itself apart: computed again without.
    return feature_distance(
        *(
            predictions.features
            if discriminator.is_steady
            else discriminator.features(x, domain=domain)
            for x, domain, predictions in (first, second)
        ),
        kind,
    )
