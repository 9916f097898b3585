"""Answers over gRPC of a server that is wrong or means harm: one line each, nothing written."""

import concurrent.futures
import io
import time

import grpc
import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import any_pb2
from PIL import Image
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2

SIZE = (24, 32)
WHERE = "/tensorflow.serving.PredictionService/"
NO_MODEL, NO_PNG = "the model is no translator", "the server answered no PNG"
OTHER = "the server answered another message, or a compressed one"


def png(size=SIZE):
    file = io.BytesIO()
    Image.new("RGB", size[::-1]).save(file, "PNG")
    return file.getvalue()


def description(dtype="DT_FLOAT", channels=3):
    """The bytes of a right answer, but for what is given."""
    found = get_model_metadata_pb2.SignatureDefMap()
    for name, end, kind, dims in [
        ("serving_default", "", dtype, [-1, -1, -1, channels]),
        ("translate_bytes", "_bytes", "DT_STRING", [-1]),
    ]:
        signature = found.signature_def[name]
        for ends, key in ((signature.inputs, "image"), (signature.outputs, "translated")):
            info = meta_graph_pb2.TensorInfo(dtype=kind)
            for size in dims:
                info.tensor_shape.dim.add(size=size)
            ends[key + end].CopyFrom(info)
    return metadata(found)


def metadata(definitions):
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    response.metadata["signature_def"].Pack(definitions)
    return response.SerializeToString()


def garbled():
    """A description whose inner message is none."""
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    inner = any_pb2.Any(value=b"\xff" * 40)
    inner.type_url = "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    response.metadata["signature_def"].CopyFrom(inner)
    return response.SerializeToString()


def answer(tensor, name="translated_bytes"):
    response = predict_pb2.PredictResponse()
    response.outputs[name].CopyFrom(tensor)
    return response.SerializeToString()


def floats(*dims, dtype=tf.float32, values=(0.5,)):
    """A tensor that claims a shape; its values need not fill it."""
    tensor = tensor_pb2.TensorProto(dtype=dtype.as_datatype_enum, float_val=values)
    for size in dims:
        tensor.tensor_shape.dim.add(size=size)
    return answer(tensor, "translated")


def files(*contents):
    return answer(tf.make_tensor_proto(np.array(contents, object), tf.string))


DESCRIPTIONS = {
    "bytes": (b"\xff" * 100, OTHER),
    "nothing": (b"", NO_MODEL),
    "garbled": (garbled(), "the server answered no SignatureDefMap"),
    "another": (metadata(meta_graph_pb2.TensorInfo(name="x")), NO_MODEL),
    "dtype": (description(dtype="DT_INT32"), NO_MODEL),
    "channels": (description(channels=7), NO_MODEL),
    "long": (bytes(2**23), "the server answered more than a right answer has"),
}
FILES = {
    "bytes": (b"\xff" * 100, OTHER),
    "nothing": (b"", "the server answered without 'translated_bytes'"),
    "name": (answer(tf.make_tensor_proto([b"x"]), "x"), "answered without 'translated_bytes'"),
    "text": (files(b"text"), NO_PNG),
    "empty": (files(b""), NO_PNG),
    "cut": (files(png()[:-30]), "a PNG that cannot be read: "),
    "size": (files(png((5, 6))), "an image of 5x6 for one of 24x32"),
    "count": (files(png(), png()), "the server answered 2 results for 1 images"),
    "none": (answer(tensor_pb2.TensorProto(dtype=7)), "answered 0 results for 1 images"),
    "floats": (answer(tf.make_tensor_proto([0.5])), "no strings, but float32 [1]"),
    "unknown": (answer(tensor_pb2.TensorProto(dtype=99)), "no strings, but type 99 []"),
    "long": (files(bytes(2**23)), "the server answered more than a right answer has"),
}
FLOATS = {
    "dtype": (floats(1, *SIZE, 3, dtype=tf.int32), "[1, 24, 32] of 1 or 3 channels, but int32"),
    "size": (floats(1, 2, 2, 3), "but float32 [1, 2, 2, 3]"),
    "channels": (floats(1, *SIZE, 2), "but float32 [1, 24, 32, 2]"),
    "huge": (floats(1, 10**6, 10**6, 3), "but float32 [1, 1000000, 1000000, 3]"),
    "negative": (floats(1, -24, -32, 3), "but float32 [1, -24, -32, 3]"),
    "scalar": (floats(), "but float32 []"),
    "too_many": (floats(1, *SIZE, 3, values=[0.5] * 9999), "values do not fill it"),
    "nan": (floats(1, *SIZE, 3, values=[np.nan]), "the model gives NaN"),
}


class Handler(grpc.GenericRpcHandler):
    """Answers with bytes, whatever was sent."""

    def __init__(self, described, predicted, delay=0):
        self.answers = {WHERE + "GetModelMetadata": described, WHERE + "Predict": predicted}
        self.delay = delay

    def service(self, details):
        def run(_, context):
            time.sleep(self.delay)
            content = self.answers[details.method]
            if isinstance(content, tuple):
                context.set_compression(grpc.Compression.Gzip)
            return content[0] if isinstance(content, tuple) else content

        return grpc.unary_unary_rpc_method_handler(run)


@pytest.fixture
def serving():
    """(description, prediction, delay), both bytes -> "localhost:port" that answers with them."""
    servers = []

    def start(*answers):
        servers.append(grpc.server(concurrent.futures.ThreadPoolExecutor(2)))
        servers[-1].add_generic_rpc_handlers((Handler(*answers),))
        port = servers[-1].add_insecure_port("localhost:0")
        servers[-1].start()
        return f"localhost:{port}"

    yield start
    for server in servers:
        server.stop(0)


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_descriptions(serving, refused, name):
    content, message = DESCRIPTIONS[name]
    assert message in refused("grpc", serving(content, files(png())))


@pytest.mark.parametrize("name", FILES)
def test_predictions(serving, refused, name):
    content, message = FILES[name]
    assert message in refused("grpc", serving(description(), content))


@pytest.mark.parametrize("name", FLOATS)
def test_predictions_of_floats(serving, refused, name):
    content, message = FLOATS[name]
    line = refused("grpc", serving(description(), content), signature="serving_default")
    assert message in line


def test_compressed_answers_stay_small(serving, refused):
    """A megabyte of gzip would be a gigabyte, which gRPC's limit does not see."""
    line = refused("grpc", serving(description(), (files(bytes(2**23)),)))
    assert OTHER in line


def test_a_late_answer(serving, refused):
    assert "no answer within 0.3 s" in refused("grpc", serving(b"", b"", 1.5), deadline=0.3)
