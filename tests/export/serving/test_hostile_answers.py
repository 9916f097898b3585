"""Answers of a server that is wrong or means harm: one line each, nothing written, and in time.

Images of an earlier run lie where the results would go; every one of them is still there after.
"""

import base64
import gzip
import http.server
import io
import json
import threading
import time
import zlib

import numpy as np
import pytest
from PIL import Image
from unit_tf.export.serving import client
from unit_tf.export.serving.client_request import ClientRequest

SIZE = (24, 32)


def png(size=SIZE, kind="PNG"):
    """A file of that (height, width)."""
    file = io.BytesIO()
    Image.fromarray(np.full((*size, 3), 90, np.uint8)).save(file, kind)
    return file.getvalue()


def tensor(dtype, *dims):
    return {"dtype": dtype, "tensor_shape": {"dim": [{"size": str(size)} for size in dims]}}


def signature(source, result, dtype, *dims):
    return {"inputs": {source: tensor(dtype, *dims)}, "outputs": {result: tensor(dtype, *dims)}}


SIGNATURES = {
    "serving_default": signature("image", "translated", "DT_FLOAT", -1, -1, -1, 3),
    "translate_bytes": signature("image_bytes", "translated_bytes", "DT_STRING", -1),
}


def metadata(signatures=SIGNATURES, version="3"):
    return {
        "model_spec": {"name": "a2b", "version": version},
        "metadata": {"signature_def": {"signature_def": signatures}},
    }


def predictions(*values):
    return {"predictions": values}


def encoded(content):
    return {"b64": base64.b64encode(content).decode()}


def bomb(size):
    """A small PNG that claims to have ``size``, (height, width)."""
    content = bytearray(png())
    content[16:24] = size[1].to_bytes(4, "big") + size[0].to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


class Answer:
    """What is sent for a request: its bytes, and seconds between any two of them."""

    def __init__(self, body, pause=0, status=200, head=(), whole=None):
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.pause, self.status = pause, status
        self.head, self.whole = dict(head), whole


