"""TensorFlow Lite models of one fixed picture size, for phones and browsers."""

import pathlib

import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from unit_tf.export.parity import Artefact, check_parity, picture_batches
from unit_tf.export.signatures import INPUT, OUTPUT, SIGNATURE, Translator

from unit_tf.files import atomic_path


def tflite_path(directory, direction, image_size):
    """Where the float32 model of a direction and a size belongs in the output folder."""
    height, width = image_size
    return pathlib.Path(directory) / "tflite" / f"{direction}_{height}x{width}_float32.tflite"


def export_tflite(method, direction, image_size, path, pictures):
    """Writes and checks one direction as a float32 model [1, H, W, C] -> [1, H, W, C'].

    Args:
      method: a Method.
      direction: ``"a2b"`` or ``"b2a"``.
      image_size: (height, width) in pixels; padded inside where the stride does not divide it.
      path: the .tflite file, which appears, or is replaced, only when the check has passed.
      pictures: uint8 arrays [H, W, C] of the direction's first domain, for the comparison.

    Returns:
      Artefact.

    Raises:
      ExportError: what was written translates differently from ``method``; nothing is published.
    """
    model = convert(method, direction, image_size)
    batches = picture_batches(pictures, [(1, *image_size)] * len(pictures))
    with atomic_path(path) as temporary:
        temporary.write_bytes(model)
        difference = check_parity(path, load_tflite, temporary, method, direction, batches)
    return Artefact(pathlib.Path(path), difference)


def convert(method, direction, image_size):
    """The model's bytes."""
    translator = Translator(method, direction, image_size)
    # The second argument must own the variables as a tf.Module does. Given the Keras model instead,
    # the converter leaves them out without a word, and the file computes NaN.
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        list(translator.concrete_functions().values()), translator
    )
    return converter.convert()


def load_tflite(path):
    """The signature of a .tflite file, run by LiteRT's own interpreter.

    Args:
      path: the file.

    Returns:
      callable: float32 array [1, H, W, C] in [0, 1] -> float32 array [1, H, W, C'] in [0, 1].
    """
    runner = Interpreter(model_path=str(path)).get_signature_runner(SIGNATURE)

    def run(image):
        return runner(**{INPUT: image})[OUTPUT]

    return run
