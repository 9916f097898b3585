"""Folders of a configuration and a translator's weights, which every command reads."""

import os
import pathlib
import tempfile

from unit_tf.config import UserError, user_path
from unit_tf.files import os_reason, write_text
from unit_tf.methods.weights import needed_weights, write_weights
from unit_tf.training.workdir import CONFIG, TRANSLATOR


def save_translator(method, config, step, folder):
    """Writes config.json and the weights in float32.

    Args:
      method: Method.
      config: ExperimentConfig that it was trained with.
      step: training steps that it has seen.
      folder: made whole or not at all; a translator that was saved there before is replaced. A
        link stays one.

    Raises:
      UserError: the folder holds something else, as a training, or cannot be written.
    """
    folder = user_path("folder", folder)
    folder = folder.resolve() if folder.is_symlink() else folder
    _refuse_others(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{folder.name[:32]}."
        with tempfile.TemporaryDirectory(prefix=prefix, dir=folder.parent) as beside:
            new, old = pathlib.Path(beside) / "new", pathlib.Path(beside) / "old"
            new.mkdir()
            weights = {path: v.numpy() for path, v in needed_weights(method).items()}
            write_weights(new / TRANSLATOR, weights, step)
            write_text(new / CONFIG, config.to_json())
            _replace(folder, new, old)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({os_reason(error)})") from None


def _refuse_others(folder):
    """Raises UserError where a folder holds anything but a saved translator."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; name a folder")
    held = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if "checkpoints" in held or held == {CONFIG}:  # before its first checkpoint
        raise UserError(f"{folder}: holds a training; name another folder")
    if held - {CONFIG, TRANSLATOR}:
        raise UserError(f"{folder}: holds other files; name another folder")


def _replace(folder, new, old):
    if not folder.exists():
        os.rename(new, folder)
        return
    os.rename(folder, old)
    try:
        os.rename(new, folder)
    except OSError:
        os.rename(old, folder)
        raise
