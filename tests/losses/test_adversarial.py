"""Adversarial objectives on logits, both players, by hand."""

import math

import numpy as np
import pytest
import tensorflow as tf

from unit_tf import config as config_lib
from unit_tf.losses import adversarial
from unit_tf.losses.adversarial import discriminator_loss, generator_loss


def softplus(x):
    return math.log1p(math.exp(x))


def logits(*values):
    return tf.reshape(tf.constant(values, tf.float32), (1, 1, -1, 1))


# One scale; real logits 2 and -0.5, fake logits 0.5 and -3.
REAL, FAKE = (2.0, -0.5), (0.5, -3.0)
GOLDENS = {
    # objective: (discriminator's loss, generator's loss)
    "bce": (
        (softplus(-2) + softplus(0.5)) / 2 + (softplus(0.5) + softplus(-3)) / 2,
        (softplus(-0.5) + softplus(3)) / 2,
    ),
    # (2-1)^2, (-0.5-1)^2 and 0.5^2, 3^2; (0.5-1)^2, (-3-1)^2: no half anywhere.
    "lsgan": ((1 + 2.25) / 2 + (0.25 + 9) / 2, (0.25 + 16) / 2),
    # max(0, 1-2), max(0, 1+0.5) and max(0, 1+0.5), max(0, 1-3); -(0.5-3)/2.
    "hinge": ((0 + 1.5) / 2 + (1.5 + 0) / 2, 1.25),
}


@pytest.mark.parametrize("objective", GOLDENS)
def test_values(objective):
    d_loss, g_loss = GOLDENS[objective]
    found = discriminator_loss([logits(*REAL)], [logits(*FAKE)], objective)
    assert found.numpy() == pytest.approx(d_loss, rel=1e-6)
    assert generator_loss([logits(*FAKE)], objective).numpy() == pytest.approx(g_loss, rel=1e-6)


def test_bce_is_the_default():
    found = discriminator_loss([logits(*REAL)], [logits(*FAKE)])
    assert found.numpy() == pytest.approx(GOLDENS["bce"][0], rel=1e-6)
    assert generator_loss([logits(*FAKE)]).numpy() == pytest.approx(GOLDENS["bce"][1], rel=1e-6)


def test_every_objective_is_a_choice_and_has_a_golden():
    choices = config_lib.lookup("weights.gan_objective").metadata["choices"]
    assert set(adversarial.OBJECTIVES) == set(choices) == set(GOLDENS)


@pytest.mark.parametrize("objective", GOLDENS)
def test_scales_are_summed_each_by_its_own_mean(objective):
    """A coarse scale of one patch weighs as much as a fine one of two."""
    real, fake = [logits(*REAL), logits(0.25)], [logits(*FAKE), logits(-0.75)]
    both = discriminator_loss(real, fake, objective)
    parts = [discriminator_loss([r], [f], objective) for r, f in zip(real, fake, strict=True)]
    assert both.numpy() == pytest.approx(sum(p.numpy() for p in parts), rel=1e-6)
    both = generator_loss(fake, objective)
    parts = [generator_loss([f], objective) for f in fake]
    assert both.numpy() == pytest.approx(sum(p.numpy() for p in parts), rel=1e-6)


@pytest.mark.parametrize("objective", GOLDENS)
def test_players_pull_apart(objective):
    """G raises fake logits; D lowers them and raises real ones."""
    real, fake = tf.Variable(logits(0.3, -0.2)), tf.Variable(logits(0.1, 0.4))
    with tf.GradientTape(persistent=True) as tape:
        d_loss = discriminator_loss([real], [fake], objective)
        g_loss = generator_loss([fake], objective)
    assert (tape.gradient(g_loss, fake).numpy() < 0).all()
    assert (tape.gradient(d_loss, fake).numpy() > 0).all()
    assert (tape.gradient(d_loss, real).numpy() < 0).all()


@pytest.mark.parametrize("objective", GOLDENS)
def test_half_precision_is_computed_in_float32(objective):
    values = np.linspace(-3, 3, 512)
    half = tf.cast(logits(*values), "bfloat16")
    found = discriminator_loss([half], [half], objective)
    full = tf.cast(half, "float32")
    assert found.dtype == generator_loss([half], objective).dtype == tf.float32
    assert found.numpy() == discriminator_loss([full], [full], objective).numpy()


def test_bce_is_finite_where_a_sigmoid_saturates():
    """Logits of 1000 cost their distance, not infinity."""
    assert generator_loss([logits(-1000.0)], "bce").numpy() == pytest.approx(1000)
    assert discriminator_loss([logits(1000.0)], [logits(-1000.0)], "bce").numpy() == 0
