"""Images in folders: two directories, list files, or CycleGAN's trainA trainB testA testB."""

import collections
import os
import pathlib

from unit_tf.config import printable, user_path
from unit_tf.data.base import DataError
from unit_tf.data.image_listing import Listing, list_folder, named_places, nothing_found
from unit_tf.data.image_lists import ImageFile, open_images, skipped

_SETTINGS = {"train_a": "dir_a", "train_b": "dir_b", "test_a": "test_dir_a", "test_b": "test_dir_b"}
_TITLES = {"train_a": "A", "train_b": "B", "test_a": "test A", "test_b": "test B"}
_IN_ROOT = {"train_a": "trainA", "train_b": "trainB", "test_a": "testA", "test_b": "testB"}


def open_folders(config, held_out_only=False):
    """Opens images in folders and checks that every one decodes.

    ``dir_a``, ``dir_b``, ``test_dir_a`` and ``test_dir_b`` each name a directory (read with what is
    below it), a .txt list (a path a line, relative to the list; blank lines and # comments are
    skipped), or several of these, comma-separated. What is not given is looked for in ``root``, so
    the paper's map experiment is ``--data.root=maps --data.dir_b=maps/testB``.

    Held-out images, and with ``paired`` those to train on, are pairs if every one of A has the
    name of one of B and the reverse: the path below its folder without extension, and without the
    ``_A`` and ``_B`` that CycleGAN's maps and facades end in. Where only some match, none is a
    pair, since a score over some would mislead.

    Args:
      config: DataConfig.
      held_out_only: as in ``datasets.open_data``.

    Returns:
      Data.

    Raises:
      DataError: a folder is missing or empty, or files cannot be used; one line.
    """
    notes = []
    lists, counts, _ = _list_parts(config, held_out_only)
    held_out = _unique(lists["test_a"]), _unique(lists["test_b"])
    pairs, matches = _match(*held_out)
    if matches:
        notes.append(f"held-out images: {matches}, so none is taken for a pair")
    lists["test_a"], lists["test_b"] = pairs or held_out
    return open_images(lists, config, bool(pairs), notes, counts)


def refuse_absent(settings):
    """Refuses places that are not there, before anything else is done.

    Args:
      settings: {"data.field": value} as a user gave them; those of other fields are left alone.

    Raises:
      DataError: a folder or a list that is named is not there.
    """
    for name in (*_SETTINGS.values(), "root"):
        flag, text = f"--data.{name}", str(settings.get(f"data.{name}") or "")
        for place in [text] if name == "root" and text else named_places(text):
            if not user_path(flag, place).exists():
                raise DataError(f"{flag}={place}: no such folder{' or list' * (name != 'root')}")


def image_folders(config):
    """Yields (flag that names it, pathlib.Path) of every folder that images are looked for in.

    Args:
      config: DataConfig; of sources other than ``folder`` there are none.
    """
    for part in _SETTINGS if config.source == "folder" else ():
        flag, text = _setting(part, config)
        for place in (user_path(flag, named) for named in named_places(text)):
            if place.is_dir():
                yield flag, place


def list_folders(config, notes, held_out_only=False):
    """Lists the images that ``open_folders`` opens, without opening any.

    Args:
      config: DataConfig.
      notes: list that receives a line about all folders where files in one of them are ignored.
      held_out_only: as in ``datasets.open_data``.

    Returns:
      {"train_a", "train_b", "test_a", "test_b": list of ImageFile}; with ``config.paired`` those to
      train on are pairs.

    Raises:
      DataError: a folder is missing or empty, or the images to train on are no pairs.
    """
    lists, counts, ignored = _list_parts(config, held_out_only)
    if ignored:
        notes.append(counts)
    return lists


def _list_parts(config, held_out_only):
    """(what ``list_folders`` returns, how many there are in words, whether files are ignored)."""
    lists, listed, any_ignored = {}, [], False
    for part in _SETTINGS:
        flag, text = ("", "") if skipped(part, held_out_only) else _setting(part, config)
        lists[part], ignored = _list_images(flag, text)
        any_ignored |= bool(ignored)
        if text:
            listed.append(f"{_TITLES[part]}: {Listing(lists[part], ignored).remark()}")
    if config.paired and not held_out_only:
        lists["train_a"], lists["train_b"] = _training_pairs(lists["train_a"], lists["train_b"])
    return lists, printable(", ".join(listed)), any_ignored


