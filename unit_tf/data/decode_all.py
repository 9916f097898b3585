"""Decodes every image of a data set once, so that a bad one is named before the work begins."""

import hashlib
import os
import time

from unit_tf.data.cache_folder import cache_folder
from unit_tf.data.check_progress import check_in_threads
from unit_tf.data.images import BadImage, decode
from unit_tf.data.regular_files import read_regular_file
from unit_tf.data.remembered_checks import Check, RememberedChecks
from unit_tf.files import os_reason


def decode_all(images, cache_dir, what=""):
    """Decodes images in threads; those that were checked before, and are as they were, at once.

    Args:
      images: list of image_lists.ImageFile, which have one Limits. A ``value_range`` that is a
        function is called as if all were decoded.
      cache_dir: where checks are remembered, as --data.cache_dir has it.
      what: which images they are, to be said while a long check runs.

    Returns:
      {where: Check, or in words why the image cannot be used}, in the order of ``images``.

    Raises:
      DataError: the folder that was named takes no files.
    """
    begun = time.monotonic()
    files = [image for image in images if image.encoded is None]
    folder = cache_folder(cache_dir) if files else None
    megapixels = files[0].limits.megapixels if files else 0
    known = RememberedChecks(folder, [image.where for image in files], megapixels)
    found = check_in_threads(lambda image: _check_or_reason(image, known), images, what)
    known.save(time.monotonic() - begun)
    return dict(zip((image.where for image in images), found, strict=True))


def _check_or_reason(image, known):
    """A Check of an image, or in words why it does not decode."""
    try:
        if image.encoded is not None:
            return _check(image, image.encoded)
        status = os.stat(image.where)  # before it is read, or a change meanwhile would be missed
        if check := known.find(image.where, status):
            if check.extent and callable(image.value_range):
                image.value_range(check.extent)
            return check
        check = _check(image, read_regular_file(image.where))
        known.add(image.where, status, check)
        return check
    except BadImage as error:
        return error.reason
    except (OSError, ValueError) as error:  # ValueError: a null byte in a name
        return os_reason(error)


def _check(image, encoded):
    remarks, extents = [], []

    def note(extent):
        extents.append(extent)
        return image.value_range(extent) if callable(image.value_range) else image.value_range

    pixels = decode(encoded, 3, image.where, remarks.append, note, image.limits)
    digest = hashlib.blake2b(encoded, digest_size=16).hexdigest()
    extent = extents[0] if extents else None
    return Check(len(encoded), *pixels.shape[:2], digest, "".join(remarks), extent)
