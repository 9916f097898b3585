"""Images of which some are too large for the memory, and are translated in tiles."""

import os

from unit_tf.config import UserError, printable, user_path
from unit_tf.config.value_range import OWN, parse_value_range
from unit_tf.data.base import Unusable
from unit_tf.data.depth import customary_white
from unit_tf.data.image_limits import allow, refuse_large
from unit_tf.data.image_rows import EXTRA, ImageRows, NotByRows, has_libvips
from unit_tf.data.images import BadImage
from unit_tf.data.regular_files import LARGEST
from unit_tf.data.value_ranges import extent_range, recorder
from unit_tf.inference import image_files
from unit_tf.inference.decoded_images import DecodedImages
from unit_tf.inference.row_writer import why_not_by_rows
from unit_tf.inference.tiling import find_tiling

_SMALL_FILE = 2**27  # bytes up to which a file is read whole to learn how large its image is


class TiledImages(DecodedImages):
    """Decoded images, besides those that are translated in tiles and never decoded whole.

    Args:
      tiling: Tiling of the translator; None where it has none.
      channels, budget, value_range, limits, scaling: as DecodedImages takes them;
        ``limits.memory`` is given, and there is no tiling where images are scaled.

    Attributes:
      tiled: {path: Grid} of those read that are translated in tiles.
    """

    def __init__(self, tiling, channels, budget, value_range, limits, scaling=None):
        super().__init__(channels, budget, value_range, limits, scaling)
        self._tiling = tiling
        self.tiled = {}
        self._deep = {}  # {path: (whether it has colours, range that it states, Extent)}

    def measure(self, path, target):
        try:
            self._refuse_large_file(path)
            return super().measure(path, target)
        except BadImage as error:
            if not error.too_large:
                raise
            self.tiled[path] = self._grid(path, target, error)
            return self.tiled[path].size

    def rows(self, path):
        """The rows of an image that is translated in tiles, from the top.

        Returns:
          ImageRows.

        Raises:
          Unusable: it cannot be read any more.
        """
        deep = self._deep.get(path)
        return ImageRows(path, self.channels, deep and self._value_range(*deep))

    def _value_range(self, colours, stated, extent):
        """(black, white) of a deep image as ``decode`` finds it; None where it takes upper bits."""
        if self._range == OWN and colours:
            return None
        if stated or isinstance(self._range, tuple):
            return stated or self._range
        if self._range == OWN:
            return 0, customary_white(extent.high, extent.whole)
        return extent_range(extent)

    def notes(self):
        """Lines that say which images are translated in tiles, and in how many."""
        passes = self._tiling.passes if self._tiling else 1
        often = f" in {passes} passes, for its statistics" if passes > 1 else ""
        return [
            printable(
                f"{path}: {grid.size[0]}x{grid.size[1]} pixels do not fit into the memory at once; "
                f"translated in {grid}{often}"
            )
            for path, grid in sorted(self.tiled.items())
        ]

    def _refuse_large_file(self, path):
        """Raises BadImage, as too large, for a file whose content alone is much for the memory."""
        try:
            size = os.stat(path).st_size
        except (OSError, ValueError):
            return  # whoever reads it says why
        if size <= _SMALL_FILE or not self._tiling:
            return
        if not has_libvips():
            self._refuse_huge(path, size)
            return
        try:
            pixels = ImageRows(path, self.channels).size
            refuse_large(pixels, size / (pixels[0] * pixels[1]), self._limits)
        except NotByRows:
            return
        except Unusable as error:
            raise BadImage(path, error, getattr(error, "too_large", False)) from None
        self._refuse_huge(path, size)

    @staticmethod
    def _refuse_huge(path, size):
        if size > LARGEST:
            raise BadImage(path, f"a file of {size / 1e9:.1f} GB", True)

    def _grid(self, path, target, refusal):
        """The Grid of an image that does not fit; raises BadImage where it has none."""
        if self._tiling is None:
            raise refusal
        if not has_libvips():
            raise self._with(refusal, f"{EXTRA} lets it be translated in tiles")
        try:
            allow(self._limits)
            rows = ImageRows(path, self.channels)
            reason = why_not_by_rows(target, rows.size)
            grid = self._tiling.grid(rows.size, self._limits.memory - rows.whole_bytes)
            if grid is None:
                raise refusal
            if reason:
                raise self._with(refusal, reason)
            self._note_deep(path, rows, rows.check())
        except NotByRows as error:
            raise self._with(refusal, error) from None
        except Unusable as error:
            raise BadImage(path, error) from None
        if rows.remark:
            self.remarks[path] = rows.remark
        return grid

    def _note_deep(self, path, rows, extent):
        """Notes the values of a deep image, for ``settle`` and ``rows``."""
        if extent is None:
            return
        self._deep[path] = rows.colours, rows.stated_range, extent
        self._value_range(*self._deep[path])  # refuses what has none
        if self._range != OWN and rows.stated_range is None:
            recorder(self._extents, path, self._range)(extent)

    @staticmethod
    def _with(refusal, more):
        return BadImage(refusal.name, f"{refusal.reason}; {more}", True)


def tiled_images(config, direction, limits, tileable=True, kind=TiledImages, scaling=None):
    """TiledImages of a translator's inputs.

    Args:
      config: ExperimentConfig.
      direction: ``"a2b"`` or ``"b2a"``.
      limits: Limits, with a memory.
      tileable: whether any may be translated in tiles.
      kind: the class.
      scaling: as DecodedImages takes it.
    """
    domain = direction[0]
    value_range = parse_value_range(config.data.value_range)[domain]
    tiling = find_tiling(config, direction) if tileable and not scaling else None
    return kind(tiling, config.data.domain_channels(domain), None, value_range, limits, scaling)


def open_file(config, direction, source, target, limits, scaling=None):
    """Reads one file that is to be translated into another.

    Args:
      config, direction, limits, scaling: as ``tiled_images`` takes them.
      source: path of an image.
      target: path of a file with an extension that can be written.

    Returns:
      (TiledImages that has read it, image_files.Job).

    Raises:
      UserError: it cannot be read, or the other not be written.
    """
    job = image_files.Job(user_path("source", source), user_path("target", target))
    if job.target.suffix.lower() not in image_files.WRITABLE:
        known = " ".join(sorted(image_files.WRITABLE))
        raise UserError(f"target={target}: no extension that can be written; there are {known}")
    image_files.refuse_collisions([job])
    inputs = tiled_images(config, direction, limits, scaling=scaling)
    inputs.measure(*job)
    inputs.settle("source")
    return inputs, job