DEEP = b'{"predictions": ' + b"[" * 100_000
NO_PNG, NO_IMAGE = "the server answered no PNG", 'the server answered no image: not {"b64": base64}'
NO_LIST, NO_JSON = 'without a list of "predictions"', "the server answered no JSON object"
PREDICTIONS = {
    "text": (predictions(encoded(b"any bytes")), NO_PNG),
    "page": (predictions(encoded(b"<html>Sign in</html>" * 10)), NO_PNG),
    "empty": (predictions(encoded(b"")), NO_PNG),
    "jpeg": (predictions(encoded(png(kind="JPEG"))), NO_PNG),
    "head": (predictions(encoded(png()[:20])), NO_PNG),
    "cut": (predictions(encoded(png()[:-30])), "a PNG that cannot be read: "),
    "broken": (predictions(encoded(png()[:45] + bytes(9) + png()[54:])), "cannot be read: "),
    "other_size": (predictions(encoded(png((5, 6)))), "an image of 5x6 for one of 24x32"),
    "bomb": (predictions(encoded(bomb((60000, 60000)))), "an image of 60000x60000 for one of"),
    "not_base64": (predictions({"b64": "x"}), NO_IMAGE),
    "spaced": (predictions({"b64": "!!!!" + encoded(png())["b64"]}), NO_IMAGE),
    "not_ascii": (predictions({"b64": "é"}), NO_IMAGE),
    "number": (predictions({"b64": 5}), NO_IMAGE),
    "nothing": (predictions({"b64": None}), NO_IMAGE),
    "list": (predictions({"b64": ["a"]}), NO_IMAGE),
    "no_b64": (predictions({"bytes": "aa"}), NO_IMAGE),
    "plain": (predictions("aGFsbG8="), NO_IMAGE),
    "integer": (predictions(7), NO_IMAGE),
    "null": (predictions(None), NO_IMAGE),
    "none": (predictions(), "the server answered 0 results for 1 images"),
    "more": (predictions(1, 2), "the server answered 2 results for 1 images"),
    "object": ({"predictions": {"a": 1}}, NO_LIST),
    "truth": ({"predictions": True}, NO_LIST),
    "word": ({"predictions": "abc"}, NO_LIST),
    "absent": ({"outputs": [1]}, NO_LIST),
    "null_list": ({"predictions": None}, NO_LIST),
    "array": (["predictions"], NO_JSON),
    "html": (b"<html>Welcome</html>", NO_JSON),
    "no_text": (b"\xff\xfe\x00", NO_JSON),
    "nobody": (b"", NO_JSON),
    "deep": (DEEP, NO_JSON),
    "digits": (b'{"predictions": [' + b"9" * 5000 + b"]}", NO_JSON),
    "long": (b'{"predictions": ["' + b"a" * 2**22, "more than the "),
    "gzip": (Answer(gzip.compress(bytes(10**6)), head={"Content-Encoding": "gzip"}),
             "the server answered in the encoding gzip"),
    "gzip_twice": (Answer(b"", head={"Content-Encoding": "gzip, gzip"}), "encoding gzip, gzip"),
    "endless": (Answer(b"{" * 2**22, whole=10**15), "more than the "),
    "short": (Answer(b"{}", whole=10), "2 bytes read, 8 more expected"),
    "redirect": (Answer(b"", status=302, head={"Location": "http://localhost:1/"}), "HTTP 302 "),
    "error": (Answer({"error": {"a": [1]}}, status=400), "HTTP 400 Bad Request"),
    "long_error": (Answer(b"a" * 2**23, status=500), "HTTP 500 Internal Server Error"),
    "escape": (Answer({"error": "\x1b[2J\na"}, status=400), "?[2J a"),
}  # fmt: skip
FLOATS = {
    "size": ([[[0.5, 0.5, 0.5]]], "an image of 1x1 for one of 24x32"),
    "channels": (np.zeros((*SIZE, 2)).tolist(), "no image, but an array [24, 32, 2]"),
    "flat": ([0.5], "no image, but an array [1]"),
    "scalar": (0.5, "no image, but an array []"),
    "holes": ([[[1.0], [2.0, 3.0]]], "no array of numbers"),
    "texts": ([[["0.5"]]], "no array of numbers"),
    "truths": ([[[True]]], "no array of numbers"),
    "nulls": ([[[None]]], "no array of numbers"),
    "objects": ([[[{}]]], "no array of numbers"),
    "large": ([[[10**400]]], "no array of numbers"),
    "nan": (np.full((*SIZE, 3), np.nan).tolist(), "the model gives NaN"),
    "deep": (json.loads("[" * 200 + "]" * 200), "no array of numbers"),
}
NO_VERSION = "the server answered no number as the model's version, but "
NO_MODEL = "the model is no translator"
DESCRIPTIONS = {
    "version_word": (metadata(version="latest"), NO_VERSION + "'latest'"),
    "version_list": (metadata(version=[1]), NO_VERSION + "a list"),
    "version_truth": (metadata(version=True), NO_VERSION + "a bool"),
    "version_fraction": (metadata(version=1.5), NO_VERSION + "a float"),
    "version_negative": (metadata(version=-1), NO_VERSION + "a int"),
    "version_long": (metadata(version="9" * 4000), NO_VERSION + "'9999"),
    "version_odd": (metadata(version="²"), NO_VERSION),
    "spec": ({**metadata([]), "model_spec": 3}, NO_MODEL),
    "metadata": ({"metadata": []}, NO_MODEL),
    "metadata_word": ({"metadata": "signature_def"}, NO_MODEL),
    "map": ({"metadata": {"signature_def": [1]}}, NO_MODEL),
    "signatures": (metadata([1, 2]), NO_MODEL),
    "signature": (metadata({"serving_default": "x"}), NO_MODEL),
    "inputs": (metadata({"serving_default": {"inputs": ["image"], "outputs": 1}}), NO_MODEL),
    "tensors": (metadata({"serving_default": {"inputs": {"image": 1},
                                              "outputs": {"translated": 2}}}), NO_MODEL),
    "dtype": (metadata({"serving_default": signature(
        "image", "translated", "DT_INT32", -1, -1, -1, 3)}), NO_MODEL),
    "dim": (metadata({"serving_default": {**SIGNATURES["serving_default"], "inputs": {
        "image": {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [1, 2, 3, 4]}}}}}), NO_MODEL),
    "dims": (metadata({"serving_default": {**SIGNATURES["serving_default"], "inputs": {
        "image": {"dtype": "DT_FLOAT", "tensor_shape": {"dim": 4}}}}}), NO_MODEL),
    "channels": (metadata({"serving_default": signature(
        "image", "translated", "DT_FLOAT", -1, -1, -1, "three")}), NO_MODEL),
    "array": ([], NO_JSON),
    "deep": (b"[" * 100_000, NO_JSON),
    "long": (b"[" * 2**21, "more than the 1,048,576 bytes"),
    "missing": (metadata({"serving_default": SIGNATURES["serving_default"]}), "not the model's"),
}  # fmt: skip