def _setting(part, config):
    """(flag to blame, text that says where the images are or "") of one of the four lists."""
    flag = f"--data.{_SETTINGS[part]}"
    if text := getattr(config, _SETTINGS[part]):
        return flag, text
    required = part.startswith("train")
    if not config.root:
        if required:
            raise DataError(f"{flag}: not given; name a folder of images, or give --data.root")
        return flag, ""
    root = user_path("--data.root", config.root)
    if not root.is_dir():
        raise DataError(f"--data.root={config.root}: no such folder")
    folder = root / _IN_ROOT[part]
    if folder.is_dir():
        return "--data.root", str(folder)
    if required:
        raise DataError(
            f"--data.root={config.root}: no folder {_IN_ROOT[part]} in it; "
            "needs trainA and trainB, may have testA and testB"
        )
    return "--data.root", ""


def _list_images(flag, text):
    """Every image that a setting names, in a stable order, and what is ignored beside them.

    Args:
      flag: for messages.
      text: a folder, a .txt list, or several, comma-separated; "" for none.

    Returns:
      (list of ImageFile; two in different places may have the same name;
      collections.Counter as Listing.ignored).
    """
    images, ignored = [], collections.Counter()
    for place in (user_path(flag, part) for part in named_places(text)):
        left_out = collections.Counter()
        if place.is_dir():
            listing = list_folder(place)
            found = [ImageFile(p.relative_to(place).as_posix(), str(p)) for p in listing.images]
            left_out = listing.ignored
        elif place.suffix.lower() == ".txt" and place.is_file():
            found = list(_read_list(flag, place))
        elif place.exists():
            raise DataError(f"{flag}={place}: neither a folder nor a .txt list of files")
        else:
            raise DataError(f"{flag}={place}: no such folder or list")
        if not found:
            raise DataError(f"{flag}={place}: {nothing_found(left_out)}")
        images += found
        ignored += left_out
    return images, ignored


def _read_list(flag, path):
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{flag}={path}: cannot be read as UTF-8 text ({error})") from None
    for number, line in enumerate(map(str.strip, lines), 1):
        if line and not line.startswith("#"):
            name = pathlib.Path(line).as_posix()
            yield ImageFile(name, str(_listed(line, path, f"{flag}={path}: line {number}")))


def _listed(line, path, blame):
    """The file that a line of a list names; DataError, with ``blame``, for the home of nobody."""
    there = path.parent / line
    if not line.startswith("~") or os.path.lexists(there):  # ~x.png may be a file's own name
        return there
    expanded = os.path.expanduser(line)
    if expanded.startswith("~"):
        raise DataError(f"{blame}: no such user, {line}")
    return pathlib.Path(expanded)


def _match(test_a, test_b):
    """Puts pairs at the same index.

    Returns:
      ((list of A, list of B) or None where they are not pairs, how many names match where some do).
    """
    best = 0
    for suffixes in (("", ""), ("_A", "_B")):
        keyed_a, keyed_b = map(_by_key, (test_a, test_b), suffixes)
        common = sorted(keyed_a.keys() & keyed_b.keys())
        if common and len(common) == len(test_a) == len(test_b):
            return ([keyed_a[k] for k in common], [keyed_b[k] for k in common]), ""
        best = max(best, len(common))
    counts = f"{best} names match of {len(test_a)} in A and {len(test_b)} in B"
    return None, counts if best else ""


def _training_pairs(train_a, train_b):
    """The two lists with pairs at the same index; DataError where they are not pairs."""
    pairs, counts = _match(train_a, train_b)
    if not pairs:
        raise DataError(
            f"--data.paired: training images are no pairs; {counts or 'no names match'}"
        )
    return pairs


def _by_key(images, suffix):
    return {os.path.splitext(p.name)[0].removesuffix(suffix): p for p in images}


def _unique(images):
    """Each file once, under its path where the short name is not its own."""
    images = list({p.where: p for p in images}.values())
    count = collections.Counter(p.name for p in images)
    return [p._replace(name=p.where) if count[p.name] > 1 else p for p in images]
