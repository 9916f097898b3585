import contextlib
import io

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from unit_tf.export import tflite
from unit_tf.export.parity import ExportError, Reference
from unit_tf.export.quantize import QUANTIZATIONS
from unit_tf.export.task_images import calibration_inputs
from unit_tf.export.tasks import Translation, build_task
from unit_tf.export.tflite import export_tflite, load_tflite, tflite_path

from unit_tf.inference.any_size import translate_any_size

pytestmark = pytest.mark.usefixtures("convert_once")

SIZE = (32, 32)
OFF_STRIDE = (30, 41)
QUANTIZED = ("int8", *(name for name in QUANTIZATIONS if name not in ("float32", "int8")))
# The operators that the documentation of LiteRT's GPU delegate names.
DOCUMENTED = {
    "ADD", "AVERAGE_POOL_2D", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "EXP",
    "FULLY_CONNECTED", "LOGICAL_AND", "LOGISTIC", "LSTM", "MAX_POOL_2D", "MAXIMUM", "MINIMUM",
    "MIRROR_PAD", "MUL", "PAD", "PRELU", "RELU", "RELU6", "RESHAPE", "RESIZE_BILINEAR", "SOFTMAX",
    "STRIDED_SLICE", "SUB", "TRANSPOSE_CONV",
}  # fmt: skip
# What else a fixed-size float model may hold, and why.
EXCEPTIONS = {
    "DEPTH_TO_SPACE": "transposed convolution and nearest doubling; a copy",
    "LEAKY_RELU": "every architecture but munit2018; no documented operator does it in one",
    "TANH": "the output's range",
    "MEAN": "instance and layer norm, with the next two",
    "SQUARED_DIFFERENCE": "the variance",
    "RSQRT": "one over the standard deviation",
    "DEQUANTIZE": "float16 weights, which the delegate takes as they are",
    "GATHER": "mirrored border, only where the stride does not divide the size",
}


