"""What a symptom of a training is: a number, a limit, and one line that says what to try."""

import re
import statistics
import typing

from unit_tf.methods.registry import find_method

# A setting in an advice, "--model.same_start=true" or "a lower --weights.gan".
_SETTING = re.compile(r"--(\w+\.\w+)(?:=(\w+))?")


# Steps before which no alarm is raised: 200, or a fortieth of the training where that is more.
FIRST, PART = 200, 40
# In what a symptom counts: the training, the adversarial part of it, or that part's second half.
TRAINING, ADVERSARIAL, SECOND_HALF = "training", "adversarial", "second_half"


def first_steps(steps, discriminator_start):
    """Returns {what a symptom waits for: the first step that counts}.

    Args:
      steps: of the whole training.
      discriminator_start: step at which adversarial training begins.
    """
    first = max(FIRST, steps // PART)
    adversarial = first + discriminator_start
    half = (discriminator_start + steps) // 2
    return {TRAINING: first, ADVERSARIAL: adversarial, SECOND_HALF: max(adversarial, half)}


class Measurement(typing.NamedTuple):
    """A symptom's number at one check.

    Attributes:
      value: finite float.
      where: what it was found in, such as "a2b"; "" where that is no question.
    """

    value: float
    where: str = ""


class Symptom:
    """One way to fail. A subclass says how it is measured and where a failure begins.

    Attributes:
      name: in ``health.jsonl`` and, behind "health/", in TensorBoard.
      limit: where an alarm begins, measured by tools/reproduction/health.py.
      above: whether values above the limit are bad, or those below.
      patience: checks in a row that must be bad.
      waits_for: the part of a training in which it counts: TRAINING, ADVERSARIAL or SECOND_HALF.
      stops: whether its alarm ends a training with ``run.on_alarm=stop``.
      from_start: "generator" or "discriminator" where the root mean square of its weights at step
        0 is the first value; else "".
      says: what is wrong, in words; "{where}" stands for the measurement's.
      number: what the value is, in words.
      advice: what to try, most promising first. One that names a setting which the method does not
        read, a value which the setting has already, or one lower than 0, is left out.
    """

    name: str
    limit: float
    above = True
    patience = 3
    waits_for = TRAINING
    stops = True
    from_start = ""
    says: str
    number: str
    advice: tuple = ()

    def measure(self, seen):
        """Measures the symptom.

        Args:
          seen: Observation.

        Returns:
          Measurement, or None where it does not apply.
        """
        raise NotImplementedError

    def limit_after(self, before):
        """Returns the limit for the next value, or None while there is none.

        Args:
          before: list of float, the values of earlier checks.
        """
        del before
        return self.limit

    def is_bad(self, values):
        """Returns whether the last of some values, in their order, is beyond the limit."""
        limit = self.limit_after(values[:-1])
        if limit is None:
            return False
        return values[-1] > limit if self.above else values[-1] < limit

    def is_alarming(self, values, counted):
        """Returns whether the last ``patience`` checks were all bad.

        Args:
          values: list of float, of all checks.
          counted: how many of the last of them are late enough to say something.
        """
        ends = range(len(values) - self.patience + 1, len(values) + 1)
        return counted >= self.patience and all(self.is_bad(values[:end]) for end in ends)

    def raises_alarm(self, history, first):
        """Returns whether a check raises an alarm.

        Args:
          history: list of (step, value), of all checks; the last one decides.
          first: the first step that counts.
        """
        counted = sum(step >= first for step, _ in history)
        return self.is_alarming([value for _, value in history], counted)

    def line(self, step, measurement, limit, config):
        """Returns one line with the step, the number and what to try.

        Args:
          step: int.
          measurement: Measurement.
          limit: float, or None.
          config: ExperimentConfig.
        """
        side = "above" if self.above else "below"
        said = " ".join(self.says.format(where=measurement.where).split())
        begins = "" if limit is None else f"; alarm {side} {limit:.3g}"
        tries = ", or ".join(fitting(self.advice, config))
        return f"step {step}: {said} ({self.number} {measurement.value:.3g}{begins}); try {tries}"


def fitting(advice, config):
    """Returns those of some advices that an experiment can follow.

    Args:
      advice: texts, settings in them written as flags.
      config: ExperimentConfig.
    """
    reads, values = find_method(config.model.method).reads, dict(config.items())

    def fits(text):
        for name, value in _SETTING.findall(text):
            if name.startswith(("model.", "weights.")) and name not in reads:
                return False
            if f"lower --{name}" in text and not values[name]:
                return False
            if value and str(values.get(name)).lower() == value.lower():
                return False
        return True

    return [text for text in advice if fits(text)]


def worst(found, above):
    """Returns the worst of {where: value} as a Measurement; None without a finite value.

    Args:
      found: dict; a value may be None or not finite, and is left out then.
      above: whether large values are bad.
    """
    known = {w: float(v) for w, v in found.items() if v is not None and abs(v) < float("inf")}
    if not known:
        return None
    where = (max if above else min)(known, key=known.get)
    return Measurement(known[where], where)


def median(values):
    """Returns the median of a non-empty list, as a float."""
    return float(statistics.median(values))
