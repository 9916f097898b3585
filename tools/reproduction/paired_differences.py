"""How far two ways to train differ, image by image, with an interval over seeds and images.

Trainings with the same seed saw the same images in the same order, and all are scored on the same
test images. So the differences d[s, i] are a table of seeds by images, and the mean over it varies
with both: with the seeds that were chosen, and with the images.

  d[s, i] = mean + seed_s + image_i + rest[s, i]
  Var(mean of d) = (MS_seed + MS_image - MS_rest) / (S I)

MS are the mean squares of the two-way analysis of variance without repeats (Searle, Casella and
McCulloch 1992, section 4.3); Satterthwaite's (1946) degrees of freedom go with them.
"""

import typing

import numpy as np

# Student's t at 0.975 for 1 to 30 degrees of freedom; more are taken for 30.
T_975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


class Difference(typing.NamedTuple):
    """A mean difference and half the width of its 95 % interval.

    Attributes:
      mean: float.
      half_width: float.
    """

    mean: float
    half_width: float

    @property
    def decided(self):
        """Whether 0 lies outside of the interval."""
        return abs(self.mean) > self.half_width

    def text(self, digits):
        """Mean ± half width, and a star where it is decided."""
        star = " *" if self.decided else ""
        return f"{self.mean:+.{digits}f} ± {self.half_width:.{digits}f}{star}"


def paired_difference(values, others):
    """The mean of ``values - others`` over seeds and images, with its interval.

    Args:
      values: float [S, I], a score of each training (rows) on each test image; S and I of at
        least 2. Images where it is NaN for one are left out for all.
      others: float [S, I], of the trainings with the same seeds.

    Returns:
      Difference.

    Raises:
      ValueError: other shapes, or fewer seeds or images.
    """
    values, others = np.asarray(values, float), np.asarray(others, float)
    if values.shape != others.shape or values.ndim != 2:
        raise ValueError(f"shapes {values.shape} and {others.shape}: expected two [S, I]")
    table = values - others
    table = table[:, ~np.isnan(table).any(0)]
    seeds, images = table.shape
    if min(seeds, images) < 2:
        raise ValueError(f"{seeds} seeds and {images} images: expected two or more of each")
    mean = table.mean()
    of_seeds, of_images = table.mean(1, keepdims=True) - mean, table.mean(0) - mean
    rest = table - mean - of_seeds - of_images
    free = np.array([seeds - 1, images - 1, (seeds - 1) * (images - 1)])
    squares = images * (of_seeds**2).sum(), seeds * (of_images**2).sum(), (rest**2).sum()
    return Difference(float(mean), _half_width(np.array(squares) / free, free, table.size))


def _half_width(mean_squares, free, count):
    """t times the standard error; ``mean_squares`` and ``free`` are of seeds, images and rest."""
    # Chance alone can make the sum smaller than the part that the seeds have for sure.
    total = max(mean_squares @ [1, 1, -1], mean_squares[0])
    if not total:
        return 0.0
    degrees = int(total**2 / (mean_squares**2 / free).sum())
    t = T_975[min(max(degrees, 1), len(T_975)) - 1]
    return float(t * np.sqrt(total / count))
