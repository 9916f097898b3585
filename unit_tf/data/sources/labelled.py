"""Two labelled tensorflow-datasets of small images: a source A that is learned from, a target B.

The labels of A's training images go into the batches. Those of B's are dropped where they are
read, so nothing can learn from them. Held-out images of both carry theirs, to be scored against.

TensorFlow and tensorflow-datasets are imported only when a data set is opened.
"""

import functools
import os
import typing

import numpy as np

from unit_tf.config import user_path
from unit_tf.data import digit_images
from unit_tf.data.base import Data, DataError, TestImage
from unit_tf.data.sources.prepared import find_versions, one_line, open_builder, read_config

CLASSES = 10
_TRAIN_SPLITS = {"svhn_cropped": "extra"}  # 531,131 images, as the paper; elsewhere "train"
_DECODED_AT_A_TIME = 1024


class LabelledDomain:
    """Training images of one domain, without their labels.

    Args:
      images: uint8 array [N, 32, 32, C], kept and not copied.
      channels: of a crop; grey images are repeated to them.
      change: digit_images.Change, sampled anew at each position.
    """

    def __init__(self, images, channels, change):
        self._images, self._channels, self._change = images, channels, change

    def __len__(self):
        return len(self._images)

    draws = digit_images.DRAWS

    def crop(self, index, rng):
        """Image ``index``, changed at random, as ``unit_tf.data.base.Domain`` says."""
        changed = self.change(self.pixels([index]), rng.random((1, self.draws), np.float32))
        return np.rint(changed.numpy()[0]).astype(np.uint8)

    def pixels(self, indices):
        """As ``unit_tf.data.base.BatchDomain`` says."""
        return digit_images.with_channels(self._images[indices], self._channels)

    def change(self, pixels, draws):
        """As ``unit_tf.data.base.BatchDomain`` says."""
        return self._change(pixels, draws)


class Part(typing.NamedTuple):
    """What was read of one split.

    Attributes:
      images: uint8 array [N, 32, 32, C].
      labels: int32 array [N], or None where they were not to be read.
    """

    images: np.ndarray
    labels: np.ndarray | None


def open_labelled(config, held_out_only=False):
    """Opens the data sets that ``labelled_a`` and ``labelled_b`` name, at 32x32.

    Any tensorflow-datasets data set will do that has square images of one size up to 32x32 as
    ``image`` and ten classes as ``label``. Every image is kept decoded, 8 bits a channel.

    Args:
      config: DataConfig. dir_a, dir_b, test_dir_a and test_dir_b name splits; the usual ones are
        ``train`` (svhn_cropped: ``extra``) and ``test``. With tfds_dir the prepared data sets are
        read there and nothing is fetched.
      held_out_only: as in ``datasets.open_data``.

    Returns:
      Data with labels_a, and test images with labels.

    Raises:
      DataError: a data set, split or feature is not there or not fit; one line.
    """
    train, test, labels_a = [], [], None
    for domain in ("a", "b"):
        builder = _open(config, domain)
        where = f"--data.labelled_{domain}={getattr(config, f'labelled_{domain}')}"
        stored, wanted = stored_channels(builder, where), config.domain_channels(domain)
        read = functools.partial(read_split, builder, config.fit, min(stored, wanted))
        part = read(_training_split(config, domain, builder, held_out_only), domain == "a")
        train.append(LabelledDomain(part.images, wanted, _change(config, stored)))
        labels_a = part.labels if domain == "a" else labels_a
        split = _test_split(config, domain, builder)
        test.append(held_out(split, read(split, True), wanted))
    return Data(*train, *test, labels_a=labels_a)


def _open(config, domain):
    """The prepared builder of a domain's data set."""
    flag, name = f"--data.labelled_{domain}", getattr(config, f"labelled_{domain}")
    if not name:
        raise DataError(f"{flag}: not given; it names a data set such as mnist")
    if name != "usps" or config.tfds_dir and find_versions(name, config.tfds_dir):
        return open_builder(flag, name, config.tfds_dir)
    from unit_tf.data.sources import usps

    folder = user_path("--data.tfds_dir", config.tfds_dir) if config.tfds_dir else None
    return usps.prepare(config.usps_dir, folder if folder and _writable(folder) else None)


def _writable(folder):
    """Whether a folder is meant to be written to; root may write anywhere."""
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    return os.access(there, os.W_OK) and bool(there.stat().st_mode & 0o222)


