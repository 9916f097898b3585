"""A start in which every layer passes the signal on: layer-sequential unit variance (LSUV).

Mishkin and Matas, "All you need is a good init" (ICLR 2016): from the first layer to the last, a
kernel is multiplied so that what it gives for a probe has a wanted standard deviation. They want 1
everywhere. Here it is that of what enters, since images in [-1, 1] enter with about 0.5; logits
and styles shall have 1. Residual branches follow De and Smith, "Batch normalization biases residual
blocks towards the identity function" (NeurIPS 2020), SkipInit: on a path of d blocks a branch
starts with 1 / sqrt(d) of the deviation of what it is added to, so that all d of them together
raise it by (1 + 1/d)^(d/2) < 1.65. The convolution before a tanh starts small; in Fixup (Zhang,
Dauphin, Ma, ICLR 2019) the last layer starts at zero, but then no image would show in the first
step's translation.

The kernels are drawn as before (He et al. 2015), and only scaled here; biases start at zero.
"""

import functools
import math

import keras
from keras import ops

from unit_tf.layers.adain import AdaptiveResidualBlock
from unit_tf.layers.blocks import Chain, ConvBlock, ResidualBlock, UpBlock, activate
from unit_tf.layers.digit_layers import GrowBlock

# In tanh's straight part: its output has nearly this deviation, and 0.97 is eight of them away.
BEFORE_TANH = 0.25
# A layer whose deviation is below this is dead for the probe; no factor would wake it.
_DEAD = 1e-6


def branch_scale(num_blocks):
    """Returns 1 / sqrt(d), for d residual blocks between an image and its translation."""
    return 1 / math.sqrt(max(1, num_blocks))


def deviation(x):
    """Returns the standard deviation over all elements of a tensor, as a Python float."""
    return float(ops.std(ops.cast(x, "float32")))


def factor(found, wanted):
    """Returns what brings one deviation to another, rounded to a power of 2 to the 1/8.

    Devices and numbers of threads sum in other orders. Steps of 9 % make them all choose the same
    factor; else all workers of a training would have to be of one kind.

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
    """Multiplies a variable, to which ``y`` is proportional, so that ``y`` deviates as wanted."""
    variable.assign(variable * ops.cast(factor(deviation(y), wanted), variable.dtype))


@functools.singledispatch
def rescale(layer, x, wanted=None):
    """Scales a layer's kernels by a probe, in place.

    Args:
      layer: a built layer. A kind that has no kernel is called as it is.
      x: the probe, what the layers before give for it.
      wanted: the standard deviation of what it shall give; None for that of ``x``.

    Returns:
      what the rescaled layer gives for ``x``.
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
    scale(layer.kernel, layer(x), wanted or deviation(x))
    return layer(x)


def _rescale_kernel(layer, kernel, x, wanted):
    """The part that all convolutions have in common; biases are zero, so all is proportional."""
    y = layer.convolve(x)
    if layer.activation == "tanh":
        wanted = BEFORE_TANH
    elif layer.norm is None:
        y = activate(y, layer.activation, layer.slope)
    # Before a normalisation no scale of the kernel shows, but that epsilon is small beside it.
    scale(kernel, y, wanted or deviation(x))
    return layer(x)


@rescale.register
def _(layer: ResidualBlock, x, wanted=None):
    del wanted
    if layer.needs_projection:
        rescale(layer.project, x)
    rescale(layer.second, rescale(layer.first, x))
    _rescale_branch(layer, x, deviation(x))
    return layer(x)


@rescale.register
def _(layer: AdaptiveResidualBlock, inputs, wanted=None):
    del wanted
    x, parameters = inputs
    y = layer.norm((rescale(layer.first, x), parameters[:, : layer.num_parameters // 2]))
    rescale(layer.second, layer.activate(y))
    _rescale_branch(layer, inputs, deviation(x))
    return layer(inputs)


def _rescale_branch(layer, inputs, beside):
    """Gives a block's branch its share of the deviation ``beside`` it."""
    if layer.branch_scale is not None:
        variable = layer.second.conv.kernel if layer.gain is None else layer.gain
        scale(variable, layer.branch(inputs), layer.branch_scale * beside)
