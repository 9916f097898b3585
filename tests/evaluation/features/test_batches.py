"""Images reach a network in batches, in their order, each once."""

import numpy as np
import pytest

from unit_tf.evaluation.features.batches import Batches


def test_order_and_sizes():
    sizes = []

    def double(images):
        sizes.append(len(images))
        return 2 * np.array(images)

    batches = Batches(double, 2)
    for i in range(5):
        batches.add(i)
    assert sizes == [2, 2]
    np.testing.assert_array_equal(batches.rows(), [0, 2, 4, 6, 8])
    np.testing.assert_array_equal(batches.rows(), [0, 2, 4, 6, 8])
    assert sizes == [2, 2, 1]


def test_no_images():
    with pytest.raises(ValueError, match="no images"):
        Batches(np.array, 2).rows()
