"""The supervised ceiling: one distance, from a translation to its pair."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig
from unit_tf.methods.registry import build_method
from unit_tf.methods.translation.unit import Unit
from unit_tf.resolve import check

TINY = {
    "model.method": "supervised", "data.paired": True, "model.width": 1 / 16, "data.image_size": 16,
    "model.architecture": "resnet2017", "model.num_blocks": 2, "model.num_shared": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def method():
    return build_method(check(ExperimentConfig().replace(TINY)))


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(0)
    return tuple(tf.constant(rng.uniform(-1, 1, (2, 16, 16, 3)), tf.float32) for _ in "ab")


def test_terms_are_distances_of_translations_to_their_pairs(method, batch):
    terms = method.generator_terms(method.forward(batch, tf.constant([0, 1])))
    for direction, (own, pair) in {"a2b": batch, "b2a": batch[::-1]}.items():
        expected = np.abs(method.translate(own, direction) - pair).mean()
        assert float(terms[f"reconstruction/{direction[0]}"]) == pytest.approx(expected, rel=1e-5)
    assert len(terms) == 2


def test_networks_are_units_without_discriminators(method):
    unit = Unit(ExperimentConfig().replace({**TINY, "model.method": "unit"}))
    assert [v.shape for v in method.generator_variables] == [
        v.shape for v in unit.generator_variables
    ]
    assert method.discriminator_variables == [] and method.discriminator_weights == {}
    assert len(method.trainable_variables) == len(unit.generator_variables)
