import pytest
from unit_tf.export.serving import transport
from unit_tf.export.serving.statistics import Statistics
from unit_tf.export.serving.transport import (
    Refused,
    ServingError,
    Signature,
    Transient,
    read_model,
    retrying,
)


def tensor(dtype, *dims):
    return {"dtype": dtype, "tensor_shape": {"dim": [{"size": str(size)} for size in dims]}}


def definitions(*image):
    return {
        "serving_default": {
            "inputs": {"image": tensor("DT_FLOAT", *image)},
            "outputs": {"translated": tensor("DT_FLOAT", -1, -1, -1, 3)},
        },
        "translate_bytes": {
            "inputs": {"image_bytes": tensor("DT_STRING", -1)},
            "outputs": {"translated_bytes": tensor("DT_STRING", -1)},
        },
        "translate": {
            "inputs": {"image": tensor("DT_FLOAT", *image), "style": tensor("DT_FLOAT", -1, 8)},
            "outputs": {"translated": tensor("DT_FLOAT", -1, -1, -1, 3)},
        },
        "encode_style": {
            "inputs": {"style_image": tensor("DT_FLOAT", -1, -1, -1, 3)},
            "outputs": {"style": tensor("DT_FLOAT", -1, 8)},
        },
        "__saved_model_init_op": {"outputs": {"__saved_model_init_op": tensor("DT_INVALID")}},
    }


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_and_signatures_are_the_model_s(channels):
    model = read_model(definitions(-1, -1, -1, channels), 4)
    assert (model.version, model.channels) == (4, channels)
    assert model.signatures == {
        "serving_default": Signature("serving_default", "image", "translated", False),
        "translate_bytes": Signature("translate_bytes", "image_bytes", "translated_bytes", True),
    }


@pytest.mark.parametrize("found", [{}, definitions(-1, 10), definitions(-1, -1, -1, 4)])
def test_models_of_another_kind(found):
    with pytest.raises(ServingError, match="no translator: its serving_default takes no"):
        read_model(found, 1)


NODE = "\n\t [[{{node map/while/body/_31/map/while/Assert_1/Assert}}]]"
SIZE = "image_bytes: at most 4194304 pixels and 16384 a side; height, width:"


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        (f"assertion failed: [{SIZE}] [[9000 12000]]{NODE}", f"{SIZE} 9000 12000"),
        (
            f"2 root error(s) found.\n  (0) INVALID_ARGUMENT: assertion failed: [{SIZE}] [9 8]"
            f"{NODE}\n\t [[map/while/loop_body_control/_9/_41]]\n  (1) INVALID_ARGUMENT: x",
            f"{SIZE} 9 8",
        ),
        (
            "{{function_node __inference_f_12}} {{function_node map_1}} Invalid PNG data, size 9"
            "\n\t [[{{node map/while/DecodePng}}]] [Op:StatefulPartitionedCall]",
            "Invalid PNG data, size 9",
        ),
        ("input size [1 2] and more", "input size [1 2] and more"),
        (
            "Servable not found for request: Latest(a2b)",
            "Servable not found for request: Latest(a2b)",
        ),
    ],
)
def test_a_server_s_message_is_one_line_without_its_graph(sent, line):
    assert str(Refused(sent)) == line


class Failing:
    """A predict that raises what it is given, one after the other, then answers."""

    def __init__(self, *errors):
        self.errors, self.calls = list(errors), 0

    def __call__(self, signature, inputs):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return [signature, inputs]


@pytest.fixture
def pauses(monkeypatch):
    """The seconds slept, without sleeping them."""
    slept = []
    monkeypatch.setattr(transport.time, "sleep", slept.append)
    return slept


def test_retries_with_growing_spread_pauses(pauses):
    predict, counts = Failing(*[Transient("busy")] * 8), Statistics()
    assert retrying(predict, 8, counts)("s", "i") == ["s", "i"]
    for i, seconds in enumerate(pauses):
        longest = min(10, 0.2 * 2**i)
        assert longest / 2 <= seconds <= longest
    assert len(pauses) == 8 and len(set(pauses)) == 8
    assert "1 requests, 8 retries" in counts.summary("a2b", 1, 0)


@pytest.mark.parametrize(
    ("error", "retries", "calls"), [(Transient("busy"), 0, 1), (Transient("busy"), 2, 3),
                                    (Refused("bad"), 2, 1), (ServingError("bug"), 2, 1)],
)  # fmt: skip
def test_the_last_error_is_raised(pauses, error, retries, calls):
    predict = Failing(*[error] * 9)
    with pytest.raises(type(error), match=str(error)):
        retrying(predict, retries, Statistics())("s", "i")
    assert predict.calls == calls and len(pauses) == calls - 1


def test_messages_are_one_short_line():
    message = str(ServingError("a\n b\0\x1b" + "c" * 1000))
    assert message.startswith("a b??c") and len(message) == 300


def test_percentiles_are_of_the_requests():
    counts = Statistics()
    for milliseconds in range(101):
        counts.add_request(milliseconds / 1000)
    assert "latency p50 50 ms p90 90 ms p99 99 ms" in counts.summary("a2b", 404, 0)
