"""tensorflow-datasets in the form of ``cycle_gan/*``: splits trainA trainB testA testB.

TensorFlow and tensorflow-datasets are imported only when a data set is opened.
"""

import pathlib

from unit_tf.data.base import DataError
from unit_tf.data.pictures import Picture, open_pictures, skipped

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
    map experiment is ``--data.tfds=cycle_gan/maps --data.dir_b=testB``. Encoded pictures stay in
    memory (the archives are of some hundred megabytes), as TFRecords have no random access.

    Held-out pictures are never pairs here, even in maps and facades, whose files are: cycle_gan's
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
    if not config.tfds:
        raise DataError("--data.tfds: not given; it names a data set such as cycle_gan/maps")
    if config.tfds_dir:
        builder = _open_prepared(config.tfds, pathlib.Path(config.tfds_dir).expanduser())
    else:
        builder = _prepare(config.tfds)
    _check_feature(config.tfds, builder)
    splits = _choose_splits(config, builder, held_out_only)
    lists = {part: _read(builder, split) for part, split in splits.items()}
    notes = (_UNPAIRED.format(config.tfds),) if config.tfds.split(":")[0] in _ALIGNED else ()
    return open_pictures(lists, config, notes=notes)


def _open_prepared(name, folder):
    """A read-only builder of ``folder/name/<newest version>``, found without any network."""
    name, _, version = name.partition(":")
    versions = [p.parent for p in folder.glob(f"{name}/{version or '*'}/dataset_info.json")]
    if not versions:
        found = sorted({_dataset_name(p, folder) for p in folder.rglob("dataset_info.json")})
        there = f"it holds {', '.join(found)}" if found else "it holds no prepared data set"
        raise DataError(f"--data.tfds={name}: not in --data.tfds_dir={folder}; {there}")
    import tensorflow_datasets as tfds

    newest = max(versions, key=_version_key)
    try:
        return tfds.builder_from_directory(newest)
    except Exception as error:  # damaged metadata: anything from a JSON to a protobuf error
        raise DataError(f"--data.tfds_dir={newest}: cannot be read ({_line(error)})") from None


def _dataset_name(info_path, folder):
    return info_path.parent.parent.relative_to(folder).as_posix()


def _version_key(path):
    return [int(part) if part.isdigit() else -1 for part in path.name.split(".")]


def _prepare(name):
    """A builder of tensorflow-datasets' default directory, fetched into it if not there."""
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder(name)
        builder.download_and_prepare()
    except tfds.core.DatasetNotFoundError:
        raise DataError(
            f"--data.tfds={name}: tensorflow-datasets knows no such data set; "
            "see https://www.tensorflow.org/datasets/catalog/cycle_gan"
        ) from None
    except Exception as error:  # the network's, the disk's and the builder's own
        raise DataError(
            f"--data.tfds={name}: cannot be fetched ({_line(error)}); "
            "a prepared copy can be given with --data.tfds_dir"
        ) from None
    return builder


def _check_feature(name, builder):
    import tensorflow_datasets as tfds

    features = builder.info.features
    found = dict(features) if isinstance(features, tfds.features.FeaturesDict) else {}
    if not isinstance(found.get("image"), tfds.features.Image):
        has = ", ".join(found) or "no named features"
        raise DataError(f"--data.tfds={name}: no feature 'image' of pictures; it has {has}")


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
    """The pictures of a split, still encoded, in the order in which they are stored."""
    import tensorflow_datasets as tfds

    if not split:
        return []
    where = f"{builder.info.full_name} {split}"
    try:
        examples = builder.as_dataset(
            split=split,
            decoders={"image": tfds.decode.SkipDecoding()},
            read_config=tfds.ReadConfig(interleave_cycle_length=1),
        )
        encoded = [example["image"] for example in tfds.as_numpy(examples)]
    except Exception as error:  # a bad slice, missing or damaged TFRecords
        raise DataError(f"{where}: cannot be read ({_line(error)})") from None
    base = split.split("[")[0]
    return [Picture(f"{base}_{i:05d}", f"{where} #{i}", e) for i, e in enumerate(encoded)]


def _line(error):
    return " ".join(str(error).split())[:200] or type(error).__name__
