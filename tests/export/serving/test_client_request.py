"""What unit-serve-client is asked for, from Python: the same is refused as of flags."""

import pytest
from unit_tf.export.serving.client_request import ClientRequest

from unit_tf.config import UserError


def request(**values):
    return ClientRequest(**{"model": "a2b", "input": "in", "output": "out", **values})


def test_the_server_is_this_machines_by_default():
    assert request().server == "localhost:8500"
    assert request(protocol="rest").server == "localhost:8501"
    assert request(server="[::1]:80").server == "[::1]:80"


@pytest.mark.parametrize(("values", "message"), [
    ({"model": ""}, "--model is required"),
    ({"input": None}, "--input is required"),
    ({"protocol": "grcp"}, "--protocol=grcp: not valid; did you mean grpc?"),
    ({"version": 1, "label": "stable"}, "--version and --label both name a version"),
    ({"version": 0, "label": "stable"}, "--version and --label both name a version"),
    ({"batch_size": 0}, "--batch_size=0: must be at least 1"),
    ({"concurrency": 0}, "--concurrency=0: must be at least 1"),
    ({"retries": -1}, "--retries=-1: must be at least 0"),
    ({"resize": -1}, "--resize=-1: must be at least 0"),
    ({"resize": 10**400}, "--resize=1000"),
    ({"deadline": 0}, "--deadline=0: must be above 0"),
    ({"deadline": float("inf")}, "--deadline=inf: must be at most 1000000"),
    ({"deadline": float("nan")}, "--deadline=nan: must be above 0"),
    ({"value_range": "auto"}, "--value_range=auto: expected LOW,HIGH with LOW below HIGH, or own"),
    ({"value_range": "9,0"}, "--value_range=9,0: expected LOW,HIGH with LOW below HIGH, or own"),
    ({"value_range": "0,9/0,5"}, "--value_range=0,9/0,5: expected LOW,HIGH"),
    ({"server": "http://localhost:8500"}, "--server=http://localhost:8500: expected host:port"),
    ({"server": "localhost:99999"}, "--server=localhost:99999: expected host:port"),
])  # fmt: skip
def test_other_values_are_refused_in_a_line(values, message):
    with pytest.raises(UserError) as caught:
        request(**values)
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)
