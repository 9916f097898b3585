"""Features of real images, kept on disk and read from there while nothing has changed."""

import hashlib

import numpy as np

from unit_tf.config import UserError
from unit_tf.files import atomic_path
from unit_tf.weight_files import read_npz

FOLDER = "inception_features"


def cached_features(network, loaders, folder):
    """Features of real images, from disk where the same have been computed before.

    They lie in ``folder/inception_features/KEY.npz``. The key is a hash of the pixels of all
    images, of the weights and of what is done to an image, so that a file never holds the
    features of others; a damaged one is written anew.

    Args:
      network: image_features.ImageFeatures.
      loaders: non-empty list of () -> uint8 [H_i, W_i, C], read twice where they are not on disk.
      folder: folder for the results, which need not exist; None to keep nothing.

    Returns:
      float32 [N, D].

    Raises:
      UserError: they cannot be written.
    """
    if folder is None:
        return network.features(load() for load in loaders)
    path = folder / FOLDER / f"{_key(network, loaders)}.npz"
    found = _stored(path, len(loaders))
    if found is None:
        found = network.features(load() for load in loaders)
        if np.isfinite(found).all():  # else no figures come of them
            _store(path, found)
    return found


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
