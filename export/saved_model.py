"""SavedModels in the layout that TensorFlow Serving polls: serving/DIRECTION/VERSION/.

A version is written and checked in a hidden folder beside ``serving``, then renamed into place. So
a server never sees half of one, nor one whose pictures differ from the model's.
"""

import contextlib
import errno
import pathlib
import shutil
import tempfile

import tensorflow as tf
from unit_tf.export.parity import Artefact, check_parity, picture_batches
from unit_tf.export.signatures import INPUT, OUTPUT, SIGNATURE, Translator


def export_saved_model(method, direction, directory, pictures):
    """Writes, checks and publishes one direction as the next version.

    Args:
      method: a Method.
      direction: ``"a2b"`` or ``"b2a"``.
      directory: the output folder; the version appears in its ``serving/<direction>``.
      pictures: uint8 arrays [H, W, C] of the direction's first domain, for the comparison.

    Returns:
      Artefact: its path is the new version's folder.

    Raises:
      ExportError: what was written translates differently from ``method``; nothing is published.
    """
    versions = pathlib.Path(directory) / "serving" / direction
    batches = picture_batches(pictures, check_shapes(method.config.data.image_size))
    with staging_folder(directory) as folder:
        translator = Translator(method, direction)
        tf.saved_model.save(translator, str(folder), signatures=translator.concrete_functions())
        name = versions / str(next_version(versions))
        difference = check_parity(name, load_saved_model, folder, method, direction, batches)
        return Artefact(publish(folder, versions), difference)


def check_shapes(image_size):
    """(batch, height, width) to compare at: the training size, a batch, sides off the stride."""
    height, width = image_size
    smaller, wider = (2, height // 2 + 1, width // 2 + 3), (1, height // 4 + 5, width + 7)
    return [(1, height, width), smaller, wider]


def load_saved_model(folder):
    """The served function of a SavedModel, as a server loads it.

    Args:
      folder: the version's folder.

    Returns:
      callable: float32 array [N, H, W, C] in [0, 1] -> float32 array [N, H, W, C'] in [0, 1].
    """
    model = tf.saved_model.load(str(folder))

    def run(image):
        # Through ``model``: its variables live only as long as it does.
        return model.signatures[SIGNATURE](**{INPUT: tf.constant(image)})[OUTPUT].numpy()

    return run


@contextlib.contextmanager
def staging_folder(directory):
    """Gives a path for a folder on the same file system as ``directory``, but not in ``serving``.

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
    return max((int(name) for name in names if name.isdecimal()), default=0) + 1


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
