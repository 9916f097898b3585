"""TensorFlow Lite models for phones and browsers, run and timed by LiteRT's own interpreter."""

import pathlib
import statistics
import time

import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from unit_tf.export import quantize
from unit_tf.export.parity import TOLERANCE, Artefact, measure
from unit_tf.export.signatures import INPUT, OUTPUT, SIGNATURE, Translator

from unit_tf.files import atomic_path
from unit_tf.layers import lowering

THREADS = (1, 2)
RUNS, SECONDS = 10, 2.0
# Where a model of any size is compared: the training size, and sides off the stride.
ODD = (5, 3)


def tflite_path(directory, direction, image_size, quantization="float32"):
    """Where a model belongs in the output folder; ``image_size`` None is any size."""
    size = "dynamic" if image_size is None else "{}x{}".format(*image_size)
    return pathlib.Path(directory) / "tflite" / f"{direction}_{size}_{quantization}.tflite"


def export_tflite(reference, image_size, path, quantization="float32", calibration=()):
    """Writes, measures and publishes one model [1, H, W, C] -> [1, H, W, C'].

    Args:
      reference: parity.Reference of the method and direction.
      image_size: (height, width) in pixels, padded inside where the stride does not divide it; None
        for a model whose input may be resized to any.
      path: the .tflite file, which appears, or is replaced, only when the check has passed.
      quantization: a name in quantize.QUANTIZATIONS.
      calibration: float32 arrays [1, H, W, C] in [0, 1]; int8 needs some.

    Returns:
      Artefact, with latency.

    Raises:
      ExportError: a float32 model translates differently from the method, or any gives values that
        are not finite; nothing is published.
    """
    model = convert(reference.method, reference.direction, image_size, quantization, calibration)
    size = image_size or reference.method.config.data.image_size
    pairs = reference.pairs(size)
    if image_size is None:
        odd = (1, size[0] + ODD[0], size[1] + ODD[1])
        pairs = [*pairs, reference.pair(0, odd)]
    tolerance = TOLERANCE if quantization == "float32" else None
    with atomic_path(path) as temporary:
        temporary.write_bytes(model)
        parity = measure(path, load_tflite(temporary), pairs, tolerance)
        latency = {n: milliseconds(temporary, pairs[0][0], n) for n in THREADS}
    return Artefact(pathlib.Path(path), parity, latency)


def convert(method, direction, image_size, quantization="float32", calibration=()):
    """The model's bytes; arguments as ``export_tflite``'s."""
    scheme = quantize.QUANTIZATIONS[quantization]
    with lowering.for_litert(subpixel=scheme.subpixel):
        translator = Translator(method, direction, (1, *(image_size or (None, None))))
    # The second argument must own the variables as a tf.Module does. Given the Keras model instead,
    # the converter leaves them out without a word, and the file computes NaN.
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [translator.translate.get_concrete_function()], translator
    )
    return scheme.convert(converter, calibration)


def load_tflite(path, threads=None):
    """The signature of a .tflite file.

    Args:
      path: the file.
      threads: how many the interpreter may use; None for its default.

    Returns:
      callable: float32 array [1, H, W, C] in [0, 1] -> float32 array [1, H, W, C'] in [0, 1].
    """
    runner = Interpreter(model_path=str(path), num_threads=threads).get_signature_runner(SIGNATURE)

    def run(image):
        return runner(**{INPUT: image})[OUTPUT]

    return run


def milliseconds(path, image, threads):
    """Median time of one picture on this machine, after a first run that is not counted."""
    run = load_tflite(path, threads)
    run(image)
    times, begin = [], time.perf_counter()
    while len(times) < RUNS and (not times or time.perf_counter() - begin < SECONDS):
        start = time.perf_counter()
        run(image)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)
