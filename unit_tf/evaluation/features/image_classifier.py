"""Classifiers of images that a user has: Keras models with a softmax over classes."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.evaluation.metrics.inception_score import checked_probabilities


def load_image_classifier(path):
    """A classifier of images; code that a file may hold is not run.

    Args:
      path: a ``.keras`` file with one input [N, h, w, 1 or 3] in [0, 1] (h and w may be open) and
        softmax outputs [N, K].

    Returns:
      function: uint8 [N, H, W, 1 or 3] -> float64 [N, K]. Images are resized, antialiased, and
      grey and RGB turned into what it reads.

    Raises:
      UserError: it does not load, or is no such model. The function raises the same for outputs
        that are no probabilities.
    """
    try:
        model = keras.models.load_model(
            pathlib.Path(path).expanduser(), compile=False, safe_mode=True
        )
    except Exception as error:  # zip, h5py, JSON and Keras have no common one
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"--classifier={path}: Keras does not load it ({reason})") from None
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[-1] not in (1, 3):
        raise UserError(f"--classifier={path}: reads {shape}; expected images [N, h, w, 1 or 3]")
    size = shape[1:3]

    def classify(images):
        found = model(_resized(images, size, shape[-1]), training=False)
        given = getattr(found, "shape", None)
        if given is None or len(given) != 2:
            kind = f"{type(found).__name__} of outputs" if given is None else f"shape {given}"
            raise UserError(f"--classifier={path}: gives {kind}; expected one softmax [N, classes]")
        try:
            return checked_probabilities(np.asarray(found))
        except ValueError as error:
            raise UserError(f"--classifier={path}: {error}") from None

    # Now, not after an hour of translations; noise, since zeros may give logits that sum to 1.
    sides = [side or 64 for side in size]
    classify(np.random.default_rng(0).integers(0, 256, (2, *sides, shape[-1]), np.uint8))
    return classify


def _resized(images, size, channels):
    """uint8 [N, H, W, C] -> float32 [N, *size, channels] in [0, 1]; an open size is left alone."""
    x = tf.constant(images.astype("float32") / 255)
    if x.shape[-1] != channels:
        x = tf.image.rgb_to_grayscale(x) if channels == 1 else tf.image.grayscale_to_rgb(x)
    wanted = [side or has for side, has in zip(size, x.shape[1:3], strict=True)]
    return x if wanted == list(x.shape[1:3]) else tf.image.resize(x, wanted, antialias=True)
