"""Requests that TensorFlow Serving replays when it loads a version, before it routes any to it.

Without them the first user waits while kernels are chosen and memory is taken. The format is
TensorFlow Serving's: a TFRecord file of PredictionLog messages in the version's assets.extra.
"""

import importlib.util
import pathlib

import tensorflow as tf
from unit_tf.export.signatures import as_asked

FILE = pathlib.Path("assets.extra", "tf_serving_warmup_requests")
INSTALL = "pip install 'unit_tf[serving]'"


def is_available():
    """Whether tensorflow-serving-api, which has the messages, is installed."""
    return importlib.util.find_spec("tensorflow_serving") is not None


def write_warmup(folder, model_name, functions, examples):
    """Adds one request for each signature to a SavedModel; nothing without the messages' package.

    Args:
      folder: the version's folder, not yet published.
      model_name: as which it will be served.
      functions: {signature name: concrete function}, as saved.
      examples: {signature name: {input: float32 array}}; given as PNG files where it takes those.
    """
    if not is_available():
        return
    path = pathlib.Path(folder) / FILE
    path.parent.mkdir()
    with tf.io.TFRecordWriter(str(path)) as writer:
        for log in _logs(model_name, functions, examples):
            writer.write(log.SerializeToString())


def _logs(model_name, functions, examples):
    from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

    for signature, function in functions.items():
        request = predict_pb2.PredictRequest()
        request.model_spec.name = model_name
        request.model_spec.signature_name = signature
        for name, tensor in as_asked(function, examples[signature]).items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(tensor.numpy()))
        yield prediction_log_pb2.PredictionLog(
            predict_log=prediction_log_pb2.PredictLog(request=request)
        )
