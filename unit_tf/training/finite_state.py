"""Whether a training can go on from its state: every number in it is finite."""

import tensorflow as tf


def first_not_finite(trainer):
    """Looks at all floats that a checkpoint holds: networks, statistics, moments and averages.

    A loss that overflows once may leave weights finite and Adam's moments infinite: those weights
    never move again. The numbers stay on the device; one flag a variable comes back.

    Args:
      trainer: Trainer; unchanged.

    Returns:
      path of the first variable that holds an infinity or NaN, or None.
    """
    owners = (trainer.method, trainer.generator_optimizer, trainer.discriminator_optimizer)
    variables = [v for owner in owners if owner is not None for v in owner.variables]
    floats = [v for v in variables if tf.as_dtype(v.dtype).is_floating]
    finite = tf.stack([tf.reduce_all(tf.math.is_finite(v.value)) for v in floats]).numpy()
    return next((v.path for v, good in zip(floats, finite, strict=True) if not good), None)
