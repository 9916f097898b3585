"""Networks that begin as smaller ones, trained already, with more strided convolutions around them.

Layers within keep their place relative to the code: what was an encoder's second convolution is its
third now. The layers that are new, an encoder's second convolution and a generator's last doubling,
begin by passing their input on: means of 2x2 pixels, and each pixel four times. Where an instance
norm follows, as in munit2018's encoders, no kernel can do that: what is below a channel's mean is
lost to the ReLU behind it, until training repairs that.
"""

import re
import typing

import numpy as np

# Of what is left of a normal distribution by a ReLU: what a new norm is to give back.
_RELU_MEAN = (2 * np.pi) ** -0.5
_RELU_SCALE = (0.5 - _RELU_MEAN**2) ** 0.5


class Growth(typing.NamedTuple):
    """How a network's layers follow from a smaller one's.

    Attributes:
      before: the smaller networks' strided convolutions (``Architecture.num_downsamples``).
      more: further ones of the larger networks, at least 1.
    """

    before: int
    more: int

    def name_before(self, name):
        """The smaller networks' name of a variable; None where the layer is new.

        Args:
          name: path of the variable in the larger networks, as ``"encoder_a/conv1/conv/kernel"``.

        Example:
          >>> Growth(before=2, more=1).name_before("encoder_a/conv3/conv/kernel")
          'encoder_a/conv2/conv/kernel'
          >>> Growth(before=2, more=1).name_before("generator_b/up2/conv/conv/kernel")
        """
        if found := re.fullmatch(r"(encoder_[ab]/conv)(\d+)(/.*)", name):
            index = int(found[2])
            if 1 <= index <= self.more:
                return None
            return f"{found[1]}{index - self.more if index else 0}{found[3]}"
        found = re.fullmatch(r"generator_[ab]/up(\d+)/.*", name)
        return None if found and int(found[1]) >= self.before else name


def passing(name, shape):
    """The value with which a variable of a new layer passes its input on.

    Args:
      name: path of the variable.
      shape: its shape; kernels are [k, k, c, c].

    Returns:
      float32 array. Behind a norm the layer's output has the mean and the scale of a rectified
      normal distribution, as the output before it.
    """
    value = np.zeros(shape, np.float32)
    kind = name.rpartition("/")[2]
    if kind == "gamma":
        value[:] = _RELU_SCALE
    elif kind == "beta":
        value[:] = _RELU_MEAN
    elif kind == "kernel":
        doubled_already = name.endswith("/conv/conv/kernel")  # by nearest neighbours
        side = 1 if doubled_already else 2
        first = (shape[0] - side + 1) // 2
        taps = slice(first, first + side)
        value[taps, taps] = np.eye(shape[-1]) * (1 if "/up" in name else 1 / side**2)
    return value
