"""A start in which every layer passes the signal on: layer-sequential unit variance (LSUV).

Mishkin and Matas, "All you need is a good init" (ICLR 2016): a probe, a few images, runs through
the network from the first layer to the last. Each kernel is multiplied so that the layer's output
has a wanted standard deviation. They want 1 everywhere. Here a layer keeps the deviation of its
input, since images in [-1, 1] have about 0.5; logits and styles get 1.

Residual branches follow SkipInit: De and Smith, "Batch normalization biases residual blocks towards
the identity function" (NeurIPS 2020). A network with d blocks gives each branch 1 / sqrt(d) of the
deviation of its skip connection. All d blocks together then raise the deviation by no more than
(1 + 1/d)^(d/2) < 1.65.

The convolution before a tanh starts small. In Fixup (Zhang, Dauphin, Ma, ICLR 2019) the last layer
starts at zero, but then the first step's translations would show nothing of the images.

Kernels are sampled by He's rule (2015) and only multiplied here. Biases start at zero. The networks
(unit_tf/models) run the probe in float32, so that a start does not depend on the precision.
"""

import functools
import math

import keras
from keras import ops

from unit_tf.layers.adain import AdaptiveResidualBlock
from unit_tf.layers.blocks import ConvBlock, ResidualBlock, UpBlock, activate
from unit_tf.layers.chain import Chain
from unit_tf.layers.digit_layers import GrowBlock
from unit_tf.layers.separable import SeparableBlock, SeparableConv, SeparableUp, SubpixelImage

# In tanh's straight part: its output has nearly this deviation, and 0.97 is eight of them away.
BEFORE_TANH = 0.25
# Below this deviation a layer is dead for the probe, and no factor would wake it.
_DEAD = 1e-6


def branch_scale(num_blocks):
    """Returns 1 / sqrt(d), for d residual blocks between an image and its translation."""
    return 1 / math.sqrt(max(1, num_blocks))


def deviation(x):
    """Returns the standard deviation over all elements of a tensor, as a Python float."""
    return float(ops.std(ops.cast(x, "float32")))


def factor(found, wanted):
    """Returns the factor from one deviation to another, rounded to a power of 2 to the 1/8.

    Devices and numbers of threads sum in other orders, so a deviation differs in its last bits.
    With steps of 9 % they choose the same factor, unless it lies on the edge between two steps.

    Args:
      found: standard deviation, at least 0.
      wanted: standard deviation, at least 0.

    Returns:
      float above 0; 1.0 where either is flat.
    """
    if min(found, wanted) < _DEAD or not math.isfinite(found):
        return 1.0
    return 2 ** (round(8 * math.log2(wanted / found)) / 8)


def scale(variable, y, wanted):
    """Multiplies a variable, to which ``y`` is proportional, so that ``y`` deviates as wanted.

    Args:
      variable: a kernel or a gain.
      y: a tensor that the variable is a factor of.
      wanted: the standard deviation that ``y`` should have.

    Returns:
      ``y``, multiplied like the variable.
    """
    by = factor(deviation(y), wanted)
    variable.assign(variable * ops.cast(by, variable.dtype))
    return y * ops.cast(by, y.dtype)


@functools.singledispatch
def rescale(layer, x, wanted=None):
    """Scales a layer's kernels by a probe, in place.

    Biases are still zero, so a convolution's output is proportional to its kernel: it is
    computed once and multiplied like the kernel.

    Args:
      layer: a built layer. A layer without a kernel is called as it is.
      x: the probe as it comes out of the layers before.
      wanted: standard deviation of the layer's output; None for the deviation of ``x``.

    Returns:
      the rescaled layer's output for ``x``.
    """
    del wanted
    return layer(x)


@rescale.register
def _(layer: Chain, x, wanted=None):
    for part in layer.parts[:-1]:
        x = rescale(part, x)
    return rescale(layer.parts[-1], x, wanted)


@rescale.register
def _(layer: ConvBlock, x, wanted=None):
    return _rescale_kernel(layer, layer.conv.kernel, x, wanted)


@rescale.register
def _(layer: UpBlock, x, wanted=None):
    conv = layer.conv.conv if layer.mode == "nearest" else layer.conv
    return _rescale_kernel(layer, conv.kernel, x, wanted)


@rescale.register
def _(layer: GrowBlock, x, wanted=None):
    return _rescale_kernel(layer, layer.dense.kernel, x, wanted)


@rescale.register
def _(layer: keras.layers.Dense, x, wanted=None):
    return scale(layer.kernel, layer(x), wanted or deviation(x))


def _rescale_kernel(layer, kernel, x, wanted):
    """Rescales any convolution; returns the layer's output."""
    y, wanted = layer.convolve(x), wanted or deviation(x)
    if layer.activation == "tanh":
        return activate(scale(kernel, y, BEFORE_TANH), "tanh", layer.slope)
    if layer.norm is None:
        return scale(kernel, activate(y, layer.activation, layer.slope), wanted)
    # Behind a normalisation no scale of the kernel shows, but that epsilon is small beside it.
    return activate(layer.norm(scale(kernel, y, wanted)), layer.activation, layer.slope)


@rescale.register
def _(layer: ResidualBlock, x, wanted=None):
    del wanted
    skip = rescale(layer.project, x) if layer.needs_projection else x
    y = rescale(layer.second, rescale(layer.first, x))
    return skip + _rescale_branch(layer, y, deviation(x))


@rescale.register
def _(layer: AdaptiveResidualBlock, inputs, wanted=None):
    del wanted
    x, parameters = inputs
    half, end = layer.num_parameters // 2, layer.num_parameters
    y = layer.activate(layer.norm((rescale(layer.first, x), parameters[:, :half])))
    y = layer.norm((rescale(layer.second, y), parameters[:, half:end]))
    return x + _rescale_branch(layer, y, deviation(x)), parameters[:, end:]


@rescale.register
def _(layer: SeparableConv, x, wanted=None):
    y = scale(layer.depthwise.kernel, layer.depthwise(x), deviation(x))
    return rescale(layer.pointwise, y, wanted)


@rescale.register
def _(layer: SeparableBlock, x, wanted=None):
    del wanted
    y = rescale(layer.second, rescale(layer.first, x))
    if layer.branch_scale is not None:
        y = scale(layer.second.pointwise.conv.kernel, y, layer.branch_scale * deviation(x))
    return x + y


@rescale.register
def _(layer: SeparableUp, x, wanted=None):
    y = layer.double(rescale(layer.pointwise, x))
    y = ops.leaky_relu(layer.depthwise(y), negative_slope=layer.slope)
    return scale(layer.depthwise.kernel, y, wanted or deviation(x))


@rescale.register
def _(layer: SubpixelImage, x, wanted=None):
    return layer.arranged(rescale(layer.conv, x, wanted))


def _rescale_branch(layer, y, beside):
    """Returns a block's branch ``y``, scaled to its share of the deviation ``beside`` it."""
    if layer.branch_scale is None:
        return y
    if layer.gain is None:
        return scale(layer.second.conv.kernel, y, layer.branch_scale * beside)
    y = y * ops.cast(layer.gain, y.dtype)
    return scale(layer.gain, y, layer.branch_scale * beside)
