"""A batch that went through a network in one piece, taken apart again."""

import tensorflow as tf


def split_rows(joined, parts):
    """A batch's rows, given back to the batches that were joined to it.

    One split, not a slice for each: a slice's gradient is as large as the whole batch and mostly
    zeros, and TensorFlow adds up one for each.

    Args:
      joined: [sum of the parts' rows, ...].
      parts: tensors that were joined along axis 0; their numbers of rows count.

    Returns:
      list of tensors, one for each part, with its number of rows.
    """
    rows = [part.shape[0] for part in parts]
    if None in rows:
        rows = [tf.shape(part)[0] for part in parts]
    split = tf.split(joined, rows, num=len(parts))
    return [
        tf.ensure_shape(own, (part.shape[0], *joined.shape[1:]))
        for own, part in zip(split, parts, strict=True)
    ]
