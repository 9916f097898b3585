"""MNIST in grey (domain A), and MNIST over satellite tiles (domain B), without B's labels.

MNIST-M's recipe (Ganin et al., 2016) on images of our own: |tile - digit| for each colour channel,
where theirs are patches of BSDS500's photographs. Each digit keeps its one tile. As in MNIST-M, B's
training digits are A's; no batch says which belong together. Test digits are MNIST's test split's.
The tiles are of Blue Marble: training tiles are cut from 16 of the globe's 20 bands, test tiles
from the other four.

TensorFlow and tensorflow-datasets are imported only when the data are opened.
"""

import functools

import numpy as np

from unit_tf.data import digit_images
from unit_tf.data.base import Data, DataError
from unit_tf.data.sources import blue_marble
from unit_tf.data.sources.labelled import LabelledDomain, held_out, read_split, stored_channels
from unit_tf.data.sources.prepared import open_builder

# blue_marble's bands that each split's tiles are cut from; no two splits share one.
BANDS = {"train": "ab", "test": "*"}
# Which tile a digit gets. Each split has numbers of its own.
SEEDS = {"train": 0, "test": 1}
_STEP = 2  # pixels between two tiles' corners, as blue_marble has for training crops


class Tiles:
    """A tile for each digit of a split.

    Args:
      globe: uint8 [H, W, 3].
      corners: int [M, 2], every corner (row, column) that a tile may have.
      count: number of digits.
      seed: whole number; the same one gives the same tiles.
    """

    def __init__(self, globe, corners, count, seed):
        self._globe = globe
        self._corners = corners[np.random.default_rng(seed).integers(0, len(corners), count)]

    def over(self, index, digit):
        """|tile - digit|.

        Args:
          index: of the digit in its split.
          digit: uint8 [S, S, 1].

        Returns:
          uint8 [S, S, 3].
        """
        tile = blue_marble.cut(self._globe, self._corners[index], digit.shape[:2])
        return np.abs(tile.astype(np.int16) - digit).astype(np.uint8)


class DigitsOverTiles(LabelledDomain):
    """Training digits over their tiles, without their labels.

    Args:
      images: uint8 array [N, 32, 32, 1], kept and not copied.
      tiles: Tiles of N digits.
    """

    def __init__(self, images, tiles):
        super().__init__(images, 3, digit_images.Change())
        self._tiles = tiles

    def pixels(self, indices):
        """As ``unit_tf.data.base.BatchDomain`` says."""
        return np.stack([self._tiles.over(index, self._images[index]) for index in indices])


def open_mnist_over_tiles(config, held_out_only=False):
    """The data set ``mnist_over_tiles``, at 32x32; nothing is mirrored or moved.

    Args:
      config: DataConfig; ``map_width`` sets the tiles' scale. With tfds_dir the prepared MNIST is
        read there and nothing is fetched.
      held_out_only: as in ``datasets.open_data``.

    Returns:
      Data with labels_a, and test images with labels.

    Raises:
      DataError: a size or channels that these data do not have, MNIST or the images of the globe
        are not there, or no tile fits; one line.
    """
    digit_images.check_colours(config)
    globe = blue_marble.load_globe(blue_marble.SATELLITE, config.map_width)
    land = blue_marble.land_mask(globe)
    where, name = f"--data.source={config.source}, data set", "mnist"
    builder = open_builder(where, name, config.tfds_dir)
    stored_channels(builder, f"{where}={name}")
    read = functools.partial(read_split, builder, "pad", 1)
    train, test = read("" if held_out_only else "train", True), read("test", True)
    if not held_out_only and not len(train.images):
        raise DataError(f"{where}={name}: no images in train; to train on there must be some")

    def tiles(split, part):
        return Tiles(globe, _corners(config, land, split), len(part.images), SEEDS[split])

    channels = config.domain_channels("a")
    return Data(
        LabelledDomain(train.images, channels, digit_images.Change()),
        DigitsOverTiles(train.images, tiles("train", train)),
        held_out("test", test, channels),
        _over_tiles(held_out("test", test, 1), tiles("test", test)),
        labels_a=train.labels,
    )


def _corners(config, land, split):
    """Corners of a split's tiles, int [M, 2]."""
    side = digit_images.SIDE
    columns = [c for kind in BANDS[split] for c in blue_marble.band_columns(kind, config.map_width)]
    found = blue_marble.tile_corners(land, columns, (side, side), _STEP)
    if not len(found):
        raise DataError(
            f"--data.map_width={config.map_width}: no tile of {side}x{side} fits a band of "
            f"{config.map_width // blue_marble.BANDS} pixels; give at least "
            f"--data.map_width={blue_marble.BANDS * (side + 8)}"
        )
    return found


def _over_tiles(tests, tiles):
    return [
        test._replace(load=functools.partial(_over_tile, test.load, tiles, index))
        for index, test in enumerate(tests)
    ]


def _over_tile(load, tiles, index):
    return tiles.over(index, load())
