"""Template matching with OpenCV: where in a photograph is something like a given crop, how large?

Both are compared at one size: the image is shrunk until what is searched would have SIDE pixels.
So time does not grow with the photograph, and scores of all scales mean the same. It is known to
about 1/SIDE of its length where the match lies, and nothing below SIDE pixels is found.
"""

import math
import pathlib
import typing

import numpy as np
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data.images import decode

SIDE = 48  # longer side of templates
NARROWEST = 8  # the shorter one
FLAT = 1.0  # standard deviation, of 255, up to which a window is one colour with rounding errors


class Template(typing.NamedTuple):
    """What is searched for.

    Attributes:
      file: pathlib.Path that it was read from.
      mirrored: whether left and right are exchanged.
      pixels: float32 [h, w], grey levels less their mean; the longer side is SIDE.
    """

    file: pathlib.Path
    mirrored: bool
    pixels: np.ndarray


class Match(typing.NamedTuple):
    """The best place in an image.

    Attributes:
      score: normalised correlation, in [-1, 1].
      template: the Template that is there.
      scale: its longer side as a share of the image's shorter one.
      centre: (x, y) in pixels of the image.
    """

    score: float
    template: Template
    scale: float
    centre: tuple[float, float]


def load_cv2():
    """OpenCV, on one thread: many images are searched at once.

    Raises:
      UserError: it is not installed.
    """
    try:
        import cv2
    except ImportError:
        raise UserError('OpenCV is not installed: pip install -e ".[tools]"') from None
    cv2.setNumThreads(1)
    return cv2


def read_templates(files, mirror):
    """Templates from images.

    Args:
      files: pathlib.Path of each, in order.
      mirror: whether to follow each by its mirror image.

    Returns:
      list of Template.

    Raises:
      UserError: one cannot be read, is too small, too narrow or flat.
    """
    templates = []
    for file in files:
        pixels = _template_pixels(file)
        templates.append(Template(file, False, pixels))
        if mirror:
            templates.append(Template(file, True, np.ascontiguousarray(pixels[:, ::-1])))
    return templates


def search(image, templates, scales):
    """The place most like one of the templates.

    In grey: lights and darks are what heads of a kind share, colours are not; and it is a third of
    the work.

    Args:
      image: uint8 [H, W, 3].
      templates: list of Template.
      scales: list of float in (0, 1], as Match's; those at which the image would have to be
        enlarged are left out.

    Returns:
      Match, of equally good ones the first by scale, then by template; None where the image is
      too small for every scale, or without any contrast.
    """
    grey, shorter = Image.fromarray(image).convert("L"), min(image.shape[:2])
    sizes = {s: _shrunk(grey.size, SIDE / (s * shorter)) for s in scales if fits(shorter, s)}
    if not sizes:
        return None
    # The photograph itself once only; what is left is small.
    grey = grey.resize(max(sizes.values()), Image.Resampling.BICUBIC)
    found = []
    for scale, size in sizes.items():
        shrunk = np.asarray(grey.resize(size, Image.Resampling.BICUBIC))
        for template in templates:
            score, middle = best_window(shrunk, template.pixels)
            lengths = zip(middle, image.shape[1::-1], size, strict=True)
            centre = tuple(at * full / small for at, full, small in lengths)
            found.append(Match(score, template, scale, centre))
    best = max(found, key=lambda match: match.score)
    return best if best.score > -math.inf else None


def fits(shorter, scale):
    """Whether an image need not be enlarged to be searched.

    Args:
      shorter: its shorter side.
      scale: as Match's.
    """
    return scale * shorter >= SIDE


def best_window(grey, template):
    """Where an image correlates best with a template.

    score = sum(w t) / sqrt(sum(w^2) sum(t^2)), w and t the window and the template less their
    means. It is 0/0 in a flat window, and noise in one nearly flat: neither is ever the best.

    Args:
      grey: uint8 [H, W], no side below the template's.
      template: float32 [h, w] of mean 0.

    Returns:
      (score in [-1, 1], or -inf where all is flat; (x, y) of the best window's middle).
    """
    # Without the mean, float32 sums of a bright image's products would lose digits.
    centred = grey.astype(np.float32) - np.float32(grey.mean())
    cv2 = load_cv2()
    scores = cv2.matchTemplate(centred, template, cv2.TM_CCOEFF_NORMED)
    flat = _deviations(grey, template.shape) <= FLAT
    scores = np.where(flat | ~np.isfinite(scores), -np.inf, scores)
    height, width = template.shape
    y, x = np.unravel_index(np.argmax(scores), scores.shape)
    return min(float(scores[y, x]), 1.0), (float(x + width / 2), float(y + height / 2))


def crop_box(match, margin, size):
    """The square around a match, moved inside the image and at most its shorter side.

    Args:
      match: Match.
      margin: the square's side over the match's longer one.
      size: (width, height) of the image.

    Returns:
      (left, top, side) in whole pixels.
    """
    side = min(max(1, round(match.scale * min(size) * margin)), *size)
    corner = (
        min(max(0, round(middle - side / 2)), length - side)
        for middle, length in zip(match.centre, size, strict=True)
    )
    return (*corner, side)


def _template_pixels(file):
    image = Image.fromarray(decode(file, 1)[..., 0])
    longest = max(image.size)
    size = _shrunk(image.size, SIDE / longest)
    if longest < SIDE or min(size) < NARROWEST:
        raise UserError(
            f"template {file}: {image.width}x{image.height} pixels; its longer side must be of "
            f"{SIDE} or more, and at most {SIDE // NARROWEST} times the shorter one"
        )
    pixels = np.asarray(image.resize(size, Image.Resampling.BICUBIC), np.float32)
    if pixels.std() <= FLAT:
        raise UserError(f"template {file}: of one colour throughout; nothing correlates with it")
    return pixels - pixels.mean()


def _shrunk(size, factor):
    """(width, height) times a factor, at least a pixel."""
    return tuple(max(1, round(side * factor)) for side in size)


def _deviations(grey, shape):
    """Standard deviation in each window of a uint8 [H, W]: float64 [H - h + 1, W - w + 1].

    The sums are of whole numbers and exact, so that a flat window's is 0 and not nearly 0.
    """
    cv2 = load_cv2()
    sums, squares = cv2.integral2(grey, sdepth=cv2.CV_64F)
    (height, width), count = shape, shape[0] * shape[1]
    total, square = (
        s[height:, width:] - s[:-height, width:] - s[height:, :-width] + s[:-height, :-width]
        for s in (sums, squares)
    )
    return np.sqrt(square * count - total**2) / count
