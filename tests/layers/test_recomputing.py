"""Activations that are computed again: the same gradients, from more convolutions."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers.blocks import ConvBlock, ResidualBlock
from unit_tf.layers.chain import Chain
from unit_tf.layers.recomputing import recomputing


@pytest.fixture
def chain():
    keras.utils.set_random_seed(0)
    parts = [ConvBlock(4, 3, norm="instance", activation="relu"), ResidualBlock(4, norm="instance")]
    chain = Chain([*parts, Chain([ConvBlock(3, 3, activation="tanh")])])
    chain.build((None, None, None, 3))
    return chain


def gradients_of(chain, wanted, compiled=True):
    """(gradients to input and variables, the graph they were computed in)."""
    x = tf.random.stateless_uniform([2, 8, 8, 3], [1, 2], -1, 1)
    variables = [v.value for v in chain.trainable_variables]

    def gradients(x):
        with recomputing(wanted), tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([x, *variables])
            loss = tf.reduce_sum(chain(x, training=True) ** 3)
        return tape.gradient(loss, [x, *variables])

    if not compiled:
        return gradients(x), None
    function = tf.function(gradients, autograph=False)
    return function(x), function.get_concrete_function(x).graph


@pytest.mark.parametrize("compiled", [True, False])
def test_the_gradients_are_the_same(chain, compiled):
    kept, again = (gradients_of(chain, wanted, compiled)[0] for wanted in (False, True))
    largest = max(float(tf.reduce_max(tf.abs(g))) for g in kept)
    assert len(kept) == 1 + len(chain.trainable_variables)
    for a, b in zip(kept, again, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6 * largest)


def test_each_convolution_is_computed_once_more(chain):
    def convolutions(wanted):
        operations = gradients_of(chain, wanted)[1].get_operations()
        return sum(op.type == "Conv2D" for op in operations)

    assert (convolutions(False), convolutions(True)) == (4, 8)
