"""unit-export of a method with styles, whole: what is written, returned and refused."""

import json

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.core.protobuf import saved_model_pb2
from unit_tf.export import manifest, saved_model
from unit_tf.export.parity import ExportError, Reference
from unit_tf.export.saved_model import check
from unit_tf.export.tasks import StyledTranslation, StyleEncoding, build_task

from unit_tf.inference.any_size import mirror_padded, translate_any_size

pytestmark = pytest.mark.usefixtures("convert_once", "compare_few")

IMAGE, TARGET = (-1, -1, -1, 3), (-1, -1, -1, 1)
# signature -> (inputs, outputs), of a2b with 3 channels in A and 1 in B.
ENDS = {
    "serving_default": ({"image": IMAGE}, {"translated": TARGET}),
    "translate": ({"image": IMAGE, "style": (-1, 3)}, {"translated": TARGET}),
    "translate_guided": ({"image": IMAGE, "style_image": TARGET}, {"translated": TARGET}),
    "encode_content": ({"image": IMAGE}, {"content": (-1, -1, -1, 16)}),
    "encode_style": ({"style_image": TARGET}, {"style": (-1, 3)}),
    "translate_bytes": ({"image_bytes": (-1,)}, {"translated_bytes": (-1,)}),
}
STYLES = np.float32([[1, -0.5, 2], [0, 0.3, -1]])


def random(*shape):
    return np.random.default_rng(len(shape) + shape[1]).random(shape, np.float32)


@pytest.fixture
def exported(call, workdir_of, styled, tmp_path, capfd):
    """(a tiny munit, the output folder, the printed lines)."""
    out = tmp_path / "out"
    arguments = [f"--workdir={workdir_of(styled)}", f"--output={out}", "--direction=a2b"]
    assert call(*arguments) == 0
    return styled, out, capfd.readouterr().out.splitlines()


def test_a_translator_and_the_encoder_of_its_styles(exported):
    method, out, lines = exported
    names = ["serving/a2b/1", "tflite/a2b_32x32_float32", "tflite/encode_style_b_32x32_float32"]
    paths = [names[0], *(f"{name}.tflite" for name in names[1:])]
    assert [line.split("  ")[0] for line in lines] == [str(out / path) for path in paths]
    known = manifest.read(out)
    assert list(known) == sorted(paths)
    served, lite, encoder = (known[path] for path in paths)
    assert [entry["style_size"] for entry in (served, lite, encoder)] == [3, 3, 3]
    assert lite["inputs"] == {"translate": {"image": [1, 32, 32, 3], "style": [1, 3]}}
    assert encoder["inputs"] == {"encode_style": {"style_image": [1, 32, 32, 1]}}
    assert (encoder["task"], encoder["domain"]) == ("encode_style", "b")
    assert served["inputs"] == {
        name: {key: [None if side < 0 else side for side in sides] for key, sides in ends.items()}
        for name, (ends, _) in ENDS.items()
    }
    check_names(out / paths[0])
    check_values(method, out / paths[0])
    check_encoder(method, out / paths[2])


def check_names(folder):
    """Signatures of a file as a server reads them."""
    data = (folder / "saved_model.pb").read_bytes()
    found = saved_model_pb2.SavedModel.FromString(data).meta_graphs[0].signature_def
    assert {name for name in found if not name.startswith("__")} == set(ENDS)
    for name, expected in ENDS.items():
        kind = tf.string if name.endswith("_bytes") else tf.float32
        for ends, known in zip((found[name].inputs, found[name].outputs), expected, strict=True):
            sides = {k: tuple(d.size for d in t.tensor_shape.dim) for k, t in ends.items()}
            assert sides == known, name
            assert {tensor.dtype for tensor in ends.values()} == {kind.as_datatype_enum}


def check_values(method, folder):
    """Two images off the stride, and examples of another size and less than the networks take."""
    model = tf.saved_model.load(str(folder))

    def run(name, output, **inputs):
        inputs = {key: tf.constant(value) for key, value in inputs.items()}
        return model.signatures[name](**inputs)[output].numpy()

    image, guide = random(2, 37, 22, 3), random(2, 9, 50, 1)
    assert method.smallest_side > 9
    translated = run("translate", "translated", image=image, style=STYLES)
    expected = (translate_any_size(method, image * 2 - 1, "a2b", STYLES) + 1) / 2
    np.testing.assert_allclose(translated, expected, atol=1e-5)
    middle = run("translate", "translated", image=image, style=0 * STYLES)
    np.testing.assert_allclose(run("serving_default", "translated", image=image), middle, atol=1e-5)
    assert np.abs(translated - middle).mean() > 1e-3
    style = run("encode_style", "style", style_image=guide)
    padded = mirror_padded(method, tf.constant(guide * 2 - 1))
    assert padded.shape == (2, 16, 52, 1)
    np.testing.assert_allclose(style, method.encode_style(padded, "b"), atol=1e-5)
    assert np.abs(style[0] - style[1]).max() > 1e-3
    guided = run("translate_guided", "translated", image=image, style_image=guide)
    styled = run("translate", "translated", image=image, style=style)
    np.testing.assert_allclose(guided, styled, atol=1e-5)
    content = run("encode_content", "content", image=image)
    padded = mirror_padded(method, tf.constant(image * 2 - 1))
    assert content.shape == (2, 10, 6, 16)
    np.testing.assert_allclose(content, method.encode_content(padded, "a"), rtol=1e-4, atol=1e-4)
    one_of = {"translate": {"style": STYLES[:1]}, "translate_guided": {"style_image": guide[:1]}}
    for name, one in one_of.items():
        with pytest.raises(tf.errors.InvalidArgumentError, match="one style an image is needed"):
            run(name, "translated", image=image, **one)


