"""One experiment, from its configuration to the end of its training."""

import sys

from unit_tf.config import UserError, printable, refuse_no_utf8, user_path
from unit_tf.data.datasets import open_data
from unit_tf.training import loop
from unit_tf.training.loop import Alarmed, Diverged, Stopped
from unit_tf.training.workdir import with_stored_start

__all__ = ["Alarmed", "Diverged", "Stopped", "train"]


def train(config, workdir, after_save=None):
    """Opens an experiment's data and trains it to its last step; notes go to stderr.

    Args:
      config: ExperimentConfig, from ``unit_tf.resolve.resolve``.
      workdir: folder of checkpoints and logs; an interrupted training in it goes on.
      after_save: called with the step when a checkpoint of it has been written; or None.

    Returns:
      Trainer at step ``run.steps``.

    Raises:
      UserError: the data or the folder cannot be used; Alarmed among them, with
        ``run.on_alarm="stop"``.
      Diverged: a loss or a weight is no longer finite.
      Stopped: a signal came; the state has been saved.
    """
    if not str(workdir):  # pathlib would take it for the current folder
        raise UserError("--workdir is required")
    path = user_path("--workdir", workdir)  # before all data are read
    refuse_no_utf8("--workdir", path)
    stored = with_stored_start(config, path).data.value_range
    # Devices first: logical CPU devices cannot be made once TensorFlow has run an op.
    strategy = loop.build_strategy(config.run)
    data = open_data(config.replace({"data.value_range": stored}).data)
    for line in data.notes:
        print(printable(line), file=sys.stderr)
    if data.value_range is not None:  # what ``auto`` has come to goes into config.json
        config = config.replace({"data.value_range": data.value_range})
    return loop.train(config, data, workdir, strategy, after_save)
