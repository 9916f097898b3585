"""Images translated tile by tile, from top to bottom, with the result of the whole image.

Tiles overlap by what a pixel depends on, so what is kept of each equals the whole image's
translation to rounding. Only a band of the image is in memory at a time.
"""

import numpy as np
import tensorflow as tf

from unit_tf.inference.compiled_networks import require_finite, run_network
from unit_tf.inference.image_kinds import BYTES
from unit_tf.inference.tile_grid import mirrored
from unit_tf.inference.whole_image_statistics import WholeImageStatistics
from unit_tf.layers.subpixel import faster_doubling


def tiles(grid, read_into, channels, dtype=np.uint8):
    """Reads an image from top to bottom and cuts it into tiles, padded at its ends.

    Args:
      grid: Grid.
      read_into: ([rows, W, channels]) -> None, which fills it with the next rows.
      channels: 1 or 3.
      dtype: of the image.

    Yields:
      (Span of rows, Span of columns, [h, w, channels]), the columns of a row in order.
    """
    height, width = grid.size
    longest = max(row.stop - row.start for row in grid.rows)
    band, first, held = np.empty((longest, width, channels), dtype), 0, 0
    for row in grid.rows:
        kept = max(0, first + held - row.start)
        band[:kept] = band[held - kept : held].copy()
        first, held = row.start, min(row.stop, height) - row.start
        read_into(band[kept:held])
        down = mirrored(row.start, row.stop, height) - first
        for column in grid.columns:
            across = mirrored(column.start, column.stop, width)
            yield row, column, band[down[:, None], across]


def translated_bands(grid, found, channels, values=BYTES):
    """Puts translated tiles together.

    Args:
      grid: Grid.
      found: yields (Span of rows, Span of columns, float32 [h, w, channels]), as ``tiles`` orders.
      channels: 1 or 3.
      values: Values of the result.

    Yields:
      [rows, W, channels], downwards, together the image. The next one takes its place.
    """
    height, width = grid.size
    longest = max(row.last - row.first for row in grid.rows)
    band = np.empty((longest, width, channels), values.dtype)
    for row, column, y in found:
        rows, last = min(row.last, height) - row.first, min(column.last, width)
        top, left = row.first - row.start, column.first - column.start
        kept = y[top : top + rows, left : left + last - column.first]
        band[:rows, column.first : last] = values.from_networks(kept)
        if column is grid.columns[-1]:
            yield band[:rows]


class TiledTranslator:
    """Translates images of one size tile by tile.

    Args:
      method: Method whose spec says that it is ``tileable``; its latent noise is off.
      direction: ``"a2b"`` or ``"b2a"``.
      grid: Grid.
      style: float32 [1, style_size], or None for the method's own ``translate``.
      values: Values of images and results.
    """

    def __init__(self, method, direction, grid, style=None, values=BYTES):
        def network(x):
            with faster_doubling():
                if style is None:
                    return method.translate(x, direction)
                return method.translate_styled(x, direction, tf.constant(style))

        self._grid, self._network, self._values = grid, network, values
        self._channels = [method.channels[d] for d in direction.split("2")]
        self._norms = WholeImageStatistics(network).count(self._channels[0], method.smallest_side)

    @property
    def passes(self):
        """How often an image is read: once, and before that for each normalisation over it."""
        return self._norms + 1

    def bands(self, open_rows, name, watch=iter):
        """Translates an image.

        Args:
          open_rows: () -> what ``tiles`` takes as ``read_into``, from the top; once for each pass.
          name: what to call the image in messages.
          watch: (tiles) -> the same, by which progress is shown; of each pass.

        Yields:
          [rows, W, C'] downwards. The next one takes its place.

        Raises:
          UserError: a tile does not fit into memory, or what comes out is not finite.
        """
        statistics = WholeImageStatistics(self._network)
        for _ in range(self._norms):
            statistics.find_next(self._measured(watch(self._tiles(open_rows()))))
        compiled = statistics.translation()

        def translated():
            for row, column, tile in watch(self._tiles(open_rows())):
                y = run_network(compiled, self._values.to_networks(tile)[None], name)
                yield row, column, require_finite(y, name)[0]

        yield from translated_bands(self._grid, translated(), self._channels[1], self._values)

    def _tiles(self, read_into):
        return tiles(self._grid, read_into, self._channels[0], self._values.dtype)

    def _measured(self, found):
        """Yields what ``find_next`` takes, of what ``tiles`` yields."""
        for row, column, tile in found:
            part = [row.first - row.start, row.last - row.start]
            part += [column.first - column.start, column.last - column.start]
            yield self._values.to_networks(tile)[None], part


def translate_array(translator, image, name):
    """Translates an image that is in memory, in tiles.

    Args:
      translator: TiledTranslator of its size and values.
      image: [H, W, C].
      name: what to call it in messages.

    Returns:
      [H, W, C'].

    Raises:
      UserError: as ``TiledTranslator.bands``.
    """

    def open_rows():
        done = 0

        def read_into(out):
            nonlocal done
            out[:] = image[done : done + len(out)]
            done += len(out)

        return read_into

    result, done = None, 0
    for band in translator.bands(open_rows, name):
        if result is None:
            result = np.empty((*image.shape[:2], band.shape[-1]), band.dtype)
        result[done : done + len(band)] = band
        done += len(band)
    return result
