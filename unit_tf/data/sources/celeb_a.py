"""CelebA's faces through tensorflow-datasets: those of A have an attribute, those of B have not.

TensorFlow and tensorflow-datasets are imported only when the data are opened.
"""

import functools

from unit_tf.data.base import Data, DataError, TestImage
from unit_tf.data.image_lists import ImageDomain, ImageFile, skipped, too_small
from unit_tf.data.scaling import scale_to_cover
from unit_tf.data.sources.prepared import one_line, open_builder, read_config

NAME = "celeb_a"
SPLITS = {"train": "train", "test": "test"}  # CelebA's own; its validation split is not read
_READ_AT_A_TIME = 1024


class Face(ImageFile):
    """An image whose middle square counts: CelebA's are 218x178, the face in the middle."""

    __slots__ = ()

    def load(self, channels):
        """uint8 array [S, S, channels], S the shorter side of the image.

        Raises:
          BadImage: it cannot be decoded.
        """
        return _middle_square(super().load(channels))


def open_celeb_a(config, held_out_only=False):
    """Opens CelebA, divided by ``config.attribute``: A has it, B has not.

    Each face is in one domain and in one split: training images are CelebA's split ``train``,
    held-out ones its split ``test``. As in the released code the middle square, 178x178, is what a
    crop is cut from, after ``resize``. Held-out faces are that square at the same scale, whole.

    One pass over a split reads attributes and encoded images, which stay in memory, as TFRecords
    have no random access: the archive of all 202,599 is 1.4 GB. Images are decoded when a crop
    is taken, and not checked before, as tensorflow-datasets made its records of whole files.

    Args:
      config: DataConfig. With tfds_dir the prepared data set is read there and nothing is fetched.
      held_out_only: as in ``datasets.open_data``.

    Returns:
      Data. No image has a counterpart.

    Raises:
      DataError: the attribute is not given, no face or every face has it, or the data set is not
        there or not CelebA's; one line.
    """
    if not config.attribute:
        raise DataError(
            "--data.attribute: not given; it names what A's faces have and B's have not, such as "
            "Blond_Hair, Smiling, Eyeglasses or Goatee"
        )
    where = f"--data.source={config.source}, data set"
    builder = open_builder(where, NAME, config.tfds_dir)
    _check(builder, config, f"{where}={NAME}")
    train, test = (
        {"a": [], "b": []} if skipped(part, held_out_only) else _read(builder, split, config)
        for part, split in SPLITS.items()
    )
    if not held_out_only:
        _check_both(train, config)
    return Data(
        *(ImageDomain(train[d], config.domain_channels(d), config) for d in ("a", "b")),
        *(_held_out(test[d], config.domain_channels(d), config) for d in ("a", "b")),
    )


def _check(builder, config, where):
    """Raises DataError unless the data set is of faces that can be divided and cropped."""
    import tensorflow_datasets as tfds

    features = builder.info.features
    found = dict(features) if isinstance(features, tfds.features.FeaturesDict) else {}
    image, attributes = found.get("image"), found.get("attributes")
    shape = image.shape if isinstance(image, tfds.features.Image) else (None,)
    if None in shape:
        raise DataError(f"{where}: no feature 'image' of images of one size")
    known = list(attributes) if isinstance(attributes, tfds.features.FeaturesDict) else []
    if config.attribute not in known:
        raise DataError(
            f"--data.attribute={config.attribute}: {where} has no such attribute; "
            f"it has {', '.join(known) or 'none'}"
        )
    if missing := [split for split in SPLITS.values() if split not in builder.info.splits]:
        raise DataError(
            f"{where}: no split {missing[0]}; it has {', '.join(builder.info.splits) or 'none'}"
        )
    if small := too_small((min(shape[:2]),) * 2, config):
        size = "x".join(map(str, config.image_size))
        raise DataError(f"--data.image_size={size}: the middle of a face, {small}")


def _check_both(train, config):
    """Raises DataError where a domain would have nothing to train on."""
    count = len(train["a"]) + len(train["b"])
    for domain, have in (("a", "has it"), ("b", "is without it")):
        if not train[domain]:
            raise DataError(
                f"--data.attribute={config.attribute}: of {count} training faces none {have}; "
                "each domain needs some"
            )


def _read(builder, split, config):
    """{"a": faces with the attribute, "b": those without}, in the order in which they are stored.

    Args:
      builder: of CelebA.
      split: name.
      config: DataConfig, for attribute.

    Returns:
      dict of lists of Face, still encoded.
    """
    where, faces = f"{builder.info.full_name} {split}", {"a": [], "b": []}
    try:
        for images, has in _batches(builder, split, config.attribute):
            for encoded, domain in zip(images, ("a" if h else "b" for h in has), strict=True):
                i = len(faces["a"]) + len(faces["b"])
                faces[domain].append(Face(f"{split}_{i:06d}", f"{where} #{i}", encoded))
    except Exception as error:  # missing or damaged TFRecords
        raise DataError(f"{where}: cannot be read ({one_line(error)})") from None
    return faces


def _batches(builder, split, attribute):
    """Pairs of arrays: encoded images, and whether each has the attribute."""
    import tensorflow_datasets as tfds

    examples = builder.as_dataset(
        split=split,
        decoders=tfds.decode.PartialDecoding(
            {"image": True, "attributes": {attribute}},
            decoders={"image": tfds.decode.SkipDecoding()},
        ),
        read_config=read_config(),
    )
    pairs = examples.map(lambda example: (example["image"], example["attributes"][attribute]))
    return pairs.batch(_READ_AT_A_TIME).prefetch(1).as_numpy_iterator()


def _held_out(faces, channels, config):
    """TestImages at the scale of training, uncropped."""
    return [TestImage(f.name, functools.partial(_scaled, f, channels, config)) for f in faces]


def _scaled(face, channels, config):
    return scale_to_cover(face.load(channels), config.image_size, config.resize)


def _middle_square(image):
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]
