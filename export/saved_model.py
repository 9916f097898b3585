"""SavedModels in the layout that TensorFlow Serving polls: serving/TASK/VERSION/.

A version is written and checked in a hidden folder beside the versions, on their own file system,
then renamed into place. Servers look at names that are numbers alone; so none ever sees half of a
version, nor one whose results differ from the model's.
"""

import contextlib
import errno
import functools
import os
import pathlib
import shutil
import tempfile

import numpy as np
import tensorflow as tf
from unit_tf.export.differences import TOLERANCE
from unit_tf.export.inputs import BYTES_SUFFIX
from unit_tf.export.parity import Artefact, measure
from unit_tf.export.signatures import Graphs, as_asked
from unit_tf.export.tasks import SIGNATURE
from unit_tf.export.warmup import write_warmup

from unit_tf.files import lock_folder

_WRITING = ".writing-"  # how hidden folders begin


def export_saved_model(reference, directory):
    """Writes, checks and publishes one task as the next version.

    Args:
      reference: parity.Reference of the method and task.
      directory: the output folder; the version appears in its ``serving/<task>``.

    Returns:
      Artefact: its path is the new version's folder.

    Raises:
      ExportError: what was written does not give what the method does; nothing is published.
    """
    task = reference.task
    versions = pathlib.Path(directory) / "serving" / task.name
    with staging_folder(versions) as folder:
        graphs = Graphs(task)
        functions = graphs.concrete_functions()
        tf.saved_model.save(graphs, str(folder), signatures=functions)
        shape = (1, *task.checked_at)
        examples = {signature: reference.pair(0, shape, signature)[0] for signature in functions}
        write_warmup(folder, task.name, functions, examples)
        parity = check(versions / str(next_version(versions)), folder, reference)
        return Artefact(publish(folder, versions), parity)


def check(name, folder, reference):
    """Runs every signature of a SavedModel; gives the Parity of ``serving_default``.

    Args:
      name: the path under which it will be published.
      folder: where it is now.
      reference: parity.Reference; compared at its task's size, as a batch and off the stride.

    Raises:
      ExportError: a signature does not give what the model does.
    """
    model, task = LoadedModel(folder), reference.task
    shapes = check_shapes(task)
    rounding = functools.partial(reference.rounding, SIGNATURE)
    measure(name, model.run, [reference.pair(0, shape) for shape in shapes], TOLERANCE, rounding)
    parity = measure(name, model.run, reference.pairs(task.checked_at), TOLERANCE, rounding)
    for key, signature in task.signatures.items():
        if key != SIGNATURE:
            pairs = [reference.pair(0, shape, key) for shape in ((1, *task.checked_at), *shapes)]
            run = functools.partial(model.run, key)
            rounding = functools.partial(reference.rounding, key)
            measure(f"{name} {key}", run, pairs, TOLERANCE + signature.rounding, rounding)
    return parity


def check_shapes(task):
    """(batch, height, width) to compare at: a batch, and sides off the stride where any will do."""
    height, width = task.checked_at
    if None not in task.sides:
        return [(2, height, width)]
    return [(2, height // 2 + 1, width // 2 + 3), (1, height // 4 + 5, width + 7)]


class LoadedModel:
    """A SavedModel's signatures, as a server loads them.

    Args:
      folder: the version's folder.
    """

    def __init__(self, folder):
        self._model = tf.saved_model.load(str(folder))  # its variables live only as long as it does

    def run(self, signature=SIGNATURE, /, **inputs):
        """{name: array} of a signature's float32 inputs, given as PNG files where it takes those.

        What comes out as PNG files is float32 in [0, 1] here, and its name has no ``_bytes``.
        """
        function = self._model.signatures[signature]
        with tf.device("CPU:0"):
            found = function(**as_asked(function, inputs))
            return {key.removesuffix(BYTES_SUFFIX): _array(y) for key, y in found.items()}


def _array(tensor):
    """A tensor's values; of PNG files the images, float32 in [0, 1]."""
    if tensor.dtype != tf.string:
        return tensor.numpy()
    images = [tf.io.decode_png(encoded).numpy() for encoded in tensor]
    return np.stack(images).astype(np.float32) / 255


@contextlib.contextmanager
def staging_folder(directory):
    """Gives a path for a folder, inside a hidden one of ``directory``.

    Whatever is still there at the end, be it through an error or Ctrl-C, is removed; and so are, at
    the start, the hidden folders of exports that were killed.
    """
    directory = pathlib.Path(directory)
    made = [path for path in (directory, *directory.parents) if not path.exists()]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        staging, release = _own_folder(directory)
        try:
            _remove_leftovers(directory, staging)
            # A folder inside: mkdtemp's own is private to this user, and a server may be another.
            yield staging / "model"
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            release()
    finally:
        with contextlib.suppress(OSError):  # the first that holds something ends it
            for path in made:
                path.rmdir()


def _own_folder(directory):
    """A new hidden folder, locked as long as its export runs, and what releases it."""
    while True:
        staging = pathlib.Path(tempfile.mkdtemp(prefix=_WRITING, dir=directory))
        try:
            # Before the lock is ours, another export may take the folder for a leftover.
            with contextlib.suppress(FileNotFoundError, BlockingIOError):
                release = lock_folder(staging)
                if staging.exists():
                    return staging, release
                release()
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise


def _remove_leftovers(directory, own):
    """Removes the hidden folders that no export holds.

    Where the file system knows no locks, ``own`` can be locked again: then all of them stay.
    """
    with contextlib.suppress(BlockingIOError):
        lock_folder(own)()
        return
    for folder in filter(os.path.isdir, directory.glob(f"{_WRITING}*")):
        with contextlib.suppress(OSError):  # held, another user's, or gone
            release = lock_folder(folder)
            shutil.rmtree(folder, ignore_errors=True)
            release()


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
