"""Multiply-adds of what a graph computes, counted from its own operations."""

import math

import tensorflow as tf

from unit_tf.inference.any_size import translate_any_size

_CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")
_TO_INPUT = tuple(f"{name}BackpropInput" for name in _CONVOLUTIONS)
_TO_KERNEL = tuple(f"{name}BackpropFilter" for name in _CONVOLUTIONS)


def graph_multiply_adds(graph):
    """Counts the convolutions and matmuls of a graph.

    Args:
      graph: tf.Graph with static shapes.

    Returns:
      int.

    Raises:
      ValueError: a shape is not known; the operation is named.
    """
    total = 0
    for op in graph.get_operations():
        if op.type in (*_CONVOLUTIONS, *_TO_INPUT, *_TO_KERNEL):
            total += _of_convolution(op)
        elif op.type == "MatMul":
            rows, inner = op.inputs[0].shape
            total += rows * inner * op.outputs[0].shape[1]
    return total


def translation_multiply_adds(method, direction, size):
    """Counts what the translation of one image takes, with doublings as they are written.

    Args:
      method: Method that translates.
      direction: ``"a2b"`` or ``"b2a"``.
      size: (height, width) in pixels.

    Returns:
      int.
    """
    return graph_multiply_adds(_traced(method, direction, size).graph)


def translation_parameters(method, direction, size):
    """Counts the numbers in the weights that one direction reads; arguments as above."""
    return sum(math.prod(v.shape) for v in _traced(method, direction, size).variables)


def _traced(method, direction, size):
    """The ConcreteFunction of the translation of one image."""
    spec = tf.TensorSpec((1, *size, method.channels[direction[0]]))
    function = tf.function(lambda x: translate_any_size(method, x, direction), autograph=False)
    return function.get_concrete_function(spec)


def _of_convolution(op):
    """Each kind is (pixels of the forward convolution's output) x (elements of the kernel)."""
    if op.type in _CONVOLUTIONS:
        kernel, output = op.inputs[1].shape, op.outputs[0].shape
    elif op.type in _TO_INPUT:
        kernel, output = op.inputs[1].shape, op.inputs[2].shape
    else:
        kernel, output = op.outputs[0].shape, op.inputs[2].shape
        if kernel.rank is None:
            kernel = tf.get_static_value(op.inputs[1])
    sizes = (*output[:3], *kernel)
    if any(size is None for size in sizes):
        raise ValueError(f"{op.name}: unknown shape; give a static batch")
    return math.prod(map(int, sizes))
