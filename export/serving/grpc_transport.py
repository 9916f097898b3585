"""A model server over gRPC: tensorflow.serving.PredictionService, port 8500.

Imports TensorFlow, for tensorflow-serving-api's protos do.
"""

import threading

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc
from unit_tf.export.serving.transport import (
    NotFound,
    Refused,
    ServingError,
    Transient,
    check_count,
    largest_answer,
    read_model,
    size_of,
)

_OPTIONS = [
    ("grpc.max_send_message_length", -1),
    # Compressed answers are not asked for, and stay as they are: gRPC's cap on an answer does not
    # see what it grows to.
    ("grpc.compression_enabled_algorithms_bitset", 1),
    ("grpc.per_message_decompression", 0),
]
# What a right answer takes for a pixel at most: three bytes that did not compress, three floats.
_PNG_BYTES, _FLOAT_BYTES = 4, 16
_DEFAULT = 2**22  # bytes
_ERRORS = {
    grpc.StatusCode.UNAVAILABLE: Transient,
    grpc.StatusCode.DEADLINE_EXCEEDED: Transient,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Transient,
    grpc.StatusCode.INVALID_ARGUMENT: Refused,
    # Two requests of different image sizes met in one of the server's batches.
    grpc.StatusCode.FAILED_PRECONDITION: Refused,
    grpc.StatusCode.NOT_FOUND: NotFound,
}


class GrpcTransport:
    """Transport over gRPC.

    Args:
      server: host:port.
      target: Target.
      deadline: seconds for one attempt.
      tls: encrypt, and check the server's certificate.
      connections: unused; one channel carries any number of requests.
    """

    def __init__(self, server, target, deadline, tls, connections):
        del connections
        self._server, self._target, self._deadline = server, target, deadline
        self._credentials = grpc.ssl_channel_credentials() if tls else None
        self._lock, self._channels = threading.Lock(), {}
        self._closed = False

    def describe(self):
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        self._name_model(request.model_spec)
        response = self._call("GetModelMetadata", request, _DEFAULT)
        definitions = get_model_metadata_pb2.SignatureDefMap()
        try:
            response.metadata["signature_def"].Unpack(definitions)
        except DecodeError:
            raise ServingError("the server answered no SignatureDefMap") from None
        found = MessageToDict(definitions, preserving_proto_field_name=True)
        if response.model_spec.HasField("version"):
            self._target = self._target._replace(version=response.model_spec.version.value)
        return read_model(found.get("signature_def", {}), self._target.version)

    def predict(self, signature, inputs):
        request = predict_pb2.PredictRequest()
        self._name_model(request.model_spec)
        request.model_spec.signature_name = signature.name
        batch = inputs if signature.encoded else np.stack(inputs)
        request.inputs[signature.input].CopyFrom(tf.make_tensor_proto(batch))
        most = largest_answer(inputs, _PNG_BYTES if signature.encoded else _FLOAT_BYTES)
        response = self._call("Predict", request, most)
        if signature.output not in response.outputs:
            raise ServingError(f"the server answered without {signature.output!r}")
        result = response.outputs[signature.output]
        return _files(result, inputs) if signature.encoded else _arrays(result, inputs)

    def close(self):
        with self._lock:
            self._closed = True
            for channel in self._channels.values():
                channel.close()

    def _name_model(self, spec):
        spec.name = self._target.model
        if self._target.version is not None:
            spec.version.value = self._target.version
        elif self._target.label:
            spec.version_label = self._target.label

    def _call(self, method, request, most):
        """The server's answer, of at most ``most`` bytes, rounded up as ``_stub`` says."""
        try:
            return getattr(self._stub(most), method)(request, timeout=self._deadline)
        except grpc.RpcError as error:
            raise self._failure(error) from None
        except ValueError as error:  # a call on a channel that close() has ended
            raise ServingError(error) from None

    def _stub(self, most):
        """The methods of a channel that takes answers of ``most`` bytes.

        A channel has one limit. They are gRPC's own default and the powers of two above it, so that
        images of different sizes make no more than a few.
        """
        limit = max(_DEFAULT, 1 << (most - 1).bit_length())
        with self._lock:
            if self._closed:
                raise ServingError("the connection was closed")
            if limit not in self._channels:
                self._channels[limit] = self._connect(limit)
            return prediction_service_pb2_grpc.PredictionServiceStub(self._channels[limit])

    def _connect(self, limit):
        # gRPC's numbers have 32 bits, and no message is longer.
        limit = min(limit, 2**31 - 1)
        options = [*_OPTIONS, ("grpc.max_receive_message_length", limit)]
        if self._credentials:
            return grpc.secure_channel(self._server, self._credentials, options=options)
        return grpc.insecure_channel(self._server, options=options)

    def _failure(self, error):
        """The ServingError for an RpcError."""
        code, details = error.code(), error.details() or error.code().name
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return Transient(f"no answer within {self._deadline:g} s")
        if "Received message larger than max" in details and "SERVER" not in details:
            return ServingError(f"the server answered more than a right answer has ({details})")
        if code is grpc.StatusCode.INTERNAL and "deserializing response" in details:
            return ServingError("the server answered another message, or a compressed one")
        return _ERRORS.get(code, ServingError)(details)


def _files(tensor, inputs):
    """The strings of a TensorProto, one for each input; raises ServingError."""
    if tensor.dtype != tf.string.as_datatype_enum:
        raise ServingError(f"the server answered no strings, but {_describe(tensor)}")
    return check_count(list(tensor.string_val), inputs)


def _arrays(tensor, inputs):
    """The images of a TensorProto, float32 [H, W, C'] of the inputs' size; raises ServingError.

    The shape comes before the values: one value fills any shape.
    """
    dims = [dim.size for dim in tensor.tensor_shape.dim]
    wanted = [len(inputs), *size_of(inputs[0])]
    floats = tensor.dtype == tf.float32.as_datatype_enum
    if not floats or dims[:-1] != wanted or dims[-1] not in (1, 3):
        raise ServingError(
            f"the server answered no float32 {wanted} of 1 or 3 channels, but {_describe(tensor)}"
        )
    try:
        return list(tf.make_ndarray(tensor).reshape(dims))
    except (ValueError, TypeError, IndexError):
        raise ServingError("the server answered a tensor whose values do not fill it") from None


def _describe(tensor):
    """A TensorProto's type and shape; the type may be one that this TensorFlow does not know."""
    dims = [dim.size for dim in tensor.tensor_shape.dim]
    try:
        return f"{tf.as_dtype(tensor.dtype).name} {dims}"
    except TypeError:
        return f"type {tensor.dtype} {dims}"
