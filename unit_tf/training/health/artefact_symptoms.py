"""Symptoms of patterns that networks add: a checkerboard, or a frame along the border."""

import numpy as np

from unit_tf.training.health.base import ADVERSARIAL, Symptom, worst

PERIOD = 4  # The last two doublings leave patterns of 2 and of 4 pixels; both repeat every 4.
LEAST_DETAIL = 0.004  # half a level of 255: below it nobody sees a pattern
ENOUGH = 132  # pixels along a side in which a pattern is looked for
RING = 2  # pixels between the two rings that are compared
UPSAMPLING = "a new folder with --model.up=nearest"


class Checkerboard(Symptom):
    """Fine detail of the translations repeats every few pixels, at the same places in all images.

    value = variance of the means over places with the same (row mod 4, column mod 4) / variance of
    all places, of what is left of the translations without a 5x5 mean; minus that of targets.
    """

    name = "checkerboard"
    limit = 0.15
    says = "translations {where} have a checkerboard"
    number = "share of fine detail that repeats every 4 pixels, over that of real images"
    advice = (UPSAMPLING, "a longer training")

    def measure(self, seen):
        found = {}
        for direction, y in seen.translated.items():
            share = repeated_share(y)
            if share is not None:
                found[direction] = share - (repeated_share(seen.images[direction[-1]]) or 0.0)
        return worst(found, self.above)


class Border(Symptom):
    """The translations' outermost pixels differ from those inside, where real images' do not.

    value = mean |outermost ring - ring 2 pixels inside| / mean of such differences inside; minus
    that of inputs or targets, whichever is larger.
    """

    name = "border"
    limit = 3.0
    # Young networks leave a frame where zeros are padded: 3.2 and 4.2 in good trainings whose
    # discriminator, which takes it away, had not begun.
    waits_for = ADVERSARIAL
    says = "translations {where} have a frame"
    number = "contrast along the border, over that of real images"
    advice = ("a longer training", "larger crops, --data.image_size", UPSAMPLING)

    def measure(self, seen):
        found = {}
        for direction, y in seen.translated.items():
            real = [border_contrast(seen.images[d]) for d in direction.split("2")]
            own = border_contrast(y)
            if own is not None and None not in real:
                found[direction] = own - max(real)
        return worst(found, self.above)


def fine_detail(x):
    """Returns float32 [N, H, W, C] without its 5x5 mean, cut to multiples of 4; None if too small.

    Args:
      x: float32 [N, H, W, C]; of larger images one corner is enough.
    """
    x = x[:, :ENOUGH, :ENOUGH]
    height, width = ((side - 4) // PERIOD * PERIOD for side in x.shape[1:3])
    if min(height, width) < 2 * PERIOD:
        return None
    rows = sum(x[:, i : x.shape[1] - 4 + i] for i in range(5))
    mean = sum(rows[:, :, i : x.shape[2] - 4 + i] for i in range(5)) / 25
    return (x[:, 2:-2, 2:-2] - mean)[:, :height, :width]


def repeated_share(x):
    """Returns the share, in [0, 1], of fine detail that repeats every 4 pixels; None without any.

    Args:
      x: float32 [N, H, W, C].
    """
    detail = fine_detail(x)
    if detail is None or detail.std() < LEAST_DETAIL:
        return None
    count, height, width, channels = detail.shape
    shape = (count, height // PERIOD, PERIOD, width // PERIOD, PERIOD, channels)
    places = detail.reshape(shape).mean((0, 1, 3))
    return float(places.var((0, 1)).sum() / detail.var((0, 1, 2)).sum())


def border_contrast(x):
    """Returns how much the outermost pixels differ from those inside; None for flat images.

    Args:
      x: float32 [N, H, W, C].

    Returns:
      float: 1 where the border is as the inside.
    """
    rows = np.abs(x[:, RING:] - x[:, :-RING]).mean((0, 2, 3))
    columns = np.abs(x[:, :, RING:] - x[:, :, :-RING]).mean((0, 1, 3))
    if min(len(rows), len(columns)) < 2 * RING + 1:
        return None
    inside = np.concatenate([rows[RING:-RING], columns[RING:-RING]]).mean()
    if inside < LEAST_DETAIL:
        return None
    return float(np.mean([rows[0], rows[-1], columns[0], columns[-1]]) / inside)
