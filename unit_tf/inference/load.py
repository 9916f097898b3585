"""Reads a trained method from its folder: no trainer, no optimizer."""

import pathlib
import typing

from unit_tf.config import ExperimentConfig
from unit_tf.layers.dtypes import dtype_policy
from unit_tf.methods.base import Method
from unit_tf.methods.registry import build_method
from unit_tf.methods.weights import read_weights
from unit_tf.training.checkpoint_choice import NEWEST, find_checkpoint
from unit_tf.training.workdir import (
    TRANSLATOR,
    WorkdirError,
    newest_whole,
    read_chosen,
    read_config,
)


class LoadedTranslator(typing.NamedTuple):
    """A trained method, ready to translate or to classify.

    Attributes:
      config: the ExperimentConfig that it was trained with.
      method: Method, float32, with the averaged weights where the experiment kept an average.
      step: training steps it has seen.
      source: the file or folder that the weights came from.
    """

    config: ExperimentConfig
    method: Method
    step: int
    source: pathlib.Path


def load(workdir, checkpoint=NEWEST):
    """The trained method that a training, or a shipped folder, left in ``workdir``.

    Args:
      workdir: folder with config.json and either checkpoints or translator weights.
      checkpoint: as ``find_checkpoint`` takes it.

    Returns:
      LoadedTranslator.

    Raises:
      UserError: nothing to load, or nothing that is whole.
    """
    workdir = pathlib.Path(workdir)
    config = read_config(workdir)
    chosen = find_checkpoint(workdir, checkpoint)
    method = build_float32(config)
    weights = workdir / TRANSLATOR
    if weights.exists():
        return LoadedTranslator(config, method, read_weights(method, weights), weights)

    def read(folder):
        return read_checkpoint(method, config, folder)

    if chosen:
        return LoadedTranslator(config, method, read_chosen(chosen, read), chosen)
    found = newest_whole(workdir, read)
    if found is None:
        raise WorkdirError(f"--workdir={workdir}: neither {TRANSLATOR} nor checkpoints there")
    folder, step = found
    return LoadedTranslator(config, method, step, folder)


def build_float32(config):
    """The untrained networks of an experiment, in float32 whatever its training used."""
    with dtype_policy("float32"):
        return build_method(config)


def require_translator(loaded):
    """Raises WorkdirError for a LoadedTranslator of a method that only classifies."""
    if not loaded.method.directions:
        raise WorkdirError(
            f"{loaded.source}: method {loaded.config.model.method} does not translate; "
            "unit-evaluate scores it"
        )


def read_checkpoint(method, config, folder):
    """Puts the weights that one checkpoint has for translating into a method.

    Args:
      method: Method, from ``build_float32`` of the configuration.
      config: ExperimentConfig.
      folder: the checkpoint's.

    Returns:
      its step.

    Raises:
      Exception: it is broken, of the kinds that ``newest_whole`` takes for that.
      MisfitError: it holds other networks.
    """
    weights = folder / TRANSLATOR
    if weights.exists():
        step = read_weights(method, weights)
    else:  # of the time before such files
        from unit_tf.inference import training_states

        step = training_states.read(method, config, folder)
    if step != int(folder.name):
        raise ValueError(f"holds step {step}")
    return step
