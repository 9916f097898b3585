"""Does a written artefact translate like the model in memory? Measured before it is published.

Differences are in the exported range, [0, 1]: 1e-4 is a fortieth of one of a picture's 256 levels.
"""

import hashlib
import math
import pathlib
import typing

import numpy as np
import tensorflow as tf
from unit_tf.export.pictures import batch

from unit_tf.methods.translation import translate_any_size

# What float32 may differ by; formats that round on purpose are measured and not limited.
TOLERANCE = 1e-4


class ExportError(Exception):
    """An artefact is not what the model is; it was removed."""


class Parity(typing.NamedTuple):
    """How far an artefact's translations are from the model's.

    Attributes:
      max_difference: largest absolute difference, in [0, 1].
      mean_difference: mean absolute difference.
      psnr: peak signal-to-noise ratio in dB, peak 1, from the mean squared difference over all
        pictures; inf where there is no difference.
      pictures: how many were compared.
    """

    max_difference: float
    mean_difference: float
    psnr: float
    pictures: int


class Artefact(typing.NamedTuple):
    """Something that was exported.

    Attributes:
      path: the file or folder.
      parity: Parity; None for a page, whose models have theirs.
      latency: {threads: median milliseconds a picture}; empty where it was not measured.
    """

    path: pathlib.Path
    parity: Parity
    latency: dict = {}

    def files(self):
        """Every file of it, sorted."""
        found = [self.path] if self.path.is_file() else self.path.rglob("*")
        return sorted(path for path in found if path.is_file())

    @property
    def num_bytes(self):
        """Bytes of all its files."""
        return sum(path.stat().st_size for path in self.files())

    def digests(self):
        """{path below the artefact's folder: sha256 in hex} of every file."""
        base = self.path.parent if self.path.is_file() else self.path
        return {
            path.relative_to(base).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.files()
        }


class Reference:
    """The model's own translations, each computed once however many artefacts are held to it.

    Args:
      method: a Method.
      direction: ``"a2b"`` or ``"b2a"``.
      pictures: non-empty list of uint8 arrays [H, W, C] of the direction's first domain.
    """

    def __init__(self, method, direction, pictures):
        self.method, self.direction, self.pictures = method, direction, pictures
        self._known = {}

    def pair(self, first, shape):
        """(batch, translation), float32 [N, H, W, C] in [0, 1], of ``pictures.batch``.

        Raises:
          ExportError: the model's own translation is not finite.
        """
        key = first, tuple(shape)
        if key not in self._known:
            x = batch(self.pictures, first, shape)
            # On the CPU, where TFLite runs: a GPU multiplies float32 in 10 bits (TF32) by default.
            with tf.device("CPU:0"):
                y = translate_any_size(self.method, tf.constant(x * 2 - 1), self.direction).numpy()
            if not np.isfinite(y).all():
                raise ExportError("the model's own translation is not finite; nothing published")
            self._known[key] = x, (y + 1) / 2
        return self._known[key]

    def pairs(self, image_size):
        """One pair for each picture, at ``image_size``, a batch of one."""
        return [self.pair(i, (1, *image_size)) for i in range(len(self.pictures))]


def measure(name, run, pairs, tolerance=None):
    """Compares an artefact's translations with the model's.

    Args:
      name: the path under which it will be published, for the message.
      run: function of float32 [N, H, W, C] in [0, 1], to the same.
      pairs: (batch, expected) of float32 arrays, such as ``Reference.pairs`` gives.
      tolerance: largest difference allowed; None for any.

    Returns:
      Parity.

    Raises:
      ExportError: a larger difference, another shape or type, or values that are not finite.
    """
    largest = absolute = squared = 0.0
    values = pictures = 0
    for x, expected in pairs:
        difference = np.abs(_same_kind(name, run(x), expected) - expected)
        largest = max(largest, float(difference.max()))
        if tolerance is not None and largest > tolerance:
            height, width = expected.shape[1:3]
            raise ExportError(
                f"{name}: differs from the model by {largest:.2g} of [0,1] at {height}x{width}; "
                f"at most {tolerance:.0e} is allowed; not published"
            )
        absolute += float(difference.sum(dtype=np.float64))
        squared += float(np.square(difference, dtype=np.float64).sum())
        values, pictures = values + difference.size, pictures + len(expected)
    psnr = 10 * math.log10(values / squared) if squared else math.inf
    return Parity(largest, absolute / values, psnr, pictures)


def _same_kind(name, found, expected):
    """``found``, which must have the shape and type of ``expected`` and be finite."""
    if found.shape != expected.shape or found.dtype != expected.dtype:
        raise ExportError(
            f"{name}: gives {found.dtype}{list(found.shape)} where the model gives "
            f"{expected.dtype}{list(expected.shape)}; not published"
        )
    if not np.isfinite(found).all():
        raise ExportError(f"{name}: gives values that are not finite; not published")
    return found
