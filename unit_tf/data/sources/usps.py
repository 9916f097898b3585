"""USPS handwritten digits as a tensorflow-datasets builder, made from ``usps.h5``.

16x16 grey, 7,291 to train on and 2,007 to test on (Le Cun et al., 1990; Hull, 1994). The file has
no address that needs no account, so it is put into a folder by hand. Importing this module imports
tensorflow-datasets and registers the builder as ``usps``.
"""

import h5py
import numpy as np
import tensorflow_datasets as tfds

from unit_tf.config import user_path
from unit_tf.data.base import DataError
from unit_tf.data.sources.prepared import one_line

COUNTS = {"train": 7291, "test": 2007}
FILE = "usps.h5"
SIDE = 16

_WHERE = (
    f"{FILE} (2.9 MB) comes from https://www.kaggle.com/datasets/bistaumanga/usps-dataset; "
    "put it into a folder and name that with --data.usps_dir"
)


class Usps(tfds.core.GeneratorBasedBuilder):
    """Features ``image`` uint8 [16, 16, 1], bright on dark, and ``label`` 0 to 9.

    Example:
      >>> manual = tfds.download.DownloadConfig(manual_dir="/where/usps.h5/is")
      >>> Usps().download_and_prepare(download_config=manual)
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "7,291 and 2,007 digits of usps.h5, rounded to 8 bits."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = _WHERE

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description="Digits that the United States Postal Service scanned from envelopes.",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(SIDE, SIDE, 1)),
                    "label": tfds.features.ClassLabel(num_classes=10),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="https://www.kaggle.com/datasets/bistaumanga/usps-dataset",
        )

    def _split_generators(self, dl_manager):
        return {
            split: self._generate_examples(*examples)
            for split, examples in read_usps(dl_manager.manual_dir / FILE).items()
        }

    def _generate_examples(self, images, labels):
        for i, (image, label) in enumerate(zip(images, labels, strict=True)):
            yield i, {"image": image, "label": int(label)}


def prepare(manual_dir, data_dir=None):
    """The builder of USPS, prepared if it was not yet.

    tensorflow-datasets writes into a folder of another name and renames it, so that a process which
    is stopped leaves nothing half done; of several that prepare at a time the first one wins.

    Args:
      manual_dir: folder of ``usps.h5``, or "" where the data set is thought to be prepared.
      data_dir: where tensorflow-datasets keeps its data sets; None: its default directory.

    Returns:
      Usps, ready to be read.

    Raises:
      DataError: the file is not there, is not the one meant, or the data set cannot be written.
    """
    builder = Usps(data_dir=data_dir)
    if builder.data_path.exists():
        return builder
    if not manual_dir:
        raise DataError(f"--data.usps_dir: not given, and usps is not prepared; {_WHERE}")
    folder = user_path("--data.usps_dir", manual_dir)
    if not (folder / FILE).is_file():
        what = f"no {FILE} in it" if folder.is_dir() else "no such folder"
        raise DataError(f"--data.usps_dir={manual_dir}: {what}; {_WHERE}")
    read_usps(folder / FILE)  # first: a builder that fails leaves folders behind
    tfds.disable_progress_bar()  # it takes seconds
    # All of it comes from the file: there is nothing to ask the network for.
    manual = tfds.download.DownloadConfig(manual_dir=folder, try_download_gcs=False)
    try:
        builder.download_and_prepare(download_config=manual)
    except Exception as error:  # the disk's, or another process was first
        if not builder.data_path.exists():
            raise DataError(f"usps: cannot be written ({one_line(error)})") from None
        builder = Usps(data_dir=data_dir)
    return builder


def read_usps(path):
    """The digits of ``usps.h5``.

    Args:
      path: an HDF5 file with groups train and test, each with ``data`` [N, 256] in [0, 1] and
        ``target`` [N].

    Returns:
      {"train", "test": (uint8 [N, 16, 16, 1], int64 [N])}.

    Raises:
      DataError: it is cut off, another file, or not the usual 7,291 and 2,007 digits; one line.
    """
    try:
        with h5py.File(path) as file:
            parts = {s: (file[s]["data"][:], file[s]["target"][:]) for s in COUNTS}
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise DataError(
            f"{path}: cut off, or not USPS as HDF5 ({one_line(error)}); {_WHERE}"
        ) from None
    return {split: _checked(path, split, *part) for split, part in parts.items()}


def _checked(path, split, data, target):
    """The arrays of one split as ``read_usps`` returns them."""
    wanted = (COUNTS[split], SIDE * SIDE)
    if data.shape != wanted or target.shape != wanted[:1]:
        raise DataError(
            f"{path}: {split} holds {data.shape} values and {target.shape} labels; "
            f"expected {wanted} and {wanted[:1]}"
        )
    if not {data.dtype.kind, target.dtype.kind} <= set("fiu"):
        raise DataError(
            f"{path}: {split} holds values of type {data.dtype} and labels of type {target.dtype}; "
            "expected real numbers"
        )
    if not (data.min() >= 0 and 0.5 < data.max() <= 1):  # false for NaN too
        raise DataError(
            f"{path}: {split} has values from {data.min():g} to {data.max():g}; expected 0 to 1"
        )
    if not np.isin(target, range(10)).all():
        raise DataError(f"{path}: {split} has labels other than 0 to 9")
    images = np.rint(data * 255).astype(np.uint8)
    return images.reshape(-1, SIDE, SIDE, 1), target.astype(np.int64)
