"""A method's networks as functions of images as files hold them: few graphs for many sizes."""

import math

import numpy as np
import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.data.images import to_float, to_uint8
from unit_tf.inference.any_size import translate_any_size
from unit_tf.layers.subpixel import faster_doubling


def compiled_translation(method, direction, any_size=False):
    """A function that translates an image, compiled for the first size and once more for any.

    So a folder of photographs does not compile (and keep) a graph for each size.

    Args:
      method: Method; its latent noise is off.
      direction: ``"a2b"`` or ``"b2a"``.
      any_size: whether several sizes will come, so that the first one needs no graph of its own.

    Returns:
      (float32 [1, H, W, C] in [-1, 1]) -> float32 [1, H, W, C'].
    """
    signature = None
    if any_size and method.largest_side == math.inf:
        signature = [tf.TensorSpec([1, None, None, method.channels[direction[0]]])]

    @tf.function(reduce_retracing=True, autograph=False, input_signature=signature)
    def compiled(x):
        with faster_doubling():
            return translate_any_size(method, x, direction)

    return compiled


def image_translator(method, direction):
    """A function that translates images, one after the other.

    Args:
      method: Method; its latent noise is off.
      direction: ``"a2b"`` or ``"b2a"``.

    Returns:
      (image uint8 [H, W, C], name for messages) -> uint8 [H, W, C'].
    """
    compiled = compiled_translation(method, direction)
    return lambda image, name: to_uint8(run_checked(compiled, image, name)[0])


def run_checked(compiled, image, name, *more):
    """What a network returns for an image.

    Args:
      compiled: (float32 [1, H, W, C] in [-1, 1], *more) -> float32 tensor.
      image: uint8 [H, W, C].
      name: what to call it in messages.
      *more: tensors.

    Returns:
      numpy array.

    Raises:
      UserError: it does not fit into memory, or what comes out is not finite.
    """
    return require_finite(run_network(compiled, to_float(image)[None], name, *more), name)


def run_network(compiled, x, name, *more):
    """What a network returns for a batch, finite or not.

    Args:
      compiled: (float32 [N, H, W, C] in [-1, 1], *more) -> float32 tensor.
      x: float32 array [N, H, W, C] in [-1, 1].
      name: what to call it in messages.
      *more: tensors.

    Returns:
      numpy array.

    Raises:
      UserError: it does not fit into memory.
    """
    try:
        return compiled(tf.constant(x), *more).numpy()
    except tf.errors.ResourceExhaustedError:
        size = "x".join(map(str, x.shape[1:3]))
        raise UserError(f"{name}: {size} pixels do not fit into the device's memory") from None


def require_finite(result, name):
    """Returns a network's numpy array; raises UserError where a value is not finite."""
    if not np.isfinite(result).all():
        raise UserError(f"{name}: the translator gives NaN; its training has diverged")
    return result
