"""Classes that a method sees in test images: counted by hand, and shown in a grid."""

import types

import numpy as np
import pytest

from unit_tf.data.base import Data
from unit_tf.data.base import TestImage as Held
from unit_tf.data.image_grids import image_grid
from unit_tf.data.images import to_uint8
from unit_tf.evaluation.evaluators import classes
from unit_tf.evaluation.evaluators.passes import passes_of
from unit_tf.evaluation.evaluators.run_passes import evaluate_pass
from unit_tf.evaluation.metrics.class_accuracy import captioned, confusion_image


def method(*directions):
    """Sees an image's first value, of B's images one more; translates by turning it around."""

    def classify(x, domain):
        seen = to_uint8(np.asarray(x))[:, 0, 0, 0] + (domain == "b")
        return np.eye(10, dtype=np.float32)[seen % 10]

    return types.SimpleNamespace(
        classify=classify, directions=directions, classifies=True,
        translate=lambda x, direction: x[:, ::-1],
    )  # fmt: skip


def held_images(values, labels):
    images = [np.full((8, 8, 1), 30, np.uint8) for _ in values]
    for image, value in zip(images, values, strict=True):
        image[0, 0] = value
    return [
        Held(f"{i}", lambda x=x: x, label=k)
        for i, (x, k) in enumerate(zip(images, labels, strict=True))
    ]


def test_accuracies_by_hand(monkeypatch):
    """A batch at a time; of B the classes are others."""
    monkeypatch.setattr(classes, "AT_A_TIME", 3)
    data = Data((), (), held_images([1, 1, 2, 2], [1, 2, 2, 2]), held_images([4, 9], [5, 0]))
    a, b = (evaluate_pass(work, [classes.Classes()]) for work in passes_of(method(), data))
    assert a.figures["images"] == 4 and a.figures["accuracy"] == 0.75
    assert a.figures["accuracy_by_class"][1:3] == [1, 2 / 3]
    assert a.figures["confusion"][2] == [0, 1, 2, 0, 0, 0, 0, 0, 0, 0]
    assert a.text == "a: 0.7500 of 4 images are read as what they are"
    assert b.figures["accuracy"] == 1
    assert list(a.images) == ["confusion_a"] and list(b.images) == ["confusion_b"]
    matrix = np.array(b.figures["confusion"])
    np.testing.assert_array_equal(b.images["confusion_b"], confusion_image(matrix))


def test_a_grid_for_each_direction_there_is():
    data = Data((), (), held_images([1] * 12, [1] * 12), held_images([4], [5]))
    there, other = (
        evaluate_pass(work, [classes.Classes()]).images for work in passes_of(method("a2b"), data)
    )
    assert list(there) == ["confusion_a", "grid_a2b"] and list(other) == ["confusion_b"]
    assert there["grid_a2b"].shape[0] > classes.GRID_ROWS * 128


@pytest.mark.parametrize("direction", ["a2b", "b2a"])
def test_what_is_read_in_the_grid(direction):
    """Below each image stands the class that its own domain's classifier reads in it."""
    source, target = direction.split("2")
    image = np.full((8, 8, 1), 30, np.uint8)
    image[0, 0], image[-1, 0] = 3, 7
    grid = classes.class_grid(method("a2b", "b2a"), [image], direction)
    plus = {"a": 0, "b": 1}
    row = [
        captioned(pixels, f"read as {value}")
        for pixels, value in (
            (image, 3 + plus[source]), (image[::-1], 7 + plus[target]), (image, 3 + plus[source]),
        )
    ]  # fmt: skip
    np.testing.assert_array_equal(grid, image_grid([row], [source, direction, "and back"]))


def test_a_grid_of_one_direction_has_no_way_back():
    image = np.full((8, 8, 1), 3, np.uint8)
    both = classes.class_grid(method("a2b", "b2a"), [image], "a2b")
    one = classes.class_grid(method("a2b"), [image], "a2b")
    assert both.shape[1] > 3 * 128 > one.shape[1] > 2 * 128
