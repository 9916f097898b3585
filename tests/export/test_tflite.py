import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from unit_tf.export import tflite
from unit_tf.export.parity import ExportError
from unit_tf.export.tflite import convert, export_tflite, tflite_path

from unit_tf.methods.translation import translate_any_size

# What shape arithmetic at run time would need; delegates accept none of it.
DYNAMIC = {"SHAPE", "RANGE", "FILL", "WHILE", "FLOOR_DIV", "FLOOR_MOD", "PACK", "RANK"}
VARIABLES = {"VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"}


def operators(model):
    """Names of the operators that a model's bytes hold; CUSTOM for any outside TFLite's set."""
    names = {
        code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)
    }
    codes = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0)).operatorCodes
    return {names[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in codes}


def test_path_names_direction_size_and_type(tmp_path):
    path = tflite_path(tmp_path, "b2a", (128, 256))
    assert path == tmp_path / "tflite" / "b2a_128x256_float32.tflite"


@pytest.mark.parametrize("size", [(32, 32), (30, 41)])
def test_equals_the_method_with_fixed_shapes(method, size, pictures, tmp_path):
    """At a multiple of the stride, and where the graph itself has to pad and crop."""
    path = tflite_path(tmp_path, "a2b", size)
    artefact = export_tflite(method, "a2b", size, path, pictures)
    assert artefact.path == path and artefact.difference <= 5e-5
    interpreter = Interpreter(model_path=str(path))
    assert interpreter.get_signature_list() == {
        "serving_default": {"inputs": ["image"], "outputs": ["translated"]}
    }
    image = np.random.default_rng(2).random((1, *size, 3), np.float32)
    found = interpreter.get_signature_runner()(image=image)["translated"]
    expected = (translate_any_size(method, image * 2 - 1, "a2b") + 1) / 2
    np.testing.assert_allclose(found, expected, atol=5e-5)
    interpreter.allocate_tensors()
    tensors = interpreter.get_tensor_details()
    assert all(-1 not in tensor["shape_signature"] for tensor in tensors)
    used = operators(path.read_bytes())
    assert not used & DYNAMIC and not used & VARIABLES
    assert not used & {"CUSTOM", "FLEX"}
    assert ("GATHER" in used) == (size == (30, 41))


def test_weights_are_inside(tiny):
    """Rather than in variables that nobody fills: the whole file then is a few kB of NaN."""
    read = tiny.encoder.private_a.variables + tiny.generator.private_b.variables
    assert len(convert(tiny, "a2b", (32, 32))) > 4 * sum(v.numpy().size for v in read)


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_stopped_half_way_keeps_the_old_file(tiny, pictures, tmp_path, tree, stop, monkeypatch):
    path = tflite_path(tmp_path, "a2b", (32, 32))
    path.parent.mkdir()
    path.write_text("old")

    def load(temporary):
        assert temporary.read_bytes() == b"new"
        raise stop

    monkeypatch.setattr(tflite, "convert", lambda *_: b"new")
    monkeypatch.setattr(tflite, "load_tflite", load)
    before = tree(tmp_path)
    with pytest.raises(stop):
        export_tflite(tiny, "a2b", (32, 32), path, pictures)
    assert tree(tmp_path) == before and path.read_text() == "old"


def test_failed_check_publishes_nothing(tiny, pictures, tmp_path, tree, monkeypatch):
    monkeypatch.setattr(tflite, "convert", lambda *_: b"new")
    monkeypatch.setattr(tflite, "load_tflite", lambda _: lambda image: image[..., :1] * np.nan)
    path = tflite_path(tmp_path, "a2b", (32, 32))
    with pytest.raises(ExportError, match=r"a2b_32x32_float32\.tflite: differs .* by nan"):
        export_tflite(tiny, "a2b", (32, 32), path, pictures)
    assert tree(tmp_path) == ["tflite"]
