"""Images through a method with styles: few graphs, however many sizes and styles there are."""

import math

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.data.images import to_uint8
from unit_tf.inference import style_codes


class Counting:
    """Draws a style as a shade; keeps the shapes that it was traced for."""

    stride = smallest_side = 4
    largest_side = math.inf

    def __init__(self):
        self.calls = []

    def translate_styled(self, x, direction, style):
        self.calls.append((x.shape, style.shape))
        return tf.ones_like(x) * style[:, :1, None, None]

    def encode_style(self, x, domain):
        self.calls.append(x.shape)
        return tf.reduce_mean(x, (1, 2))


def test_sizes_do_not_pile_up_graphs(monkeypatch):
    """However many styles fit into memory at a time; their order is kept."""
    monkeypatch.setattr(style_codes, "PIXELS_AT_A_TIME", 100)
    method = Counting()
    translator = style_codes.styled_translator(method, "a2b")
    for size in range(1, 12):
        for count in (1, 2, 7):
            shades = np.linspace(-1, 1, count, dtype=np.float32)[:, None]
            found = np.stack([*translator(np.zeros((size, size + 1, 3), np.uint8), shades, "x")])
            assert found.shape == (count, size, size + 1, 3)
            np.testing.assert_array_equal(found[:, 0, 0, 0], to_uint8(shades[:, 0]))
    assert len(method.calls) <= 4


def test_sizes_of_examples_do_not_pile_up_graphs():
    method = Counting()
    encode = style_codes.style_encoder(method, "b")
    for size in range(1, 12):
        style = encode(np.full((size, 2 * size, 3), 255, np.uint8), "x")
        np.testing.assert_allclose(style, [[1, 1, 1]], rtol=1e-6)
    assert len(method.calls) <= 3


def test_a_diverged_translator():
    translator = style_codes.styled_translator(Counting(), "a2b")
    with pytest.raises(UserError, match=r"x\.png: the translator gives NaN"):
        next(
            translator(np.zeros((4, 4, 3), np.uint8), np.full((1, 1), np.nan, np.float32), "x.png")
        )
