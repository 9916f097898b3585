"""A symptom of translations that stay what they were: the target's brightnesses are not reached."""

import numpy as np

from unit_tf.training.health.base import SECOND_HALF, Symptom, worst
from unit_tf.training.health.order_symptoms import luminance
from unit_tf.training.health.translation_symptoms import SAMPLED

# Domains whose brightnesses are nearer to each other have none to reach.
LEAST_DISTANCE = 0.12
# Nor have those that differ from each other hardly more than a domain's own images do.
LEAST_RATIO = 1.5


class BrightnessMissed(Symptom):
    """Translations have the brightnesses of their source rather than of their target.

    So do line drawings whose insides stay white where the target's images are filled.

    value = W(translations, targets) / W(inputs, targets), with W the Wasserstein distance between
    the distributions of all pixels' luminance.
    """

    name = "brightness_missed"
    limit = 0.45
    waits_for = SECOND_HALF
    says = "translations {where} stay as bright or dark as their images, unlike the target's"
    number = "distance of brightnesses over the images' own"
    advice = (
        "a longer training",
        "a new folder with a lower --weights.identity",
        "a new folder with a higher --weights.gan",
        "pairs, --model.method=supervised, where there are some",
    )

    def measure(self, seen):
        found = {}
        for direction, y in seen.translated.items():
            source, target = (seen.images[domain] for domain in direction.split("2"))
            half = len(target) // 2
            own = _distance(target[:half], target[half : 2 * half]) if half else None
            wanted = _distance(source, target)
            if half and wanted > max(LEAST_DISTANCE, LEAST_RATIO * own):
                found[direction] = _distance(y, target) / wanted
        return worst(found, self.above)


def _distance(x, y):
    """W of two batches of as many images of one size: the mean difference of sorted values."""
    every = max(1, min(x.shape[1:3]) // SAMPLED)
    one, two = (np.sort(luminance(v[:, ::every, ::every]), axis=None) for v in (x, y))
    return float(np.abs(one - two).mean())
