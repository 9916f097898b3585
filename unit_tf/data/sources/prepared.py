"""Finding or fetching a tensorflow-datasets data set by its name, and how it is read.

tensorflow-datasets is imported only when one is opened.
"""

import sys

from unit_tf.config import user_path
from unit_tf.data.base import DataError

RETRIES = 3  # of a download


def open_builder(flag, name, tfds_dir):
    """A builder whose data set is there to be read.

    Args:
      flag: the setting that names the data set, for messages.
      name: of the data set, with ``/config`` and ``:version`` if wanted.
      tfds_dir: a directory of prepared data sets, which is read without any network; "": the data
        set is prepared in tensorflow-datasets' default directory, fetched if it is not there.

    Raises:
      DataError: it is not there, cannot be fetched, or is unknown; one line.
    """
    if tfds_dir:
        return _open(flag, name, user_path("--data.tfds_dir", tfds_dir))
    return _fetch(flag, name)


def read_config():
    """The tensorflow_datasets.ReadConfig of a split that is read once and in order."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    options = tf.data.Options()
    # Its thread sleeps ever longer, and at its end a reader would wait until the thread wakes up.
    options.autotune.enabled = False
    return tfds.ReadConfig(interleave_cycle_length=1, options=options)


def find_versions(name, folder):
    """Folders of the prepared versions of a data set under ``folder``; the newest is the last."""
    name, _, version = name.partition(":")
    found = user_path("--data.tfds_dir", folder).glob(f"{name}/{version or '*'}/dataset_info.json")
    return sorted((info.parent for info in found), key=_version_key)


def one_line(error):
    """What an exception of somebody else's says, fit for a message."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _open(flag, name, folder):
    versions = find_versions(name, folder)
    if not versions:
        found = sorted({_dataset_name(p, folder) for p in folder.rglob("dataset_info.json")})
        there = f"it holds {', '.join(found)}" if found else "it holds no prepared data set"
        raise DataError(f"{flag}={name}: not in --data.tfds_dir={folder}; {there}")
    import tensorflow_datasets as tfds

    try:
        return tfds.builder_from_directory(versions[-1])
    except Exception as error:  # damaged metadata: anything from a JSON to a protobuf error
        raise DataError(
            f"--data.tfds_dir={versions[-1]}: cannot be read ({one_line(error)})"
        ) from None


def _dataset_name(info_path, folder):
    return info_path.parent.parent.relative_to(folder).as_posix()


def _version_key(path):
    return [int(part) if part.isdigit() else -1 for part in path.name.split(".")]


def _announced(flag, builder):
    """What is about to be fetched, and how to do without."""
    config = getattr(builder.builder_config, "name", "")
    infos = builder.url_infos or {}
    urls = [url for url in infos if config in str(url)] or list(infos)
    size = sum(infos[url].size or 0 for url in urls)
    known = f"about {size / 1e6:,.0f} MB " if size else ""
    text = f"tensorflow-datasets fetches {known}once, into {builder.data_dir}"
    if flag == "--data.tfds":
        text += "; --data.dir_a and --data.dir_b take folders of images instead"
    return f"{text}; --data.tfds_dir takes a prepared copy"


def _fetch(flag, name):
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download import downloader

    # By itself it tries ten times, ever more slowly: minutes before it says that there is no way.
    downloader.MAX_RETRIES = min(downloader.MAX_RETRIES, RETRIES)
    try:
        builder = tfds.builder(name)
        if not builder.is_prepared():
            print(f"{flag}={name}: {_announced(flag, builder)}", file=sys.stderr, flush=True)
        builder.download_and_prepare()
    except tfds.core.DatasetNotFoundError:
        raise DataError(
            f"{flag}={name}: tensorflow-datasets knows no such data set; "
            "see https://www.tensorflow.org/datasets/catalog/overview"
        ) from None
    except Exception as error:  # the network's, the disk's and the builder's own
        raise DataError(
            f"{flag}={name}: cannot be fetched ({one_line(error)}); "
            "a prepared copy can be given with --data.tfds_dir"
        ) from None
    return builder
