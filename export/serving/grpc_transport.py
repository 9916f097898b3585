"""A model server over gRPC: tensorflow.serving.PredictionService, port 8500.

Imports TensorFlow, for tensorflow-serving-api's protos do.
"""

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc
from unit_tf.export.serving.transport import (
    NotFound,
    Refused,
    ServingError,
    Transient,
    check_count,
    read_model,
)

# An image of 1024 x 1024 x 3 floats is 12 MiB, and gRPC's limit on what comes back is 4 MiB.
_OPTIONS = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
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
        self._target, self._deadline = target, deadline
        if tls:
            credentials = grpc.ssl_channel_credentials()
            self._channel = grpc.secure_channel(server, credentials, options=_OPTIONS)
        else:
            self._channel = grpc.insecure_channel(server, options=_OPTIONS)
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)

    def describe(self):
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        self._name_model(request.model_spec)
        response = self._call(self._stub.GetModelMetadata, request)
        definitions = get_model_metadata_pb2.SignatureDefMap()
        response.metadata["signature_def"].Unpack(definitions)
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
        response = self._call(self._stub.Predict, request)
        if signature.output not in response.outputs:
            raise ServingError(f"the server's answer has no {signature.output!r}")
        return check_count(list(tf.make_ndarray(response.outputs[signature.output])), inputs)

    def close(self):
        self._channel.close()

    def _name_model(self, spec):
        spec.name = self._target.model
        if self._target.version is not None:
            spec.version.value = self._target.version
        elif self._target.label:
            spec.version_label = self._target.label

    def _call(self, method, request):
        try:
            return method(request, timeout=self._deadline)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                raise Transient(f"no answer within {self._deadline:g} s") from None
            raise _ERRORS.get(error.code(), ServingError)(
                error.details() or error.code().name
            ) from None
        except ValueError as error:  # a call on a channel that close() has ended
            raise ServingError(error) from None
