"""A model server over its REST API, port 8501. Imports no TensorFlow.

JSON has no bytes: they travel as {"b64": ...}, and floats as text, some twenty bytes for each.
"""

import base64
import json
import urllib.parse

import numpy as np
import requests
import urllib3
from unit_tf.export.serving.transport import (
    NotFound,
    Refused,
    ServingError,
    Transient,
    check_count,
    largest_answer,
    read_model,
    read_version,
)
from unit_tf.export.serving.wall_clock import TooLong, WallClock, body, session

# What a right answer takes for a pixel at most: three bytes that did not compress, in base64; or
# three floats of some twenty digits, with what stands between them.
_PNG_BYTES, _FLOAT_BYTES = 5, 128
_SHORT = 2**20  # bytes of a description or an error
_ERRORS = {
    400: Refused,
    404: NotFound,
    413: Refused,  # a proxy's limit on the size of a request: a smaller batch may pass
    429: Transient,
    502: Transient,
    503: Transient,
    504: Transient,
}


class RestTransport:
    """Transport over REST.

    Args:
      server: host:port.
      target: Target.
      deadline: seconds for one attempt, from the first byte sent to the last one received.
      tls: use https, and check the server's certificate.
      connections: how many are kept open.
    """

    def __init__(self, server, target, deadline, tls, connections):
        self._target, self._deadline = target, deadline
        scheme = "https" if tls else "http"
        self._models = f"{scheme}://{server}/v1/models/"
        self._session = session(scheme, connections)

    def describe(self):
        found = self._call("GET", "/metadata")
        spec, metadata = found.get("model_spec"), found.get("metadata")
        version = spec.get("version") if isinstance(spec, dict) else None
        if version is not None:
            self._target = self._target._replace(version=read_version(version))
        for name in ("signature_def", "signature_def"):  # the one is a map in the other
            metadata = metadata.get(name) if isinstance(metadata, dict) else None
        return read_model(metadata, self._target.version)

    def predict(self, signature, inputs):
        instances = [_to_json(value) if signature.encoded else value.tolist() for value in inputs]
        sent = {"signature_name": signature.name, "instances": instances}
        most = largest_answer(inputs, _PNG_BYTES if signature.encoded else _FLOAT_BYTES)
        results = self._call("POST", ":predict", sent, most).get("predictions")
        if not isinstance(results, list):
            raise ServingError('the server answered without a list of "predictions"')
        convert = _from_json if signature.encoded else _to_array
        return [convert(value) for value in check_count(results, inputs)]

    def close(self):
        self._session.close()

    def _call(self, method, path, sent=None, most=_SHORT):
        """The JSON object that the server answers with; raises ServingError."""
        url = self._models + _resource(self._target) + path
        with WallClock(self._deadline) as clock:
            try:
                response = self._session.request(
                    method, url, json=sent, timeout=self._deadline, stream=True,
                    allow_redirects=False,
                )  # fmt: skip
                content = _content(response, most)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                raise self._failure(error, clock.expired) from None
            if clock.expired:  # an answer of no stated length, cut off, looks whole
                raise self._failure(None, True)
        answer = _parse(content)
        if response.status_code != 200:
            raise _ERRORS.get(response.status_code, ServingError)(_complaint(response, answer))
        if answer is None:
            raise ServingError(
                "the server answered no JSON object; is this a model server's REST port?"
            )
        return answer

    def _failure(self, error, late):
        """The ServingError for an exception of the libraries."""
        if late or isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
            return Transient(f"no answer within {self._deadline:g} s")
        if isinstance(error, requests.ConnectionError | urllib3.exceptions.ProtocolError):
            return Transient(_innermost(error))
        return ServingError(error)


def _resource(target):
    """The part of the address that names a model and, if chosen, its version."""
    name = urllib.parse.quote(target.model, safe="")
    if target.version is not None:
        return f"{name}/versions/{target.version}"
    return f"{name}/labels/{urllib.parse.quote(target.label, safe='')}" if target.label else name


def _content(response, most):
    """The answer's bytes; of an error that is too long, none."""
    try:
        return body(response, most)
    except TooLong as error:
        if response.status_code != 200:
            return b""
        raise ServingError(f"the server answered {error}") from None


def _parse(content):
    """The JSON object in some bytes, or None."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):  # a number of 5,000 digits is a ValueError of its own
        return None
    return found if isinstance(found, dict) else None


def _complaint(response, answer):
    """What an answer that is an error says of it."""
    said = (answer or {}).get("error")
    if isinstance(said, str) and said:
        return said
    return f"HTTP {response.status_code} {response.reason}"


def _innermost(error):
    """The cause that a user can do something about, without the libraries' wrapping."""
    while error.__context__ is not None:
        error = error.__context__
    return getattr(error, "strerror", None) or error


def _to_json(encoded):
    return {"b64": base64.b64encode(encoded).decode("ascii")}


def _from_json(value):
    try:
        return base64.b64decode(value["b64"], validate=True)
    except (TypeError, KeyError, ValueError):
        raise ServingError('the server answered no image: not {"b64": base64}') from None


def _to_array(value):
    try:
        array = np.array(value)
        if array.dtype.kind in "iuf":  # numpy takes texts, truths and null too
            return array.astype(np.float32)
    except (TypeError, ValueError, OverflowError, RecursionError):
        pass  # with holes in it, or too deep
    raise ServingError("the server answered no array of numbers")
