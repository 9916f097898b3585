"""PatchNCE: a patch of a translation tells its own patch of the image from the image's others."""

import tensorflow as tf

TEMPERATURE = 0.07


def patch_nce(queries, keys, temperature=TEMPERATURE):
    """-log(exp(q_s k_s / t) / sum_r exp(q_s k_r / t)), the mean over patches s, images and layers.

    Eq. 3 of CUT (Park, Efros, Zhang, Zhu, "Contrastive Learning for Unpaired Image-to-Image
    Translation", ECCV 2020) with the cross entropy of its Eq. 2: of all patches r of the same image
    and layer the one at the same place is to be found. Patches of other images are no negatives.
    Eq. 3 is a sum over layers and patches. The released code takes means, and so does this.

    No gradient enters the keys: translations move towards their images, and features of images
    never towards those of translations. The paper does not say so. The released code has it so, as
    MoCo has (the authors, in issue 14 of their repository).

    Args:
      queries: list of [N, S, C], one a layer: unit vectors of patches of translations. S and C may
        differ between layers.
      keys: the same shapes, of the patches of their images at the same places.
      temperature: t, above 0.

    Returns:
      float32 scalar; log S where all patches look alike.

    Example:
      >>> patches = [tf.constant([[[1.0, 0.0], [0.0, 1.0]]])]
      >>> round(float(patch_nce(patches, patches, temperature=1.0)), 4)  # log(1 + 1/e)
      0.3133
    """
    losses = [_one_layer(q, k, temperature) for q, k in zip(queries, keys, strict=True)]
    return tf.add_n(losses) / len(losses)


def _one_layer(queries, keys, temperature):
    queries, keys = (tf.cast(x, tf.float32) for x in (queries, tf.stop_gradient(keys)))
    logits = tf.matmul(queries, keys, transpose_b=True) / temperature
    return tf.reduce_mean(tf.reduce_logsumexp(logits, -1) - tf.linalg.diag_part(logits))
