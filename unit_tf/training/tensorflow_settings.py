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
    return _on_cpus(run.deterministic)


def is_subpixel(run):
    """Whether a step computes nearest doublings in the small image; see ``layers.subpixel``.

    ``auto`` is yes on CPUs alone, the one place where it was measured: a step takes 0.83 of its
    time with kernels of 5x5, and as long as before with kernels of 3x3 in bfloat16.

    Args:
      run: RunConfig.
    """
    return _on_cpus(run.subpixel)


def _on_cpus(choice):
    """What ``on``, ``off`` or ``auto`` comes to, where ``auto`` is ``on`` without a GPU."""
    if choice == "auto":
        return not tf.config.list_physical_devices("GPU")
    return choice == "on"
