"""How a translator's networks lie on an image, in numbers; no TensorFlow."""

import typing


class NetworkGeometry(typing.NamedTuple):
    """What tiles and estimates of memory need to know of the networks of a translation.

    Attributes:
      stride: pixels of the image per element of the code, along one side.
      smallest_side: shortest side that can be translated.
      reach: how many pixels beyond its own place a pixel of a translation depends on, at most; what
        normalises over the whole image is not counted.
      norms: normalisations over the whole image.
      widest: channels of the largest map, a pixel of the image.
    """

    stride: int
    smallest_side: int
    reach: int
    norms: int
    widest: float
