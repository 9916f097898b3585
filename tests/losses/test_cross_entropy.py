import math

import numpy as np
import pytest

from unit_tf.losses.cross_entropy import cross_entropy


def test_by_hand():
    """Logits 0 and ln 3: shares 1/4 and 3/4."""
    logits = np.array([[0, math.log(3)], [math.log(3), 0]], np.float32)
    expected = (-math.log(0.75) - math.log(0.25)) / 2
    assert float(cross_entropy([1, 1], logits)) == pytest.approx(expected, rel=1e-6)
    assert cross_entropy([1, 1], logits.astype(np.float16)).dtype == np.float32
