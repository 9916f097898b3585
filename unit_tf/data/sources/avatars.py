"""Cartoon faces with an attribute (domain A) and without it (domain B), with exact ground truth.

The paper's four attributes, by pip alone. ``avatar_faces`` says which faces there are. A, B and the
test share none, and a test face of A differs from its counterpart in B in the attribute alone.
"""

import functools

import numpy as np

from unit_tf.data.base import Data, DataError, TestImage
from unit_tf.data.sources.avatar_faces import ATTRIBUTES, sample_pairs
from unit_tf.data.sources.render_cache import cached_faces

SIZES = (32, 256)
# Which face of a pair each domain has.
DOMAINS = {"a": 0, "b": 1}
# Parts of the faces that domains train on: they share none.
DOMAINS_APART = {"a": "a", "b": "b"}


class FaceDomain:
    """Training faces of one domain.

    Args:
      images: uint8 array [N, S, S, 3], kept and not copied.
      flip: mirror left-right at random.
    """

    def __init__(self, images, flip):
        self._images, self._flip = images, flip

    def __len__(self):
        return len(self._images)

    def crop(self, index, rng):
        """Face ``index``, whole, mirrored or not, as ``unit_tf.data.base.Domain`` says."""
        image = self._images[index]
        return image[:, ::-1] if self._flip and rng.integers(2) else image


def open_avatars(config, held_out_only=False):
    """The data set ``avatars``: A's faces have ``config.attribute``, B's have not.

    Args:
      config: DataConfig; ``num_faces`` are trained on in each domain, ``num_test_faces`` pairs are
        held out, ``faces_seed`` says which faces these are; with ``paired`` B's training faces are
        A's without the attribute.
      held_out_only: as in ``datasets.open_data``.

    Returns:
      Data whose test faces are pairs, in the same order in both directions.

    Raises:
      DataError: the attribute is not given or not one of these, a size or channels that these data
        do not have, a package is missing, or the cache cannot be used; one line.
    """
    _check(config)
    count = config.num_faces
    # Pairs are for the ceiling alone: then B's faces are A's without the attribute.
    parts, name = ({"a": "a", "b": "a"}, "pairs") if config.paired else (DOMAINS_APART, "train")
    images = [] if held_out_only else _images(config, parts, count, name)
    tests = _images(config, {"a": "test", "b": "test"}, config.num_test_faces, "test")
    test_a, test_b = np.split(tests, 2)
    return Data(
        FaceDomain(images[:count], config.flip),
        FaceDomain(images[count:], config.flip),
        _pairs(test_a, test_b),
        _pairs(test_b, test_a),
    )


def _images(config, parts, count, name):
    """Images of ``count`` faces of A, then of as many of B.

    Args:
      config: DataConfig.
      parts: {domain: part whose pairs its faces are halves of}.
      count: how many.
      name: of the cache's entry.

    Returns:
      uint8 array [2 * count, S, S, 3].
    """
    faces = [
        pair[DOMAINS[domain]]
        for domain, part in parts.items()
        for pair in sample_pairs(config.attribute, part, count, config.faces_seed)
    ]
    name = f"{config.attribute}_{name}"
    return cached_faces(faces, config.image_size[0], config.cache_dir, name)


def _pairs(images, truths):
    """TestImages of two arrays in the same order."""
    return [
        TestImage(
            f"face_{i:04d}.png",
            functools.partial(images.__getitem__, i),
            functools.partial(truths.__getitem__, i),
        )
        for i in range(len(images))
    ]


def _check(config):
    """Raises DataError unless there are such faces."""
    known = ", ".join(ATTRIBUTES)
    if not config.attribute:
        raise DataError(
            f"--data.attribute: not given; it names what A's faces have and B's have not: {known}"
        )
    if config.attribute not in ATTRIBUTES:
        raise DataError(
            f"--data.attribute={config.attribute}: --data.source={config.source} has no such "
            f"attribute; it has {known}"
        )
    (height, width), (low, high) = config.image_size, SIZES
    if height != width or not low <= height <= high:
        raise DataError(
            f"--data.image_size={height}x{width}: must be square, {low} to {high}, with "
            f"--data.source={config.source}"
        )
    for domain in DOMAINS:
        if (channels := config.domain_channels(domain)) != 3:
            own = f"channels_{domain}"
            flag = own if getattr(config, own) else "channels"
            raise DataError(
                f"--data.{flag}={channels}: faces of --data.source={config.source} are in colour; "
                f"give --data.{flag}=3"
            )
