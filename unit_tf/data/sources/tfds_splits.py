"""tensorflow-datasets in the form of ``cycle_gan/*``: splits trainA trainB testA testB.

TensorFlow and tensorflow-datasets are imported only when a data set is opened.
"""

from unit_tf.data.base import DataError
from unit_tf.data.image_lists import ImageFile, open_images, skipped
from unit_tf.data.sources.prepared import one_line, open_builder, read_config

_SPLITS = {"train_a": "trainA", "train_b": "trainB", "test_a": "testA", "test_b": "testB"}
_SETTINGS = {"train_a": "dir_a", "train_b": "dir_b", "test_a": "test_dir_a", "test_b": "test_dir_b"}
_ALIGNED = ("cycle_gan/maps", "cycle_gan/facades")
_UNPAIRED = (
    "{}: tensorflow-datasets shuffles the held-out files and drops their names, so none is paired; "
    "for scores against the truth unzip the archive and give it to --data.root"
)


def open_tfds(config, held_out_only=False):
    """Opens a tensorflow-datasets data set whose examples have a feature ``image``.

    Splits are cycle_gan's unless dir_a, dir_b, test_dir_a or test_dir_b name others: the paper's
    map experiment is ``--data.tfds=cycle_gan/maps --data.dir_b=testB``. Encoded images stay in
    memory (the archives are of some hundred megabytes), as TFRecords have no random access.

    Held-out images are never pairs here, even in maps and facades, whose files are: cycle_gan's
    builder orders each split by a hash of file name and split, and does not keep the names, so the
    i-th of testA and of testB are different places. For scores against the truth use the unzipped
    archive with --data.source=folder, where the names tell.

    Args:
      config: DataConfig. With tfds_dir the prepared data set is read there and nothing is fetched;
        without it, tensorflow-datasets prepares it in its default directory.
      held_out_only: as in ``datasets.open_data``.

    Returns:
      Data.

    Raises:
      DataError: the data set, a split or the feature is not there; one line saying what is.
    """
    lists = list_tfds(config, [], held_out_only)
    notes = (_UNPAIRED.format(config.tfds),) if config.tfds.split(":")[0] in _ALIGNED else ()
    return open_images(lists, config, notes=notes)


def list_tfds(config, notes, held_out_only=False):
    """The images of ``open_tfds``, still encoded: {part: list of ImageFile}; no notes are made."""
    del notes
    if not config.tfds:
        raise DataError("--data.tfds: not given; it names a data set such as cycle_gan/maps")
    builder = open_builder("--data.tfds", config.tfds, config.tfds_dir)
    _check_feature(config.tfds, builder)
    splits = _choose_splits(config, builder, held_out_only)
    return {part: _read(builder, split) for part, split in splits.items()}


def _check_feature(name, builder):
    import tensorflow_datasets as tfds

    features = builder.info.features
    found = dict(features) if isinstance(features, tfds.features.FeaturesDict) else {}
    if not isinstance(found.get("image"), tfds.features.Image):
        has = ", ".join(found) or "no named features"
        raise DataError(f"--data.tfds={name}: no feature 'image' of images; it has {has}")


def _choose_splits(config, builder, held_out_only):
    """{part: split or ""}; a slice such as train[:10%] is fine."""
    chosen, known = {}, list(builder.info.splits)
    for part, usual in _SPLITS.items():
        given = getattr(config, _SETTINGS[part])
        split = given or usual
        if skipped(part, held_out_only):
            chosen[part] = ""
        elif split.split("[")[0] in known:
            chosen[part] = split
        elif given or part.startswith("train"):
            raise DataError(
                f"--data.{_SETTINGS[part]}={split}: no such split of {config.tfds}; "
                f"valid: {', '.join(known)}"
            )
        else:
            chosen[part] = ""
    return chosen


def _read(builder, split):
    """The images of a split, still encoded, in the order in which they are stored."""
    import tensorflow_datasets as tfds

    if not split:
        return []
    where = f"{builder.info.full_name} {split}"
    try:
        examples = builder.as_dataset(
            split=split,
            decoders={"image": tfds.decode.SkipDecoding()},
            read_config=read_config(),
        )
        encoded = [example["image"] for example in tfds.as_numpy(examples)]
    except Exception as error:  # a bad slice, missing or damaged TFRecords
        raise DataError(f"{where}: cannot be read ({one_line(error)})") from None
    base = split.split("[")[0]
    return [ImageFile(f"{base}_{i:05d}", f"{where} #{i}", e) for i, e in enumerate(encoded)]
