"""Ctrl-C and SIGTERM while a training runs: the step is finished and saved first."""

import signal
import threading


class Stopped(Exception):
    """A signal asked to stop; the state has been saved.

    Attributes:
      signal_number: which.
    """

    def __init__(self, signal_number):
        super().__init__(signal_number)
        self.signal_number = signal_number


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
