"""A model server of the tests' own on loopback: PredictionService over gRPC, and the REST API.

It serves any functions under the names of TensorFlow Serving's protos, and answers errors as
TensorFlow Serving does: the statuses, and {"error": ...} beside HTTP's.
"""

import base64
import concurrent.futures
import http.server
import io
import json
import re
import ssl
import threading

import grpc
import numpy as np
import pytest
import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from PIL import Image
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)
from unit_tf.export.serving import cli
from unit_tf.export.serving import client as client_lib
from unit_tf.export.serving.client_request import ClientRequest

from unit_tf.cli import flags
from unit_tf.config import UserError

HTTP = {
    "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "NOT_FOUND": 404, "UNAVAILABLE": 503,
    "RESOURCE_EXHAUSTED": 429, "DEADLINE_EXCEEDED": 504, "INTERNAL": 500,
}  # fmt: skip
MAX_PIXELS = 10_000  # above this the stand-in model refuses an image


class Status(Exception):
    """A request ends with this gRPC status."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def signature_def(name, channels):
    """The SignatureDef of one of our two signatures."""
    encoded = name == "translate_bytes"
    names = ("image_bytes", "translated_bytes") if encoded else ("image", "translated")
    dims = [-1] if encoded else [-1, -1, -1, channels]
    found = meta_graph_pb2.SignatureDef(method_name="tensorflow/serving/predict")
    for ends, end in ((found.inputs, names[0]), (found.outputs, names[1])):
        ends[end].name = f"{name}_{end}:0"
        ends[end].dtype = tf.string.as_datatype_enum if encoded else tf.float32.as_datatype_enum
        for size in dims:
            ends[end].tensor_shape.dim.add(size=size)
    return found


class Endpoint(prediction_service_pb2_grpc.PredictionServiceServicer):
    """A model behind both protocols.

    Args:
      signatures: {signature: function of one array, float32 [N, H, W, C] or bytes [N], that
        returns the same kind; ValueError or InvalidArgumentError refuse the request}.
      channels: of the input images.
      model, versions: what is served; the first version has the label "stable".
      tls: PEM files (key, certificate), or None.

    Attributes:
      grpc, rest: "host:port" of each.
      requests: (signature, version, number of images) of each answered or refused one.
      failures: Status to raise for the next requests, one each; None answers.
      delay: seconds before each answer.
      now, most: requests under way together, at this moment and at most.
    """

    def __init__(self, signatures, channels=3, model="a2b", versions=(1, 2), tls=None):
        self.signatures, self.channels, self.models = signatures, channels, [model]
        self.versions, self.labels = versions, {"stable": versions[0]}
        self.requests, self.failures, self.delay, self.most, self.now = [], [], 0, 0, 0
        self._lock, self._stopped = threading.Lock(), threading.Event()
        pool = concurrent.futures.ThreadPoolExecutor(16)
        self._grpc = grpc.server(pool, options=[("grpc.max_receive_message_length", -1)])
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(self, self._grpc)
        self._http = http.server.ThreadingHTTPServer(("localhost", 0), _handler(self))
        if tls:
            pair = [path.read_bytes() for path in tls]
            port = self._grpc.add_secure_port("localhost:0", grpc.ssl_server_credentials([pair]))
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(tls[1], tls[0])
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        else:
            port = self._grpc.add_insecure_port("localhost:0")
        self.grpc = f"localhost:{port}"
        self._grpc.start()
        self.rest = f"localhost:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def address(self, protocol):
        return {"grpc": self.grpc, "rest": self.rest}[protocol]

    def stop(self):
        self._stopped.set()
        self._grpc.stop(0)
        self._http.shutdown()
        self._http.server_close()

    def find_version(self, model, version, label):
        if label and label not in self.labels:
            raise Status("INVALID_ARGUMENT", f"Unrecognized servable version label: {label}")
        version = self.labels[label] if label else version or max(self.versions)
        if model not in self.models or version not in self.versions:
            raise Status("NOT_FOUND", f"Servable not found for request: {model} {version}")
        return version

    def definitions(self):
        found = get_model_metadata_pb2.SignatureDefMap()
        for name in self.signatures:
            found.signature_def[name].CopyFrom(signature_def(name, self.channels))
        found.signature_def["__saved_model_init_op"].outputs["__saved_model_init_op"].name = "NoOp"
        return found

    def run(self, version, signature, values):
        """One request: counted, delayed, failed as told, or computed."""
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.requests.append((signature, version, len(values)))
            failure = self.failures.pop(0) if self.failures else None
        try:
            self._stopped.wait(self.delay)
            if failure:
                raise failure
            return self.signatures[signature](values)
        except (ValueError, tf.errors.InvalidArgumentError) as error:
            raise Status("INVALID_ARGUMENT", str(error)) from None
        finally:
            with self._lock:
                self.now -= 1

    def GetModelMetadata(self, request, context):  # noqa: N802
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        response.model_spec.version.value = self._version(request, context)
        response.metadata["signature_def"].Pack(self.definitions())
        return response

    def Predict(self, request, context):  # noqa: N802
        version, name = self._version(request, context), request.model_spec.signature_name
        definition = self.definitions().signature_def[name]
        (source,), (result,) = definition.inputs, definition.outputs
        try:
            values = self.run(version, name, tf.make_ndarray(request.inputs[source]))
        except Status as error:
            context.abort(grpc.StatusCode[error.code], str(error))
        response = predict_pb2.PredictResponse()
        response.outputs[result].CopyFrom(tf.make_tensor_proto(values))
        return response

    def _version(self, request, context):
        spec = request.model_spec
        try:
            return self.find_version(spec.name, spec.version.value, spec.version_label)
        except Status as error:
            context.abort(grpc.StatusCode[error.code], str(error))


PATH = r"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?(/metadata|:predict)?"


def _handler(endpoint):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, body, status=200):
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self):  # noqa: N802
            self.body = b""
            self.respond()

        def do_POST(self):  # noqa: N802
            self.body = self.rfile.read(int(self.headers["Content-Length"]))
            self.respond()

        def respond(self):
            try:
                model, number, label, verb = re.fullmatch(PATH, self.path).groups()
                version = endpoint.find_version(model, int(number or 0), label)
                verbs = {"/metadata": self.metadata, ":predict": self.predict}
                self.answer(verbs.get(verb, self.status)(version))
            except Status as error:
                self.answer({"error": str(error)}, HTTP[error.code])
            except ConnectionError:
                self.close_connection = True  # the client has given up

        def status(self, version):
            return {"model_version_status": [{"version": str(version), "state": "AVAILABLE"}]}

        def metadata(self, version):
            found = MessageToDict(endpoint.definitions(), preserving_proto_field_name=True)
            spec = {"name": endpoint.models[0], "signature_name": "", "version": str(version)}
            return {"model_spec": spec, "metadata": {"signature_def": found}}

        def predict(self, version):
            request = json.loads(self.body)
            name, values = request["signature_name"], request["instances"]
            if name == "translate_bytes":
                values = np.array([base64.b64decode(v["b64"]) for v in values], object)
                results = endpoint.run(version, name, values)
                return {"predictions": [{"b64": base64.b64encode(v).decode()} for v in results]}
            return {"predictions": endpoint.run(version, name, np.array(values, "f4")).tolist()}

    return Handler


def invert(images):
    """The stand-in model: float32 [N, H, W, C] in [0, 1] -> its negative."""
    if images[0].size > MAX_PIXELS * images.shape[-1]:
        raise ValueError("too many pixels")
    return 1 - images


def invert_bytes(encoded):
    """The same for encoded images, as strict as ``translate_bytes``."""
    return np.array([_invert_one(one) for one in encoded], object)


def _invert_one(encoded):
    try:
        image = Image.open(io.BytesIO(encoded), formats=("PNG", "JPEG"))
        pixels = np.asarray(image)
    except Exception as error:
        raise ValueError(f"not an image: {error}") from None
    if image.mode != "RGB":
        raise ValueError(f"3 channels expected, got {image.mode}")
    result = invert(pixels[None].astype(np.float32) / 255)[0]
    file = io.BytesIO()
    Image.fromarray(np.rint(result * 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def serve():
    """Callable like Endpoint; what it starts is stopped at the end of the test."""
    started = []

    def start(signatures=None, **arguments):
        default = {"serving_default": invert, "translate_bytes": invert_bytes}
        started.append(Endpoint(signatures or default, **arguments))
        return started[-1]

    yield start
    for endpoint in started:
        endpoint.stop()


@pytest.fixture
def status():
    """(code, message) -> what an Endpoint's ``failures`` hold."""
    return Status


