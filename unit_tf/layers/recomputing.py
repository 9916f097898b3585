"""Activations computed a second time on the way back, in place of being kept.

A step keeps every layer's output until its gradient has been taken. At 512 x 512 pixels these are
most of a training's memory. A step that is traced inside ``with recomputing(True):`` keeps only
what each part of a Chain starts from, and computes the rest again when the gradient comes to that
part (Chen, Xu, Zhang and Guestrin 2016, with a segment for each part): one more forward pass.
"""

import contextlib
import contextvars

import tensorflow as tf

_IN_USE = contextvars.ContextVar("recomputing", default=False)


@contextlib.contextmanager
def recomputing(wanted):
    """Makes the parts of every Chain keep only their inputs inside, where ``wanted`` is True."""
    token = _IN_USE.set(bool(wanted))
    try:
        yield
    finally:
        _IN_USE.reset(token)


def call_part(part, x, training):
    """Calls a layer whose gradient is recomputed inside ``recomputing``.

    Args:
      part: layer without random numbers that changes no variable: it is called twice.
      x: its input, a tensor or a structure of them.
      training: passed on.

    Returns:
      its output.
    """
    if not _IN_USE.get():
        return part(x, training=training)

    # What the part calls is one segment already.
    def run(x):
        with recomputing(False):
            return part(x, training=training)

    return tf.recompute_grad(run)(x)
