import numpy as np

from unit_tf.evaluation.metrics.class_accuracy import accuracies, confusion, confusion_image


def test_by_hand():
    counts = confusion([0, 0, 1, 1, 1], [0, 1, 1, 1, 0], classes=3)
    assert counts.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 0]]
    overall, each = accuracies(counts)
    assert overall == 3 / 5 and each == [1 / 2, 2 / 3, None]


def test_image_is_dark_on_the_diagonal_of_a_perfect_reader():
    image = confusion_image(np.eye(3, dtype=np.int64) * 5)
    assert image.shape == (160, 160, 3) and image.dtype == np.uint8
    right, wrong = image[45:75, 45:75].mean(), image[45:75, 85:115].mean()
    assert right < wrong - 50
