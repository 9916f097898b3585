"""tanh whose saturated values can come back, by hand."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers.blocks import ConvBlock, returning_tanh


def gradient(x, upstream):
    x = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = returning_tanh(x)
    return tape.gradient(y, x, output_gradients=tf.constant(upstream, tf.float32)).numpy()


@pytest.mark.parametrize(
    ("x", "upstream", "slope"),
    [
        # A loss that falls with a smaller y asks back where y is positive; exact: 1 - tanh(x)^2.
        (20.0, 1.0, 0.1), (3.0, 1.0, 0.1), (1.0, 1.0, 0.41997), (0.0, 1.0, 1.0),
        (20.0, -1.0, 0.0), (3.0, -1.0, 0.0098660), (1.0, -1.0, 0.41997),
        (-20.0, -2.0, 0.1), (-3.0, -2.0, 0.1), (-20.0, 2.0, 0.0), (-3.0, 2.0, 0.0098660),
    ],
)  # fmt: skip
def test_by_hand(x, upstream, slope):
    np.testing.assert_allclose(gradient([x], [upstream]), [upstream * slope], rtol=1e-3, atol=1e-7)


def test_it_computes_tanh():
    x = tf.constant(np.linspace(-12, 12, 101), tf.float32)
    np.testing.assert_array_equal(returning_tanh(x), tf.tanh(x))


@pytest.mark.parametrize("training", [True, False])
def test_blocks_use_it_in_training(training):
    """And give the same images either way."""
    block = ConvBlock(1, 1, activation="tanh")
    block.build((1, 1, 1, 1))
    block.conv.kernel.assign([[[[20.0]]]])
    with tf.GradientTape() as tape:
        y = block(tf.ones((1, 1, 1, 1)), training=training)
    (slope, _) = tape.gradient(y, block.trainable_weights)
    assert float(tf.squeeze(y)) == 1
    assert float(tf.squeeze(slope)) == pytest.approx(0.1 if training else 0)


@pytest.mark.parametrize("training", [True, False])
def test_what_it_is_for(training):
    """Three of four pixels are white, and all have been driven to 30: only one way leads back."""
    block = ConvBlock(1, 1, activation="tanh")
    block.build((1, 2, 2, 1))
    block.conv.kernel.assign([[[[1.0]]]])
    block.conv.bias.assign([30.0])
    image = tf.constant([1.0, 1.0, 1.0, -1.0], shape=(1, 2, 2, 1))
    weights, optimizer = block.trainable_weights, tf.keras.optimizers.Adam(0.1)
    optimizer.build(weights)

    @tf.function
    def train():
        loss = 0.0
        for _ in tf.range(400):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.abs(block(10 * image, training=training) - image))
            optimizer.apply(tape.gradient(loss, weights), weights)
        return loss

    assert (train() < 0.01) == training