def operators(model):
    """Names of the operators that a model's bytes hold; CUSTOM for any outside TFLite's set."""
    names = {
        code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)
    }
    codes = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0)).operatorCodes
    return {names[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in codes}


def gpu_report(model):
    """What TensorFlow's analyzer says of a model on the GPU delegate."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        tf.lite.experimental.Analyzer.analyze(model_content=model, gpu_compatibility=True)
    return text.getvalue()


def test_path_names_direction_size_and_type(tmp_path):
    path = tflite_path(tmp_path, "b2a", (128, 256))
    assert path == tmp_path / "tflite" / "b2a_128x256_float32.tflite"
    assert tflite_path(tmp_path, "a2b", None, "int8").name == "a2b_dynamic_int8.tflite"


@pytest.mark.parametrize("size", [SIZE, pytest.param(OFF_STRIDE, marks=pytest.mark.slow)])
def test_equals_the_method_with_fixed_shapes(method, size, images, tmp_path):
    check_fixed_shapes(method, size, images, tmp_path)


def test_equals_it_where_the_graph_has_to_pad_and_crop(normalised, images, tmp_path):
    check_fixed_shapes(normalised, OFF_STRIDE, images, tmp_path)


def check_fixed_shapes(method, size, images, tmp_path):
    """Holds a file of one size to the method: path, parity, latency, names, values, shapes."""
    path = tflite_path(tmp_path, "a2b", size)
    artefact = export_tflite(Reference(method, "a2b", images), size, path)
    assert artefact.path == path and artefact.parity.max_difference <= 5e-5
    assert artefact.compiled.max_difference <= 5e-5
    assert artefact.parity.images == 2 and artefact.parity.psnr > 90
    assert list(artefact.latency) == [1, 2] and min(artefact.latency.values()) > 0
    interpreter = Interpreter(model_path=str(path))
    style = {"style": np.float32([[1, -2, 0.5]])} if method.style_size else {}
    assert interpreter.get_signature_list() == {
        ("translate" if style else "serving_default"): {
            "inputs": ["image", *style], "outputs": ["translated"],
        }
    }  # fmt: skip
    image = np.random.default_rng(2).random((1, *size, 3), np.float32)
    found = interpreter.get_signature_runner()(image=image, **style)["translated"]
    expected = (translate_any_size(method, image * 2 - 1, "a2b", **style) + 1) / 2
    np.testing.assert_allclose(found, expected, atol=5e-5)
    interpreter.allocate_tensors()
    tensors = interpreter.get_tensor_details()
    assert all(-1 not in tensor["shape_signature"] for tensor in tensors)


@pytest.mark.parametrize(
    ("direction", "size", "quantization"),
    [
        ("a2b", SIZE, "float32"),
        pytest.param("b2a", OFF_STRIDE, "float32", marks=pytest.mark.slow),
        pytest.param("b2a", SIZE, "float16", marks=pytest.mark.slow),
    ],
)
def test_operators_run_on_the_gpu_delegate(method, direction, size, quantization, convert_once):
    """No dynamic shapes, no TensorFlow fallback, nothing that the delegate excludes."""
    model = convert_once(build_task(method, direction), size, quantization)
    used = operators(model)
    assert used <= DOCUMENTED | set(EXCEPTIONS)
    assert ("GATHER" in used) == (size == OFF_STRIDE)
    assert "Your model looks compatible with GPU delegate" in gpu_report(model)


def test_everything_runs_in_one_xnnpack_delegate(method, convert_once):
    """Each operator outside it would copy the whole image out and in again."""
    interpreter = Interpreter(model_content=convert_once(build_task(method, "a2b"), SIZE))
    interpreter.allocate_tensors()
    names = [detail["op_name"] for detail in interpreter._get_ops_details()]
    assert names.count("DELEGATE") == 1


@pytest.mark.parametrize(
    ("fixture", "name", "quantization"),
    [
        *(("normalised", "a2b", q) for q in QUANTIZED),
        *(("styled", name, QUANTIZED[0]) for name in ("a2b", "encode_style_a")),
        *(
            pytest.param("styled", name, q, marks=pytest.mark.slow)
            for name in ("a2b", "encode_style_a")
            for q in QUANTIZED[1:]
        ),
    ],
)
def test_quantized_models_come_close_and_keep_float_ends(
    request, fixture, name, quantization, images, tmp_path, convert_once
):
    path = tmp_path / "x.tflite"
    reference = Reference(request.getfixturevalue(fixture), name, images)
    calibration = calibration_inputs(reference.task, images, SIZE)
    artefact = export_tflite(reference, SIZE, path, quantization, calibration)
    # Random weights and noise for images; docs/deploy.md has trained ones.
    lowest = 60 if quantization == "float16" else 25
    assert min(artefact.parity.psnr, artefact.compiled.psnr) > lowest
    interpreter = Interpreter(model_path=str(path))
    ends = interpreter.get_input_details() + interpreter.get_output_details()
    assert len(ends) == 2 + (fixture == "styled" and name == "a2b")
    assert {end["dtype"] for end in ends} == {np.float32}
    float32 = len(convert_once(reference.task, SIZE))
    assert artefact.num_bytes < 0.85 * float32


def convolutions_and_norms(model):
    """({types of convolutions' inputs}, {types of RSQRT's inputs}) in a model's bytes."""
    names = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    found = {"CONV_2D": set(), "RSQRT": set()}
    for graph in model.subgraphs:
        for operator in graph.operators:
            code = model.operatorCodes[operator.opcodeIndex]
            name = names[max(code.builtinCode, code.deprecatedBuiltinCode)]
            if name in found:
                found[name].add(graph.tensors[operator.inputs[0]].type)
    return found["CONV_2D"], found["RSQRT"]


def test_the_mixed_scheme_keeps_normalisation_in_float(normalised, images, convert_once):
    types = schema.TensorType
    for name, norm in (("int8", types.INT8), ("int8_float_norm", types.FLOAT32)):
        task = Translation(normalised, "a2b")
        model = convert_once(task, SIZE, name, calibration_inputs(task, images, SIZE))
        assert convolutions_and_norms(model) == ({types.INT8}, {norm})


@pytest.mark.parametrize(
    "quantization", ["float32", pytest.param("dynamic", marks=pytest.mark.slow)]
)
def test_a_model_of_any_size(normalised, quantization, images, tmp_path):
    path, method = tflite_path(tmp_path, "a2b", None, quantization), normalised
    reference = Reference(method, "a2b", images)
    artefact = export_tflite(reference, None, path, quantization)
    assert min(artefact.parity.psnr, artefact.compiled.psnr) > (
        90 if quantization == "float32" else 25
    )
    assert artefact.compiled.images == artefact.parity.images
    run = load_tflite(path)
    for size in ((32, 32), (9, 50)):
        image = np.random.default_rng(2).random((1, *size, 3), np.float32)
        expected = (translate_any_size(method, image * 2 - 1, "a2b") + 1) / 2
        tolerance = 5e-5 if quantization == "float32" else 0.1
        np.testing.assert_allclose(run(image=image)["translated"], expected, atol=tolerance)


def test_weights_are_inside(tiny, convert_once):
    """Rather than in variables that nobody fills: the whole file then is a few kB of NaN."""
    read = tiny.encoder.private_a.variables + tiny.generator.private_b.variables
    assert len(convert_once(Translation(tiny, "a2b"), SIZE)) > 4 * sum(v.numpy().size for v in read)


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_stopped_half_way_keeps_the_old_file(tiny, images, tmp_path, tree, stop, monkeypatch):
    path = tflite_path(tmp_path, "a2b", SIZE)
    path.parent.mkdir()
    path.write_text("old")

    def load(temporary):
        assert temporary.read_bytes() == b"new"
        raise stop

    monkeypatch.setattr(tflite, "convert", lambda *_: b"new")
    monkeypatch.setattr(tflite, "load_tflite", load)
    before = tree(tmp_path)
    with pytest.raises(stop):
        export_tflite(Reference(tiny, "a2b", images), SIZE, path)
    assert tree(tmp_path) == before and path.read_text() == "old"


def test_what_compiled_model_makes_of_it_is_checked_too(tiny, images, tmp_path, tree, monkeypatch):
    load = tflite.load_compiled

    def wrong(path, pairs):
        run = load(path, pairs)
        return lambda **inputs: {name: y + np.float32(0.01) for name, y in run(**inputs).items()}

    monkeypatch.setattr(tflite, "load_compiled", wrong)
    path = tflite_path(tmp_path, "a2b", SIZE)
    with pytest.raises(
        ExportError, match=r"_float32\.tflite in CompiledModel: differs .* by 0\.01 "
    ):
        export_tflite(Reference(tiny, "a2b", images), SIZE, path)
    assert tree(tmp_path) == []


def test_failed_check_publishes_nothing(tiny, images, tmp_path, tree, monkeypatch):
    def load(path):
        return lambda image: {"translated": image[..., :1]}

    monkeypatch.setattr(tflite, "convert", lambda *_: b"new")
    monkeypatch.setattr(tflite, "load_tflite", load)
    path = tflite_path(tmp_path, "a2b", SIZE)
    with pytest.raises(ExportError, match=r"a2b_32x32_float32\.tflite: differs .* by 0\."):
        export_tflite(Reference(tiny, "a2b", images), SIZE, path)
    assert tree(tmp_path) == []
