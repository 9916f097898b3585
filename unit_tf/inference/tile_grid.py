"""Where the tiles of an image lie, so that what they overlap in is enough for equal results."""

import typing

import numpy as np


class Span(typing.NamedTuple):
    """One tile along one side of an image.

    Attributes:
      start, stop: the part that the networks see.
      first, last: the part inside whose translation is kept; ``last`` is behind it.
    """

    start: int
    stop: int
    first: int
    last: int


def padded_length(length, stride, smallest):
    """A side as the networks see it: the next multiple of ``stride``, at least ``smallest``."""
    return max(-(-length // stride) * stride, smallest)


def mirrored(start, stop, length):
    """Which pixels of a side stand at the places from ``start`` to ``stop`` of the padded one.

    0 1 2 | 2 1 0 | 0 1 2 ..., as any_size.py pads.

    Returns:
      int array [stop - start] of places below ``length``.
    """
    index = np.arange(start, stop) % (2 * length)
    return np.minimum(index, 2 * length - 1 - index)


def spans(length, tile, margin, stride):
    """Cuts a side into tiles of one length.

    At the ends of the side a tile ends with it, so that the networks pad there as they pad the
    whole image. Everywhere else its outer ``margin`` is not kept.

    Args:
      length: of the padded side, a multiple of ``stride``.
      tile: longest tile, a multiple of ``stride``; more than two margins.
      margin: how far a pixel depends on others, a multiple of ``stride``.
      stride: of the networks.

    Returns:
      list of Span; what they keep follows one another from 0 to ``length``.
    """
    if length <= tile:
        return [Span(0, length, 0, length)]
    count = -(-(length - 2 * margin) // (tile - 2 * margin))
    # The shortest tiles that so many need: the last one must not do again what others have done.
    kept = -(-(length - 2 * margin) // count)
    kept = -(-kept // stride) * stride
    size, found = kept + 2 * margin, []
    for k in range(count):
        start = min(k * kept, length - size)
        first = found[-1].last if found else 0
        last = length if k == count - 1 else start + size - margin
        found.append(Span(start, start + size, first, last))
    return found


class Grid:
    """The tiles of one image.

    Args:
      size: (height, width) of the image.
      tile: longest side of a tile.
      margin, stride, smallest: as ``spans`` takes them; the shortest side that the networks take.

    Attributes:
      rows, columns: lists of Span.
    """

    def __init__(self, size, tile, margin, stride, smallest):
        self.size = size
        self.rows, self.columns = (
            spans(padded_length(side, stride, smallest), tile, margin, stride) for side in size
        )

    def __len__(self):
        return len(self.rows) * len(self.columns)

    def __str__(self):
        row, column = self.rows[0], self.columns[0]
        return f"{len(self)} tiles of {row.stop - row.start}x{column.stop - column.start} pixels"
