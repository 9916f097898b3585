"""Features of images, each image's once: real ones from disk, translations on their way."""

import hashlib

import numpy as np

from unit_tf.config import UserError
from unit_tf.evaluation.features.inception_v3 import AT_A_TIME
from unit_tf.files import atomic_path
from unit_tf.weight_files import read_npz

FOLDER = "inception_features"


def cached_features(network, loaders, folder):
    """Features of real images, from disk where the same have been computed before.

    They lie in ``folder/inception_features/KEY.npz``. The key is a hash of the pixels of all
    images, of the weights and of what is done to an image, so that a file never gives the
    features of others; one that does not read is written anew.

    Args:
      network: evaluation.inception_v3.InceptionV3.
      loaders: non-empty list of () -> uint8 [H_i, W_i, C], read twice where they are not on disk.
      folder: folder for the results; need not exist.

    Returns:
      float32 [N, D].

    Raises:
      UserError: they cannot be written.
    """
    path = folder / FOLDER / f"{_key(network, loaders)}.npz"
    found = _stored(path, len(loaders))
    if found is None:
        found = network.features(load() for load in loaders)
        if np.isfinite(found).all():  # else no figures come of them
            _store(path, found)
    return found


class Watched:
    """A translator that keeps the features of what it gives; of each name once.

    Args:
      translate: (image uint8 [H, W, C], name) -> uint8 [H, W, C'].
      network: evaluation.inception_v3.InceptionV3.
    """

    def __init__(self, translate, network):
        self._translate = translate
        self.network = network
        self._names = set()
        self._waiting, self._rows = [], []

    def __call__(self, image, name):
        given = self._translate(image, name)
        if name not in self._names:
            self._names.add(name)
            self._waiting.append(given)
            if len(self._waiting) >= AT_A_TIME:
                self._flush()
        return given

    def features(self, tests):
        """Features of the translations of ``tests``, those among them that are still to be made.

        Args:
          tests: list of TestImage, of which all translated so far are some.

        Returns:
          float32 [N, D], in the order in which they were translated.
        """
        for test in tests:
            if test.name not in self._names:
                self(test.load(), test.name)
        self._flush()
        return np.concatenate(self._rows)

    def _flush(self):
        if self._waiting:
            self._rows.append(self.network.features(self._waiting))
            self._waiting = []


def _key(network, loaders):
    found = hashlib.sha256(network.digest.encode())
    for load in loaders:
        image = load()
        found.update(str(image.shape).encode())
        found.update(np.ascontiguousarray(image))
    return found.hexdigest()[:32]


def _store(path, found):
    try:
        with atomic_path(path) as temporary:
            np.savez(temporary, features=found)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{path}: cannot be written ({str(reason).lower()})") from None


def _stored(path, count):
    """What a file holds; None where it is not there, or not whole."""
    try:
        found = read_npz(path).get("features", np.zeros(()))
    except ValueError:
        return None
    whole = found.shape[:1] == (count,) and found.ndim == 2 and found.dtype == np.float32
    return found if whole and np.isfinite(found).all() else None
