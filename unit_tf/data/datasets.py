"""The one table of data sources; each is imported when it is opened."""

import importlib

from unit_tf.data.base import DataError

SOURCES = {
    "folder": ("unit_tf.data.sources.folders", "open_folders"),
    "tfds": ("unit_tf.data.sources.tfds_splits", "open_tfds"),
    "blue_marble": ("unit_tf.data.sources.blue_marble", "open_blue_marble"),
    "labelled": ("unit_tf.data.sources.labelled", "open_labelled"),
    "coloured_digits": ("unit_tf.data.sources.coloured_digits", "open_coloured_digits"),
    "coast": ("unit_tf.data.sources.coast", "open_coast"),
    "celeb_a": ("unit_tf.data.sources.celeb_a", "open_celeb_a"),
    "avatars": ("unit_tf.data.sources.avatars", "open_avatars"),
}


def open_data(config, held_out_only=False):
    """Opens the data set that ``config.source`` names.

    Args:
      config: DataConfig.
      held_out_only: leave the training images alone: they are neither looked for nor decoded, and
        both training domains are empty. So a translator can be scored where they are not.

    Returns:
      Data.

    Raises:
      DataError: the source is unknown or cannot be used; one line.
    """
    if config.source not in SOURCES:
        raise DataError(f"--data.source={config.source}: not valid; valid: {', '.join(SOURCES)}")
    module, function = SOURCES[config.source]
    return getattr(importlib.import_module(module), function)(config, held_out_only)
