"""How a training ends before its last step. Imports no TensorFlow."""

from unit_tf.config import UserError


class Diverged(RuntimeError):
    """Losses are not finite, many steps in a row, or a weight is not."""


class Alarmed(UserError):
    """An alarm of health, with ``--run.on_alarm=stop``; the state has been saved."""


class Stopped(Exception):
    """A signal asked to stop; the state has been saved.

    Attributes:
      signal_number: which.
    """

    def __init__(self, signal_number):
        super().__init__(signal_number)
        self.signal_number = signal_number
