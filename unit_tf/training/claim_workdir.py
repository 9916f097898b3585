"""Whether a training may have a folder, and making the folder its own. Imports no TensorFlow."""

import pathlib

from unit_tf.files import lock_folder
from unit_tf.training.workdir import CONFIG, TRANSLATOR, WorkdirError, other_settings


def check_workdir(config, workdir):
    """Refuses a folder of another experiment or of a saved translator, and a path that is a file.

    Args:
      config: ExperimentConfig.
      workdir: path; need not exist.

    Raises:
      WorkdirError: names what is in the way, or the settings that differ.
    """
    path = pathlib.Path(workdir) / CONFIG
    if path.parent.is_file():
        raise WorkdirError(f"--workdir={workdir}: a file, not a folder")
    if path.with_name(TRANSLATOR).exists():  # which would be read in place of new checkpoints
        raise WorkdirError(
            f"--workdir={workdir}: holds a saved translator ({TRANSLATOR}), which has no training "
            "to go on with; name another folder"
        )
    if not path.exists():
        return
    wrong = other_settings(config, path)
    if wrong:
        raise WorkdirError(
            f"--workdir={workdir}: holds another experiment ({'; '.join(wrong)}); "
            "use its settings or another folder"
        )


def make_workdir(workdir):
    """Makes the folder; raises WorkdirError where there can be none."""
    try:
        pathlib.Path(workdir).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkdirError(f"--workdir={workdir}: {error.strerror}") from None


def lock_workdir(workdir):
    """Locks a folder for this process; returns a function that unlocks it.

    Raises:
      WorkdirError: another training has it, and each would remove what the other saves.
    """
    try:
        return lock_folder(workdir)
    except BlockingIOError:
        reason = "another training runs in it; wait for it or stop it"
    except OSError as error:
        reason = error.strerror
    raise WorkdirError(f"--workdir={workdir}: {reason}")
