"""Signals are remembered until the step is done; what they do to a training is test_loop's part."""

import os
import signal
import threading

import pytest

from unit_tf.training.signals import SignalWatch


def test_second_interrupt_stops_at_once(wait_for):
    """Python runs signal handlers between two of its own instructions, so they are waited for."""
    with SignalWatch() as watch:
        os.kill(os.getpid(), signal.SIGINT)
        wait_for(lambda: watch.caught)
        assert watch.caught == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            wait_for(lambda: False)


def test_signals_are_left_alone_outside_the_main_thread():
    errors, watches = [], []

    def watch():
        try:
            with SignalWatch() as w:
                watches.append(w.previous)
        except ValueError as error:
            errors.append(error)

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join()
    assert not errors and watches == [{}]
