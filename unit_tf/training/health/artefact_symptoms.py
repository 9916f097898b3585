"""Symptoms of patterns that networks add: a checkerboard, or a frame along the border."""

import numpy as np

from unit_tf.training.health.base import ADVERSARIAL, Symptom, worst

PERIOD = 4  # The last two doublings leave patterns of 2 and of 4 pixels; both repeat every 4.
BLOCK = 8  # pixels of the squares in which a pattern of 2 is looked for
LEAST_DETAIL = 0.004  # half a level of 255: below it nobody sees a pattern
ENOUGH = 132  # pixels along a side in which a pattern is looked for
RING = 2  # pixels between the two rings that are compared
UPSAMPLING = "a new folder with --model.up=nearest"


class Checkerboard(Symptom):
    """Fine detail of the translations repeats every few pixels.

    value = the larger of two shares of fine detail, each minus the targets' share: of what repeats
    every 4 pixels at the same places in all images, and of what repeats every 2 pixels within
    squares of 8x8. The second also finds a pattern that changes with what is shown, brighter here
    and darker there.
    """

    name = "checkerboard"
    limit = 0.15
    says = "translations {where} have a checkerboard"
    number = "share of fine detail that repeats every 2 or 4 pixels, less the share in real images"
    advice = (UPSAMPLING, "a longer training")

    def measure(self, seen):
        found, shares = {}, (repeated_share, locally_repeated_share)
        for direction, y in seen.translated.items():
            own, real = fine_detail(y), fine_detail(seen.images[direction[-1]])
            if own is not None:
                found[direction] = max(f(own) - (0 if real is None else f(real)) for f in shares)
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
    number = "contrast along the border, less the contrast in real images"
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
    """Returns what is left of images without their 5x5 mean; None if they are too small or flat.

    Args:
      x: float32 [N, H, W, C]; of larger images one corner is enough.

    Returns:
      float32 [N, h, w, C], cut to multiples of 4.
    """
    x = x[:, :ENOUGH, :ENOUGH]
    height, width = ((side - 4) // PERIOD * PERIOD for side in x.shape[1:3])
    if min(height, width) < 2 * PERIOD:
        return None
    rows = sum(x[:, i : x.shape[1] - 4 + i] for i in range(5))
    mean = sum(rows[:, :, i : x.shape[2] - 4 + i] for i in range(5)) / 25
    detail = (x[:, 2:-2, 2:-2] - mean)[:, :height, :width]
    return None if detail.std() < LEAST_DETAIL else detail


def repeated_share(detail):
    """Returns the share, in [0, 1], of fine detail that repeats every 4 pixels in all images.

    It is the variance of the means over places with the same (row mod 4, column mod 4) / the
    variance of all places.

    Args:
      detail: of ``fine_detail``.
    """
    places = _squares(detail, PERIOD).mean((0, 1, 3))
    return float(places.var((0, 1)).sum() / detail.var((0, 1, 2)).sum())


def locally_repeated_share(detail):
    """Returns the share, in [0, 1], of fine detail that repeats every 2 pixels within squares of 8.

    Each square has four means, over places with the same (row mod 2, column mod 2). The share is
    the mean square of these means / the mean square of all places. In noise it is 4 of 64.

    Args:
      detail: of ``fine_detail``.

    Returns:
      float; 0 where all detail lies behind the last whole square.
    """
    height, width = (side // BLOCK * BLOCK for side in detail.shape[1:3])
    squares = _squares(detail[:, :height, :width], BLOCK)
    count, down, _, across, _, channels = squares.shape
    half = BLOCK // 2
    places = squares.reshape(count, down, half, 2, across, half, 2, channels).mean((2, 5))
    power = np.square(squares).mean()
    return float(np.square(places).mean() / power) if power else 0.0


def _squares(x, side):
    """[N, H, W, C] as [N, H / side, side, W / side, side, C]."""
    count, height, width, channels = x.shape
    return x.reshape(count, height // side, side, width // side, side, channels)


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
