"""unit-export of methods that classify, whole: what is written, returned and refused."""

import io

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from PIL import Image
from tensorflow.core.protobuf import saved_model_pb2
from unit_tf.export import export_request, manifest, saved_model
from unit_tf.export.check_images import batch, random_images
from unit_tf.export.parity import ExportError, Reference
from unit_tf.export.web import writer

pytestmark = pytest.mark.usefixtures("convert_once")

ALL = ",".join(export_request.QUANTIZATIONS)
FLOAT = tf.float32.as_datatype_enum


@pytest.fixture
def images(digits):
    """float32 [8, 32, 32, 1] of 256 levels."""
    config = digits("unit_da").config.data
    return batch(random_images(config, "b", 8).arrays, 0, (8, 32, 32))


def expected(method, images):
    logits = method.classify(images * 2 - 1, "b")
    return tf.nn.softmax(logits).numpy(), np.argmax(logits, -1)


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(np.rint(image[..., 0] * 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def jpeg(image):
    return tf.io.encode_jpeg(np.rint(image * 255).astype(np.uint8), quality=100).numpy()


@pytest.fixture
def exported(call, workdir_of, digits, tmp_path, capfd):
    """(a tiny unit_da, the output folder, the printed lines)."""
    method = digits("unit_da")
    out = tmp_path / "out"
    assert call(f"--workdir={workdir_of(method)}", f"--output={out}") == 0
    return method, out, capfd.readouterr().out.splitlines()


def test_a_classifier_beside_the_translators(exported, images):
    method, out, lines = exported
    paths = [
        part.format(task)
        for task in ("a2b", "b2a", "classify_b")
        for part in ("serving/{}/1", "tflite/{}_32x32_float32.tflite")
    ]
    assert [line.split("  ")[0] for line in lines] == [str(out / path) for path in paths]
    assert all("  1.0000 of labels agree  max difference " in line for line in lines[4:])
    assert " ms on 2 threads" in lines[5] and not any("labels" in line for line in lines[:4])
    known = manifest.read(out)
    assert list(known) == sorted(paths)
    for path in paths[4:]:
        entry = known[path]
        assert (entry["task"], entry["domain"], entry["image_size"]) == ("classify", "b", [32, 32])
        assert entry["parity"]["label_agreement"] == 1 and entry["parity"]["images"] == 256
        assert "direction" not in entry
    assert known["serving/a2b/1"]["direction"] == "a2b"
    assert "label_agreement" not in known["serving/a2b/1"]["parity"]
    check_saved_model(method, out / "serving/classify_b/1", images)
    check_translator_of_one_size(out / "serving/a2b/1", images)
    check_tflite(method, out / paths[5], images)


def check_saved_model(method, folder, images):
    """Names, types and values of a classifier's three signatures."""
    data = (folder / "saved_model.pb").read_bytes()
    found = saved_model_pb2.SavedModel.FromString(data).meta_graphs[0].signature_def
    names = {"serving_default", "classify", "classify_bytes"}
    assert {name for name in found if not name.startswith("__")} == names
    probabilities, label = expected(method, images)
    model = tf.saved_model.load(str(folder))
    for name in names:
        encoded = name.endswith("_bytes")
        (key,), given = found[name].inputs, found[name].inputs.values()
        assert key == ("image_bytes" if encoded else "image")
        sides = [d.size for tensor in given for d in tensor.tensor_shape.dim]
        assert sides == ([-1] if encoded else [-1, 32, 32, 1])
        kinds = {k: (v.dtype, len(v.tensor_shape.dim)) for k, v in found[name].outputs.items()}
        assert kinds == {"probabilities": (FLOAT, 2), "label": (tf.int32.as_datatype_enum, 1)}
        value = tf.constant([png(image) for image in images] if encoded else images)
        answer = model.signatures[name](**{key: value})
        np.testing.assert_allclose(answer["probabilities"], probabilities, atol=1e-5)
        np.testing.assert_array_equal(answer["label"], label)
    run = model.signatures["classify_bytes"]
    answer = run(image_bytes=tf.constant([jpeg(images[0])]))
    assert answer["probabilities"].shape == (1, 10)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be 32x32 pixels"):
        run(image_bytes=tf.constant([png(images[0]), png(images[1][:31])]))


def check_translator_of_one_size(folder, images):
    model = tf.saved_model.load(str(folder))
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be 32x32 pixels"):
        model.signatures["translate_bytes"](image_bytes=tf.constant([png(images[0][:, :16])]))
    run = model.signatures["serving_default"]
    assert run.inputs[0].shape.as_list() == [None, 32, 32, 1]
    assert run(image=tf.constant(images))["translated"].shape == (8, 32, 32, 1)


def check_tflite(method, path, images):
    interpreter = Interpreter(model_path=str(path))
    assert interpreter.get_signature_list() == {
        "classify": {"inputs": ["image"], "outputs": ["label", "probabilities"]}
    }
    run = interpreter.get_signature_runner("classify")
    for image, probabilities, label in zip(images, *expected(method, images), strict=True):
        found = run(image=image[None])
        np.testing.assert_allclose(found["probabilities"], probabilities[None], atol=1e-4)
        assert found["label"].dtype == np.int32 and found["label"].tolist() == [label]


@pytest.mark.slow
def test_every_quantization_of_a_classifier_alone(
    call, workdir_of, digits, small_digits, tmp_path, tree, capfd, images
):
    out, method = tmp_path / "out", digits("source_only")
    arguments = [f"--tflite.quantization={ALL}", f"--data.tfds_dir={small_digits}"]
    assert call(f"--workdir={workdir_of(method)}", f"--output={out}", *arguments) == 0
    assert capfd.readouterr().out.count("on 5 test images and 251 training crops of b") == 6
    names = sorted(f"classify_b_32x32_{name}.tflite" for name in export_request.QUANTIZATIONS)
    assert tree(out / "tflite") == names and tree(out / "serving")[:2] == [
        "classify_b", "classify_b/1",
    ]  # fmt: skip
    probabilities, _ = expected(method, images)
    for name in names:
        path = out / "tflite" / name
        run = Interpreter(model_path=str(path)).get_signature_runner("classify")
        found = [run(image=image[None]) for image in images]
        difference = np.abs([f["probabilities"][0] for f in found] - probabilities)
        assert difference.mean() < 0.05, name
        # Which class is what a caller sees in the probabilities, whatever they were rounded to.
        assert all(f["probabilities"][0, f["label"][0]] == f["probabilities"].max() for f in found)
        assert "label_agreement" in manifest.read(out)[f"tflite/{name}"]["parity"]
    sizes = {name: (out / "tflite" / name).stat().st_size for name in names}
    full = sizes.pop("classify_b_32x32_float32.tflite")
    assert max(sizes.values()) < 0.7 * full


@pytest.mark.usefixtures("compare_few")
def test_a_smaller_size_is_the_translators_alone(call, workdir_of, digits, tmp_path, tree):
    out = tmp_path / "out"
    arguments = ["--formats=tflite", "--direction=b2a", "--image_size=20x24"]
    assert call(f"--workdir={workdir_of(digits('unit_da'))}", f"--output={out}", *arguments) == 0
    names = ["b2a_20x24_float32.tflite", "classify_b_32x32_float32.tflite"]
    assert tree(out / "tflite") == names


@pytest.mark.parametrize(
    ("name", "argument", "message"),
    [
        ("source_only", "--direction=both", "--direction=both: method source_only does not"),
        ("cogan", "--formats=web", "--formats=web: method cogan does not translate"),
        ("dann", "--image_size=16", "--image_size=16x16: the classifier takes 32x32"),
        ("unit_da", "--image_size=64", "--image_size=64x64: method unit_da takes at most 32x32"),
        ("unit_da", "--image_size=dynamic", "--image_size=dynamic: method unit_da takes at most"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(
    call, workdir_of, digits, tmp_path, capfd, monkeypatch, name, argument, message
):
    monkeypatch.setattr(writer, "litert_folders", lambda text: writer.LiteRT(text, text))
    usual = [f"--workdir={workdir_of(digits(name))}", f"--output={tmp_path / 'out'}"]
    assert call(*usual, "--web.litert=x", argument) == 2
    captured = capfd.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith(f"unit-export: {message}") and captured.out == ""
    assert not (tmp_path / "out").exists()


def shown(signature):
    return "" if signature == "serving_default" else f" {signature}"


@pytest.mark.parametrize("wrong", [None, "serving_default", "classify", "classify_bytes"])
def test_every_signature_is_held_to_the_model(digits, images, monkeypatch, wrong):
    arrays = list(np.rint(images[:2] * 255).astype(np.uint8))
    reference, asked = Reference(digits("dann"), "classify_b", arrays), set()

    class Model:
        def __init__(self, folder):
            pass

        def run(self, name="serving_default", /, **inputs):
            asked.add(name)
            found = reference.task.compute(*map(tf.constant, inputs.values()))
            wrong_by = np.float32(2e-4 * (name == wrong))
            probabilities = found["probabilities"].numpy() + wrong_by
            return {"probabilities": probabilities, "label": found["label"].numpy()}

    monkeypatch.setattr(saved_model, "LoadedModel", Model)
    if wrong is None:
        saved_model.check("classify_b/1", "folder", reference)
        assert asked == {"serving_default", "classify", "classify_bytes"}
        return
    message = f"^classify_b/1{shown(wrong)}: differs from the model by 0.0002"
    with pytest.raises(ExportError, match=message):
        saved_model.check("classify_b/1", "folder", reference)


@pytest.mark.usefixtures("compare_few")
def test_a_signature_that_gives_something_else_publishes_nothing(
    call, workdir_of, digits, tmp_path, capfd, monkeypatch, tree
):
    right = saved_model.LoadedModel.run

    def wrong(self, asked="serving_default", **inputs):
        found = right(self, asked, **inputs)
        changed = asked == "classify_bytes"
        return {**found, "probabilities": found["probabilities"] + np.float32(2e-4 * changed)}

    monkeypatch.setattr(saved_model.LoadedModel, "run", wrong)
    out = tmp_path / "out"
    usual = [f"--workdir={workdir_of(digits('dann'))}", f"--output={out}"]
    assert call(*usual, "--formats=saved_model") == 1
    captured = capfd.readouterr()
    where = f"{out}/serving/classify_b/1 classify_bytes"
    expected = f"unit-export: {where}: differs from the model by 0.0002"
    assert captured.err.splitlines()[-1].startswith(expected)
    assert captured.out == "" and tree(out) == []
