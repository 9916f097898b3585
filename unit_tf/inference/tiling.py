"""Whether and how an image is translated in tiles, decided without TensorFlow."""

import typing

from unit_tf.inference.network_memory import bytes_per_pixel
from unit_tf.inference.tile_grid import Grid
from unit_tf.methods.registry import find_method

# Bytes that the tiles of one image may take, so that a command stays below 2 GB. Larger tiles would
# hardly be faster: of one of 1,200 pixels a side, less than a fifth is overlap in most networks.
MOST = 6e8
_LEAST_MARGINS = 3  # sides of shorter tiles are mostly overlap


class Tiling(typing.NamedTuple):
    """What tiles of a translator must be like.

    Attributes:
      margin: how far into a tile its inner edges are felt, in pixels; a multiple of the stride.
      stride, smallest: of the networks, as Method has them.
      per_pixel: bytes that the networks take for a pixel of a tile.
      channels: of an image and of its translation, together.
      passes: how often an image is read: once, and once more for each normalisation over it.
    """

    margin: int
    stride: int
    smallest: int
    per_pixel: float
    channels: int
    passes: int = 1

    def grid(self, size, memory):
        """The tiles of an image.

        Args:
          size: (height, width).
          memory: bytes that they may take, of which no more than MOST are used.

        Returns:
          Grid; None where not even the smallest useful tiles fit.
        """
        side = self._longest(size[1], max(0, min(memory, MOST))) // self.stride * self.stride
        if side < max(_LEAST_MARGINS * self.margin, self.smallest, 2 * self.margin + self.stride):
            return None
        return Grid(size, side, self.margin, self.stride, self.smallest)

    def _longest(self, width, memory):
        """The longest side of a tile whose networks and bands, in and out, fit into a memory."""
        row, pixel = width * self.channels, self.per_pixel
        return int(((row**2 + 4 * pixel * memory) ** 0.5 - row) / (2 * pixel))


def find_tiling(config, direction):
    """How a translator's images are cut into tiles.

    Args:
      config: ExperimentConfig.
      direction: ``"a2b"`` or ``"b2a"``.

    Returns:
      Tiling; None where its tiles are not translated as the whole image is.
    """
    spec = find_method(config.model.method)
    geometry = spec.geometry_of(config.model)
    if not spec.tileable or geometry is None:
        return None
    stride = geometry.stride
    return Tiling(
        -(-geometry.reach // stride) * stride,
        stride,
        geometry.smallest_side,
        bytes_per_pixel(geometry),
        sum(config.data.domain_channels(d) for d in direction.split("2")),
        geometry.norms + 1,
    )
