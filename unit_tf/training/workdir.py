"""What a finished or running experiment leaves in its folder, and how other commands read it.

WORKDIR/config.json            the resolved configuration
WORKDIR/training_images.json   names, sizes and hashes of the images (training/trained_images.py)
WORKDIR/checkpoints/NNNNNNNNN/ whole training states, newest last (training/checkpoints.py), and
                               beside each the networks' weights alone, translator.npz
WORKDIR/translator.npz         in a shipped folder, in place of checkpoints: the weights alone
WORKDIR/logs/                  TensorBoard
WORKDIR/health.jsonl           what was seen of the training's health (training/health/)
WORKDIR/scores.jsonl           scores on held-out images (training/score_watch.py)
WORKDIR/best.json              which checkpoint is the best (training/checkpoint_choice.py)
"""

import contextlib
import pathlib
import re

from unit_tf.config import (
    PLACES,
    ConfigError,
    ExperimentConfig,
    UserError,
    printable,
    user_path,
)
from unit_tf.methods.weight_errors import MisfitError
from unit_tf.resolve import check

CONFIG = "config.json"
IMAGES = "training_images.json"
LARGEST_CONFIG = 2**20  # bytes; ours are a few thousand
TRANSLATOR = "translator.npz"
CHECKPOINTS, LOGS = "checkpoints", "logs"
PRETRAINED = pathlib.Path(__file__).parents[1] / "pretrained"

# Settings that do not change the weights at a given step, so a resumed run may change them.
FREE_TO_CHANGE = (
    *PLACES,  # the same data sets, elsewhere
    "model.teacher",  # kept in the student's folder, which may be moved
    "data.test_dir_a",
    "data.test_dir_b",
    "data.max_megapixels",
    "run.steps",
    "run.checkpoint_every",
    "run.keep_checkpoints",
    "run.log_every",
    "run.image_every",
    "run.health_every",
    "run.score_every",
    "run.on_alarm",
    "run.deterministic",
    "run.accept_changed_images",
)
# Those that may change where IMAGES tells whether the images are still the same.
FREE_WITH_IMAGES = ("data.dir_a", "data.dir_b", "data.root", "data.skip_bad")

# Of a linear schedule also these, so that a training can be lengthened. The steps behind it keep
# the rates that they had, and a line says so.
SCHEDULE_LENGTH = ("optim.decay_start", "optim.decay_steps")

# Defaults of today that were others when config.json had no version yet.
# ``auto`` is what it came to when the training began, or older than the setting.
CHANGED_DEFAULTS = {
    "model.initializer": "default", "optim.ema_warmup": True, "data.value_range": "auto",
    "run.deterministic": "auto", "run.subpixel": "auto",
}  # fmt: skip
# What a preset sets today, where folders of it have other values: {preset: {setting: (then, now)}}.
CHANGED_PRESETS = {
    "photos": {"model.discriminator_kernel": (0, 4)},
    "sketch_to_emoji": {
        "data.image_size": ((128, 128), (64, 64)),
        "model.num_shared": (2, 0), "model.discriminator_width": (0.0, 0.5),
        "model.discriminator_depth": (3, 4), "model.discriminator_scales": (2, 0),
        "weights.cycle": (0.0, 10.0), "optim.batch_size": (8, 4),
        "optim.learning_rate": (1e-3, 3e-4), "optim.l2": (1e-4, 0.0),
        "optim.schedule": ("linear", "constant"), "optim.decay_start": (8000, 0),
        "optim.decay_steps": (8000, 100_000),
    },
}  # fmt: skip

# How TensorFlow says that a state has another tensor, none, or one of another type, for a variable.
_MISFITS = (
    r"incompatible tensor with shape (?P<have>\(.*?\)) when .* variable with shape "
    r"(?P<want>\(.*?\)) and name (?P<name>\S+?)(:0)?\.?$",
    r"unmatched objects: \[<\S*Variable (path=)?'?(?P<name>[^ ',:]+)",
    r"tensor_name = (?P<name>\S+?)(/\.ATTRIBUTES\S*)?; expected dtype (?P<want>\w+) does not equal "
    r"original dtype (?P<have>\w+)",
)


