"""An exported SavedModel outside Python's TensorFlow: the C API that servers load it with, the
command line tool that ships with TensorFlow, and unit-serve-client over the wire.
"""

import base64
import importlib.util
import io
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from unit_tf.export.saved_model import LoadedModel

HERE = pathlib.Path(__file__).parent
LIBRARY = pathlib.Path(tf.__file__).parent / "libtensorflow_cc.so.2"
SIZE = (24, 20)


def png(array):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.fixture(scope="module")
def hostile():
    """{what it is: bytes that translate_bytes must refuse}."""
    path = HERE / "test_image_bytes.py"
    spec = importlib.util.spec_from_file_location("hostile_bytes", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: data for name, (data, _) in module.HOSTILE.items()}


@pytest.fixture
def exported(tiny, images, saved):
    """(the version's folder, two images, the method's translations of them)."""
    folder = saved(tiny).path
    inputs = np.stack(images)[:, : SIZE[0], : SIZE[1]].astype(np.float32) / 255
    return folder, inputs, LoadedModel(folder).run(image=inputs)["translated"]


def tensor_names(folder):
    """{signature: (input tensor, output tensor)}, as a server reads them from the file."""
    from tensorflow.core.protobuf import saved_model_pb2

    data = (folder / "saved_model.pb").read_bytes()
    graph = saved_model_pb2.SavedModel.FromString(data).meta_graphs[0]
    return {
        name: (*(t.name for t in s.inputs.values()), *(t.name for t in s.outputs.values()))
        for name, s in graph.signature_def.items()
        if not name.startswith("__")
    }


def ask_c_api(folder, requests):
    """Answers of one process that has loaded the model with the C API."""
    done = subprocess.run(
        [sys.executable, str(HERE / "c_api.py"), str(LIBRARY), str(folder)],
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.skipif(not LIBRARY.exists(), reason="this TensorFlow wheel has no C library")
def test_c_api_runs_every_signature_and_survives_hostile_bytes(exported, hostile):
    folder, images, expected = exported
    names = tensor_names(folder)
    assert set(names) == {"serving_default", "translate_bytes"}
    floats = dict(zip(("input", "output"), names["serving_default"], strict=True))
    strings = dict(zip(("input", "output"), names["translate_bytes"], strict=True))
    good = [png((image * 255).round().astype(np.uint8)) for image in images]
    encode = [base64.b64encode(data).decode() for data in good]
    # Of other channels, and without a batch or channels, on which oneDNN would abort.
    wrong = [np.zeros(shape, np.float32) for shape in ((1, 8, 8, 1), (8, 8, 3), (1, 8, 8), ())]
    wrong.append(np.rint(images[:1] * 255))  # of another range
    requests = [{**floats, "floats": [images.shape, images.ravel().tolist()]}]
    requests += [{**strings, "bytes": [base64.b64encode(x).decode()]} for x in hostile.values()]
    requests += [{**floats, "floats": [x.shape, x.ravel().tolist()]} for x in wrong]
    requests += [{**strings, "bytes": encode}]
    first, *refused, last = ask_c_api(folder, requests)
    shape, values = first["floats"]
    np.testing.assert_allclose(np.reshape(values, shape), expected, atol=1e-5)
    for name, answer in zip([*hostile, *(x.shape for x in wrong)], refused, strict=True):
        assert answer["error"][0] == 3, (name, answer)  # INVALID_ARGUMENT
    assert "image: most values exceed 1, the largest is] [25" in refused[-1]["error"][1]
    found = [pixels(base64.b64decode(data)) for data in last["bytes"]]
    np.testing.assert_allclose(found, expected[..., 0] * 255, atol=0.51)


# Runs the tool's ``main`` once for each list of arguments: importing TensorFlow is what takes long.
CLI = """
import json, sys
from tensorflow.python.tools import saved_model_cli
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["saved_model_cli", *arguments]
    try:
        saved_model_cli.main()
    except SystemExit as ended:
        assert not ended.code, ended.code
"""


def test_saved_model_cli_shows_and_runs_it(exported, tmp_path):
    folder, images, expected = exported
    usual = ["--dir", str(folder), "--tag_set", "serve", "--signature_def"]
    np.save(tmp_path / "images.npy", images)
    show = ["show", *usual, "translate_bytes"]
    run = [
        "run", *usual, "serving_default", "--inputs", f"image={tmp_path}/images.npy",
        "--outdir", str(tmp_path / "out"),
    ]  # fmt: skip
    shown = subprocess.run(
        [sys.executable, "-c", CLI, json.dumps([show, run])],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    assert "inputs['image_bytes']" in shown and "outputs['translated_bytes']" in shown
    found = np.load(tmp_path / "out/translated.npy")
    np.testing.assert_allclose(found, expected, atol=1e-5)
