"""A symptom of translations that stay what they were: they miss the target's brightnesses."""

import numpy as np

from unit_tf.training.health.base import SECOND_HALF, Symptom, worst
from unit_tf.training.health.order_symptoms import luminance
from unit_tf.training.health.translation_symptoms import SAMPLED

# Domains whose brightnesses are nearer to each other have none to reach.
LEAST_DISTANCE = 0.12
# Nor have domains that differ little more than the images of one of them do.
LEAST_RATIO = 2


class BrightnessMissed(Symptom):
    """Translations have the brightnesses of their source rather than of their target.

    An example: line drawings whose insides stay white where the target's are filled.

    value = W(translations, targets) / W(inputs, targets), with W the Wasserstein distance between
    the distributions of all pixels' luminance.
    """

    # Chance may have dealt dark images of one domain and bright ones of the other: it ends nothing.
    stops = False

    name = "brightness_missed"
    limit = 0.5
    waits_for = SECOND_HALF
    says = "translations {where} do not get the brightnesses of the target's images"
    number = "their distance from the target's, over the inputs'"
    advice = (
        "to look at translations",
        "a longer training",
        "a new folder with a lower --weights.identity",
        "a new folder with a higher --weights.gan",
    )

    def measure(self, seen):
        found = {}
        for direction, y in seen.translated.items():
            source, target = (seen.images[domain] for domain in direction.split("2"))
            half, wanted = len(target) // 2, _distance(source, target)
            own = [_distance(x[:half], x[half : 2 * half]) for x in (source, target) if half]
            if own and wanted > max(LEAST_DISTANCE, LEAST_RATIO * max(own)):
                found[direction] = _distance(y, target) / wanted
        return worst(found, self.above)


def _distance(x, y):
    """W of two batches of as many images of one size: the mean difference of sorted values."""
    every = max(1, min(x.shape[1:3]) // SAMPLED)
    one, two = (np.sort(luminance(v[:, ::every, ::every]), axis=None) for v in (x, y))
    return float(np.abs(one - two).mean())
