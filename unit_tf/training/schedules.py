"""Learning-rate policies."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("unit_tf")
class StepDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Multiplies the rate by ``factor`` every ``every`` steps.

    Args:
      rate: first learning rate.
      every: steps between two changes.
      factor: multiplier of each change.
    """

    def __init__(self, rate, every, factor):
        self.rate, self.every, self.factor = rate, every, factor

    def __call__(self, step):
        times = ops.floor_divide(ops.cast(step, "float32"), float(self.every))
        return self.rate * ops.power(self.factor, times)

    def get_config(self):
        return {"rate": self.rate, "every": self.every, "factor": self.factor}


@keras.saving.register_keras_serializable("unit_tf")
class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Constant until ``start``, then a straight line to zero over ``length`` steps (CycleGAN's).

    Args:
      rate: first learning rate.
      start: step at which the slope begins.
      length: steps of the slope.
    """

    def __init__(self, rate, start, length):
        self.rate, self.start, self.length = rate, start, length

    def __call__(self, step):
        gone = (ops.cast(step, "float32") - self.start) / self.length
        return self.rate * (1.0 - ops.clip(gone, 0.0, 1.0))

    def get_config(self):
        return {"rate": self.rate, "start": self.start, "length": self.length}


@keras.saving.register_keras_serializable("unit_tf")
class DelayedStart(keras.optimizers.schedules.LearningRateSchedule):
    """Zero before ``start``, then another policy's rate at the same step.

    A rate of zero holds the weights still, L2 included, while Adam's moments warm up; a loss of
    zero would leave them empty, and the first real gradient would move ten times too far.

    Args:
      schedule: a number or a LearningRateSchedule.
      start: first step with a rate.
    """

    def __init__(self, schedule, start):
        self.schedule, self.start = schedule, start

    def __call__(self, step):
        rate = self.schedule(step) if callable(self.schedule) else self.schedule
        return rate * ops.cast(step >= self.start, "float32")

    def get_config(self):
        schedule = self.schedule
        if callable(schedule):
            schedule = keras.optimizers.schedules.serialize(schedule)
        return {"schedule": schedule, "start": self.start}

    @classmethod
    def from_config(cls, config):
        schedule = config["schedule"]
        if isinstance(schedule, dict):
            schedule = keras.optimizers.schedules.deserialize(schedule)
        return cls(schedule, config["start"])


def build_schedule(optim, start=0):
    """The number or schedule that an OptimConfig asks for, zero before step ``start``."""
    schedule = _policy(optim)
    return DelayedStart(schedule, start) if start else schedule


def _policy(optim):
    if optim.schedule == "step":
        return StepDecay(optim.learning_rate, optim.decay_steps, optim.decay_factor)
    if optim.schedule == "linear":
        return LinearDecay(optim.learning_rate, optim.decay_start, optim.decay_steps)
    return optim.learning_rate
