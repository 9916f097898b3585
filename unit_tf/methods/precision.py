"""The precision that networks compute in."""

import contextlib

import keras


@contextlib.contextmanager
def dtype_policy(name):
    """Keras layers built inside compute in this precision; afterwards the policy is as before."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
