"""DANN: the domain head learns to tell domains apart, the features not to let it."""

import math

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.losses.adversarial import discriminator_loss
from unit_tf.losses.cross_entropy import cross_entropy

SEED = tf.constant([0, 0], tf.int32)


@pytest.fixture(scope="module")
def method(digits):
    return digits("dann_mnist_usps")


def gradients(method, batch, term):
    """{variable's path: gradient} of one term, as the trainer would see it."""
    with tf.GradientTape() as tape:
        loss = method.generator_terms(method.forward(batch, SEED))[term]
    variables = method.generator_variables
    found = tape.gradient(loss, [v.value for v in variables], unconnected_gradients="zero")
    return {v.path: g.numpy() for v, g in zip(variables, found, strict=True)}, loss


def test_the_gradient_turns_between_head_and_features(method, digits_batch):
    """The head's gradient tells the domains apart; the features' is its reverse."""
    x_a, x_b, _ = batch = digits_batch()
    found, loss = gradients(method, batch, "domain/ab")
    classifier = method.classifier
    with tf.GradientTape() as tape:
        of_a, of_b = (classifier(x, domain="a").real for x in (x_a, x_b))
        plain_loss = discriminator_loss([of_a], [of_b])
    variables = method.generator_variables
    plain = tape.gradient(plain_loss, [v.value for v in variables], unconnected_gradients="zero")
    np.testing.assert_allclose(loss, plain_loss, rtol=1e-5)
    turned = 0
    for variable, gradient in zip(variables, plain, strict=True):
        sign = 1 if "real" in variable.path else -1
        turned += sign == -1 and np.abs(gradient).max() > 1e-4
        np.testing.assert_allclose(found[variable.path], sign * gradient, atol=1e-5)
    assert turned == 6  # kernel and bias of each layer of the features


def test_a_step_against_the_gradient_tells_the_domains_apart(method, digits_batch):
    """Where only the head moves, its term falls; where only the features do, it rises."""
    batch = digits_batch()
    found, before = gradients(method, batch, "domain/ab")
    for of_head in (True, False):
        variables = [v for v in method.generator_variables if ("real" in v.path) == of_head]
        old = [v.numpy() for v in variables]
        for v in variables:
            v.assign_sub(0.01 * found[v.path])
        after = gradients(method, batch, "domain/ab")[1]
        assert (after < before) == of_head
        for v, value in zip(variables, old, strict=True):
            v.assign(value)


def test_classes_are_learned_as_ever(method, digits_batch):
    """Of A's images alone, without a turn; the domain head has no part in it."""
    x_a, x_b, labels = digits_batch()
    found, loss = gradients(method, (x_a, x_b, labels), "classification/a")
    with tf.GradientTape() as tape:
        wanted = cross_entropy(labels, method.classifier(x_a, domain="a").classes)
    variables = method.generator_variables
    plain = tape.gradient(wanted, [v.value for v in variables], unconnected_gradients="zero")
    np.testing.assert_allclose(loss, wanted, rtol=1e-5)
    for variable, gradient in zip(variables, plain, strict=True):
        np.testing.assert_allclose(found[variable.path], gradient, atol=1e-5)
        assert np.any(gradient != 0) != ("real" in variable.path)


@pytest.mark.parametrize(
    ("step", "share"), [(0, 0), (500, 0.5), (1000, 1), (5000, 1)], ids=lambda value: str(value)
)
def test_the_weight_rises_over_its_steps(step, share, digits):
    """2 / (1 + exp(-10 p)) - 1, times the weight itself; the labels' stays."""
    method = digits("dann_mnist_usps", {"weights.domain": 3, "weights.domain_steps": 1000})
    weights = method.generator_weights_at(tf.constant(step, tf.int64))
    wanted = 3 * (2 / (1 + math.exp(-10 * share)) - 1)
    np.testing.assert_allclose(weights["domain"], wanted, rtol=1e-5, atol=1e-7)
    assert weights["classification"] == 1 and method.generator_weights["domain"] == 3


def test_both_domains_go_through_the_same_layers(method, digits_batch):
    x_b = digits_batch()[1]
    np.testing.assert_array_equal(method.classify(x_b, "a"), method.classify(x_b, "b"))
    assert method.classifier.trunk.private_a is method.classifier.trunk.private_b
