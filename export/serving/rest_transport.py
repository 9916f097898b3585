"""A model server over its REST API, port 8501. Imports no TensorFlow.

JSON has no bytes: they travel as {"b64": ...}, and floats as text, some twenty bytes for each.
"""

import base64
import urllib.parse

import numpy as np
import requests
from unit_tf.export.serving.transport import (
    NotFound,
    Refused,
    ServingError,
    Transient,
    check_count,
    read_model,
)

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
      deadline: seconds for one attempt.
      tls: use https, and check the server's certificate.
      connections: how many are kept open.
    """

    def __init__(self, server, target, deadline, tls, connections):
        self._target, self._deadline = target, deadline
        scheme = "https" if tls else "http"
        self._models = f"{scheme}://{server}/v1/models/"
        self._session = requests.Session()
        adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=connections)
        self._session.mount(f"{scheme}://", adapter)

    def describe(self):
        found = self._call("GET", "/metadata")
        version = found.get("model_spec", {}).get("version")  # text, as protobuf writes an int64
        if version:
            self._target = self._target._replace(version=int(version))
        definitions = found.get("metadata", {}).get("signature_def", {}).get("signature_def", {})
        return read_model(definitions, self._target.version)

    def predict(self, signature, inputs):
        instances = [_to_json(value) if signature.encoded else value.tolist() for value in inputs]
        body = {"signature_name": signature.name, "instances": instances}
        results = self._call("POST", ":predict", body).get("predictions", [])
        convert = _from_json if signature.encoded else _to_array
        return check_count([convert(value) for value in results], inputs)

    def close(self):
        self._session.close()

    def _call(self, method, path, body=None):
        """The JSON object that the server answers with; raises ServingError."""
        url = self._models + _resource(self._target) + path
        try:
            response = self._session.request(method, url, json=body, timeout=self._deadline)
            answer = _parse(response)
        except requests.Timeout:
            raise Transient(f"no answer within {self._deadline:g} s") from None
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise Transient(_innermost(error)) from None
        except requests.RequestException as error:
            raise ServingError(error) from None
        if response.status_code != 200:
            message = answer.get("error") or f"HTTP {response.status_code} {response.reason}"
            raise _ERRORS.get(response.status_code, ServingError)(message)
        return answer


def _resource(target):
    """The part of the address that names a model and, if chosen, its version."""
    name = urllib.parse.quote(target.model, safe="")
    if target.version is not None:
        return f"{name}/versions/{target.version}"
    return f"{name}/labels/{urllib.parse.quote(target.label, safe='')}" if target.label else name


def _parse(response):
    """The answer's JSON object; raises ServingError where a good answer is none."""
    try:
        answer = response.json()
    except requests.exceptions.JSONDecodeError:
        answer = None
    if isinstance(answer, dict):
        return answer
    if response.status_code == 200:
        raise ServingError("the answer is no JSON object; is this a model server's REST port?")
    return {}


def _innermost(error):
    """The cause that a user can do something about, without the libraries' wrapping."""
    while error.__context__ is not None:
        error = error.__context__
    return getattr(error, "strerror", None) or error


def _to_json(encoded):
    return {"b64": base64.b64encode(encoded).decode("ascii")}


def _from_json(value):
    try:
        return base64.b64decode(value["b64"])
    except (TypeError, KeyError, ValueError):
        raise ServingError("the server's answer holds no base64 image") from None


def _to_array(value):
    try:
        return np.array(value, np.float32)
    except (TypeError, ValueError):
        raise ServingError("the server's answer holds no array of numbers") from None
