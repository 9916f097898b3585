"""TensorFlow Serving replays these requests: they must be its messages, and run."""

import numpy as np
import pytest
import tensorflow as tf
from unit_tf.export import warmup
from unit_tf.export.signatures import Graphs
from unit_tf.export.tasks import Classification, Translation

logs = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")


def records(path):
    return [
        logs.PredictionLog.FromString(raw.numpy()).predict_log.request
        for raw in tf.data.TFRecordDataset(str(path))
    ]


@pytest.fixture(params=["a2b", "classify_b"])
def case(request, tiny, digits):
    """(name, concrete functions, a picture for them)."""
    task, shape = Translation(tiny, "a2b"), (1, 24, 20, 3)
    if request.param == "classify_b":
        task, shape = Classification(digits("source_only"), "b"), (1, 32, 32, 1)
    image = np.random.default_rng(0).random(shape, np.float32)
    return request.param, Graphs(task).concrete_functions(), image


def test_one_request_for_each_signature_and_each_runs(case, tmp_path):
    name, functions, image = case
    warmup.write_warmup(tmp_path, name, functions, image)
    found = records(tmp_path / "assets.extra/tf_serving_warmup_requests")
    assert {request.model_spec.name for request in found} == {name}
    assert sorted(request.model_spec.signature_name for request in found) == sorted(functions)
    for request in found:
        inputs = {name: tf.constant(tf.make_ndarray(t)) for name, t in request.inputs.items()}
        assert functions[request.model_spec.signature_name](**inputs)
    floats = next(r for r in found if r.model_spec.signature_name == "serving_default")
    np.testing.assert_array_equal(tf.make_ndarray(floats.inputs["image"]), image)


def test_nothing_without_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(warmup, "is_available", lambda: False)
    warmup.write_warmup(tmp_path, "a2b", {}, np.zeros((1, 8, 8, 3), np.float32))
    assert not list(tmp_path.iterdir())
