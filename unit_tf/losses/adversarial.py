"""GAN objectives on logits: for each a discriminator's loss and a generator's loss.

Every function takes lists with one logit tensor a scale and sums the scales' means.
The paper's Eq. 5-6 is a minimax; as in the released code the generator maximises log D(fake)
instead of minimising log(1 - D(fake)) (Goodfellow et al. 2014, section 3).
"""

import tensorflow as tf


def _bce(logits, label):
    """Mean sigmoid cross entropy against a constant label."""
    labels = tf.fill(tf.shape(logits), float(label))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))


def _squared(logits, label):
    """Mean squared distance to a constant label (LSGAN, without the half)."""
    return tf.reduce_mean(tf.square(logits - label))


def _hinge(logits, label):
    """Mean hinge on the wrong side of +1 for real, -1 for fake."""
    return tf.reduce_mean(tf.nn.relu(1.0 - logits if label else 1.0 + logits))


def _negated(logits, label):
    """The hinge objective's generator side: raise the logits without a margin."""
    return -tf.reduce_mean(logits)


# objective -> (discriminator's penalty, generator's penalty)
OBJECTIVES = {"bce": (_bce, _bce), "lsgan": (_squared, _squared), "hinge": (_hinge, _negated)}


def _over_scales(penalty, logits, label):
    return tf.add_n([penalty(tf.cast(scale, tf.float32), label) for scale in logits])


def discriminator_loss(real, fake, objective="bce"):
    """-Eq. 5-6 without lambda_0: low where real logits are high and fake ones low.

    Args:
      real: list of [N, h, w, 1] logits of real images, one a scale.
      fake: the same for translated ones.
      objective: key of OBJECTIVES.

    Returns:
      float32 scalar, the sum over scales of means over patches.
    """
    penalty = OBJECTIVES[objective][0]
    return _over_scales(penalty, real, 1) + _over_scales(penalty, fake, 0)


def joined_discriminator_loss(discriminator, real, fake, objective="bce"):
    """``discriminator_loss`` of images, judged in one pass.

    Equal to two passes, since nothing in these discriminators normalises over the batch.

    Args:
      discriminator: images -> list of [N, h, w, 1] logits.
      real: [N, H, W, C] in [-1, 1].
      fake: [M, H, W, C] in [-1, 1].
      objective: key of OBJECTIVES.

    Returns:
      float32 scalar.
    """
    rows = tf.shape(real)[0]
    logits = discriminator(tf.concat([real, fake], 0))
    return discriminator_loss(
        [scale[:rows] for scale in logits], [scale[rows:] for scale in logits], objective
    )


def generator_loss(fake, objective="bce"):
    """The generator's side of Eq. 5-6, non-saturating.

    Args:
      fake: list of [N, h, w, 1] logits of translated images, one a scale.
      objective: key of OBJECTIVES.

    Returns:
      float32 scalar.
    """
    return _over_scales(OBJECTIVES[objective][1], fake, 1)
