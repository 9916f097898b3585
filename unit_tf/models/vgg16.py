"""VGG16's features, from weights that the user names: of the perceptual term and of LPIPS.

The graph is Keras' (Simonyan and Zisserman 2015, configuration D); the weights are Keras' own or
torchvision's, which differ in what they expect and in what their channels mean. They are read,
never trained or saved.
"""

import pathlib
import typing

import keras
import numpy as np
import tensorflow as tf

from unit_tf.models.vgg16_weights import LAYERS
from unit_tf.weight_files import FETCHED, read_npz

# Of RGB in [-1, 1]: 2 m - 1 and 2 s of ImageNet's mean m and deviation s of RGB in [0, 1]. LPIPS
# calls this its scaling layer.
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
# What Keras' weights were trained on: BGR in [0, 255] without the mean colour.
MEAN_BGR = (103.939, 116.779, 123.68)
_OTHER = "not Keras' VGG16 weights without its classifier"


class Vgg(typing.NamedTuple):
    """VGG16 up to some layers, and what it was trained on.

    Attributes:
      network: keras.Model, prepared images [N, H, W, 3] -> list of features.
      prepare: float32 RGB [N, H, W, 3] in [-1, 1] -> what the weights expect.
      origin: whose weights, ``"torchvision"`` or ``"keras"``.
    """

    network: keras.Model
    prepare: typing.Callable
    origin: str

    def features(self, x):
        """Those of the layers that it was loaded with.

        Args:
          x: float32 RGB [N, H, W, 3] in [-1, 1], sides of at least 16.

        Returns:
          list of float32, one for each layer; behind relu1_2, relu2_2, relu3_3, relu4_3 and
          relu5_3 they are [N, H/2^l, W/2^l, C_l], C_l 64, 128, 256, 512, 512.
        """
        # Of one layer Keras returns no list.
        return tf.nest.flatten(self.network(self.prepare(x), training=False))


def load_vgg(weights, layers=LAYERS):
    """Builds VGG16 and reads its weights.

    Args:
      weights: an ``.npz`` of torchvision's weights, written by tools/convert_lpips.py; or Keras'
        own, ``vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`` or a ``.weights.h5`` saved from
        ``keras.applications.VGG16(include_top=False)``; or ``"imagenet"``, which lets Keras
        download that file. Nothing else ever fetches anything.
      layers: Keras' names of those whose features are wanted.

    Returns:
      Vgg.

    Raises:
      ValueError: there is no such file, or it holds other weights; names it, in one line.
    """
    converted = str(weights).endswith(".npz")
    if converted:
        arrays = read_npz(weights)
        whole = keras.applications.VGG16(include_top=False, weights=None)
        _assign(whole, arrays, weights)
    else:
        whole = _with_keras_weights(weights)
    network = keras.Model(whole.input, [whole.get_layer(name).output for name in layers])
    network.trainable = False
    origin = "torchvision" if converted else "keras"
    return Vgg(network, _PREPARE[origin], origin)


def load_vgg_features(weights):
    """relu5_3 of VGG16 with Keras' weights, as a function of images.

    Args:
      weights: as ``load_vgg`` takes them, but for an ``.npz``.

    Returns:
      function: [N, H, W, 1 or 3] in [-1, 1] -> float32 [N, H/16, W/16, 512].

    Raises:
      ValueError: there is no such file, or it holds other weights; names it, in one line.
    """
    if str(weights).endswith(".npz"):
        raise ValueError(f"{weights}: {_OTHER} (an .npz)")
    vgg = load_vgg(weights, LAYERS[-1:])

    def features(x):
        x = tf.cast(x, tf.float32)
        (found,) = vgg.features(tf.image.grayscale_to_rgb(x) if x.shape[-1] == 1 else x)
        return found

    return features


def _with_keras_weights(weights):
    path, fetched = pathlib.Path(weights).expanduser(), weights == FETCHED
    if not fetched and not path.is_file():
        raise ValueError(f"{weights}: no such file; {FETCHED} lets Keras fetch it")
    try:
        whole = keras.applications.VGG16(include_top=False, weights=FETCHED if fetched else None)
        if not fetched:
            whole.load_weights(path)
    except Exception as error:  # h5py, Keras and urllib have no common one
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{weights}: {_OTHER} ({reason})") from None
    return whole


def _assign(network, arrays, path):
    """Puts ``block1_conv1/kernel`` and so on into a Keras VGG16."""
    for layer in network.layers:
        for variable in layer.weights:
            name = f"{layer.name}/{variable.name}"
            array = arrays.get(name, np.zeros(()))
            fits = array.shape == tuple(variable.shape) and array.dtype.kind == "f"
            if not fits or not np.isfinite(array).all():
                raise ValueError(
                    f"{path}: not VGG16 weights as tools/convert_lpips.sh writes them; first "
                    f"misfit: {name}"
                )
            variable.assign(array)


def _as_torchvision(x):
    return (x - tf.constant(SHIFT)) / tf.constant(SCALE)


def _as_keras(x):
    return (tf.reverse(x, [-1]) + 1.0) * 127.5 - tf.constant(MEAN_BGR)


_PREPARE = {"torchvision": _as_torchvision, "keras": _as_keras}
