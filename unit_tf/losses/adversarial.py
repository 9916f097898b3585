"""GAN objectives on logits: for each a discriminator's loss and a generator's loss.

Every function takes lists with one logit tensor a scale, and sums the scales' means over images and
patches. With logits D(.), s(x) = log(1 + exp(x)) and [x]+ = max(x, 0):

| objective | discriminator's loss                      | generator's loss     |
| --------- | ----------------------------------------- | -------------------- |
| bce       | mean s(-D(real)) + mean s(D(fake))        | mean s(-D(fake))     |
| lsgan     | mean (D(real) - 1)^2 + mean D(fake)^2     | mean (D(fake) - 1)^2 |
| hinge     | mean [1 - D(real)]+ + mean [1 + D(fake)]+ | -mean D(fake)        |

The paper's Eq. 5-6 is a minimax. As in the released code, the generator maximises log D(fake)
instead of minimising log(1 - D(fake)) (Goodfellow et al. 2014, section 3).
"""

import tensorflow as tf

from unit_tf.layers.rows import split_rows


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
    """The sum of each scale's penalty, in float32."""
    return tf.add_n([penalty(tf.cast(scale, tf.float32), label) for scale in logits])


def discriminator_loss(real, fake, objective="bce"):
    """-Eq. 5-6 without lambda_0: low where real logits are high and fake ones low.

    Args:
      real: list of [N, h, w, 1] logits of real images, one a scale.
      fake: list of [M, h, w, 1] logits of generated ones.
      objective: key of OBJECTIVES.

    Returns:
      float32 scalar, the sum over scales of means over images and patches.

    Example:
      >>> real, fake = [tf.constant([[[[2.0]]]])], [tf.constant([[[[-1.0]]]])]
      >>> float(discriminator_loss(real, fake, "lsgan"))
      2.0
    """
    penalty = OBJECTIVES[objective][0]
    return _over_scales(penalty, real, 1) + _over_scales(penalty, fake, 0)


def joined_discriminator_loss(discriminator, real, fake, objective="bce"):
    """``discriminator_loss`` of images, from one pass of the discriminator.

    Equal to two passes, since nothing in these discriminators normalises over the batch.

    Args:
      discriminator: images -> list of [N, h, w, 1] logits.
      real: [N, H, W, C] in [-1, 1].
      fake: [M, H, W, C] in [-1, 1].
      objective: key of OBJECTIVES.

    Returns:
      float32 scalar, as ``discriminator_loss``.
    """
    joined = discriminator(tf.concat([real, fake], 0))
    real_logits, fake_logits = zip(
        *(split_rows(scale, [real, fake]) for scale in joined), strict=True
    )
    return discriminator_loss(real_logits, fake_logits, objective)


def generator_loss(fake, objective="bce"):
    """The generator's side of Eq. 5-6, non-saturating: low where fake logits are high.

    Args:
      fake: list of [N, h, w, 1] logits of generated images, one a scale.
      objective: key of OBJECTIVES.

    Returns:
      float32 scalar, the sum over scales of means over images and patches.

    Example:
      >>> float(generator_loss([tf.constant([[[[3.0]]]])], "lsgan"))
      4.0
    """
    return _over_scales(OBJECTIVES[objective][1], fake, 1)
