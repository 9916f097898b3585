import pytest

from unit_tf.config.value_range import parse_value_range, range_text, value_range_text


@pytest.mark.parametrize(
    ("text", "a", "b"),
    [
        ("", "own", "own"), ("auto", "auto", "auto"), ("0,4095", (0, 4095), (0, 4095)),
        ("-1024, 3072 / own", (-1024, 3072), "own"), ("/0.5,1e3", "own", (0.5, 1000)),
    ],
)  # fmt: skip
def test_there_and_back(text, a, b):
    ranges = parse_value_range(text)
    assert ranges == {"a": a, "b": b}
    assert parse_value_range(value_range_text(ranges)) == ranges


@pytest.mark.parametrize("pair", [(0, 2**32 - 1), (0.1, 1 / 3), (-1e-9, 1e300)])
def test_every_digit_is_kept(pair):
    assert parse_value_range(range_text(pair))["a"] == pair
