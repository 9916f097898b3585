"""Classifiers that users bring: those that will do, and one line for others."""

import keras
import numpy as np
import pytest

from unit_tf.config import UserError
from unit_tf.evaluation.features.image_classifier import load_image_classifier


@pytest.fixture
def save_classifier(tmp_path):
    """(shape, activation="softmax", classes=4) -> a .keras file of random weights."""

    def save(shape, activation="softmax", classes=4):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input(shape),
                keras.layers.Conv2D(3, 3, activation="relu"),
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(classes, activation, kernel_initializer="orthogonal"),
            ]
        )
        model.save(tmp_path / "classifier.keras")
        return tmp_path / "classifier.keras", model

    return save


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(12, 10), (None, None)], ids=["fixed", "open"])
def test_a_classifier_reads_images_in_zero_to_one(save_classifier, size, channels):
    """Of the size that it was trained on, resized where they differ."""
    path, model = save_classifier((*size, channels))
    classify = load_image_classifier(path)
    images = np.random.default_rng(0).integers(0, 256, (5, 12, 10, channels), np.uint8)
    wanted = model(images / np.float32(255)).numpy()
    np.testing.assert_allclose(classify(images), wanted, rtol=1e-5)
    # A flat image is the same at any size.
    flat = np.full((1, 40, 33, channels), 77, np.uint8)
    wanted = model(flat[:, :12, :10] / np.float32(255)).numpy()
    np.testing.assert_allclose(classify(flat), wanted, rtol=1e-4)


def test_grey_and_rgb_become_what_it_reads(save_classifier):
    grey = np.full((1, 9, 9, 1), 200, np.uint8)
    for reads, other in ((1, 3), (3, 1)):
        classify = load_image_classifier(save_classifier((9, 9, reads))[0])
        same, turned = (classify(grey.repeat(c, -1)) for c in (reads, other))
        np.testing.assert_allclose(turned, same, rtol=1e-4)


@pytest.mark.parametrize("activation", [None, "sigmoid", "relu"])
def test_only_a_softmax_will_do(save_classifier, activation):
    """Found out on opening, not after an hour of translations."""
    path, _ = save_classifier((9, 9, 3), activation)
    with pytest.raises(UserError, match="expected a softmax over classes") as caught:
        load_image_classifier(path)
    assert str(caught.value).startswith(f"--classifier={path}: ")


@pytest.mark.parametrize("shape", [(9,), (9, 9, 2), (3, 9, 9, 3)])
def test_only_images_will_do(tmp_path, shape):
    path = tmp_path / "other.keras"
    keras.Sequential([keras.Input(shape), keras.layers.Softmax()]).save(path)
    with pytest.raises(UserError, match=r"expected images \[N, h, w, 1 or 3\]"):
        load_image_classifier(path)


def test_one_softmax_a_image_will_do(tmp_path):
    """Not one a pixel, nor two, nor named ones."""
    image = keras.Input((9, 9, 3))
    one = keras.layers.Softmax()(keras.layers.Dense(4)(keras.layers.Flatten()(image)))
    for outputs in (keras.layers.Softmax()(image), [one, one], {"a": one}):
        path = tmp_path / "other.keras"
        keras.Model(image, outputs).save(path)
        with pytest.raises(UserError, match=r"gives .*; expected one softmax \[N, classes\]"):
            load_image_classifier(path)


def test_two_inputs_will_not_do(tmp_path):
    path, ends = tmp_path / "other.keras", [keras.Input((9, 9, 3)), keras.Input((9, 9, 3))]
    keras.Model(ends, keras.layers.Add()(ends)).save(path)
    with pytest.raises(UserError, match=r"expected images \[N, h, w, 1 or 3\]"):
        load_image_classifier(path)


def test_code_in_a_file_is_not_run(tmp_path):
    path = tmp_path / "lambda.keras"
    layers = [keras.Input((9, 9, 3)), keras.layers.Lambda(lambda x: x / 0)]
    keras.Sequential(layers).save(path)
    with pytest.raises(UserError, match="Keras does not load it") as caught:
        load_image_classifier(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_model(tmp_path):
    path = tmp_path / "text.keras"
    path.write_text("no model")
    with pytest.raises(UserError, match="Keras does not load it"):
        load_image_classifier(path)
