"""Does a written artefact translate like the model in memory? Checked before it is published.

Differences are in the exported range, [0, 1]: 1e-4 is a fortieth of one of a picture's 256 levels.
"""

import pathlib
import typing

import numpy as np
import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.data.datasets import open_data
from unit_tf.methods.translation import translate_any_size

TOLERANCE = 1e-4


class ExportError(Exception):
    """An artefact is not what the model is; it was removed."""


class Artefact(typing.NamedTuple):
    """Something that was exported.

    Attributes:
      path: the file or folder.
      difference: largest absolute difference from the model that was seen, in [0, 1].
    """

    path: pathlib.Path
    difference: float

    @property
    def num_bytes(self):
        """Bytes of the file, or of all files in the folder."""
        files = [self.path] if self.path.is_file() else self.path.rglob("*")
        return sum(file.stat().st_size for file in files if file.is_file())


class Pictures(typing.NamedTuple):
    """Pictures to compare on.

    Attributes:
      arrays: at least one uint8 array [H, W, C], of any sizes.
      origin: what they are, for the user.
      why_random: in one line, why they are not the experiment's own; "" if they are.
    """

    arrays: list
    origin: str
    why_random: str = ""


def check_parity(name, load, written, method, direction, batches):
    """Loads an artefact and compares its translations with the method's.

    Args:
      name: the path under which it will be published, for the message.
      load: callable: path -> function of float32 [N, H, W, C] in [0, 1], to the same.
      written: path where it lies now.
      method: a Method.
      direction: ``"a2b"`` or ``"b2a"``.
      batches: float32 arrays [N, H, W, C] in [0, 1].

    Returns:
      float, the largest absolute difference, in [0, 1].

    Raises:
      ExportError: a difference above TOLERANCE, another shape, or values that are not finite.
    """
    # All on the CPU, where TFLite runs: a GPU multiplies float32 in 10 bits (TF32) by default.
    with tf.device("CPU:0"):
        run = load(written)
        return max(_difference(name, run(x), _reference(method, x, direction)) for x in batches)


def _reference(method, batch, direction):
    """The method's own translation of float32 [N, H, W, C], from [0, 1] to [0, 1]."""
    return (translate_any_size(method, tf.constant(batch * 2 - 1), direction).numpy() + 1) / 2


def _difference(name, found, expected):
    """Largest absolute difference of two arrays; raises ExportError unless it is small."""
    if found.shape != expected.shape or found.dtype != expected.dtype:
        raise ExportError(
            f"{name}: gives {found.dtype}{list(found.shape)} where the model gives "
            f"{expected.dtype}{list(expected.shape)}; not published"
        )
    if not np.isfinite(expected).all():
        raise ExportError(f"{name}: the model's own translation is not finite; not published")
    difference = float(np.max(np.abs(found - expected)))
    if not difference <= TOLERANCE:  # true for NaN as well
        height, width = expected.shape[1:3]
        raise ExportError(
            f"{name}: differs from the model by {difference:.2g} of [0,1] at {height}x{width}; "
            f"at most {TOLERANCE:.0e} is allowed; not published"
        )
    return difference


def load_pictures(config, domain, count=2):
    """Pictures of one domain: held-out ones, else training crops, else random ones.

    Args:
      config: DataConfig.
      domain: ``"a"`` or ``"b"``.
      count: how many, >= 1; fewer where the data have fewer.

    Returns:
      Pictures.
    """
    if config.source == "tfds" and not config.tfds_dir:
        return random_pictures(config, domain, "--data.tfds_dir is not set, nothing is fetched")
    try:
        data = open_data(config)
        tests = {"a": data.test_a, "b": data.test_b}[domain][:count]
        if tests:
            return Pictures([test.load() for test in tests], f"test pictures of {domain}")
        train = {"a": data.train_a, "b": data.train_b}[domain]
        crops = [train.crop(i, np.random.default_rng(i)) for i in range(min(count, len(train)))]
        return Pictures(crops, f"training pictures of {domain}")
    except (UserError, OSError, ImportError) as error:
        # A translator is often exported far from its training data.
        return random_pictures(config, domain, f"{error}".splitlines()[0])


def random_pictures(config, domain, why=""):
    """Two seeded pictures of flat, noisy patches: edges, areas and texture."""
    arrays = []
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        patches = rng.integers(32, 224, (12, 12, config.domain_channels(domain)))
        large = patches.repeat(24, axis=0).repeat(24, axis=1)
        arrays.append((large + rng.integers(-32, 32, large.shape)).astype(np.uint8))
    return Pictures(arrays, "random pictures", why)


def picture_batches(pictures, shapes):
    """Batches of the given shapes, cut from the middle of the pictures or mirrored beyond them.

    Args:
      pictures: uint8 arrays [H, W, C] of any sizes; used in turn.
      shapes: (batch, height, width) for each batch.

    Returns:
      list of float32 arrays [batch, height, width, C] in [0, 1].
    """
    batches = []
    for i, (count, height, width) in enumerate(shapes):
        rows = [_fit(pictures[(i + k) % len(pictures)], height, width) for k in range(count)]
        # Upside down in turn, so a batch's rows differ even where there is only one picture.
        rows = [row[::-1] if k % 2 else row for k, row in enumerate(rows)]
        batches.append(np.stack(rows).astype(np.float32) / 255)
    return batches


def _fit(picture, height, width):
    """The middle [height, width] of a picture, mirrored outwards first where it is smaller."""
    below, right = max(0, height - picture.shape[0]), max(0, width - picture.shape[1])
    picture = np.pad(picture, [(0, below), (0, right), (0, 0)], mode="symmetric")
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[top : top + height, left : left + width]
