"""What a student's translation costs, and how its network starts."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.inference.multiply_adds import graph_multiply_adds
from unit_tf.models.probe import probe_images
from unit_tf.models.student_networks import build_student
from unit_tf.models.student_sizes import (
    student_geometry,
    student_multiply_adds,
    width_within,
)

COLOUR = {"a": 3, "b": 3}


@pytest.mark.parametrize(
    ("width", "blocks", "channels"), [(0.25, 3, COLOUR), (1.0, 1, {"a": 1, "b": 3})]
)
def test_the_cost_is_that_of_the_graph(width, blocks, channels):
    student = build_student(channels, width, blocks)
    image = tf.TensorSpec((1, 32, 32, channels["a"]))
    graph = tf.function(student).get_concrete_function(image).graph
    cost = student_multiply_adds(channels, width, blocks, (32, 32))
    assert cost == graph_multiply_adds(graph)


def test_the_widest_within_a_budget():
    """The next step of 1/16 is above it; no student is free."""
    sizes = dict(channels=COLOUR, num_blocks=6, image_size=(256, 256))
    width = width_within(1e9, **sizes)
    assert student_multiply_adds(width=width, **sizes) <= 1e9
    assert student_multiply_adds(width=width + 1 / 16, **sizes) > 1e9
    assert width_within(1e5, **sizes) is None


def test_the_start_passes_the_signal_on():
    """Neither dead nor in tanh's flat ends."""
    student = build_student(COLOUR, 0.25, 3)
    x = probe_images(32, 32, 3)
    y = student.rescale(x)
    np.testing.assert_allclose(y, student(x), atol=1e-5)
    assert 0.1 < np.std(y) < 0.4 and np.abs(y).mean() < 0.5


def test_parts_of_an_image_are_translated_alone():
    """There is no norm: far from an edge a crop's translation is the image's."""
    student = build_student(COLOUR, 0.25, 1)
    x = probe_images(96, 96, 3)[:1]
    whole, part = student(x), student(x[:, 16:80, 16:80])
    np.testing.assert_allclose(whole[:, 44:52, 44:52], part[:, 28:36, 28:36], atol=1e-5)


def test_the_reach_is_what_a_pixel_depends_on():
    """No less, or tiles had seams, and no more, by the gradient of each of a code's pixels."""
    student = build_student(COLOUR, 0.125, 1)
    for variable in student.trainable_variables:  # without a sign no two paths cancel
        variable.assign(tf.abs(variable) * 0.1 + 1e-3)
    x, farthest = tf.ones((1, 64, 64, 3)) * 0.1, 0
    for place in range(32, 36):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = student(x)[0, place, place, 0]
        felt = np.flatnonzero(np.abs(tape.gradient(y, x)[0]).sum((1, 2)))
        farthest = max(farthest, place - felt[0], felt[-1] - place)
    assert farthest == student_geometry(0.125, 1).reach
