"""Earlier translations that a discriminator is shown beside those of now.

Shrivastava et al., "Learning from Simulated and Unsupervised Images through Adversarial Training"
(CVPR 2017), section 2.3; CycleGAN (Zhu, Park, Isola, Efros, ICCV 2017), section 4, has 50 of them.
A discriminator that remembers does not swing with its generator.
"""

import keras
import tensorflow as tf

from unit_tf.layers.latent import replica_normal

_LATER = 100.0  # no normal sample is as large: puts filled places behind the empty ones


class ImagePool(keras.layers.Layer):
    """A fixed number of images; each exchange shows some of them in place of new ones.

    A new image that finds an empty place enters it and is shown itself. Where there is none, one
    half of the new images are shown themselves and stay outside. Each of the others takes the place
    of an image of the pool, chosen at random, and that one is shown. No place is taken twice in one
    exchange, so of more new images than places the last ones are shown themselves.

    All replicas see the images of all of them. Each then makes the same exchange and is shown its
    own rows, so N replicas show what one device would. Parts of a batch come one after the other.

    The state is no weight that is trained. It is in a checkpoint, and a step that is skipped leaves
    it as it was.

    Args:
      size: number of places.
      image_shape: (height, width, channels) of the images.

    Attributes:
      images: float32 [size, height, width, channels].
      filled: float32 [size], 1 where a place holds an image, else 0.
    """

    def __init__(self, size, image_shape, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.size = size
        # Every replica writes the same numbers, so there is nothing to aggregate.
        state = dict(initializer="zeros", trainable=False, aggregation="none")
        self.images = self.add_weight(shape=(size, *image_shape), name="images", **state)
        self.filled = self.add_weight(shape=(size,), name="filled", **state)
        self.built = True

    def samples(self, rows, seed):
        """The random numbers of one exchange.

        Args:
          rows: number of this replica's images, or of those of its part of the batch.
          seed: int32 [2].

        Returns:
          float32 [rows, 1 + size], N(0, 1).
        """
        return replica_normal((rows, 1 + self.size), seed)

    def exchange(self, images, samples):
        """Shows images of now or of before, and remembers some of those of now.

        Args:
          images: float32 [N, H, W, C], N known when the graph is made.
          samples: of ``samples``, for N rows.

        Returns:
          the same shape as ``images``.
        """
        everyone, samples = _of_all_replicas(images), _of_all_replicas(samples)
        count = min(self.size, everyone.shape[0])
        # Empty places first; among equals in random order.
        order = samples[0, 1:] - _LATER * self.filled
        places = tf.math.top_k(order, count).indices
        entering, inside = everyone[:count], tf.gather(self.images, places)
        is_empty = tf.gather(self.filled, places) < 0.5
        swaps = ~is_empty & (samples[:count, 0] > 0)
        shown = tf.where(_per_image(swaps), inside, entering)
        kept = tf.where(_per_image(swaps | is_empty), entering, inside)
        where = places[:, None]
        self.images.assign(tf.tensor_scatter_nd_update(self.images, where, kept))
        self.filled.assign(tf.tensor_scatter_nd_update(self.filled, where, tf.ones([count])))
        return _own_rows(tf.concat([shown, everyone[count:]], 0), images)


def _per_image(flags):
    """Bool [N] as [N, 1, 1, 1]."""
    return flags[:, None, None, None]


def _of_all_replicas(x):
    """The rows of all replicas, in the order of the global batch."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return x
    rows = x.shape[0] * context.num_replicas_in_sync
    return tf.ensure_shape(context.all_gather(x, axis=0), (rows, *x.shape[1:]))


def _own_rows(everyone, images):
    """This replica's rows of ``everyone``, in the shape of its ``images``."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return everyone
    replica = context.replica_id_in_sync_group
    return tf.reshape(everyone, (-1, *images.shape))[replica]
