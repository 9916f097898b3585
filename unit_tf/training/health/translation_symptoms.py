"""Symptoms in what becomes of images: constant, saturated, or never learned to be decoded."""

import itertools

import numpy as np

from unit_tf.training.health.base import Symptom, worst

# Beyond this tanh's slope is below 0.06, and hardly any gradient comes back.
FLAT = 0.97
# A target's images may differ less than the inputs: line drawings do. Below this share of the
# inputs' diversity they count as blank.
LEAST_TARGET = 0.1
SAMPLED = 64  # pixels along a side of which a difference is taken
NEW_START = "a new folder with --model.initializer=default"
LOWER_RATE = "a new folder with a lower --optim.learning_rate"


class BlankImages(Symptom):
    """A domain's images are all alike, so there is nothing to learn from them.

    value = mean absolute difference between two of its images.
    """

    name = "blank_images"
    limit = 0.01
    above = False
    patience = 1
    says = "images of domain {where} are all alike"
    number = "their mean difference"
    advice = ("to look at what --data.dir_a and --data.dir_b name",)

    def measure(self, seen):
        return worst({d: diversity(x) for d, x in seen.images.items()}, self.above)


class IgnoresInput(Symptom):
    """Translations of different images are one image.

    value = d(translations) / max(min(d(inputs), d(targets)), 0.1 d(inputs)), with d the mean
    absolute difference between two images of a batch.
    """

    name = "ignores_input"
    limit = 0.1
    above = False
    says = "translations {where} ignore their images"
    number = "their diversity over the images'"
    advice = (
        "to find blank images in both folders",
        NEW_START,
        "a new folder with a lower --weights.gan",
        "another --run.seed",
    )

    def measure(self, seen):
        found = {}
        for direction, y in seen.translated.items():
            inputs, targets = (diversity(seen.images[d]) for d in direction.split("2"))
            if inputs and targets is not None:
                expected = max(min(inputs, targets), LEAST_TARGET * inputs)
                found[direction] = diversity(y) / expected
        return worst(found, self.above)


class Saturated(Symptom):
    """Translations lie in tanh's flat ends, where the target's images do not.

    value = share of values beyond +-0.97 among translations, minus that among targets.
    """

    name = "saturated"
    limit = 0.25
    says = "translations {where} are in tanh's flat ends, which nearly no gradient leaves"
    number = "share beyond 0.97, less the share in real images"
    advice = (NEW_START, LOWER_RATE)

    def measure(self, seen):
        found = {
            direction: flat_share(y) - flat_share(seen.images[direction[-1]])
            for direction, y in seen.translated.items()
        }
        return worst(found, self.above)


class Reconstruction(Symptom):
    """Images decoded from their own codes are little better than one colour and stay so, or worse.

    value = mean |x - decoded| / mean |x - median of x|, over a domain's images.
    """

    name = "reconstruction"
    limit = 0.6
    # A smaller gain over the second half of the training so far is none.
    gain = 0.05
    # So much worse than one colour is an alarm, even if it gets better.
    worse = 1.5
    says = "reconstructions in {where} are bad and hardly get better"
    number = "error over that of one colour"
    advice = (
        NEW_START,
        LOWER_RATE,
        "a new folder with a higher --weights.reconstruction",
        "a larger --model.width",
    )

    def measure(self, seen):
        found = {}
        for domain, decoded in seen.reconstructed.items():
            x = seen.images[domain]
            constant = np.abs(x - np.median(x, axis=(1, 2), keepdims=True)).mean()
            if constant > 0.01:
                found[domain] = np.abs(decoded - x).mean() / constant
        return worst(found, self.above)

    def is_bad(self, values):
        half = values[(len(values) - 1) // 2]
        stuck = len(values) > 2 and values[-1] > (1 - self.gain) * half
        return values[-1] > self.worse or stuck and super().is_bad(values)


def diversity(x):
    """Returns the mean |x_i - x_j| over pixels and pairs of images; None for a single image.

    Args:
      x: float32 [N, H, W, C]; of large images every n-th pixel is enough.
    """
    every = max(1, min(x.shape[1:3]) // SAMPLED)
    x = x[:, ::every, ::every]
    pairs = [np.abs(one - two).mean() for one, two in itertools.combinations(x, 2)]
    return float(np.mean(pairs)) if pairs else None


def flat_share(x):
    """Returns the share of values beyond +-0.97."""
    return float((np.abs(x) > FLAT).mean())
