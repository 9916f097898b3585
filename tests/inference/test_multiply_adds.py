"""Multiply-adds of graphs, by hand."""

import pytest
import tensorflow as tf

from unit_tf.inference.multiply_adds import graph_multiply_adds


def depthwise(x, kernel, stride, padding):
    return tf.nn.depthwise_conv2d(x, kernel, [1, stride, stride, 1], padding)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("convolution", [tf.nn.conv2d, depthwise])
def test_a_convolution_and_both_gradients(convolution, stride):
    """3x3 kernel of 2 channels and 5 filters; each gradient costs what the forward pass does."""
    out = 8 // stride

    @tf.function(input_signature=[tf.TensorSpec([1, 8, 8, 2]), tf.TensorSpec([3, 3, 2, 5])])
    def gradients(x, kernel):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            y = tf.reduce_sum(convolution(x, kernel, stride, "SAME") ** 2)
        return tape.gradient(y, [x, kernel])

    graph = gradients.get_concrete_function().graph
    assert graph_multiply_adds(graph) == 3 * out * out * 3 * 3 * 2 * 5


def test_a_graph_of_unknown_size_is_refused():
    @tf.function(input_signature=[tf.TensorSpec([1, None, 8, 2])])
    def convolved(x):
        return tf.nn.conv2d(x, tf.ones([3, 3, 2, 5]), 1, "SAME")

    with pytest.raises(ValueError, match="unknown shape"):
        graph_multiply_adds(convolved.get_concrete_function().graph)


def test_a_transposed_convolution_counts_its_input_pixels():
    @tf.function(input_signature=[tf.TensorSpec([1, 4, 4, 3])])
    def double(x):
        return tf.nn.conv2d_transpose(x, tf.ones([3, 3, 6, 3]), [1, 8, 8, 6], 2)

    graph = double.get_concrete_function().graph
    assert graph_multiply_adds(graph) == 4 * 4 * 3 * 3 * 6 * 3
