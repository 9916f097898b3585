"""split_rows: what was joined comes back, with its shape, and its gradient."""

import pytest
import tensorflow as tf

from unit_tf.layers.rows import split_rows


@pytest.mark.parametrize("batch", [2, None], ids=["known", "unknown"])
def test_parts_come_back_as_they_were_joined(batch):
    parts = [tf.reshape(tf.range(2 * 3.0), (2, 3)), tf.ones((1, 3))]

    @tf.function(input_signature=[tf.TensorSpec((batch, 3)), tf.TensorSpec((1, 3))])
    def joined_and_split(*entering):
        back = split_rows(tf.concat(entering, 0), entering)
        assert [part.shape for part in back] == [part.shape for part in entering]
        return back

    for part, back in zip(parts, joined_and_split(*parts), strict=True):
        tf.debugging.assert_equal(part, back)


def test_each_row_has_the_gradient_of_its_own_part():
    joined = tf.zeros((3, 2))
    with tf.GradientTape() as tape:
        tape.watch(joined)
        first, second = split_rows(joined, [tf.zeros((1, 2)), tf.zeros((2, 2))])
        loss = tf.reduce_sum(2 * first) + tf.reduce_sum(first) + tf.reduce_sum(5 * second)
    tf.debugging.assert_equal(tape.gradient(loss, joined), [[3.0, 3]] + 2 * [[5.0, 5]])
