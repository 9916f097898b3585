"""A step that the memory does not hold: one line that says what takes less."""

import tensorflow as tf

from unit_tf.config import ConfigError, UserError
from unit_tf.resolve import check


class FullMemory(UserError):
    """The memory of the device, or of the machine, does not hold a step."""


def full_memory(error, config, saved):
    """What to say of a training that ended for want of memory.

    Args:
      error: exception.
      config: ExperimentConfig.
      saved: path of the newest checkpoint, or None.

    Returns:
      FullMemory; None of any other failure.
    """
    if not isinstance(error, (tf.errors.ResourceExhaustedError, MemoryError)):
        return None
    size = "x".join(map(str, config.data.image_size))
    batch = config.optim.batch_size
    line = f"out of memory in a step of {batch} image{'s' * (batch > 1)} of {size} a domain"
    if saved:
        line += "; earlier steps fitted, so look for what else takes memory"
        line += f"; newest checkpoint: {saved}"
    less = ", ".join(_lesser(config))
    return FullMemory(f"{line}. What takes less, in another --workdir: {less}")


def _lesser(config):
    """Flags, each of which needs less memory, as far as the method takes them."""
    batch, accumulate = config.optim.batch_size, config.optim.accumulate
    parts = next((n for n in range(2, batch + 1) if batch % n == 0), 1)
    in_parts = {"optim.batch_size": batch // parts, "optim.accumulate": accumulate * parts}
    flags = []
    if parts > 1 and _is_allowed(config.replace(in_parts)):
        shown = " ".join(f"--{name}={value}" for name, value in in_parts.items())
        flags.append(f"{shown} (as many images a step)")
    if not config.run.remat and _is_allowed(config.replace({"run.remat": True})):
        flags.append("--run.remat (the same step, slower)")
    return [*flags, "a smaller --data.image_size", "a smaller --model.width"]


def _is_allowed(config):
    try:
        check(config)
    except ConfigError:
        return False
    return True
