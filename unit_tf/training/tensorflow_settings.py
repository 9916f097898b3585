"""What every training sets in TensorFlow, for the whole process."""

import tensorflow as tf


def prepare_tensorflow(run):
    """Sets it.

    Args:
      run: RunConfig.
    """
    if is_deterministic(run):
        # Without this the order of floating-point sums is left to the threads.
        tf.config.experimental.enable_op_determinism()
    # With oneDNN this pass stumbles over gradients of leaky ReLUs, which it says in a line of its
    # own; where it does not, it makes no step faster.
    tf.config.optimizer.set_experimental_options({"remapping": False})


def is_deterministic(run):
    """Whether the same training has the same weights every time.

    ``auto`` is no on GPUs alone. There many gradients are sums whose order is nobody's to say, and
    ordered ones are slower; on CPUs order costs nothing.

    Args:
      run: RunConfig.
    """
    if run.deterministic == "auto":
        return not tf.config.list_physical_devices("GPU")
    return run.deterministic == "on"
