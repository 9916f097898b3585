"""Adversarial terms of methods that translate: their fake images are the translations alone."""

import functools

from unit_tf.losses import adversarial
from unit_tf.methods.base import other


def adversarial_generator_terms(method, outputs):
    """The generators' side: translations should get high logits.

    Args:
      method: a Method with ``discriminator``, a MultiScaleDiscriminator.
      outputs: a NamedTuple with ``translated``, by the domain that each image comes from.

    Returns:
      {"gan/a": float32 scalar, "gan/b": ...} by the domain translated into, for each of the
      method's ``targets``; {} without the weight.
    """
    weights, terms = method.config.weights, {}
    for d in method.targets if weights.gan else ():
        logits = method.discriminator(outputs.translated[other(d)], domain=d, training=True)
        terms[f"gan/{d}"] = adversarial.generator_loss(logits, weights.gan_objective)
    return terms


def adversarial_discriminator_terms(method, outputs):
    """The discriminators' side: ``x`` of the outputs is real, translations are fake.

    Args:
      method, outputs: as ``adversarial_generator_terms``; outputs also have ``x``, by domain.

    Returns:
      {"discriminator/a": float32 scalar, "discriminator/b": ...}; {} without the weight.
    """
    weights, terms = method.config.weights, {}
    for d in method.targets if weights.gan else ():
        discriminator = functools.partial(method.discriminator, domain=d, training=True)
        real, fake = outputs.x[d], outputs.translated[other(d)]
        terms[f"discriminator/{d}"] = adversarial.joined_discriminator_loss(
            discriminator, real, fake, weights.gan_objective
        )
    return terms
