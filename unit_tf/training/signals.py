"""Ctrl-C and SIGTERM while a training runs: the step is finished and saved first."""

import signal
import threading

import tensorflow as tf

from unit_tf.training.strategy import is_multiworker


class SignalWatch:
    """Remembers SIGINT and SIGTERM until the step is done; a second SIGINT stops at once.

    Python gives signals to the main thread alone; in another one this watches nothing.
    """

    def __enter__(self):
        self.caught = None
        self.previous = {}
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self.previous[number] = signal.signal(number, self._remember)
        return self

    def _remember(self, number, frame):
        del frame
        self.caught = number
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def __exit__(self, *unused):
        for number, handler in self.previous.items():
            signal.signal(number, handler)


class AgreedStop:
    """Has all workers of a cluster stop behind the same step, whichever of them got the signal.

    One that stopped alone would leave the others waiting for its gradients, and only the chief
    saves. In one process there is nothing to agree on.

    Args:
      strategy: tf.distribute.Strategy.
    """

    NUMBERS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self, strategy):
        @tf.function(autograph=False)
        def total(flags):
            return strategy.reduce("SUM", strategy.run(tf.identity, args=(flags,)), axis=None)

        self._total = total if is_multiworker(strategy) else None

    def __call__(self, caught):
        """The signal that all stop for, or None; every worker calls it after every step.

        Args:
          caught: the signal that this process got, or None.
        """
        if self._total is None:
            return caught
        flags = tf.constant([float(caught == number) for number in self.NUMBERS])
        counts = self._total(flags).numpy()
        return next((n for n, count in zip(self.NUMBERS, counts, strict=True) if count), None)
