"""PatchNCE against values computed by hand, and where its gradient goes."""

import math

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.losses.patch_nce import TEMPERATURE, patch_nce


def layer(*images):
    return tf.constant(images, tf.float32)


RIGHT, UP = [1.0, 0.0], [0.0, 1.0]
SLANTED = [0.6, 0.8]


@pytest.mark.parametrize(
    ("queries", "keys", "temperature", "expected"),
    [
        # Each query is its own key: log(e^1 + e^0) - 1.
        ([RIGHT, UP], [RIGHT, UP], 1.0, math.log(math.e + 1) - 1),
        # Each is the other's: log(e^0 + e^1) - 0.
        ([RIGHT, UP], [UP, RIGHT], 1.0, math.log(math.e + 1)),
        ([RIGHT, UP], [RIGHT, UP], 0.5, math.log(math.e**2 + 1) - 2),
        # All alike: any of two.
        ([UP, UP], [UP, UP], 0.07, math.log(2)),
        # Three patches; products 0.6, 1, 0 and 0.6, 1, 0 and 0.8, 0, 1 with their own first, second
        # and third.
        (
            [RIGHT, RIGHT, UP], [SLANTED, RIGHT, UP], 1.0,
            (2 * math.log(math.exp(0.6) + math.e + 1) + math.log(math.exp(0.8) + 1 + math.e)
             - 0.6 - 1 - 1) / 3,
        ),
        ([SLANTED], [UP], 0.07, 0.0),  # nothing to tell it from
    ],
)  # fmt: skip
def test_by_hand(queries, keys, temperature, expected):
    found = patch_nce([layer(queries)], [layer(keys)], temperature)
    assert float(found) == pytest.approx(expected, abs=1e-6)


def test_patches_of_other_images_are_no_negatives():
    """Two images with the same patches in other orders: the mean of each alone."""
    one, two = [RIGHT, UP], [UP, RIGHT]
    both = patch_nce([layer(one, two)], [layer(one, one)], 1.0)
    alone = [patch_nce([layer(q)], [layer(one)], 1.0) for q in (one, two)]
    assert float(both) == pytest.approx(float(sum(alone)) / 2, abs=1e-6)


def test_the_mean_over_layers():
    """Each layer counts the same, whatever its number of patches."""
    layers = [layer([RIGHT, UP]), layer([UP, UP, UP])]
    expected = (math.log(math.e + 1) - 1 + math.log(3)) / 2
    assert float(patch_nce(layers, layers, 1.0)) == pytest.approx(expected, abs=1e-6)
    with pytest.raises(ValueError):
        patch_nce(layers, layers[:1])


def test_the_temperature_is_the_papers():
    assert TEMPERATURE == 0.07
    found = patch_nce([layer([RIGHT, SLANTED])], [layer([RIGHT, SLANTED])])
    assert float(found) == pytest.approx(math.log(1 + math.exp(-0.4 / 0.07)), abs=1e-6)


def test_its_gradient_by_hand():
    """(softmax - own) keys / (t S) to the queries, and none to the keys."""
    queries, keys = layer([RIGHT, UP]), layer([SLANTED, RIGHT])
    with tf.GradientTape() as tape:
        tape.watch([queries, keys])
        loss = patch_nce([queries], [keys], 0.5)
    to_queries, to_keys = tape.gradient(loss, [queries, keys])
    logits = np.array([[0.6, 1.0], [0.8, 0.0]]) / 0.5
    softmax = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    expected = (softmax - np.eye(2)) @ np.array([SLANTED, RIGHT]) / (0.5 * 2)
    np.testing.assert_allclose(to_queries[0], expected, atol=1e-6)
    assert to_keys is None


@pytest.mark.parametrize("dtype", [tf.bfloat16, tf.float16])
def test_it_is_float32_whatever_comes(dtype):
    """A product of two halves, divided by 0.07, would lose its third digit."""
    rng = np.random.default_rng(0)
    x = tf.math.l2_normalize(tf.constant(rng.normal(0, 1, (2, 16, 8)), tf.float32), -1)
    half = tf.cast(x, dtype)
    found = patch_nce([half], [half])
    assert found.dtype == tf.float32
    again = tf.cast(half, tf.float32)
    assert float(found) == float(patch_nce([again], [again]))


def test_no_overflow():
    """A temperature so small that exp of a logit is infinite in float32."""
    same = [layer([RIGHT, UP])]
    assert float(patch_nce(same, same, 1e-3)) == 0
    assert float(patch_nce(same, [layer([UP, RIGHT])], 1e-3)) == pytest.approx(1000)
