"""A file translated into a file in tiles: neither image is ever in memory as a whole."""

import functools

from unit_tf.data.base import Unusable
from unit_tf.data.check_progress import with_progress
from unit_tf.data.images import BadImage
from unit_tf.inference.row_writer import row_writer
from unit_tf.inference.tiled_translation import TiledTranslator


class Stopped(Exception):
    """Whoever asked for a translation no longer wants it."""


def translate_file(method, direction, inputs, source, target, style=None, stop=None):
    """Translates one file, and says on stderr how far it is.

    Args:
      method: Method, from ``load``.
      direction: ``"a2b"`` or ``"b2a"``.
      inputs: TiledImages that have read it.
      source: its path.
      target: path for the translation, of an extension that ``row_writer`` writes.
      style: float32 [1, style_size], or None for the method's own ``translate``.
      stop: threading.Event that ends the work when it is set; or None.

    Raises:
      UserError: it cannot be translated or written.
      Stopped: ``stop`` has been set.
    """
    grid = inputs.tiled[source]
    translator = TiledTranslator(method, direction, grid, style)

    def open_rows():
        return inputs.rows(source).read_into

    watch = _Watch(str(source), len(grid), translator.passes, stop)
    try:
        with row_writer(target, grid.size, method.channels[direction[-1]]) as write:
            for band in translator.bands(open_rows, str(source), watch):
                write(band)
    except Unusable as error:
        raise BadImage(source, error) from None


class _Watch:
    """Shows how far each pass over an image is, and ends one that is no longer wanted.

    Args:
      name: the image's.
      total: its tiles.
      passes: how many there are.
      stop: threading.Event, or None.
    """

    def __init__(self, name, total, passes, stop):
        self._show = functools.partial(with_progress, total=total, unit="tile")
        self._name, self._passes, self._done, self._stop = name, passes, 0, stop

    def __call__(self, tiles):
        self._done += 1
        verb = "translat" if self._done == self._passes else "measur"
        which = "" if self._passes == 1 else f", pass {self._done} of {self._passes}"
        return self._show(self._until_stopped(tiles), what=self._name + which, verb=verb)

    def _until_stopped(self, tiles):
        for tile in tiles:
            if self._stop and self._stop.is_set():
                raise Stopped
            yield tile
