"""Small data sets that tensorflow-datasets' own builders prepare, from files in their format."""

import zipfile

import numpy as np
import pytest
from PIL import Image


def write_cycle_gan(folder, archive, name, images):
    """TFDS' own cycle_gan builder prepares ``cycle_gan/name`` under ``folder``.

    ``archive`` is an empty folder to work in; images are {split: list of arrays [H, W, 3]}.
    """
    import tensorflow_datasets as tfds

    for split, arrays in images.items():
        (archive / name / split).mkdir(parents=True)
        for i, array in enumerate(arrays):
            path = archive / name / split / f"{i + 1}_{split[-1]}.jpg"
            Image.fromarray(array).save(path, quality=100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            tfds.download.DownloadManager, "download_and_extract", lambda self, url: str(archive)
        )
        tfds.builder(f"cycle_gan/{name}", data_dir=folder).download_and_prepare()
    return folder


def write_celeb_a(folder, archive, splits, attributes):
    """TFDS' own celeb_a builder prepares CelebA under ``folder`` from files in CelebA's format.

    Face i is 2 * i throughout, but white in the 20 rows at the top and at the bottom.

    Args:
      folder: of prepared data sets.
      archive: an empty folder to work in.
      splits: for each face 0, 1 or 2: train, validation or test.
      attributes: {name: faces that have it}; the others of the forty nobody has.
    """
    import tensorflow_datasets as tfds

    from unit_tf.config.face_attributes import CELEB_A

    names = [f"{i + 1:06d}.jpg" for i in range(len(splits))]
    with zipfile.ZipFile(archive / "img_align_celeba.zip", "w") as images:
        for i, name in enumerate(names):
            face = np.full((218, 178, 3), 255, np.uint8)
            face[20:198] = 2 * i
            Image.fromarray(face).save(archive / name, quality=100)
            images.write(archive / name, f"img_align_celeba/{name}")
    marks = ("lefteye", "righteye", "nose", "leftmouth", "rightmouth")
    points = [f"{mark}_{axis}" for mark in marks for axis in "xy"]
    has = [[1 if i in attributes.get(a, ()) else -1 for a in CELEB_A] for i in range(len(names))]
    tables = {
        "list_eval_partition": ([], [[split] for split in splits]),
        "list_attr_celeba": ([len(names), " ".join(CELEB_A)], has),
        "landmarks_celeba": ([len(names), " ".join(points)], [[7] * 10] * len(names)),
        "identity_celeba": ([], [[1]] * len(names)),
    }
    found = {"img_align_celeba": archive / "img_align_celeba.zip"}
    for table, (head, rows) in tables.items():
        rows = [" ".join(map(str, (name, *row))) for name, row in zip(names, rows, strict=True)]
        found[table] = archive / f"{table}.txt"
        found[table].write_text("\n".join([*map(str, head), *rows, ""]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfds.download.DownloadManager, "download", lambda self, urls: found)
        tfds.builder("celeb_a", data_dir=folder).download_and_prepare()
    return folder