@pytest.fixture
def client(capfd):
    """(*arguments, **flags) -> (exit code, stdout, stderr) of the command, in this process."""

    def run(**values):
        for name in cli.FLAGS:
            cli.FLAGS[name].unparse()
        capfd.readouterr()
        arguments = [f"--{name}={value}" for name, value in values.items()]
        code = flags.run(cli.main, cli.FLAGS, cli.__doc__, ["unit-serve-client", *arguments])
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def refused(tmp_path):
    """(protocol, server, **settings) -> the client's one line, of an image of 24x32.

    Of an earlier run a result lies where the new one would go: it is still there.
    """
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    Image.new("RGB", (32, 24)).save(tmp_path / "in" / "a.png")
    (tmp_path / "out" / "a.png").write_bytes(b"an earlier result")

    def run(protocol, server, **settings):
        asked = {"deadline": 5.0, "retries": 0, "protocol": protocol, "server": server, **settings}
        request = ClientRequest("a2b", tmp_path / "in", tmp_path / "out", **asked)
        with pytest.raises(UserError) as caught:
            client_lib.translate(request).check()
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]
        assert (tmp_path / "out" / "a.png").read_bytes() == b"an earlier result"
        assert str(caught.value).isprintable() and len(str(caught.value)) < 600
        return str(caught.value)

    return run