def _handler(described, predicted):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            self.answer(described)

        def do_POST(self):  # noqa: N802
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(predicted)

        def answer(self, answer):
            length = len(answer.body) if answer.whole is None else answer.whole
            head = {"Content-Length": length, "Connection": "close", **answer.head}
            reason = self.responses[answer.status][0]
            lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{k}: {v}" for k, v in head.items())]
            try:
                self.send("\r\n".join([*lines, "", ""]).encode() + answer.body, answer.pause)
            except OSError:
                pass  # the client has had enough

        def send(self, content, pause):
            for start in range(0, len(content), 1 if pause else len(content)):
                self.wfile.write(content[start : start + 1] if pause else content)
                time.sleep(pause)

        def log_message(self, *_):
            pass

    return Handler


@pytest.fixture
def serving():
    """(description, prediction), each an Answer or its body -> "localhost:port" that gives them."""
    servers = []

    def start(described, predicted):
        both = [a if isinstance(a, Answer) else Answer(a) for a in (described, predicted)]
        servers.append(http.server.ThreadingHTTPServer(("localhost", 0), _handler(*both)))
        servers[-1].daemon_threads = True
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"localhost:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name", PREDICTIONS)
def test_predictions(serving, refused, name):
    answer, message = PREDICTIONS[name]
    assert message in refused("rest", serving(metadata(), answer))


@pytest.mark.parametrize("name", FLOATS)
def test_predictions_of_floats(serving, refused, name):
    value, message = FLOATS[name]
    line = refused("rest", serving(metadata(), predictions(value)), signature="serving_default")
    assert message in line


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_descriptions(serving, refused, name):
    answer, message = DESCRIPTIONS[name]
    assert message in refused("rest", serving(answer, predictions(encoded(png()))))


SLOW = {
    "head": Answer(b"{}", 0.05),
    "body": Answer(predictions(encoded(png())), 0.05),
    "unsized": Answer(metadata(), 0.02, head={"Content-Length": "x"}),
    "chunks": Answer(b"1\r\n{\r\n" * 100, 0.02, head={"Transfer-Encoding": "chunked"}),
    "chunk_head": Answer(b"1" * 1000, 0.02, head={"Transfer-Encoding": "chunked"}),
    "continued": Answer(b"", 0.02, status=100),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_byte_now_and_then_ends_in_time(serving, refused, name):
    started = time.monotonic()
    line = refused("rest", serving(SLOW[name], b""), deadline=0.5)
    assert "no answer within 0.5 s" in line and time.monotonic() - started < 3


def test_a_slow_prediction_ends_in_time(serving, refused):
    started = time.monotonic()
    line = refused("rest", serving(metadata(), SLOW["body"]), deadline=0.5)
    assert "a.png (no answer within 0.5 s)" in line and time.monotonic() - started < 3


def test_a_right_answer_is_written(serving, tmp_path):
    (tmp_path / "a.png").write_bytes(png())
    server = serving(metadata(), predictions(encoded(png())))
    request = ClientRequest("a2b", tmp_path / "a.png", tmp_path / "out", server, "rest")
    client.translate(request).check()
    assert (tmp_path / "out" / "a.png").read_bytes() == png()
