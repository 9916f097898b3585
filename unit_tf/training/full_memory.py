"""A training that the memory does not hold: one line that says what takes less."""

import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.resolve import accepts

# What is out may also be a count of open files: TensorFlow has one exception for all.
_SAID_OF_MEMORY = ("oom", "out of memory", "allocat")


class FullMemory(UserError):
    """The memory of the device, or of the machine, does not hold a training."""


def full_memory(error, config, saved=None, replicas=1):
    """What to say of a training that ended for want of memory.

    A process that the operating system ends for that raises nothing.

    Args:
      error: exception.
      config: ExperimentConfig.
      saved: path of the newest checkpoint, or None.
      replicas: devices among which a batch is divided.

    Returns:
      FullMemory; None for other failures.
    """
    if isinstance(error, tf.errors.ResourceExhaustedError):
        said = str(error).lower()
        if not any(words in said for words in _SAID_OF_MEMORY):
            return None
    elif not isinstance(error, MemoryError):
        return None
    size = "x".join(map(str, config.data.image_size))
    batch = config.optim.batch_size
    line = f"out of memory with a batch of {batch} image{'s' * (batch > 1)} of {size} a domain"
    if saved:
        line += f"; newest checkpoint, from which the same command goes on: {saved}"
    less = ", ".join(_lesser(config, replicas))
    return FullMemory(f"{line}. What takes less, in another --workdir: {less}")


def _lesser(config, replicas):
    """Returns flags that lower the memory, of those that the experiment accepts."""
    batch, accumulate = config.optim.batch_size, config.optim.accumulate
    parts = next((n for n in range(2, batch + 1) if batch % n == 0 == batch // n % replicas), 0)
    flags = []
    if parts:
        smaller = {"optim.batch_size": batch // parts}
        in_parts = {**smaller, "optim.accumulate": accumulate * parts}
        whole = replicas == 1 and accepts(config, in_parts)
        said = " ".join(f"--{k}={v}" for k, v in (in_parts if whole else smaller).items())
        flags.append(said + " (as many images a step)" * whole)
    if not config.run.remat and accepts(config, {"run.remat": True}):
        flags.append("--run.remat (the same step, slower)")
    if _takes_smaller_images(config):
        flags.append("a smaller --data.image_size")
    if not config.run.init_from:  # which has a width already
        flags.append("a smaller --model.width")
    return flags


def _takes_smaller_images(config):
    """Whether the networks take some size of at most half a side."""
    half = min(config.data.image_size) // 2
    return any(accepts(config, {"data.image_size": side}) for side in range(half, 0, -1))
