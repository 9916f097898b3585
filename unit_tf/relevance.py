"""Which settings count beside which others: one that would be ignored is refused, not swallowed.

Standard library only, as ``config`` is.
"""

import math

_FOLDERS = ("dir_a", "dir_b", "test_dir_a", "test_dir_b")
_CROPS = ("resize", "skip_bad")
_LABELLED = ("labelled_a", "labelled_b", "usps_dir", "fit", "invert", "shift", "rotate", "scale")
# Settings of the data section that some sources do not look at, and the sources that do.
SOURCES = {
    "folder": {*_FOLDERS, *_CROPS, "root"},
    "tfds": {*_FOLDERS, *_CROPS, "tfds", "tfds_dir"},
    "blue_marble": {"tile_size", "map_width"},
    "labelled": {*_FOLDERS, "tfds_dir", *_LABELLED},
}

_DIGITS = {"model.dropout", "weights.classification"}
_JUDGED = _DIGITS | {
    "model.discriminator_width",
    "model.same_start", "weights.gan", "weights.gan_objective", "weights.feature",
    "weights.feature_distance",
}  # fmt: skip
_CODED = {
    "model.noise", "model.same_start", "weights.gan", "weights.kl", "weights.reconstruction",
    "weights.cycle_kl", "weights.cycle", "weights.identity",
    "weights.gan_objective", "weights.kl_reduction", "weights.likelihood",
}  # fmt: skip
# The same for the model and weights sections, by method. All read the method, the architecture and
# the width.
METHODS = {
    "unit": _CODED | {
        "model.num_blocks", "model.num_shared", "model.initializer", "model.block_norm",
        "model.dropout", "model.up", "model.discriminator_width", "model.discriminator_depth",
        "model.discriminator_scales", "model.discriminator_shared", "weights.gan_start",
    },
    "unit_da": _CODED | _JUDGED | {
        "model.coordinates", "weights.gan_same", "weights.classification_translated",
    },
    "cogan": _JUDGED,
    "dann": _DIGITS | {"weights.domain", "weights.domain_steps"},
    "source_only": _DIGITS,
}  # fmt: skip
_ALWAYS = {"model.method", "model.architecture", "model.width"}
# Without these nothing would be learned, or no pairs drawn.
NEEDED_WEIGHT = {
    "unit_da": "reconstruction", "cogan": "gan", "dann": "classification",
    "source_only": "classification",
}  # fmt: skip
# Methods that learn from labels, of pictures of one small size.
LABELLED_METHODS = tuple(name for name, read in METHODS.items() if "weights.classification" in read)
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