def check_encoder(method, path):
    """The target's, as a TFLite model."""
    interpreter = Interpreter(model_path=str(path))
    ends = {"encode_style": {"inputs": ["style_image"], "outputs": ["style"]}}
    assert interpreter.get_signature_list() == ends
    guide = random(1, 32, 32, 1)
    found = interpreter.get_signature_runner("encode_style")(style_image=guide)["style"]
    np.testing.assert_allclose(found, method.encode_style(guide * 2 - 1, "b"), atol=1e-4)


def test_a_task_of_each_kind_by_its_name(styled):
    assert type(build_task(styled, "b2a")) is StyledTranslation
    encoder = build_task(styled, "encode_style_b")
    assert type(encoder) is StyleEncoding and encoder.channels == 1
    with pytest.raises(KeyError):
        build_task(styled, "classify_b")


@pytest.fixture(scope="module")
def computed():
    """Callable: signature, {input: array} -> {name: array}, computed once a process."""
    known = {}

    def compute(signature, inputs):
        key = (signature.compute.__name__, *(array.tobytes() for array in inputs.values()))
        if key not in known:
            found = signature.compute(*map(tf.constant, inputs.values()))
            known[key] = {name: y.numpy() for name, y in found.items()}
        return known[key]

    return compute


@pytest.mark.parametrize("wrong", [None, *ENDS])
def test_every_signature_is_held_to_the_model(styled, images, guides, computed, monkeypatch, wrong):
    reference, asked = Reference(styled, "a2b", images, guides), set()

    class Model:
        def __init__(self, folder):
            pass

        def run(self, name="serving_default", /, **inputs):
            asked.add(name)
            signature = reference.task.signatures[name]
            signature = reference.task.signatures[signature.like or name]
            # More than PNG rounds by.
            wrong_by = np.float32(0.05 * (name == wrong))
            return {k: y + wrong_by for k, y in computed(signature, inputs).items()}

    monkeypatch.setattr(saved_model, "LoadedModel", Model)
    if wrong is None:
        check("a2b/1", "folder", reference)
        assert asked == set(ENDS)
        return
    shown = "" if wrong == "serving_default" else f" {wrong}"
    with pytest.raises(ExportError, match=f"^a2b/1{shown}: differs from the model by 0"):
        check("a2b/1", "folder", reference)


def test_an_encoder_of_any_size_and_int8_without_images(
    call, workdir_of, styled, tmp_path, tree, capfd
):
    out = tmp_path / "out"
    usual = [f"--workdir={workdir_of(styled)}", f"--output={out}", "--formats=tflite"]
    assert call(*usual, "--direction=a2b", "--image_size=dynamic") == 0
    names = ["a2b_dynamic_float32.tflite", "encode_style_b_dynamic_float32.tflite"]
    assert tree(out / "tflite") == names
    run = Interpreter(model_path=str(out / "tflite" / names[1])).get_signature_runner()
    for size in ((32, 32), (9, 41)):
        guide = random(1, *size, 1)
        padded = mirror_padded(styled, tf.constant(guide * 2 - 1))
        found = run(style_image=guide)["style"]
        np.testing.assert_allclose(found, styled.encode_style(padded, "b"), atol=1e-4)
    capfd.readouterr()
    assert call(*usual, "--tflite.quantization=int8") == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert "--tflite.quantization=int8: needs the training images to calibrate on" in line


def test_a_page_offers_styles_and_a_pad(call, workdir_of, styled, sham, tmp_path, capfd):
    """What it offers stands in the manifest; colours that nobody states are said."""
    out = tmp_path / "out"
    usual = [f"--workdir={workdir_of(styled)}", f"--output={out}", "--formats=web"]
    assert call(*usual, f"--web.litert={sham}") == 0
    notes = [n for n in capfd.readouterr().err.splitlines() if "drawing pad" in n]
    assert len(notes) == 1 and notes[0].startswith("images of b have one channel")
    page = manifest.read(out)["web"]
    assert page["models"] == [f"tflite/{d}_32x32_float32.tflite" for d in ("a2b", "b2a")]
    assert page["drawing"] == {"a2b": None, "b2a": "black_on_white"}
    models = json.loads((out / "web/models.json").read_text())["models"]
    known = [(model["direction"], model["style_size"], model["drawing"]) for model in models]
    assert known == [("a2b", 3, None), ("b2a", 3, "black_on_white")]
    asked = ["--direction=a2b", "--web.drawing_a=white_on_black"]
    assert call(*usual, f"--web.litert={sham}", *asked) == 0
    assert "drawing pad" not in capfd.readouterr().err
    assert manifest.read(out)["web"]["drawing"] == {"a2b": "white_on_black"}
