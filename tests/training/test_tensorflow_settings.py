"""Settings whose ``auto`` depends on the machine: run.deterministic and run.subpixel."""

import json

import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig, RunConfig
from unit_tf.training.tensorflow_settings import is_deterministic, is_subpixel, prepare_tensorflow


@pytest.mark.parametrize(
    ("asked", "gpus", "is_so"),
    [("auto", 0, True), ("auto", 1, False), ("on", 2, True), ("off", 0, False)],
)
def test_gpus_alone_are_left_to_chance(asked, gpus, is_so, monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU"] * gpus)
    enabled = []
    experimental = tf.config.experimental
    monkeypatch.setattr(experimental, "enable_op_determinism", lambda: enabled.append(True))
    run = RunConfig(deterministic=asked, subpixel=asked)
    prepare_tensorflow(run)
    assert is_deterministic(run) == bool(enabled) == is_subpixel(run) == is_so


@pytest.mark.parametrize(("name", "before"), [("deterministic", "on"), ("subpixel", "off")])
def test_a_training_from_before_the_setting_stays_as_it_was(name, before):
    raw = json.loads(ExperimentConfig().to_json())
    assert raw["run"].pop(name) == "auto"
    assert getattr(ExperimentConfig.from_json(json.dumps(raw)).run, name) == before
