"""Maps drawn in thin lines (domain A) and satellite images (domain B) of the same globe.

The lines are coasts and edges of the relief, without names or colours, and water has a light grey
wash, as on a blank map: a line alone does not tell which side of it is wet. One outline stands for
many climates, so a translation has more than one right answer. Ground, bands and tiles are those
of ``blue_marble``, and held-out tiles are pairs with truth in both directions.
"""

import numpy as np

from unit_tf.data.sources import blue_marble

# Water as seen from above is blue or, in deep lakes and trenches, black. Forests are brighter.
BLACK = 24
# All lengths in pixels of the map: a pen is as wide at any scale. Coasts come out about a
# fifth thinner, as distances are taken along the smoothed edge's tangent.
COAST_SMOOTHING = 1.0
COAST_PEN = 1.1
# Ink of the wash on water.
WASH = 0.3
RELIEF_SMOOTHING = 1.75
RELIEF_PEN = 0.8
# Change of grey levels a pixel from which a slope is drawn at all, and in full black.
RELIEF_STEPS = (2.8, 4.0)
# Share of land around a pixel below which the slope may be the shore's.
INLAND = 0.9
# Ink around a pixel, 0.15 on a line that goes on and less on a fleck: up to the first it is left
# out, from the second on it is drawn in full.
FLECK_SMOOTHING = 2.0
FLECKS = (0.07, 0.11)

# Rows drawn at a time, as the largest map is 58 million pixels, and how far ink looks at most.
_ROWS, _REACH = 512, 32


def open_coast(config, held_out_only=False):
    """The data set ``coast``.

    Args:
      config: DataConfig; ``map_width`` sets the scale and ``image_size`` the crop.
      held_out_only: changes nothing, as in ``blue_marble``.

    Returns:
      Data whose test tiles are a fixed list with exact ground truth in both directions.

    Raises:
      DataError: the package is missing, or no tile of this size fits into a band.
    """
    del held_out_only
    satellite = blue_marble.load_globe(blue_marble.SATELLITE, config.map_width)
    relief = blue_marble.load_globe(blue_marble.MAPS["relief"], config.map_width)
    mask = blue_marble.land_mask(satellite)
    return blue_marble.open_tiles(config, mask, outlines(satellite, relief), satellite)


def outlines(satellite, relief):
    """Coasts and relief edges in black on white, and water in light grey.

    Args:
      satellite: uint8 [H, W, 3], the whole globe, whose water tells the coasts.
      relief: uint8 [H, W, 3], of the same places, whose light and shade tell the slopes.

    Returns:
      uint8 [H, W, 3], three equal channels.
    """
    paper = np.empty(satellite.shape, np.uint8)
    for top in range(0, len(paper), _ROWS):
        first = max(0, top - _REACH)
        seen = slice(first, top + _ROWS + _REACH)
        land = _blur(dry(satellite[seen]), COAST_SMOOTHING)
        inland = signed_distance(land)
        ink = np.maximum(_pen(inland, COAST_PEN), WASH * np.clip(0.5 - inland, 0, 1))
        ink = np.maximum(ink, relief_lines(relief[seen], land))
        drawn = ink[top - first :][:_ROWS, :, None]
        paper[top : top + _ROWS] = np.rint(255 * (1 - drawn))
    return paper


def dry(satellite):
    """1 where there is land and no lake either, 0 elsewhere; float32 [H, W]."""
    mask = blue_marble.land_mask(satellite) & (satellite.max(-1) >= BLACK)
    return mask.astype(np.float32)


def signed_distance(land):
    """How far a pixel is from the line along which a smooth share of land is one half.

    Args:
      land: float32 [H, W] in [0, 1].

    Returns:
      float32 [H, W] in pixels, negative on water.
    """
    slope = np.hypot(*np.gradient(land))
    return (land - 0.5) / np.maximum(slope, 1e-3)


def relief_lines(relief, land):
    """The lines along which light turns into shade: crests and the feet of mountains.

    There the gradient's magnitude g is largest along the gradient's own direction n. A parabola
    through g puts that place at a distance of (n . grad g) / (n . Hessian(g) n) from a pixel. Flat
    ground and short flecks stay empty.

    Args:
      relief: uint8 [H, W, 3].
      land: float32 [H, W] in [0, 1], smooth share of land.

    Returns:
      float32 [H, W], ink in [0, 1].
    """
    inland = (land > INLAND).astype(np.float32)
    share = _blur(inland, RELIEF_SMOOTHING)
    # Averages over land alone, or every coast would be a slope.
    light = _blur(relief.mean(-1, dtype=np.float32) * inland, RELIEF_SMOOTHING)
    slopes = np.gradient(light / np.maximum(share, 1e-3))
    steepness = np.hypot(*slopes)
    along = [slope / np.maximum(steepness, 1e-6) for slope in slopes]
    first = sum(n * slope for n, slope in zip(along, np.gradient(steepness), strict=True))
    second = _curvature(steepness, along)
    drawn = (second < 0) & (share > INLAND) & (steepness > RELIEF_STEPS[0])
    ink = _pen(first / np.minimum(second, -1e-6), RELIEF_PEN) * drawn
    return ink * _ramp(steepness, RELIEF_STEPS) * _ramp(_blur(ink, FLECK_SMOOTHING), FLECKS)


def _curvature(values, along):
    """Second derivative of [H, W] along a unit vector at each pixel, (rows, columns)."""
    rows, columns = along
    padded = np.pad(values, 1, "edge")
    # Not by differences of differences, which reach two pixels away and miss narrow ridges.
    across = np.gradient(np.gradient(values, axis=0), axis=1)
    return (
        rows**2 * np.diff(padded[:, 1:-1], 2, axis=0)
        + columns**2 * np.diff(padded[1:-1], 2, axis=1)
        + 2 * rows * columns * across
    )


def _pen(distance, width):
    """Ink at a distance in pixels from a line's middle, antialiased."""
    return np.clip(width / 2 + 0.5 - np.abs(distance), 0, 1)


def _ramp(values, ends):
    """0 up to the first of two ends, 1 from the second on, straight between them."""
    return np.clip((values - ends[0]) / (ends[1] - ends[0]), 0, 1)


def _blur(values, sigma):
    """Gaussian blur of float32 [H, W] that goes round the globe from east to west."""
    reach = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).astype(np.float32)
    for axis, mode in enumerate(("edge", "wrap")):
        border = [(reach, reach) if a == axis else (0, 0) for a in (0, 1)]
        windows = np.lib.stride_tricks.sliding_window_view(
            np.pad(values, border, mode), len(weights), axis
        )
        values = windows @ (weights / weights.sum())
    return values
