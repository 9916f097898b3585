"""What a score is worth: the best that a constant colour gets, and the untouched input.

The constants are chosen by looking at the truth of the whole test set, so they are upper bounds
that no honest blind guess exceeds. Every figure here is a mean over images, so each image has
the same say, whatever its size.
"""

import math

import numpy as np

from unit_tf.evaluation.metrics.pixel_accuracy import THRESHOLD

LEVELS = 256
# Colours that the search for the best Euclidean ball tries.
BALL_CANDIDATES = 1024


def best_constants(truths, threshold=THRESHOLD):
    """The colour that, painted everywhere, scores best on each metric.

    Exact for L1 (each channel's median), for the per_channel accuracy (a window slid over each
    channel's histogram) and for all_channels (a cube slid over the colour histogram). For euclidean
    the best of the 1024 colours whose cube with the ball's volume holds most; its score is one that
    a constant really gets, and may fall short of the best by a little. PSNR and SSIM get the mean
    colour, which is best for the squared error and a fair choice for SSIM.

    Args:
      truths: iterable of uint8 [H_i, W_i, C], C 1 or 3, the same for all. Read once.
      threshold: largest difference that counts as right.

    Returns:
      {"l1", "psnr", "ssim", "accuracy/<rule>": uint8 [C]}.

    Raises:
      ValueError: no images.
    """
    shares, origin = _colour_shares(truths)
    channels = [_marginal(shares, axis) for axis in range(shares.ndim)]
    found = {
        "l1": [_median(c) for c in channels],
        "psnr": [round(float(np.arange(len(c)) @ c)) for c in channels],
        "accuracy/per_channel": [int(_window_sums(c, threshold).argmax()) for c in channels],
        "accuracy/all_channels": _best_cube(shares, threshold),
        "accuracy/euclidean": _best_ball(shares, threshold),
    }
    found["ssim"] = found["psnr"]
    return {name: (origin + np.array(colour)).astype(np.uint8) for name, colour in found.items()}


def identity(image, truth):
    """The input itself as its translation; None where it has other channels than the truth.

    Args:
      image: uint8 [H, W, C], what is translated.
      truth: uint8 [H, W, C'].
    """
    return image if image.shape == truth.shape else None


def _colour_shares(truths):
    """The mean over images of each colour's share of the pixels.

    Returns:
      (float64 [R, G, B] or [L] that sums to 1, int [C]: the colour at its first corner). It covers
      the colours that occur and their span; no best constant lies outside it, since moving such a
      one to the border brings it nearer to every pixel.
    """
    total, count = None, 0
    for truth in truths:
        channels = truth.shape[-1]
        if total is None:
            total = np.zeros(LEVELS**channels)
        codes = truth.reshape(-1, channels) @ LEVELS ** np.arange(channels)[::-1]
        colours, pixels = np.unique(codes, return_counts=True)
        total[colours] += pixels / len(codes)
        count += 1
    if not count:
        raise ValueError("no images to choose a constant from")
    total = total.reshape((LEVELS,) * channels)
    # Not np.nonzero: 16 million colours times three indices.
    present = [np.flatnonzero(_marginal(total, axis)) for axis in range(channels)]
    spans = tuple(slice(p[0], p[-1] + 1) for p in present)
    return total[spans] / count, np.array([s.start for s in spans])


def _marginal(shares, axis):
    return shares.sum(tuple(a for a in range(shares.ndim) if a != axis))


def _median(shares):
    """The lowest level that half of the weight does not exceed."""
    return int(np.searchsorted(shares.cumsum(), shares.sum() / 2 - 1e-12))


def _window_sums(values, reach):
    """Sums of ``values[i - reach : i + reach + 1]`` for every i, cut off at the ends."""
    sums = np.empty_like(values)
    # One running sum: a table of cumulative sums takes three more arrays of a colour cube's size.
    running = values[:reach].sum(0)
    for i in range(len(values)):
        if i + reach < len(values):
            running += values[i + reach]
        if i > reach:
            running -= values[i - reach - 1]
        sums[i] = running
    return sums


def _cube_sums(shares, reach):
    """The same along every axis."""
    for _ in range(shares.ndim):
        # Each axis in turn comes first, where whole contiguous slabs are added.
        shares = np.ascontiguousarray(np.moveaxis(_window_sums(shares, reach), 0, -1))
    return shares


def _best_cube(shares, reach):
    """Index of the colour whose cube of half-width ``reach`` holds most."""
    return np.unravel_index(_cube_sums(shares, reach).argmax(), shares.shape)


def _best_ball(shares, radius):
    """Index of a colour whose ball holds nearly the most, by trying the likeliest."""
    if shares.ndim == 1:
        return _best_cube(shares, radius)
    sums = _cube_sums(shares, round(radius * (math.pi / 6) ** (1 / 3))).ravel()
    tried = min(BALL_CANDIDATES, sums.size)
    likely = np.sort(np.argpartition(sums, sums.size - tried)[-tried:])
    offsets = np.square(np.arange(-radius, radius + 1))
    ball = np.float64(sum(np.ix_(*(offsets,) * shares.ndim)) <= radius**2)
    centres = [np.unravel_index(i, shares.shape) for i in likely]
    return max(centres, key=lambda centre: _share_in_ball(shares, centre, ball, radius))


def _share_in_ball(shares, centre, ball, radius):
    part = shares[tuple(slice(max(c - radius, 0), c + radius + 1) for c in centre)]
    first = [max(radius - c, 0) for c in centre]
    mask = ball[tuple(slice(f, f + n) for f, n in zip(first, part.shape, strict=True))]
    return float(np.sum(part * mask))
