"""Symptoms of a discriminator from which the generators learn nothing."""

import numpy as np

from unit_tf.training.health.base import ADVERSARIAL, Symptom, worst


class DiscriminatorWins(Symptom):
    """It tells nearly every translation from real images, with ease.

    value = its loss / the loss of the best constant answer.
    """

    name = "discriminator_wins"
    limit = 0.15
    above = False
    waits_for = ADVERSARIAL
    says = "the discriminator of {where} wins: it knows nearly every translation"
    number = "its loss over that of a constant answer"
    advice = (
        "a new folder with a lower --model.discriminator_width",
        "a new folder with a later --weights.gan_start",
        "more images",
        "a lower --optim.learning_rate",
    )

    def measure(self, seen):
        return worst(seen.discriminator_losses, self.above)


class DiscriminatorDiverges(Symptom):
    """Its answers are much worse than none.

    value = as DiscriminatorWins'.
    """

    name = "discriminator_diverges"
    limit = 5.0
    waits_for = ADVERSARIAL
    says = "the discriminator of {where} diverges"
    number = "its loss over that of a constant answer"
    advice = (
        "a new folder with a lower --optim.learning_rate",
        "--optim.clip_norm=10",
        "a new folder with --model.initializer=default",
    )

    def measure(self, seen):
        return worst(seen.discriminator_losses, self.above)


class DiscriminatorDead(Symptom):
    """It gives every image, real or not, the same answer.

    value = the standard deviation of its logits, of the resolution at which they differ most.
    """

    name = "discriminator_dead"
    limit = 0.005
    above = False
    waits_for = ADVERSARIAL
    says = "the discriminator of {where} answers the same to every image"
    number = "standard deviation of its logits"
    advice = (
        "a new folder with --model.initializer=default",
        "a new folder with a lower --optim.learning_rate",
        "another --run.seed",
    )

    def measure(self, seen):
        found = {
            domain: max(np.concatenate([r.ravel(), f.ravel()]).std() for r, f in scales)
            for domain, scales in seen.logits.items()
        }
        return worst(found, self.above)
