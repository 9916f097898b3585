"""The specs of the sources. They stand here since the sources themselves import numpy."""

from unit_tf.data.spec import SourceSpec

# What the pipeline reads of every source.
SIZES = frozenset({"image_size", "channels", "channels_a", "channels_b"})
FILES = frozenset({
    "dir_a", "dir_b", "test_dir_a", "test_dir_b", "flip", "resize", "skip_bad", "value_range",
    "max_megapixels",
})  # fmt: skip
GLOBES = SIZES | {"flip", "tile_size", "map_width", "paired"}

FOLDER = SourceSpec(
    name="folder",
    opener="unit_tf.data.sources.folders:open_folders",
    lister="unit_tf.data.sources.folders:list_folders",
    reads=SIZES | FILES | {"root", "paired", "cache_dir"},
)
TFDS = SourceSpec(
    name="tfds",
    opener="unit_tf.data.sources.tfds_splits:open_tfds",
    lister="unit_tf.data.sources.tfds_splits:list_tfds",
    reads=SIZES | FILES | {"tfds", "tfds_dir"},
    needs_tensorflow=True,
)
BLUE_MARBLE = SourceSpec(
    name="blue_marble",
    opener="unit_tf.data.sources.blue_marble:open_blue_marble",
    reads=GLOBES | {"map"},
    globes=True,
    tells_land=True,
)
COAST = SourceSpec(
    name="coast",
    opener="unit_tf.data.sources.coast:open_coast",
    reads=GLOBES,
    globes=True,
    drawings={"a": "black_on_white"},
)
LABELLED = SourceSpec(
    name="labelled",
    opener="unit_tf.data.sources.labelled:open_labelled",
    reads=SIZES | {
        "dir_a", "dir_b", "test_dir_a", "test_dir_b", "flip", "tfds_dir", "labelled_a",
        "labelled_b", "usps_dir", "fit", "invert", "shift", "rotate", "scale",
    },
    labelled=True,
    needs_tensorflow=True,
    grey_drawings="white_on_black",  # as MNIST and USPS are
)  # fmt: skip
COLOURED_DIGITS = SourceSpec(
    name="coloured_digits",
    opener="unit_tf.data.sources.coloured_digits:open_coloured_digits",
    reads=SIZES | {"tfds_dir"},
    needs_tensorflow=True,
    drawings={"a": "white_on_black"},
)
MNIST_OVER_TILES = SourceSpec(
    name="mnist_over_tiles",
    opener="unit_tf.data.sources.mnist_over_tiles:open_mnist_over_tiles",
    reads=SIZES | {"tfds_dir", "map_width"},
    labelled=True,
    needs_tensorflow=True,
    drawings={"a": "white_on_black"},
)
CELEB_A = SourceSpec(
    name="celeb_a",
    opener="unit_tf.data.sources.celeb_a:open_celeb_a",
    reads=SIZES | {"flip", "resize", "tfds_dir", "attribute"},
    needs_tensorflow=True,
)
AVATARS = SourceSpec(
    name="avatars",
    opener="unit_tf.data.sources.avatars:open_avatars",
    reads=SIZES | {
        "flip", "paired", "attribute", "num_faces", "num_test_faces", "faces_seed", "cache_dir",
    },
    fills_crop=True,
    rated_faces=True,
)  # fmt: skip
