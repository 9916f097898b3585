"""Features of real images, kept on disk and read from there while nothing has changed."""

import hashlib

import numpy as np

from unit_tf.config import UserError
from unit_tf.evaluation.features.batches import AT_A_TIME, Batches
from unit_tf.files import atomic_path, os_reason
from unit_tf.weight_files import read_npz

FOLDER = "inception_features"


def cached_features(network, loaders, folder):
    """Features of real images, from disk where the same have been computed before.

    Args:
      network, folder: as CachedFeatures'.
      loaders: non-empty list of () -> uint8 [H_i, W_i, C]; see CachedFeatures.rows.

    Returns:
      float32 [N, D].

    Raises:
      UserError: they cannot be written.
    """
    found = CachedFeatures(network, folder)
    for load in loaders:
        found.add(load())
    return found.rows(loaders)


class CachedFeatures:
    """Features of real images that come one by one, from disk where there are some of the same.

    They lie in ``folder/inception_features/KEY.npz``. The key is a hash of the pixels of all
    images, of the weights and of what is done to an image, so that a file never holds the
    features of others; a damaged one is written anew.

    Where no features lie on disk, those of each image are computed as it comes; otherwise only if
    the key of all images turns out to be a new one, which takes the images once more.

    Args:
      network: image_features.ImageFeatures.
      folder: folder for the results, which need not exist; None to keep nothing.
    """

    def __init__(self, network, folder):
        self._network = network
        self._folder = None if folder is None else folder / FOLDER
        self._key = hashlib.sha256(network.digest.encode())
        self._count = 0
        none = self._folder is None or not any(self._folder.glob("*.npz"))
        self._computed = Batches(network.features, AT_A_TIME) if none else None

    def add(self, image):
        """Takes one image.

        Args:
          image: uint8 [H, W, C].
        """
        self._count += 1
        if self._folder is not None:
            self._key.update(str(image.shape).encode())
            self._key.update(np.ascontiguousarray(image))
        if self._computed is not None:
            self._computed.add(image)

    def rows(self, loaders):
        """The features of all images that were added.

        Args:
          loaders: list of () -> uint8 [H_i, W_i, C], the same images.

        Returns:
          float32 [N, D].

        Raises:
          UserError: they cannot be written.
        """
        if self._folder is None:
            return self._fresh(loaders)
        path = self._folder / f"{self._key.hexdigest()[:32]}.npz"
        found = _stored(path, self._count)
        if found is None:
            found = self._fresh(loaders)
            if np.isfinite(found).all():  # else no figures come of them
                _store(path, found)
        return found

    def _fresh(self, loaders):
        if self._computed is None:
            return self._network.features(load() for load in loaders)
        return self._computed.rows()


def _store(path, found):
    try:
        with atomic_path(path) as temporary:
            np.savez(temporary, features=found)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({os_reason(error)})") from None


def _stored(path, count):
    """What a file holds; None where it is not there, or not whole."""
    try:
        found = read_npz(path).get("features", np.zeros(()))
    except ValueError:
        return None
    whole = found.shape[:1] == (count,) and found.ndim == 2 and found.dtype == np.float32
    return found if whole and np.isfinite(found).all() else None
