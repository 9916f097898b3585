"""What CUT compares patches by: an encoder's maps, places in them, and a small head a map.

Park, Efros, Zhang, Zhu, "Contrastive Learning for Unpaired Image-to-Image Translation" (ECCV 2020),
section 3 and its appendix: the pixels, both strided convolutions, the first and the fifth residual
block of a generator whose first half is its encoder.
"""

import keras
import tensorflow as tf
from keras import ops

from unit_tf.layers.norm import scale_gradient
from unit_tf.layers.recomputing import call_part

UNITS = 256
PATCHES = 256
_EPSILON = 1e-6


def compared_layers(architecture, num_blocks):
    """Numbers of an encoder's layers whose outputs are compared: 0 is the image itself.

    They are the strided convolutions, the first and the last residual block.

    Args:
      architecture: an Architecture.
      num_blocks: residual blocks of the encoder.

    Returns:
      list of int, rising.

    Example:
      >>> compared_layers(ARCHITECTURES["resnet2017"], num_blocks=4)
      [0, 2, 3, 4, 7]
    """
    front = len(architecture.front)
    strided = [i for i, (_, _, stride) in enumerate(architecture.front, 1) if stride > 1]
    blocks = {front + 1, front + num_blocks} if num_blocks else set()
    return [0, *strided, *sorted(blocks)]


def encode_with_maps(encoder, x, domain, layers, training=False):
    """The code of images, and the maps on the way to it.

    Args:
      encoder: Encoder.
      x: [N, H, W, C] in [-1, 1].
      domain: ``"a"`` or ``"b"``, whose layers encode.
      layers: of ``compared_layers``.
      training: for norms and dropout.

    Returns:
      (code [N, h, w, c], list of [N, h_i, w_i, c_i], one for each of ``layers``).
    """
    maps = [x]
    for layer in _parts(encoder, domain):
        maps.append(call_part(layer, maps[-1], training))
    return maps[-1], [maps[number] for number in layers]


def _parts(encoder, domain):
    """The layers that images of a domain pass through, in order."""
    shared = encoder.shared.parts if encoder.shared is not None else []
    return [*getattr(encoder, f"private_{domain}").parts, *shared]


def map_channels(encoder, domain, channels, layers):
    """Numbers of channels of the maps that ``encode_with_maps`` gives.

    Args:
      encoder, domain, layers: as there.
      channels: of the images.

    Returns:
      list of int.
    """
    shapes = [(None, None, None, channels)]
    for layer in _parts(encoder, domain):
        shapes.append(layer.compute_output_shape(shapes[-1]))
    return [shapes[number][-1] for number in layers]


def sample_places(maps, seed, count=PATCHES):
    """Places in each map, chosen at random without repetition; all places of a smaller map.

    They are the same in all images of a batch, and follow from the seed alone. So every replica,
    and every part of a batch, looks at the same places.

    Args:
      maps: list of [N, h_i, w_i, c_i], whose sides are known when the graph is made.
      seed: callable, number of a map -> int32 [2].
      count: places in a map at most.

    Returns:
      list of int32 [S_i], row by row numbers of places in each map.
    """
    places = []
    for i, x in enumerate(maps):
        size = x.shape[1] * x.shape[2]
        order = tf.random.stateless_uniform([size], seed(i), alg="philox")
        places.append(tf.math.top_k(order, min(count, size)).indices)
    return places


def patches_at(maps, places):
    """The vectors at some places of maps.

    Args:
      maps: list of [N, h_i, w_i, c_i].
      places: list of int32 [S_i].

    Returns:
      list of [N, S_i, c_i].
    """
    return [
        tf.gather(tf.reshape(x, (-1, x.shape[1] * x.shape[2], x.shape[3])), place, axis=1)
        for x, place in zip(maps, places, strict=True)
    ]


@keras.saving.register_keras_serializable("unit_tf")
class PatchHead(keras.layers.Layer):
    """H_l of the paper: a perceptron of two layers whose outputs are unit vectors.

    It computes in float32 whatever the precision: a product of two of its vectors is divided by a
    small temperature. A vector of zeros has no direction, so it stays zero and passes no gradient.

    Args:
      units: filters of both layers.
    """

    def __init__(self, units=UNITS, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.units = units
        shape = dict(units=units, kernel_initializer="he_normal", dtype="float32")
        self.hidden = keras.layers.Dense(activation="relu", name="hidden", **shape)
        self.last = keras.layers.Dense(name="last", **shape)

    def build(self, input_shape):
        self.hidden.build(input_shape)
        self.last.build((*input_shape[:-1], self.units))

    def call(self, x, training=False):
        y = self.last(self.hidden(ops.cast(x, "float32")))
        square = ops.sum(ops.square(y), axis=-1, keepdims=True)
        y = y * ops.rsqrt(square + _EPSILON)
        # Exactly, a short vector's gradient would be up to epsilon^-1/2 = 1000 times as large.
        return scale_gradient(y, ops.minimum(square / _EPSILON, 1.0))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)
