"""The door to all data: opens whichever source an experiment names."""

from unit_tf.config import ConfigError
from unit_tf.data.base import DataError
from unit_tf.data.registry import find_source


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
    try:
        source = find_source(config.source)
    except ConfigError as error:
        raise DataError(str(error)) from None
    return source.load_opener()(config, held_out_only)
