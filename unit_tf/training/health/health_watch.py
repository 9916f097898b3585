"""A training's health: looked at every ``run.health_every`` steps, told once a symptom."""

import math

import numpy as np

from unit_tf.training.health.base import Measurement, first_steps
from unit_tf.training.health.health_log import HealthLog
from unit_tf.training.health.observation import Observer
from unit_tf.training.health.registry import SYMPTOMS


class HealthWatch:
    """Checks a training while it runs. The training is the same bit for bit with it and without.

    Every process of several comes to the same verdict; only the chief writes and speaks.

    Args:
      trainer: Trainer, standing where the training goes on.
      data: Data.
      workdir: folder of health.jsonl.
      chief: whether this process writes.
    """

    def __init__(self, trainer, data, workdir, chief=True):
        self.config, self.chief = trainer.config, chief
        run = self.config.run
        self.every = run.health_every if chief or run.on_alarm == "stop" else 0
        if not 0 < self.every <= run.steps:
            self.every = 0
            return
        self.observer = Observer(trainer, data)
        step = int(trainer.step.numpy())
        self.history = HealthLog(workdir, step, chief)
        self.first = first_steps(run.steps, trainer.method.discriminator_start)
        self.start = self.observer.weights() if step == 0 else {}

    def check(self, step, log, say):
        """Looks, where it is time, and logs what it sees.

        Args:
          step: int, the one just done.
          log: TensorBoardLog.
          say: called with each line to be shown.

        Returns:
          the line of an alarm on which the training is to stop; "" otherwise.
        """
        if not self.every or step % self.every:
            return ""
        told = {e["symptom"] for e in self.history.entries if e["alarm"]}
        self.history.append(self._first_entries())
        entries = self._entries(step)
        self.history.append(entries)
        log.scalars(step, {f"health/{e['symptom']}": e["value"] for e in entries})
        alarms = [e for e in entries if e["alarm"]]
        if self.config.run.on_alarm == "stop":
            ending = {symptom.name for symptom in SYMPTOMS if symptom.stops}
            if lines := [e["line"] for e in alarms if e["symptom"] in ending]:
                return lines[0]
        for entry in alarms:
            if self.chief and entry["symptom"] not in told:
                say(entry["line"])
        return ""

    def _first_entries(self):
        """The weights' entries of step 0, which a training that goes on needs to compare with."""
        first = [
            _entry(0, symptom, Measurement(self.start[part]), None)
            for symptom in SYMPTOMS
            if (part := symptom.from_start) in self.start
        ]
        self.start = {}
        return first

    def _entries(self, step):
        seen = self.observer.look()
        # A training that explodes has numbers of any size; those that are not finite are left out.
        with np.errstate(all="ignore"):
            measurements = [(symptom, symptom.measure(seen)) for symptom in SYMPTOMS]
        return [
            self._checked(step, symptom, measurement)
            for symptom, measurement in measurements
            if measurement is not None and math.isfinite(measurement.value)
        ]

    def _checked(self, step, symptom, measurement):
        """A symptom's entry, with an alarm where its last checks say so."""
        earlier = self.history.values(symptom.name)
        limit = symptom.limit_after([value for _, value in earlier])
        first = self.first[symptom.waits_for]
        alarm = symptom.raises_alarm([*earlier, (step, measurement.value)], first)
        line = symptom.line(step, measurement, limit, self.config) if alarm else ""
        return _entry(step, symptom, measurement, limit, line)


def _entry(step, symptom, measurement, limit, line=""):
    return {
        "step": step,
        "symptom": symptom.name,
        "value": measurement.value,
        "threshold": limit,
        "alarm": bool(line),
        "line": line,
    }
