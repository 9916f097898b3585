"""The precision that layers are made in, and float32 for as long as a start is computed."""

import contextlib
import functools

import keras


@contextlib.contextmanager
def dtype_policy(policy):
    """Layers that are made inside compute in this precision; afterwards the policy is as before.

    Args:
      policy: a name (``"float32"``, ``"mixed_bfloat16"``), a ``keras.DTypePolicy`` or its config;
        None changes nothing.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(keras.dtype_policies.get(policy))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@contextlib.contextmanager
def float32_inside(layer):
    """A layer, and every layer in it, computes in float32 inside; afterwards as before."""
    layers = layer._flatten_layers()
    policies = [part.dtype_policy for part in layers]
    try:
        for part in layers:
            part.dtype_policy = "float32"
        yield
    finally:
        for part, policy in zip(layers, policies, strict=True):
            part.dtype_policy = policy


def in_float32(method):
    """Decorates a layer's method: inside it the layer computes in float32."""

    @functools.wraps(method)
    def run(layer, *args, **kwargs):
        with float32_inside(layer):
            return method(layer, *args, **kwargs)

    return run