def stored_channels(builder, where):
    """Channels of a data set's images as they are stored, 1 or 3.

    Args:
      builder: as ``prepared.open_builder`` gives it.
      where: the flag that names the data set, for messages.

    Raises:
      DataError: they are not of one small square size, or have no label of ten classes.
    """
    import tensorflow_datasets as tfds

    features = builder.info.features
    found = dict(features) if isinstance(features, tfds.features.FeaturesDict) else {}
    image, label = found.get("image"), found.get("label")
    if not isinstance(label, tfds.features.ClassLabel) or label.num_classes != CLASSES:
        raise DataError(f"{where}: no feature 'label' of {CLASSES} classes")
    shape = image.shape if isinstance(image, tfds.features.Image) else ()
    fits = len(shape) == 3 and None not in shape and image.np_dtype == np.uint8
    if not fits or shape[0] != shape[1] or shape[0] > digit_images.SIDE or shape[2] not in (1, 3):
        raise DataError(
            f"{where}: no feature 'image' of square images of one size up to "
            f"{digit_images.SIDE}x{digit_images.SIDE}"
        )
    return shape[2]


def _training_split(config, domain, builder, held_out_only):
    if held_out_only:
        return ""
    flag, given = f"--data.dir_{domain}", getattr(config, f"dir_{domain}")
    split = given or _TRAIN_SPLITS.get(builder.name, "train")
    if not _count(flag, split, builder):
        raise DataError(f"{flag}={split}: no images in it; to train on there must be some")
    if "test" in _parts(split).values() and not getattr(config, f"test_dir_{domain}"):
        raise DataError(
            f"{flag}={split}: holds test images; name others to hold out with "
            f"--data.test_dir_{domain}"
        )
    return split


def _test_split(config, domain, builder):
    given = getattr(config, f"test_dir_{domain}")
    if not given and "test" not in builder.info.splits:
        return ""
    split = given or "test"
    _count(f"--data.test_dir_{domain}", split, builder)
    return split


def _parts(split):
    """{part: name of the split it is of}, of a sum of slices: train[:10%] + train[90%:]."""
    return {part.strip(): part.split("[")[0].strip() for part in split.split("+")}


def _count(flag, split, builder):
    """Number of images in ``split``, each part of which must be there."""
    parts, known = _parts(split), list(builder.info.splits)
    if not set(parts.values()) <= set(known):
        raise DataError(
            f"{flag}={split}: no such split of {builder.name}; valid: {', '.join(known)}"
        )
    try:
        counts = [builder.info.splits[part].num_examples for part in parts]
    except Exception as error:  # tensorflow-datasets' own, of several kinds
        raise DataError(f"{flag}={split}: no slice of {builder.name} ({one_line(error)})") from None
    if min(counts) < 0:
        raise DataError(f"{flag}={split}: ends before it begins; a slice is FIRST:END")
    return sum(counts)


def read_split(builder, fit, channels, split, with_labels):
    """A split, decoded, in the order in which it is stored; nothing for "".

    Args:
      builder: of a data set that ``stored_channels`` accepts.
      fit: how its images get to 32x32, as ``digit_images.fit`` says.
      channels: of the result, 1 or 3, at most those that are stored.
      split: name, or a slice such as train[:10%].
      with_labels: read the classes too.

    Returns:
      Part.

    Raises:
      DataError: the split is not there or damaged, or its labels are no classes; one line.
    """
    where, done = f"{builder.info.full_name} {split}", 0
    try:
        count = builder.info.splits[split].num_examples if split else 0
        images = np.zeros((count, digit_images.SIDE, digit_images.SIDE, channels), np.uint8)
        labels = np.zeros(count, np.int32) if with_labels else None
        for batch in _batches(builder, split, with_labels) if count else ():
            fitted = digit_images.fit(batch["image"], fit)
            here = slice(done, done := done + len(fitted))
            images[here] = fitted if fitted.shape[-1] == channels else digit_images.to_grey(fitted)
            if with_labels:
                labels[here] = batch["label"]
    except Exception as error:  # missing or damaged TFRecords
        raise DataError(f"{where}: cannot be read ({one_line(error)})") from None
    if with_labels and not np.isin(labels, range(CLASSES)).all():
        raise DataError(f"{where}: labels other than 0 to {CLASSES - 1}")
    return Part(images, labels)


def _batches(builder, split, with_labels):
    """Dicts with ``image`` and, if wanted, ``label``; what is not wanted never becomes an array."""
    wanted = ("image", "label") if with_labels else ("image",)
    examples = builder.as_dataset(split=split, read_config=read_config())
    examples = examples.map(lambda example: {key: example[key] for key in wanted})
    return examples.batch(_DECODED_AT_A_TIME).prefetch(1).as_numpy_iterator()


def _change(config, stored_channels):
    return digit_images.Change(
        flip=config.flip,
        invert=config.invert and stored_channels == 1,  # house numbers have both polarities already
        shift=config.shift,
        rotate=config.rotate,
        scale=config.scale,
    )


def held_out(split, part, channels):
    """TestImages of a labelled Part, called test_00000.png and so on by their place in it."""
    base = split.split("[")[0]
    return [
        TestImage(
            f"{base}_{i:05d}.png",
            functools.partial(digit_images.with_channels, image, channels),
            label=int(label),
        )
        for i, (image, label) in enumerate(zip(part.images, part.labels, strict=True))
    ]
