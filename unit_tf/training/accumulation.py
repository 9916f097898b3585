"""A step over a batch in parts, for one whose activations do not fit into memory at once.

Keras' ``gradient_accumulation_steps`` is not this: it would take each part's generator gradient
from discriminators that have not learned from the batch yet, average the weights at every part, and
lose step with a skipped overflow. Here a step stays a step: the discriminators' gradient over all
parts, their update, the generators' over all parts, theirs. It costs the forward pass twice, and
nothing of it is left for a checkpoint to hold.
"""

import tensorflow as tf

from unit_tf.layers.latent import part_of_batch


def over_parts(count, part, variables):
    """Sums gradients and averages losses over parts, one part after the other.

    Args:
      count: number of parts.
      part: index -> (gradients, one for each of ``variables``, {"name": scalar}).
      variables: list of variables.

    Returns:
      (list of tensors, {"name": float32 scalar}).
    """
    names = []

    def body(index, sums, values):
        gradients, logs = part(index)
        names[:] = logs
        stacked = tf.stack([tf.cast(value, tf.float32) for value in logs.values()])
        sums = [total + gradient for total, gradient in zip(sums, gradients, strict=True)]
        return index + 1, sums, values.write(index, stacked)

    start = (0, [tf.zeros(v.shape, v.dtype) for v in variables], tf.TensorArray(tf.float32, count))
    # A loop, not ``count`` copies of the graph: each part's memory is free before the next one.
    _, sums, values = tf.while_loop(
        lambda index, *_: index < count,
        body,
        start,
        parallel_iterations=1,
        maximum_iterations=count,
    )
    means = tf.unstack(tf.reduce_mean(values.stack(), 0), num=len(names))
    return sums, dict(zip(names, means, strict=True))


def outputs_of_parts(method, batch, count, seed):
    """Returns a function: index -> the method's outputs for one part of the batch.

    Args:
      method: Method.
      batch: tuple of tensors [N, ...], N a multiple of ``count``.
      count: number of parts.
      seed: int32 [2], of the step's noise.
    """
    parts = [tf.reshape(x, (count, x.shape[0] // count, *x.shape[1:])) for x in batch]

    def outputs(index):
        with part_of_batch(index, count):
            return method.forward(tuple(part[index] for part in parts), seed, training=True)

    return outputs
