"""TensorFlow Serving replays these requests: they must be its messages, and run."""

import numpy as np
import pytest
import tensorflow as tf
from unit_tf.export import warmup
from unit_tf.export.parity import Reference
from unit_tf.export.signatures import Graphs

SHAPE = (1, 32, 32)
logs = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")


def records(path):
    return [
        logs.PredictionLog.FromString(raw.numpy()).predict_log.request
        for raw in tf.data.TFRecordDataset(str(path))
    ]


@pytest.fixture(params=["tiny", "styled", "classify_b"])
def case(request, digits, images, guides):
    """(task's name, concrete functions, inputs for them)."""
    if request.param == "classify_b":
        reference = Reference(digits("source_only"), "classify_b", guides)
    else:
        reference = Reference(request.getfixturevalue(request.param), "a2b", images, guides)
    functions = Graphs(reference.task).concrete_functions()
    return reference.task.name, functions, {f: reference.pair(0, SHAPE, f)[0] for f in functions}


def test_one_request_for_each_signature_and_each_runs(case, tmp_path):
    name, functions, examples = case
    warmup.write_warmup(tmp_path, name, functions, examples)
    found = records(tmp_path / "assets.extra/tf_serving_warmup_requests")
    assert {request.model_spec.name for request in found} == {name}
    assert sorted(request.model_spec.signature_name for request in found) == sorted(functions)
    for request in found:
        inputs = {name: tf.constant(tf.make_ndarray(t)) for name, t in request.inputs.items()}
        assert functions[request.model_spec.signature_name](**inputs)
    floats = next(r for r in found if r.model_spec.signature_name == "serving_default")
    image = examples["serving_default"]["image"]
    np.testing.assert_array_equal(tf.make_ndarray(floats.inputs["image"]), image)


def test_nothing_without_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(warmup, "is_available", lambda: False)
    warmup.write_warmup(tmp_path, "a2b", {}, {})
    assert not list(tmp_path.iterdir())
