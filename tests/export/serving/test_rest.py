"""Answers that no model server gives, but what stands in front of one may."""

import http.server
import threading

import numpy as np
import pytest
from unit_tf.export.serving.rest_transport import RestTransport
from unit_tf.export.serving.transport import (
    Refused,
    ServingError,
    Signature,
    Target,
    Transient,
)

ENCODED = Signature("translate_bytes", "image_bytes", "translated_bytes", True)
FLOATS = Signature("serving_default", "image", "translated", False)


@pytest.fixture
def answering():
    """(status, body) -> a RestTransport whose server answers everything so."""
    servers = []

    def start(status, body):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                self.rfile.read(int(self.headers["Content-Length"]))
                if status:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        servers.append(http.server.ThreadingHTTPServer(("localhost", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.05,), daemon=True).start()
        server = f"localhost:{servers[-1].server_port}"
        return RestTransport(server, Target("a2b"), 5, False, 1)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "error", "message"),
    [
        (502, b"<html>Bad Gateway</html>", Transient, "HTTP 502 Bad Gateway"),
        (503, b"[]", Transient, "HTTP 503 Service Unavailable"),
        (413, b"", Refused, "HTTP 413 "),
        (401, b"{}", ServingError, "HTTP 401 Unauthorized"),
        (200, b"<html>Welcome</html>", ServingError, "no JSON object; is this a model server's"),
        (200, b'{"predictions": []}', ServingError, "0 results for 1 images"),
        (200, b'{"predictions": ["text"]}', ServingError, "holds no base64 image"),
        (200, b'{"predictions": [{"b64": "x"}]}', ServingError, "holds no base64 image"),
        (0, b"\0\x01 no HTTP", Transient, "no HTTP"),
        (0, b"", Transient, "closed connection without response"),
    ],
)
def test_odd_answers(answering, status, body, error, message):
    transport = answering(status, body)
    with pytest.raises(error, match=message) as caught:
        transport.predict(ENCODED, [b"image"])
    assert type(caught.value) is error
    transport.close()


def test_an_array_with_holes(answering):
    transport = answering(200, b'{"predictions": [[[[1.0], [2.0, 3.0]]]]}')
    with pytest.raises(ServingError, match="holds no array of numbers"):
        transport.predict(FLOATS, [np.zeros((1, 2, 1), np.float32)])
    transport.close()
