"""Answers that no model server gives, but what stands in front of one may."""

import http.server
import io
import threading

import pytest
from PIL import Image
from unit_tf.export.serving.rest_transport import RestTransport
from unit_tf.export.serving.transport import (
    Refused,
    ServingError,
    Signature,
    Target,
    Transient,
)

ENCODED = Signature("translate_bytes", "image_bytes", "translated_bytes", True)


def png():
    file = io.BytesIO()
    Image.new("RGB", (4, 3)).save(file, "PNG")
    return file.getvalue()


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
        (0, b"\0\x01 no HTTP", Transient, "no HTTP"),
        (0, b"", Transient, "closed connection without response"),
    ],
)
def test_odd_answers(answering, status, body, error, message):
    transport = answering(status, body)
    with pytest.raises(error, match=message) as caught:
        transport.predict(ENCODED, [png()])
    assert type(caught.value) is error
    transport.close()