class WorkdirError(UserError):
    """The folder cannot be used."""


def resolve_workdir(text, flag="--workdir"):
    """The folder that ``--workdir`` names: one on disk or, by its word, a shipped translator.

    What may be a training or a saved translator goes before a shipped one of the same name; any
    other folder, such as one of images, does not.

    Args:
      text: a path, or a name such as ``blue_marble``.
      flag: the flag that has it, for messages.

    Returns:
      pathlib.Path of a folder.

    Raises:
      WorkdirError: there is neither.
    """
    path = user_path(flag, text)
    shipped = sorted(p.name for p in PRETRAINED.glob("*") if (p / CONFIG).exists())
    signs = (CONFIG, TRANSLATOR, CHECKPOINTS, LOGS)
    if str(text) in shipped and not any((path / name).exists() for name in signs):
        return PRETRAINED / text
    if path.is_dir():
        return path
    known = f"; shipped translators: {', '.join(shipped)}" if shipped else ""
    raise WorkdirError(f"{flag}={text}: no such folder{known}")


def checkpoint_root(workdir):
    """Folder of the checkpoints."""
    return pathlib.Path(workdir) / CHECKPOINTS


def list_checkpoints(workdir):
    """Checkpoint folders, oldest first."""
    root = checkpoint_root(workdir)
    return sorted(p for p in root.glob("*") if p.name.isdigit() and p.is_dir())


def newest_whole(workdir, read):
    """Reads the newest whole checkpoint, warning about each broken one.

    Args:
      workdir: the experiment's folder.
      read: (folder) reads a checkpoint; what it raises of a broken one is taken for that.

    Returns:
      (the folder read, what ``read`` returned), or None without any checkpoint.

    Raises:
      MisfitError: a whole checkpoint holds other networks than the configuration's. Those before
        it are not looked at: nothing is wrong with it.
      WorkdirError: there are checkpoints and none is whole.
    """
    from absl import logging

    broken, folders = _signs_of_damage(), list_checkpoints(workdir)
    for folder in reversed(folders):
        try:
            return folder, read(folder)
        except MisfitError:
            raise
        except broken as error:
            reason = _reason(error)
            said = "checkpoint %s is broken (%s); trying the one before"
            logging.warning(said, printable(folder), printable(reason))
    if folders:
        root = checkpoint_root(workdir)
        raise WorkdirError(f"{root}: no whole checkpoint; remove it to start anew")
    return None


def read_chosen(folder, read):
    """Reads a checkpoint that was asked for, in place of which no other will do.

    Args:
      folder: the checkpoint's.
      read: as in ``newest_whole``.

    Returns:
      what ``read`` returned.

    Raises:
      MisfitError: it holds other networks than the configuration's.
      WorkdirError: it is broken.
    """
    try:
        return read(folder)
    except MisfitError:
        raise
    except _signs_of_damage() as error:
        raise WorkdirError(f"{folder}: this checkpoint is broken ({_reason(error)})") from None


def _signs_of_damage():
    """What reading a broken checkpoint raises."""
    import tensorflow as tf  # as every ``read`` does

    # IndexError: what TensorFlow makes of a data file that ends too early.
    return (tf.errors.OpError, AssertionError, ValueError, OSError, IndexError, RuntimeError)


def _reason(error):
    return " ".join(str(error).split())[:200]


@contextlib.contextmanager
def told_from_broken(folder):
    """Turns what TensorFlow raises of a whole state of other networks into a MisfitError.

    A damaged state raises other exceptions, as its file has checksums.

    Args:
      folder: the checkpoint's.
    """
    import tensorflow as tf

    try:
        yield
    except (AssertionError, ValueError, tf.errors.InvalidArgumentError) as error:
        text = " ".join(str(error).split())
        found = next((m for pattern in _MISFITS if (m := re.search(pattern, text))), None)
        if found is None:
            raise
        parts = {"have": "missing", **found.groupdict()}
        wanted = f", expected {parts['want']}" if "want" in parts else ""
        raise MisfitError(folder, f"{parts['name']} is {parts['have']}{wanted}") from None


