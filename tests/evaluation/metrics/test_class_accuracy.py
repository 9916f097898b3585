import numpy as np

from unit_tf.evaluation.metrics.class_accuracy import accuracies, confusion, confusion_picture


def test_by_hand():
    counts = confusion([0, 0, 1, 1, 1], [0, 1, 1, 1, 0], classes=3)
    assert counts.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 0]]
    overall, each = accuracies(counts)
    assert overall == 3 / 5 and each == [1 / 2, 2 / 3, None]


def test_picture_is_dark_on_the_diagonal_of_a_perfect_reader():
    picture = confusion_picture(np.eye(3, dtype=np.int64) * 5)
    assert picture.shape == (160, 160, 3) and picture.dtype == np.uint8
    right, wrong = picture[45:75, 45:75].mean(), picture[45:75, 85:115].mean()
    assert right < wrong - 50
