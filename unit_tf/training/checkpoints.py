"""Whole training states on disk: networks, optimizers, averages and step, all or nothing.

A checkpoint is a folder named after its step. It is written under another name and renamed, so a
kill at any moment leaves either the old set or the new one. TensorFlow stores a CRC with every
tensor; one that does not fit makes ``restore_newest`` fall back to the checkpoint before.
The step alone fixes the data position, the noise and the learning rate, so it stands for all three.
"""

import os
import pathlib
import shutil
import tempfile
import zipfile
import zlib

import numpy as np
import tensorflow as tf
from absl import logging

from unit_tf.files import atomic_path
from unit_tf.methods.registry import build_method
from unit_tf.training.optimizers import average_variables, inner_optimizer
from unit_tf.training.trainer import Trainer, dtype_policy
from unit_tf.training.workdir import CONFIG, TRANSLATOR, Loaded, WorkdirError

_NO_ARRAYS = (
    OSError,
    ValueError,
    TypeError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
_WRITING = ".writing-"
# IndexError: what TensorFlow makes of a data file that ends too early.
_BROKEN = (tf.errors.OpError, AssertionError, ValueError, OSError, IndexError, RuntimeError)


def checkpoint_root(workdir):
    """Folder of the checkpoints."""
    return pathlib.Path(workdir) / "checkpoints"


def list_checkpoints(workdir):
    """Checkpoint folders, oldest first."""
    root = checkpoint_root(workdir)
    return sorted(p for p in root.glob("*") if p.name.isdigit() and p.is_dir())


def _state(trainer):
    """Everything to be kept; an optimizer brings the networks' variables that it moves."""
    method = trainer.method
    parts = dict(
        step=trainer.step.value,
        generator_optimizer=trainer.generator_optimizer,
        # TensorFlow finds neither the networks' variables nor the dropouts' seeds in Keras' layers.
        seeds=[v.value for v in method.non_trainable_variables],
    )
    if trainer.discriminator_optimizer is not None:
        parts["discriminator_optimizer"] = trainer.discriminator_optimizer
    else:
        parts["untrained"] = [v.value for v in method.discriminator_variables]
    return tf.train.Checkpoint(**parts)


def save(trainer, workdir, keep, *, chief=True):
    """Writes the state as a new checkpoint and drops all but the ``keep`` newest.

    Args:
      trainer: Trainer.
      workdir: the experiment's folder.
      keep: how many checkpoints stay.
      chief: False on the workers whose copy nobody reads; they take part in reading distributed
        variables, and write to a folder that is thrown away.

    Returns:
      the checkpoint's folder.
    """
    root = checkpoint_root(workdir)
    root.mkdir(parents=True, exist_ok=True)
    step = int(trainer.step.numpy())
    final = root / f"{step:09d}"
    temporary = pathlib.Path(tempfile.mkdtemp(prefix=_WRITING, dir=root))
    try:
        _state(trainer).write(str(temporary / "state"))
        if chief:
            os.chmod(temporary, 0o755)
            shutil.rmtree(final, ignore_errors=True)
            os.replace(temporary, final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    if chief:
        for old in list_checkpoints(workdir)[:-keep]:
            shutil.rmtree(old, ignore_errors=True)
    return final


def _restore(trainer, folder):
    """Reads one checkpoint; raises one of _BROKEN unless every variable got its value."""
    status = _state(trainer).read(str(folder / "state"))
    status.assert_existing_objects_matched()
    if int(trainer.step.numpy()) != int(folder.name):
        raise ValueError(f"holds step {int(trainer.step.numpy())}")


def restore_newest(trainer, workdir):
    """Restores the newest whole checkpoint, warning about each broken one.

    Args:
      trainer: Trainer, freshly built; unchanged when there is no checkpoint.
      workdir: the experiment's folder.

    Returns:
      the folder restored from, or None without any checkpoint.

    Raises:
      WorkdirError: there are checkpoints and none is whole.
    """
    folders = list_checkpoints(workdir)
    for folder in reversed(folders):
        try:
            _restore(trainer, folder)
            return folder
        except _BROKEN as error:
            reason = " ".join(str(error).split())[:200]
            logging.warning("checkpoint %s is broken (%s); trying the one before", folder, reason)
    if folders:
        root = checkpoint_root(workdir)
        raise WorkdirError(f"{root}: no whole checkpoint; remove it to start anew")
    return None


def tidy(workdir, restored):
    """Removes what a killed run half wrote, and the broken checkpoints after ``restored``."""
    leftovers = list(checkpoint_root(workdir).glob(f"{_WRITING}*"))
    newer = [p for p in list_checkpoints(workdir) if restored and p.name > restored.name]
    for folder in leftovers + newer:
        shutil.rmtree(folder, ignore_errors=True)


def use_averages(trainer):
    """Puts the moving averages, where there are any, into the networks."""
    method = trainer.method
    players = [(trainer.generator_optimizer, method.generator_variables)]
    if trainer.discriminator_optimizer is not None:
        players.append((trainer.discriminator_optimizer, method.discriminator_variables))
    for optimizer, variables in players:
        averages = average_variables(optimizer)
        # Empty until an update: float16 may skip every step so far as an overflow.
        if averages is None or not int(inner_optimizer(optimizer).iterations):
            continue
        for variable, average in zip(variables, averages, strict=True):
            variable.assign(average)


def load_method(workdir, config):
    """Reads the translator in ``workdir``; see workdir.load_method."""
    shipped = workdir / TRANSLATOR
    # Translating needs float32 on one device, whatever the training used.
    plain = config.replace({"run.precision": "float32", "run.strategy": "single"})
    with dtype_policy("float32"):
        method = build_method(plain)
    if shipped.exists():
        step = read_translator(method, shipped)
        return Loaded(config, method, step, shipped)
    trainer = Trainer(method, config, fresh=False)
    source = restore_newest(trainer, workdir)
    if source is None:
        raise WorkdirError(f"--workdir={workdir}: neither {TRANSLATOR} nor checkpoints there")
    use_averages(trainer)
    return Loaded(config, method, int(trainer.step.numpy()), source)


def translator_variables(method):
    """{"encoder_a/conv0/conv/kernel": variable, ...}: what translation needs, by path."""
    variables = method.generator_variables
    named = {v.path: v for v in variables}
    if len(named) != len(variables):
        raise ValueError("two variables share a path")
    return named


def write_translator(method, step, path):
    """Writes the translator's weights as half floats: small, and safe to read.

    Args:
      method: Method with the weights to keep.
      step: training steps it has seen.
      path: the .npz file.
    """
    variables = translator_variables(method)
    arrays = {name: v.numpy().astype(np.float16) for name, v in variables.items()}
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, step=np.int64(step), **arrays)


def read_translator(method, path):
    """Puts the weights that ``write_translator`` wrote into ``method``; returns the step.

    Raises:
      WorkdirError: the file is broken or belongs to other networks.
    """
    variables = translator_variables(method)
    try:
        with open(path, "rb") as raw, np.lib.npyio.NpzFile(raw, allow_pickle=False) as file:
            stored = {name: file[name] for name in file.files}
        step = int(stored.pop("step", 0))
    except _NO_ARRAYS as error:
        raise WorkdirError(f"{path}: not translator weights ({error})") from None
    for name, variable in variables.items():
        array = stored.get(name, np.zeros(()))
        if array.dtype != np.float16 or array.shape != tuple(variable.shape):
            raise WorkdirError(f"{path}: does not fit its {CONFIG}; first misfit: {name}")
    for name, variable in variables.items():
        variable.assign(stored[name].astype(np.float32))
    return step
