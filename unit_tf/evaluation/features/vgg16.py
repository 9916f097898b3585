"""VGG16's features, from weights that the user names.

The graph is Keras' (Simonyan and Zisserman 2015, configuration D); the weights are Keras' own or
torchvision's, which differ in what they expect and in what their channels mean.
"""

import pathlib
import typing
import zipfile
import zlib

import keras
import numpy as np
import tensorflow as tf

LAYERS = ("block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3")
FETCHED = "imagenet"  # the word that lets Keras download its weights
# Of RGB in [-1, 1]: 2 m - 1 and 2 s of ImageNet's mean m and deviation s of RGB in [0, 1]. LPIPS
# calls this its scaling layer.
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)

_UNREADABLE = (
    OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class Vgg(typing.NamedTuple):
    """VGG16 up to relu5_3 and what it was trained on.

    Attributes:
      network: keras.Model, prepared images [N, H, W, 3] -> list of the five features.
      prepare: float32 RGB [N, H, W, 3] in [-1, 1] -> what the weights expect.
      origin: whose weights, ``"torchvision"`` or ``"keras"``.
    """

    network: keras.Model
    prepare: typing.Callable
    origin: str

    def features(self, x):
        """relu1_2, relu2_2, relu3_3, relu4_3, relu5_3.

        Args:
          x: float32 RGB [N, H, W, 3] in [-1, 1], sides of at least 16.

        Returns:
          list of float32 [N, H/2^l, W/2^l, C_l], C_l 64, 128, 256, 512, 512.
        """
        return self.network(self.prepare(x), training=False)


def load_vgg(weights):
    """Builds VGG16 and reads its weights.

    Args:
      weights: an ``.npz`` of torchvision's weights, written by tools/convert_lpips.py; or Keras'
        own, ``vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`` or a ``.weights.h5`` saved from
        ``keras.applications.VGG16(include_top=False)``; or ``"imagenet"``, which lets Keras
        download that file. Nothing else ever fetches anything.

    Returns:
      Vgg.

    Raises:
      ValueError: there is no such file, or it holds other weights; names it.
    """
    converted = str(weights).endswith(".npz")
    arrays = read_npz(weights) if converted else {}
    try:
        whole = keras.applications.VGG16(
            include_top=False, weights=FETCHED if weights == FETCHED else None
        )
        if not converted and weights != FETCHED:
            whole.load_weights(pathlib.Path(weights).expanduser())
    except Exception as error:  # h5py, Keras and urllib have no common one
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"{weights}: not Keras' VGG16 weights without its classifier ({reason})"
        ) from None
    if converted:
        _assign(whole, arrays, weights)
    network = keras.Model(whole.input, [whole.get_layer(name).output for name in LAYERS])
    network.trainable = False
    origin = "torchvision" if converted else "keras"
    return Vgg(network, _PREPARE[origin], origin)


def read_npz(path):
    """{name: array} of a file; nothing in it is unpickled.

    Raises:
      ValueError: there is no such file, or it is none; names it.
    """
    try:
        with open(pathlib.Path(path).expanduser(), "rb") as raw:
            with np.lib.npyio.NpzFile(raw, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ValueError(f"{path}: not a readable .npz ({str(reason).lower()})") from None


def _as_torchvision(x):
    return (x - tf.constant(SHIFT)) / tf.constant(SCALE)


def _as_keras(x):
    return keras.applications.vgg16.preprocess_input((x + 1.0) * 127.5)


_PREPARE = {"torchvision": _as_torchvision, "keras": _as_keras}


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
