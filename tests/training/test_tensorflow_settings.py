"""run.deterministic: when a training's weights are the same every time."""

import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig, RunConfig
from unit_tf.training.tensorflow_settings import is_deterministic, prepare_tensorflow


@pytest.mark.parametrize(
    ("asked", "gpus", "is_so"),
    [("auto", 0, True), ("auto", 1, False), ("on", 2, True), ("off", 0, False)],
)
def test_gpus_alone_are_left_to_chance(asked, gpus, is_so, monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU"] * gpus)
    enabled = []
    experimental = tf.config.experimental
    monkeypatch.setattr(experimental, "enable_op_determinism", lambda: enabled.append(True))
    run = RunConfig(deterministic=asked)
    prepare_tensorflow(run)
    assert is_deterministic(run) == bool(enabled) == is_so


def test_a_training_from_before_the_setting_stays_as_it_was():
    text = ExperimentConfig().to_json()
    assert ExperimentConfig.from_json(text).run.deterministic == "auto"
    older = text.replace('"deterministic": "auto"', '"x": 0').replace('"x": 0,', "")
    assert '"x"' not in older
    assert ExperimentConfig.from_json(older).run.deterministic == "on"
