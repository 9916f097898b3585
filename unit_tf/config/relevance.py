"""Which settings count beside which others: one that would be ignored is refused, not swallowed.

Standard library only, as ``config`` is.
"""

import math

_FOLDERS = ("dir_a", "dir_b", "test_dir_a", "test_dir_b")
_CROPS = ("flip", "resize", "skip_bad")
_GLOBES = ("flip", "tile_size", "map_width", "paired")
_LABELLED = ("labelled_a", "labelled_b", "usps_dir", "fit", "invert", "shift", "rotate", "scale")
# Settings of the data section that some sources do not look at, and the sources that do.
SOURCES = {
    "folder": {*_FOLDERS, *_CROPS, "root", "paired"},
    "tfds": {*_FOLDERS, *_CROPS, "tfds", "tfds_dir"},
    "blue_marble": {*_GLOBES, "map"},
    "coast": {*_GLOBES},
    "labelled": {*_FOLDERS, "flip", "tfds_dir", *_LABELLED},
    "coloured_digits": {"tfds_dir"},
    "celeb_a": {"flip", "resize", "tfds_dir", "attribute"},
    "avatars": {"flip", "attribute", "num_faces", "num_test_faces", "faces_seed", "cache_dir"},
}
# Sources that come through tensorflow-datasets, which imports TensorFlow and may fetch.
THROUGH_TFDS = tuple(name for name, read in SOURCES.items() if "tfds_dir" in read)

# Settings of where data lie, which no result depends on.
PLACES = ("data.tfds_dir", "data.usps_dir", "data.cache_dir")
# Those in which trainings of one experiment may differ whose scores are averaged.
FREE_IN_REPEATS = (
    *PLACES, "run.steps", "run.seed", "run.checkpoint_every", "run.keep_checkpoints",
    "run.log_every", "run.image_every",
)  # fmt: skip

_DIGITS = {"model.dropout", "weights.classification"}
_JUDGED = _DIGITS | {
    "model.discriminator_width", "model.initializer",
    "model.same_start", "weights.gan", "weights.gan_objective", "weights.feature",
    "weights.feature_distance",
}  # fmt: skip
_CODED = {
    "model.noise", "model.same_start", "weights.gan", "weights.kl", "weights.reconstruction",
    "weights.cycle_kl", "weights.cycle", "weights.identity",
    "weights.gan_objective", "weights.kl_reduction", "weights.likelihood",
}  # fmt: skip
_TRUNK = {
    "model.num_blocks", "model.num_shared", "model.initializer", "model.block_norm", "model.up",
    "model.front_norm", "model.dropout",
}  # fmt: skip
_CONVOLVED = _TRUNK | {
    "model.discriminator_width", "model.discriminator_depth", "model.discriminator_scales",
    "model.discriminator_shared",
}  # fmt: skip
# The same for the model and weights sections, by method. All read the method, the architecture and
# the width.
METHODS = {
    "unit": _CODED | _CONVOLVED | {"weights.gan_start"},
    "munit": _CONVOLVED | {
        "model.style_size", "model.vgg", "weights.gan", "weights.gan_objective",
        "weights.reconstruction", "weights.content", "weights.style", "weights.cycle",
        "weights.perceptual", "weights.likelihood",
    },
    "unit_da": _CODED | _JUDGED | {
        "model.coordinates", "weights.gan_same", "weights.classification_translated",
    },
    "cogan": _JUDGED,
    "dann": _DIGITS | {"weights.domain", "weights.domain_steps"},
    "source_only": _DIGITS,
    "supervised": _TRUNK | {"model.same_start", "weights.reconstruction", "weights.likelihood"},
}  # fmt: skip
_ALWAYS = {"model.method", "model.architecture", "model.width"}
# Without these nothing would be learned, or no pairs drawn.
NEEDED_WEIGHTS = {
    "unit_da": ("classification", "reconstruction"), "cogan": ("classification", "gan"),
    "dann": ("classification",), "source_only": ("classification",),
    "supervised": ("reconstruction",),
}  # fmt: skip
# Methods that learn from labels, of images of one small size.
LABELLED_METHODS = tuple(name for name, read in METHODS.items() if "weights.classification" in read)
# Methods with decoders; the others only classify.
TRANSLATING_METHODS = tuple(n for n, read in METHODS.items() if "weights.reconstruction" in read)
PAIRED_METHODS = ("supervised",)
# Methods with style encoders.
STYLED_METHODS = tuple(name for name, read in METHODS.items() if "model.style_size" in read)
LABELLED_ARCHITECTURES = ("table5", "table5_relu", "table6")
LABELLED_SIZE = (32, 32)


def unread(config, default):
    """The first setting that differs from its default and is not read.

    Args:
      config: ExperimentConfig.
      default: ExperimentConfig of all defaults.

    Returns:
      (name, the setting as a flag that makes it so), or None.
    """
    known, source = dict(default.items()), config.data.source
    somewhere = set().union(*SOURCES.values())
    for name, value in config.items():
        section, _, key = name.partition(".")
        if value == known[name]:
            continue
        if section == "data" and key in somewhere and key not in SOURCES[source]:
            return name, f"--data.source={source}"
        if section in ("model", "weights") and name not in METHODS[config.model.method] | _ALWAYS:
            return name, f"--model.method={config.model.method}"
    return None


def largest_side(config):
    """Longest side, in pixels, that an experiment's networks translate; digits' have one size."""
    return max(LABELLED_SIZE) if config.model.method in LABELLED_METHODS else math.inf
