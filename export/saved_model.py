"""SavedModels in the layout that TensorFlow Serving polls: serving/DIRECTION/VERSION/.

A version is written and checked in a hidden folder beside the versions, on their own file system,
then renamed into place. Servers look at names that are numbers alone; so none ever sees half of a
version, nor one whose pictures differ from the model's.
"""

import contextlib
import errno
import pathlib
import shutil
import tempfile

import numpy as np
import tensorflow as tf
from unit_tf.export.image_bytes import encode
from unit_tf.export.parity import TOLERANCE, Artefact, measure
from unit_tf.export.signatures import (
    BYTES_INPUT,
    BYTES_OUTPUT,
    BYTES_SIGNATURE,
    INPUT,
    OUTPUT,
    SIGNATURE,
    Translator,
)
from unit_tf.export.warmup import write_warmup

# PNG rounds to 256 levels.
HALF_LEVEL = 0.5 / 255


def export_saved_model(reference, directory):
    """Writes, checks and publishes one direction as the next version.

    Args:
      reference: parity.Reference of the method and direction.
      directory: the output folder; the version appears in its ``serving/<direction>``.

    Returns:
      Artefact: its path is the new version's folder.

    Raises:
      ExportError: what was written translates differently from the method; nothing is published.
    """
    method, direction = reference.method, reference.direction
    versions = pathlib.Path(directory) / "serving" / direction
    image_size = method.config.data.image_size
    with staging_folder(versions) as folder:
        translator = Translator(method, direction)
        tf.saved_model.save(translator, str(folder), signatures=translator.concrete_functions())
        picture = reference.pair(0, (1, *image_size))[0]
        write_warmup(folder, direction, picture)
        parity = check(versions / str(next_version(versions)), folder, reference, image_size)
        return Artefact(publish(folder, versions), parity)


def check(name, folder, reference, image_size):
    """Runs every signature of a SavedModel; gives the Parity of ``serving_default``.

    Args:
      name: the path under which it will be published.
      folder: where it is now.
      reference: parity.Reference.
      image_size: (height, width); compared there, as a batch, and off the stride.

    Raises:
      ExportError: a signature does not give what the model does.
    """
    model = LoadedModel(folder)
    pairs = reference.pairs(image_size)
    odd = [reference.pair(0, shape) for shape in check_shapes(image_size)]
    measure(name, model.translate, odd, TOLERANCE)
    parity = measure(name, model.translate, pairs, TOLERANCE)
    measure(f"{name} {BYTES_SIGNATURE}", model.translate_encoded, pairs[:1], TOLERANCE + HALF_LEVEL)
    return parity


def check_shapes(image_size):
    """(batch, height, width) to compare at: a batch, and sides off the stride."""
    height, width = image_size
    return [(2, height // 2 + 1, width // 2 + 3), (1, height // 4 + 5, width + 7)]


class LoadedModel:
    """A SavedModel's signatures, as a server loads them.

    Args:
      folder: the version's folder.
    """

    def __init__(self, folder):
        self._model = tf.saved_model.load(str(folder))  # its variables live only as long as it does

    def translate(self, image):
        """float32 array [N, H, W, C] in [0, 1] -> float32 array [N, H, W, C'] in [0, 1]."""
        with tf.device("CPU:0"):
            return self._model.signatures[SIGNATURE](**{INPUT: tf.constant(image)})[OUTPUT].numpy()

    def translate_encoded(self, image):
        """The same through PNG bytes at both ends, for one picture; 256 levels."""
        run = self._model.signatures[BYTES_SIGNATURE]
        with tf.device("CPU:0"):
            encoded = run(**{BYTES_INPUT: encode(image[0])[None]})[BYTES_OUTPUT]
            return tf.io.decode_png(encoded[0]).numpy()[None].astype(np.float32) / 255


@contextlib.contextmanager
def staging_folder(directory):
    """Gives a path for a folder, inside a hidden one of ``directory``.

    Whatever is still there at the end, be it through an error or Ctrl-C, is removed.
    """
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    staging = pathlib.Path(tempfile.mkdtemp(prefix=".writing-", dir=directory))
    try:
        # A folder inside: mkdtemp's own is private to this user, and a server may be another.
        yield staging / "model"
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def next_version(versions):
    """One more than the highest number in the folder ``versions``; 1 if there is none."""
    names = [path.name for path in versions.glob("*")]
    numbers = [int(name) for name in names if name.isdecimal()]
    # TensorFlow Serving's versions have 63 bits: a longer number is none of its.
    return max((number for number in numbers if number < 2**63 - 1), default=0) + 1


def publish(folder, versions):
    """Renames ``folder`` to the next version and returns its new path."""
    versions.mkdir(parents=True, exist_ok=True)
    while True:
        final = versions / str(next_version(versions))
        try:
            return folder.rename(final)
        except OSError as error:
            # Another export took the number between the look and the renaming: take the next.
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
