"""Every method that the configuration offers exists, and keeps to the contract of base.py."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf import config as config_lib
from unit_tf.config import ExperimentConfig
from unit_tf.methods import base
from unit_tf.methods.base import DIRECTIONS, Method
from unit_tf.methods.registry import METHODS, build_method
from unit_tf.models.architectures import ARCHITECTURES

TINY = {
    "model.width": 1 / 64, "model.num_blocks": 1, "model.discriminator_depth": 1,
    "model.discriminator_scales": 1, "data.image_size": 16,
}  # fmt: skip


def test_the_choices_are_the_registry():
    assert set(config_lib.lookup("model.method").metadata["choices"]) == set(METHODS)


TRANSLATORS = [name for name, kind in METHODS.items() if kind.directions]
CLASSIFIERS = [name for name in METHODS if name not in TRANSLATORS]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_contract_of_a_classifier(name):
    """Terms answer to weights, and every class has a logit."""
    settings = {
        "model.method": name, "model.width": 0.1, "data.image_size": 32, "data.channels": 1,
    }  # fmt: skip
    method = build_method(ExperimentConfig().replace(settings))
    x_a, x_b = (
        tf.constant(np.random.default_rng(i).uniform(-1, 1, (2, 32, 32, 1)), tf.float32)
        for i in range(2)
    )
    outputs = method.forward((x_a, x_b, tf.constant([3, 7])), tf.constant([0, 1]))
    for player in ("generator", "discriminator"):
        terms = getattr(method, f"{player}_terms")(outputs)
        families = {key.split("/")[0] for key in terms}
        assert families == {k for k, w in getattr(method, f"{player}_weights").items() if w}
        assert all(term.shape == () and np.isfinite(term) for term in terms.values())
    variables = method.generator_variables + method.discriminator_variables
    assert {id(v) for v in variables} == {id(v) for v in method.trainable_variables}
    assert method.classify(x_b, "b").shape == (2, 10)
    np.testing.assert_array_equal(method.classify(x_b, "b"), method.classify(x_b, "b"))
    with pytest.raises(NotImplementedError):
        method.translate(x_a, "a2b")


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
@pytest.mark.parametrize("name", TRANSLATORS)
def test_contract(name, architecture):
    """Terms answer to weights, the players share no variable, and translations are pictures."""
    settings = {**TINY, "model.method": name, "model.architecture": architecture}
    method = build_method(ExperimentConfig().replace(settings))
    assert type(method) is METHODS[name] and isinstance(method, Method)
    assert method.smallest_side <= 16 and 16 % method.stride == 0
    variables = len(method.variables)
    batch = [tf.constant(np.random.default_rng(i).uniform(-1, 1, (2, 16, 16, 3)), tf.float32)
             for i in range(2)]  # fmt: skip
    outputs = method.forward(batch, tf.constant([0, 1]))
    for player in ("generator", "discriminator"):
        weights = getattr(method, f"{player}_weights")
        terms = getattr(method, f"{player}_terms")(outputs)
        active = {f"{family}/{d}" for family, weight in weights.items() if weight for d in "ab"}
        assert set(terms) == active
        for key, term in terms.items():
            assert term.shape == () and term.dtype == tf.float32, key
            assert np.isfinite(term), key
    sides = [{id(v) for v in method.generator_variables},
             {id(v) for v in method.discriminator_variables}]  # fmt: skip
    assert not sides[0] & sides[1]
    assert sides[0] | sides[1] == {id(v) for v in method.trainable_variables}
    for direction in DIRECTIONS:
        picture = method.translate(batch[0], direction)
        assert picture.shape == (2, 16, 16, 3) and picture.dtype == tf.float32
        assert np.abs(picture).max() <= 1
    previews = method.preview(batch)
    assert all(column.shape[:3] == (2, 16, 16) for column in previews.values())
    assert len(method.variables) == variables


def test_unique_variables_refuses_a_variable_of_two_owners():
    """Two encoders' lists joined would move their shared kernel twice."""
    method = build_method(ExperimentConfig().replace(TINY))
    parts = method.encoder.private_a, method.encoder.private_b
    assert len(base.unique_variables(*parts)) == sum(len(p.trainable_variables) for p in parts)
    with pytest.raises(ValueError, match="listed twice"):
        base.unique_variables(method.encoder, method.encoder.shared)


def test_other():
    assert [base.other(d) for d in "ab"] == ["b", "a"]
