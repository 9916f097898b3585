import contextlib
import json
import types
import warnings

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from unit_tf.export import float16_range, formats, tflite
from unit_tf.export.check_images import batch
from unit_tf.export.export_report import remarks
from unit_tf.export.float16_range import fit_float16, gpu_of
from unit_tf.export.inputs import ImageInput, Signature
from unit_tf.export.parity import Artefact, Reference

SIZE = (32, 32)


def reference_of(compute, images):
    """A Reference of a task that is one function of images of A."""
    signature = Signature((ImageInput("image", "a", 3),), lambda x: {"y": compute(x)})
    task = types.SimpleNamespace(domain="a", channels=3, lite="run", signatures={"run": signature})
    return types.SimpleNamespace(task=task, images={"a": images})


def centred(x):
    return x - tf.reduce_mean(x, 2, keepdims=True)


@pytest.mark.parametrize(
    ("compute", "suited", "largest"),
    [
        (lambda x: x * 6e4, True, 6e4),
        (lambda x: x * 7e4, False, 7e4),
        (lambda x: x * -7e4, False, 7e4),
        (lambda x: (1 - x) * 7e4, False, 7e4),  # of the black image alone
        # No value exceeds 3000; the sum of a row of 32 does.
        (lambda x: tf.reduce_mean(x * 2e3, 2), True, 6.4e4),
        (lambda x: tf.reduce_mean(x * 3e3, 2), False, 9.6e4),
        # The sum is 0, of as many values of 4500 as of -4500: in some order it is 72000.
        (lambda x: tf.reduce_mean(centred(x) * 9e3, 2), False, 7.2e4),
        (lambda x: tf.math.log(x - 2) * 1e3, False, None),  # not a number
    ],
)
def test_the_largest_value_and_the_largest_sum(compute, suited, largest):
    images = [np.full((9, 9, 3), 100, np.uint8)]
    found = fit_float16(reference_of(compute, images), SIZE)
    assert found.suited is suited
    assert found.largest == (largest and pytest.approx(largest, rel=1e-5))
    json.dumps(found.about(), allow_nan=False)


def test_the_ends_of_the_images_are_tried():
    """An image that is brighter than the others, in a function that minds the mean alone."""
    images = [np.full((32, 32, 3), 100, np.uint8) for _ in range(5)]
    images[3][::2] = 200  # mean 150

    def compute(x):
        mean = tf.reduce_mean(x) * 255
        return x * tf.exp(-tf.square(mean - 150)) * 1e5

    assert not fit_float16(reference_of(compute, images), SIZE).suited
    assert fit_float16(reference_of(compute, images[:3]), SIZE).suited


@pytest.fixture
def louder(normalised):
    """Callable: times -> a context in which the shared encoder's kernels are as many times."""

    @contextlib.contextmanager
    def make(times):
        kernels = [v for v in normalised.encoder.variables if len(v.shape) == 4]
        before = [kernel.numpy() for kernel in kernels]
        try:
            for kernel in kernels:
                kernel.assign(kernel * times)
            yield normalised
        finally:
            for kernel, value in zip(kernels, before, strict=True):
                kernel.assign(value)

    return make


def test_a_translator_fits(normalised, images):
    found = fit_float16(Reference(normalised, "a2b", images), SIZE)
    assert found.suited and not found.rescaled and 1 < found.largest < 1000
    assert found.about() == {
        "suited": True, "largest_value": found.largest, "layer": found.layer, "rescaled": False,
    }  # fmt: skip


def largest_in_file(path, images):
    """The largest value, or sum of a mean's values of one sign, of a .tflite file on images."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*experimental_preserve_all_tensors")
        interpreter = Interpreter(
            str(path),
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    largest = 0.0
    for image in images:
        interpreter.set_tensor(given["index"], image)
        interpreter.invoke()
        for operation in interpreter._get_ops_details():
            results = [interpreter.get_tensor(i) for i in operation["outputs"]]
            if operation["op_name"] == "MEAN":
                x, axes = (interpreter.get_tensor(i) for i in operation["inputs"])
                axes = tuple(np.atleast_1d(axes))
                results += [np.maximum(sign * x, 0).sum(axes) for sign in (1, -1)]
            largest = max(largest, *(float(np.abs(y).max()) for y in results))
    return largest


@pytest.mark.parametrize("times", [pytest.param(1, marks=pytest.mark.slow), 60])
def test_what_was_looked_at_is_what_the_file_computes(times, louder, images, tmp_path):
    """Not less, and not much more: the file's convolutions have their bias inside."""
    path = tmp_path / "x.tflite"
    with louder(times) as method:
        reference = Reference(method, "a2b", images)
        gpu = fit_float16(reference, SIZE)
        with gpu.forms():
            path.write_bytes(tflite.convert(reference.task, SIZE))
        probes = float16_range._probes(images, 3)
        inputs = [batch(probes, i, (1, *SIZE)) for i in range(len(probes))]
        found = largest_in_file(path, inputs)
        assert 0.5 * gpu.largest < found < 1.001 * gpu.largest
        assert gpu.rescaled == (times == 60) and found < float16_range.LARGEST
        if gpu.rescaled:
            path.write_bytes(tflite.convert(reference.task, SIZE))
            assert largest_in_file(path, inputs) > float16_range.LARGEST


def test_sums_of_squares_are_rescaled_and_the_model_stays_the_same(louder, images, tmp_path):
    """Values near 60: 32 squares exceed 65504; the norms after them make the model the same."""
    with louder(60) as method:
        job = formats.Job(Reference(method, "a2b", images), tmp_path, SIZE, ("float32",), [])
        (written,) = formats.write_tflite(job)
    gpu = written.kind["gpu"]
    assert gpu["suited"] and gpu["rescaled"] and gpu["largest_value"] < float16_range.LARGEST
    assert written.artefact.parity.max_difference < 1e-5
    assert remarks("x", *written) == []


def test_a_model_that_overflows_is_refused_and_its_layer_named(louder, images):
    with louder(1000) as method:
        found = fit_float16(Reference(method, "a2b", images), SIZE)
    assert not found.suited and found.largest > float16_range.LARGEST
    assert found.layer == "encoder/encoder_a/conv0/norm"
    (line,) = remarks("tflite/x", Artefact(None, None), {"gpu": found.about()})
    assert line.startswith(
        "tflite/x: for CPUs alone, no GPU should run it: encoder/encoder_a/conv0/norm reaches "
    )
    assert line.endswith(", and float16 ends at 65504")


@pytest.mark.parametrize(
    ("size", "quantization", "suited"),
    [
        (SIZE, "float32", True),
        (SIZE, "float16", True),
        (SIZE, "int8", None),
        (SIZE, "dynamic", None),
    ]
    + [(None, quantization, False) for quantization in ("float32", "float16", "dynamic")],
)
def test_what_is_looked_at(size, quantization, suited):
    found = gpu_of(None, size, quantization, lambda *_: float16_range.Gpu(True, "", 3.0, "x"))
    assert found.suited is suited
    assert ("reason" in found.about()) == (suited is not True)
    assert remarks("x", Artefact(None, None), {"gpu": found.about()}) == []
