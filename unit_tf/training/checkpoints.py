"""Whole training states on disk: networks, optimizers, averages and step, all or nothing.

A checkpoint is a folder named after its step. It is written under another name and renamed, so a
kill at any moment leaves either the old set or the new one. TensorFlow stores a CRC with every
tensor; one that does not fit makes ``restore_newest`` fall back to the checkpoint before.
Beside the state lie the networks' weights alone, translator.npz, for all that do not train, and
machine.json, what the last bits depended on.
The step alone fixes the data position, the noise and the learning rate, so it stands for all three.
"""

import os
import pathlib
import shutil
import tempfile

import tensorflow as tf

from unit_tf.methods.weights import (
    MisfitError,
    WeightsError,
    check_fit,
    kept_weights,
    write_weights,
)
from unit_tf.training.checkpoint_choice import best_checkpoint
from unit_tf.training.finite_state import first_not_finite
from unit_tf.training.machine import write_machine
from unit_tf.training.optimizers import average_variables, inner_optimizer
from unit_tf.training.workdir import (
    CONFIG,
    TRANSLATOR,
    checkpoint_root,
    list_checkpoints,
    newest_whole,
    told_from_broken,
)

_WRITING = ".writing-"


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
    """Writes the state as a new checkpoint and drops all but the ``keep`` newest and the best.

    Args:
      trainer: Trainer.
      workdir: the experiment's folder.
      keep: how many of the newest checkpoints stay.
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
        write_weights(temporary / TRANSLATOR, translator_arrays(trainer), step)
        write_machine(temporary)
        if chief:
            os.chmod(temporary, 0o755)
            shutil.rmtree(final, ignore_errors=True)
            os.replace(temporary, final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    if chief:
        drop_old(workdir, keep)
    return final


def drop_old(workdir, keep):
    """Removes all checkpoints but the ``keep`` newest and the one that best.json names."""
    best = best_checkpoint(workdir)
    for old in list_checkpoints(workdir)[:-keep]:
        if old != best:
            shutil.rmtree(old, ignore_errors=True)


def _restore(trainer, folder):
    """Reads one checkpoint; raises unless every variable got its value, and a finite one."""
    _refuse_misfit(trainer.method, folder)
    with told_from_broken(folder):
        status = _state(trainer).read(str(folder / "state"))
        status.assert_existing_objects_matched()
    if int(trainer.step.numpy()) != int(folder.name):
        raise ValueError(f"holds step {int(trainer.step.numpy())}")
    if name := first_not_finite(trainer):  # of the time before ``save``'s callers looked
        raise ValueError(f"{name} is not finite")


def _refuse_misfit(method, folder):
    """Raises MisfitError where the weights beside a state are of other networks.

    Their headers are quick to read and name layers. Where the file is broken the state need not be.
    """
    try:
        check_fit(method, folder / TRANSLATOR)
    except MisfitError:
        raise
    except WeightsError:
        pass


def restore_newest(trainer, workdir):
    """Restores the newest whole checkpoint, warning about each broken one.

    Args:
      trainer: Trainer, freshly built; unchanged when there is no checkpoint.
      workdir: the experiment's folder.

    Returns:
      the folder restored from, or None without any checkpoint.

    Raises:
      MisfitError: the newest whole one holds other networks.
      WorkdirError: there are checkpoints and none is whole.
    """
    try:
        found = newest_whole(workdir, lambda folder: _restore(trainer, folder))
    except MisfitError as error:
        if (pathlib.Path(workdir) / CONFIG).exists():
            raise
        settings = f"these settings, and has no {CONFIG}"
        raise MisfitError(error.path, error.misfit, settings) from None
    return found[0] if found else None


def tidy(workdir, restored):
    """Removes what a killed run half wrote, and the broken checkpoints after ``restored``."""
    leftovers = list(checkpoint_root(workdir).glob(f"{_WRITING}*"))
    newer = [p for p in list_checkpoints(workdir) if restored and p.name > restored.name]
    for folder in leftovers + newer:
        shutil.rmtree(folder, ignore_errors=True)


def average_pairs(trainer):
    """Returns (variable, its moving average) of every variable that has a filled one."""
    method, pairs = trainer.method, []
    players = [(trainer.generator_optimizer, method.generator_variables)]
    if trainer.discriminator_optimizer is not None:
        players.append((trainer.discriminator_optimizer, method.discriminator_variables))
    for optimizer, variables in players:
        averages = average_variables(optimizer)
        # Empty until an update: float16 may skip every step so far as an overflow.
        if averages is not None and int(inner_optimizer(optimizer).iterations.numpy()):
            pairs += zip(variables, averages, strict=True)
    return pairs


def with_averages(trainer):
    """The method of a finished training, its averages put into the networks.

    Args:
      trainer: Trainer, which trains no more.

    Returns:
      Method with the weights of ``translator_arrays``; None where it lies on several replicas or
      computes in another precision than float32.
    """
    variables = trainer.method.weights
    if any(isinstance(v.value, tf.distribute.DistributedValues) for v in variables):
        return None
    if trainer.config.run.precision != "float32":
        return None
    for variable, average in average_pairs(trainer):
        variable.assign(average)
    return trainer.method


def translator_arrays(trainer):
    """The networks' weights as translating and evaluating take them.

    Args:
      trainer: Trainer; unchanged.

    Returns:
      {path: float32 array}, the moving average where there is one.
    """
    averages = {id(variable): average for variable, average in average_pairs(trainer)}
    weights = kept_weights(trainer.method)
    return {path: averages.get(id(v), v).numpy() for path, v in weights.items()}
