"""One experiment, from its configuration to the end of its training.

TensorFlow is imported once the data are open, so that a mistyped folder is named at once.
"""

import sys
import time

from unit_tf.config import UserError, printable, refuse_file_name, refuse_no_utf8, user_path
from unit_tf.data.datasets import open_data
from unit_tf.data.registry import find_source
from unit_tf.files import write_refusal
from unit_tf.resolve import check
from unit_tf.training.budget.choose import choose, flags_of
from unit_tf.training.budget.frozen_choice import CHOSEN, has_begun, with_frozen_choice
from unit_tf.training.claim_workdir import check_workdir
from unit_tf.training.endings import Alarmed, Diverged, Stopped
from unit_tf.training.initial_weights import check_source
from unit_tf.training.trained_images import refuse_changed_images
from unit_tf.training.workdir import with_stored_start

__all__ = ["Alarmed", "Diverged", "Stopped", "train"]


def train(
    config,
    workdir,
    after_save=None,
    start_tensorflow=lambda: None,
    make_scorer=lambda config, data: None,
    look=lambda data: (),
    given=(),
    prepare=lambda: None,
):
    """Opens an experiment's data and trains it to its last step; notes go to stderr.

    Args:
      config: ExperimentConfig, from ``unit_tf.resolve.resolve``.
      workdir: folder of checkpoints and logs; an interrupted training in it goes on.
      after_save: called with the step when a checkpoint of it has been written; or None.
      start_tensorflow: called before TensorFlow is imported; commands keep its start quiet so.
      make_scorer: (config, data) -> what scores checkpoints, as ``loop.Loop`` takes it, or None.
      look: called with the DataConfig once the folder fits, before all data are read; returns lines
        about them.
      given: names of the settings that the user gave, "section.field", which ``run.minutes`` does
        not choose.
      prepare: called before networks are made, here or in a probe: writes files that they need.

    Returns:
      Trainer at step ``run.steps``.

    Raises:
      UserError: the data or the folder cannot be used; Alarmed among them, with
        ``run.on_alarm="stop"``.
      Diverged: a loss or a weight is no longer finite.
      Stopped: a signal came; the state has been saved.
    """
    begun = time.monotonic()
    folder = _folder(workdir)
    config, read = _checked(config, folder, given)
    for line in look(read.data):
        print(line, file=sys.stderr)
    if choosing := config.run.minutes and not has_begun(folder):
        config = read = _chosen(config, folder, given, begun, prepare)
    needs_tensorflow = find_source(config.data.source).needs_tensorflow
    data = None if needs_tensorflow else _open(read, folder)
    start_tensorflow()
    from unit_tf.training import loop

    # Devices first: logical CPU devices cannot be made once TensorFlow has run an op.
    strategy = loop.build_strategy(config.run)
    data = _open(read, folder) if data is None else data
    if data.value_range is not None:  # what ``auto`` has come to goes into config.json
        config = config.replace({"data.value_range": data.value_range})
    if not choosing:  # the probes of a choice needed it before
        prepare()
    scorer = make_scorer(with_stored_start(config, folder), data)  # whose networks are the folder's
    return loop.train(config, data, workdir, strategy, after_save, scorer)


def _checked(config, folder, given):
    """What is refused before any image is read.

    Args:
      config, given: as ``train``'s.
      folder: of the training.

    Returns:
      (config, read): ExperimentConfigs of the training, with what ``run.minutes`` chose when the
      folder began, and of its data as the folder has them.
    """
    config = with_frozen_choice(config, folder, given)
    stored = check(with_stored_start(config, folder))  # what the folder began with counts, too
    check_workdir(stored, folder)
    _tell_choice(config, folder, given)
    check_source(config, folder)
    return config, config.replace({"data.value_range": stored.data.value_range})


def _folder(workdir):
    """The path that ``--workdir`` names; raises UserError where it names none."""
    if not str(workdir):  # pathlib would take it for the current folder
        raise UserError("--workdir is required")
    folder = user_path("--workdir", workdir)
    refuse_file_name("--workdir", folder)
    refuse_no_utf8("--workdir", folder)
    return folder


def _tell_choice(config, folder, given):
    """Says what ``run.minutes`` chose when the folder began, if it did."""
    if config.run.minutes and has_begun(folder):
        settings = dict(config.items())
        flags = flags_of({name: settings[name] for name in CHOSEN if name not in given})
        print(f"going on with what --run.minutes chose: {flags}", file=sys.stderr)


def _chosen(config, folder, given, begun, prepare):
    """A new experiment as ``run.minutes`` chooses it, once it is known that it can be written."""
    if reason := write_refusal(folder):
        raise UserError(f"--workdir={folder}: cannot write to it ({reason})")
    prepare()
    return choose(config, given, begun)


def _open(config, folder):
    """The data, of which notes are printed; refuses others than those of before."""
    data = open_data(config.data)
    refuse_changed_images(config, folder, data.contents)
    for line in data.notes:
        print(printable(line), file=sys.stderr)
    return data
