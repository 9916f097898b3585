"""Reads networks out of training states that have no file of weights beside them.

Those were written before training/checkpoints.py wrote ``translator.npz``. TensorFlow matches what
lies in a checkpoint by the names of attributes, so plain holders of variables stand here for the
optimizers, which are not built.
"""

import tensorflow as tf

from unit_tf.training.workdir import told_from_broken


def read(method, config, folder):
    """Puts the networks' weights, averaged where an average was kept, into a method.

    Args:
      method: Method.
      config: ExperimentConfig of its training.
      folder: the checkpoint's.

    Returns:
      training steps that they have seen.

    Raises:
      MisfitError: the state is of other networks.
      Exception: of TensorFlow's many, where it is broken.
    """
    step = tf.Variable(0, dtype=tf.int64)
    parts = {"step": step, "seeds": [v.value for v in method.non_trainable_variables]}
    variables, average = method.generator_variables, bool(config.optim.ema)
    generator = _Player(variables, average)
    parts["generator_optimizer"] = generator.holder(config)
    players = [generator]
    if any(method.discriminator_weights.values()):
        discriminator = _Player(method.discriminator_variables, average and method.averages_all)
        parts["discriminator_optimizer"] = discriminator.holder(config)
        players.append(discriminator)
    else:
        parts["untrained"] = [v.value for v in method.discriminator_variables]
    with told_from_broken(folder):
        status = tf.train.Checkpoint(**parts).read(str(folder / "state"))
        status.assert_existing_objects_matched()
    status.expect_partial()  # or TensorFlow warns of each of the optimizers' variables
    for player in players:
        player.use_averages()
    return int(step.numpy())


class _Player:
    """What an optimizer holds for the networks that it moves.

    Args:
      variables: Keras variables, in the optimizer's order.
      average: whether it keeps their moving average.
    """

    def __init__(self, variables, average):
        self._variables = [v.value for v in variables]
        self._averages = [tf.Variable(v) for v in self._variables] if average else []
        self._iterations = tf.Variable(0, dtype=tf.int64)

    def holder(self, config):
        """A tf.train.Checkpoint with the attributes that a checkpoint knows an optimizer by."""
        parts = {"_trainable_variables": self._variables, "_iterations": self._iterations}
        if self._averages:
            parts["_model_variables_moving_average"] = self._averages
        holder = tf.train.Checkpoint(**parts)
        scaled = config.run.precision == "mixed_float16"
        return tf.train.Checkpoint(inner_optimizer=holder) if scaled else holder

    def use_averages(self):
        """Puts the averages into the variables, unless no step has filled them yet."""
        if int(self._iterations.numpy()):
            for variable, average in zip(self._variables, self._averages, strict=False):
                variable.assign(average)