def read_config(workdir):
    """The configuration that lies in ``workdir``.

    Raises:
      UserError: no such folder, no configuration in it, or one that this process cannot use.
    """
    path = pathlib.Path(workdir) / CONFIG
    if not path.exists():
        raise WorkdirError(f"--workdir={workdir}: no {CONFIG} there; unit-train writes one")
    config = stored_config(path)
    try:
        return check(config)
    except ConfigError as error:  # no flag that the user gave
        raise ConfigError(f"{path}: {error}") from None


def stored_config(path):
    """What is in a config.json, not yet checked.

    Raises:
      UserError: the file cannot be read as one; names it.
    """
    try:
        if path.exists() and not path.is_file():
            raise WorkdirError(f"{path}: cannot be read (not a regular file)")
        if path.stat().st_size > LARGEST_CONFIG:
            raise WorkdirError(f"{path}: {path.stat().st_size} bytes; no {CONFIG} of unit-train's")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise WorkdirError(f"{path}: not UTF-8 text") from None
    except OSError as error:
        raise WorkdirError(f"{path}: cannot be read ({error.strerror.lower()})") from None
    return ExperimentConfig.from_json(text, str(path))


def other_settings(config, path):
    """Lists what makes an ExperimentConfig another experiment than a config.json's.

    Args:
      config: ExperimentConfig.
      path: pathlib.Path of the config.json.

    Returns:
      list of "section.field: its value != the file's", without what may change on resuming; where
      IMAGES lies beside the file, also without where the images are.

    Raises:
      UserError: the file cannot be read as one; names it.
    """
    stored = stored_config(path)
    linear = config.optim.schedule == stored.optim.schedule == "linear"
    free = (*FREE_TO_CHANGE, *SCHEDULE_LENGTH) if linear else FREE_TO_CHANGE
    if path.with_name(IMAGES).exists():
        free = (*free, *FREE_WITH_IMAGES)
    return [d for d in config.differences(stored) if d.partition(":")[0] not in free]


def new_length(config, workdir):
    """Lists what a resumed training changes about its linear schedule.

    Args:
      config: ExperimentConfig that ``other_settings`` found to be the folder's.
      workdir: pathlib.Path; need not exist.

    Returns:
      list of "--optim.decay_steps=2000 instead of 1000".
    """
    path = workdir / CONFIG
    if not path.is_file():
        return []
    stored, asked = dict(stored_config(path).items()), dict(config.items())
    return [
        f"--{name}={asked[name]} instead of {stored[name]}"
        for name in SCHEDULE_LENGTH
        if asked[name] != stored[name]
    ]


def with_stored_start(config, workdir):
    """Returns an experiment that goes on in its folder as it began there.

    What the defaults in ``CHANGED_DEFAULTS`` mean has changed once and may again, and what presets
    set, in ``CHANGED_PRESETS``. They say nothing about a training that has begun, so a folder's own
    word goes before them.

    Args:
      config: ExperimentConfig.
      workdir: pathlib.Path; need not exist.

    Returns:
      ExperimentConfig.

    Raises:
      UserError: the folder's configuration cannot be read as one; names it.
    """
    path, asked = workdir / CONFIG, dict(config.items())
    names = [name for name, default in CHANGED_DEFAULTS.items() if asked[name] == default]
    changed = CHANGED_PRESETS.get(config.preset, {})
    if not (names or changed) or not path.is_file():
        return config
    theirs = stored_config(path)
    stored = dict(theirs.items())
    if theirs.preset == config.preset:
        names += [k for k, pair in changed.items() if (stored[k], asked[k]) == pair]
    return config.replace({name: stored[name] for name in names})
