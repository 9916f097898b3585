"""What a method's translators and its classifier compute, and for which images."""

import numpy as np
import pytest
import tensorflow as tf
from unit_tf.export.tasks import Classification, Translation, build_task

CLASSIFIERS = ("unit_da", "cogan", "dann", "source_only")
# Large patches: of fine noise all images look the same.
IMAGE = np.random.default_rng(3).random((12, 4, 4, 1), np.float32)
IMAGE = IMAGE.repeat(8, axis=1).repeat(8, axis=2)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_reads_as_its_method_does(digits, name):
    method = digits(name)
    found = Classification(method, "b").compute(tf.constant(IMAGE))
    logits = np.asarray(method.classify(IMAGE * 2 - 1, "b"), np.float64)
    expected = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    np.testing.assert_allclose(found["probabilities"], expected, atol=1e-5)
    np.testing.assert_array_equal(found["label"], logits.argmax(-1))
    assert found["label"].dtype == tf.int32 and len(set(found["label"].numpy())) > 1


def test_it_reads_its_own_domain(digits):
    """UNIT-DA has a first layer for each."""
    a, b = (Classification(digits("unit_da"), domain).compute(IMAGE) for domain in "ab")
    assert np.abs(a["probabilities"] - b["probabilities"]).max() > 0.01


def test_names_tell_tasks_apart(tiny, digits):
    method = digits("unit_da")
    found = [build_task(method, name) for name in ("a2b", "b2a", "classify_b")]
    assert [type(task) for task in found] == [Translation, Translation, Classification]
    assert [task.name for task in found] == ["a2b", "b2a", "classify_b"]
    assert [task.domain for task in found] == ["a", "b", "b"]
    assert build_task(tiny, "b2a").channels == 1


def test_networks_of_one_size_take_that_alone(tiny, digits):
    fixed = Translation(digits("unit_da"), "a2b")
    assert (fixed.sides, fixed.checked_at) == ((32, 32), (32, 32))
    free = Translation(tiny, "a2b")
    assert (free.sides, free.checked_at) == ((None, None), tiny.config.data.image_size)
    assert fixed.tflite_size((20, 24)) == (20, 24)
    assert Classification(digits("unit_da"), "b").tflite_size((20, 24)) == (32, 32)
