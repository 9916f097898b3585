"""What happens when an image can no longer be read in the middle of a training."""

import contextlib

import keras
import tensorflow as tf

from unit_tf.data.pipeline import UNREAD
from unit_tf.training.strategy import is_multiworker


class UnreadImages:
    """Finds the images behind TensorFlow's errors, and keeps the state as before their step.

    Args:
      trainer: Trainer.
      strategy: tf.distribute.Strategy that it was built in.
      watched: whether images may fail. Where they cannot, no state is kept, nor by several workers.
    """

    def __init__(self, trainer, strategy, watched):
        self._strategy = strategy
        # Saving needs all workers, of which others may still wait for this one's step.
        self._counters = _integers(trainer) if watched and not is_multiworker(strategy) else []

    @property
    def keeps_state(self):
        """Whether the trainer is as before a step whose batch failed."""
        return bool(self._counters)

    @contextlib.contextmanager
    def undone(self):
        """Runs a step; where its batch fails, it is as if the step had not begun.

        Weights need the batch. Counters need none, so that TensorFlow may move them meanwhile. They
        are copied where they are: reading them would wait for the step before.
        """
        before = [(variable, tf.identity(variable.value)) for variable in self._counters]
        try:
            yield
        except tf.errors.OpError:
            with self._strategy.scope():
                for variable, value in before:
                    variable.assign(value)
            raise

    def behind(self, error):
        """The UserError behind an error of TensorFlow's, or None."""
        known = reversed(tuple(UNREAD))  # a copy: other images may fail meanwhile
        return next((one for one in known if str(one) in str(error)), None)


def _integers(trainer):
    """Step, iterations and dropout's seeds."""
    optimizers = (trainer.generator_optimizer, trainer.discriminator_optimizer)
    found = [trainer.step, *trainer.method.non_trainable_variables]
    found += [v for optimizer in optimizers if optimizer for v in optimizer.variables]
    return [v for v in found if "int" in keras.backend.standardize_dtype(v.dtype)]
