"""The adversarial game of methods that translate: their discriminators judge translations alone."""

import functools

from unit_tf.losses import adversarial
from unit_tf.methods.base import other
from unit_tf.models.coupled import DOMAINS


def deceiving_terms(method, outputs):
    """What the discriminators say of the translations, for the generators.

    Args:
      method: a Method with ``discriminator``, a MultiScale.
      outputs: a NamedTuple with ``translated``, by the domain that each image comes from.

    Returns:
      {"gan/a": float32 scalar, "gan/b": ...} by the domain they are in now; {} without the weight.
    """
    weights, terms = method.config.weights, {}
    for d in DOMAINS if weights.gan else ():
        logits = method.discriminator(outputs.translated[other(d)], domain=d, training=True)
        terms[f"gan/{d}"] = adversarial.generator_loss(logits, weights.gan_objective)
    return terms


def judging_terms(method, outputs):
    """The discriminators' own side: ``x`` of the outputs is real.

    Args:
      method, outputs: as ``deceiving_terms``.

    Returns:
      {"discriminator/a": float32 scalar, "discriminator/b": ...}; {} without the weight.
    """
    weights, terms = method.config.weights, {}
    for d in DOMAINS if weights.gan else ():
        judge = functools.partial(method.discriminator, domain=d, training=True)
        real, fake = outputs.x[d], outputs.translated[other(d)]
        terms[f"discriminator/{d}"] = adversarial.joined_discriminator_loss(
            judge, real, fake, weights.gan_objective
        )
    return terms
