"""TensorFlow Lite models for phones and browsers, run by both of LiteRT's interfaces.

These are the interpreter, which times them too, and CompiledModel, which it is replaced by.
"""

import contextlib
import functools
import os
import pathlib
import statistics
import tempfile
import time

import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from unit_tf.export import quantize
from unit_tf.export.compiled_model import load_compiled
from unit_tf.export.differences import TOLERANCE
from unit_tf.export.parity import Artefact, measure
from unit_tf.export.saved_model import staging_folder
from unit_tf.export.signatures import Graphs

from unit_tf.layers import litert_forms
from unit_tf.layers.subpixel import faster_doubling

THREADS = (1, 2)
RUNS, SECONDS = 10, 2.0
# Where a model of any size is compared beside the training size: sides off the stride, and large
# ones, whose long sums lose what small images keep.
ODD, LARGE = (5, 3), (1024, 1024)


def tflite_path(directory, name, image_size, quantization="float32"):
    """Where a task's model belongs in the output folder; ``image_size`` None is any size."""
    size = "dynamic" if image_size is None else "{}x{}".format(*image_size)
    return pathlib.Path(directory) / "tflite" / f"{name}_{size}_{quantization}.tflite"


def export_tflite(reference, image_size, path, quantization="float32", calibration=()):
    """Writes, measures and publishes one model of images [1, H, W, C]: the task's ``lite``.

    Args:
      reference: parity.Reference of the method and task.
      image_size: (height, width) in pixels, padded inside where the stride does not divide it; None
        for a model whose input may be resized to any.
      path: the .tflite file, which appears, or is replaced, only when the check has passed.
      quantization: a name in quantize.QUANTIZATIONS.
      calibration: {input: float32 array} of one image each; int8 needs some.

    Returns:
      Artefact, with latency.

    Raises:
      ExportError: a float32 model does not give what the method does, or any gives values that are
        not finite; nothing is published.
    """
    model = convert(reference.task, image_size, quantization, calibration)
    name, size = reference.task.lite, image_size or reference.task.checked_at
    pairs = reference.pairs(size, name)
    if image_size is None:
        others = [(size[0] + ODD[0], size[1] + ODD[1]), LARGE]
        pairs += [reference.pair(0, (1, *other), name) for other in others]
    rounding = functools.partial(reference.rounding, name)
    tolerance = TOLERANCE if quantization == "float32" else None
    with staging_folder(pathlib.Path(path).parent) as temporary:
        temporary.write_bytes(model)
        parity = measure(path, load_tflite(temporary), pairs, tolerance, rounding)
        # Only now: where the interpreter's results have the right sizes.
        again, name = load_compiled(temporary, pairs), f"{path} in CompiledModel"
        compiled = measure(name, again, pairs, tolerance, rounding)
        latency = {n: milliseconds(temporary, pairs[0][0], n) for n in THREADS}
        os.replace(temporary, path)
    return Artefact(pathlib.Path(path), parity, latency, compiled)


def convert(task, image_size, quantization="float32", calibration=()):
    """The bytes of a tasks.Task's model; other arguments as ``export_tflite``'s."""
    scheme = quantize.QUANTIZATIONS[quantization]
    # Its reshapes need a size that the graph knows, or XNNPACK leaves all behind them alone.
    doubling = faster_doubling() if scheme.doubling and image_size else contextlib.nullcontext()
    with litert_forms.for_litert(subpixel=scheme.subpixel), doubling:
        graphs = Graphs(task, (1, *(image_size or (None, None))), [task.lite])
    # By way of a SavedModel: from_concrete_functions calls every signature serving_default.
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(graphs, folder, signatures=graphs.concrete_functions())
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[task.lite])
        return scheme.convert(converter, calibration)


def load_tflite(path, threads=None):
    """The signature of a .tflite file.

    Args:
      path: the file.
      threads: how many the interpreter may use; None for its default.

    Returns:
      callable of its named inputs, such as ``image`` [1, H, W, C] in [0, 1] -> {name: array}.
    """
    return Interpreter(model_path=str(path), num_threads=threads).get_signature_runner()


def milliseconds(path, inputs, threads):
    """Median time of one image on this machine, after a first run that is not counted."""
    run = load_tflite(path, threads)
    run(**inputs)
    times, begin = [], time.perf_counter()
    while len(times) < RUNS and (not times or time.perf_counter() - begin < SECONDS):
        start = time.perf_counter()
        run(**inputs)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)
