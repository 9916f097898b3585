"""Which images a training began with: a file in its folder, compared at every start.

A resumed training equals an uninterrupted one only if it reads the same images in the same order.
Where they lie, and what they are called, does not matter.
"""

import json

from unit_tf.config import name_some
from unit_tf.data.base import Content
from unit_tf.files import os_reason, write_text
from unit_tf.training.workdir import IMAGES, WorkdirError, list_checkpoints

VERSION = 1
_KINDS = (str, int, str)  # of a Content
NAMED = 3  # of each domain, in the line about what changed


def store_images(workdir, contents):
    """Writes Data.contents into a training's folder; the file appears whole."""
    document = {"version": VERSION, **contents}
    write_text(workdir / IMAGES, json.dumps(document) + "\n")


def stored_images(workdir):
    """What ``store_images`` wrote.

    Args:
      workdir: pathlib.Path.

    Returns:
      {"a", "b": list of Content}, or None where the folder has no such file, as one of before.

    Raises:
      WorkdirError: the file is there and cannot be read as one.
    """
    path = workdir / IMAGES
    try:
        document = json.loads(path.read_bytes())
        if document["version"] != VERSION:
            raise ValueError
        found = {d: [Content(*entry) for entry in document[d]] for d in "ab"}
        if not all(tuple(map(type, c)) == _KINDS for images in found.values() for c in images):
            raise ValueError
        return found
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WorkdirError(f"{path}: cannot be read ({os_reason(error)})") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise WorkdirError(
            f"{path}: damaged, so that nobody can tell whether the training images are those of "
            "before; remove it to go on with those of now"
        ) from None


def refuse_changed_images(config, workdir, contents):
    """Compares the training images with those of before, where a training goes on.

    Args:
      config: ExperimentConfig.
      workdir: pathlib.Path; need not exist.
      contents: as Data.contents.

    Returns:
      a line about what changed, where ``run.accept_changed_images`` allows it; else "".

    Raises:
      WorkdirError: they changed; names how many and which, and the ways on.
    """
    if contents is None or not is_unfinished(config, workdir):
        return ""
    before = stored_images(workdir)
    changed = describe_changes(before, contents) if before else ""
    if not changed:
        return ""
    if config.run.accept_changed_images:
        return f"training images have changed since this training began ({changed}); going on"
    raise WorkdirError(
        f"--workdir={workdir}: training images have changed since this training began "
        f"({changed}); put back those of before, or go on with these, which no longer equals an "
        "uninterrupted training, by --run.accept_changed_images"
    )


def is_unfinished(config, workdir):
    """Whether a folder has checkpoints, and steps are left to train."""
    saved = list_checkpoints(workdir)
    return bool(saved) and int(saved[-1].name) < config.run.steps


def describe_changes(before, now):
    """In words how the images of both domains differ; "" where they are the same in one order.

    Args:
      before, now: {"a", "b": list of Content}.
    """
    found = ((d.upper(), _changes(before[d], now[d])) for d in "ab")
    return "; ".join(f"{domain}: {changes}" for domain, changes in found if changes)


def _changes(before, now):
    """The same of one domain."""
    if [image[1:] for image in before] == [image[1:] for image in now]:
        return ""
    old, new = _by_name(before), _by_name(now)
    kinds = {
        "added": [key for key in new if key not in old],
        "removed": [key for key in old if key not in new],
        "changed": [key for key in new if key in old and old[key] != new[key]],
    }
    if not any(kinds.values()):
        return "the same images in another order"
    counts = ", ".join(f"{len(keys)} {kind}" for kind, keys in kinds.items() if keys)
    names = [name for keys in kinds.values() for name, _ in keys]
    return f"{counts}: {name_some(names, NAMED)}"


def _by_name(images):
    """{(name, how many of that name came before): (bytes, digest)}."""
    found, seen = {}, {}
    for name, *content in images:
        seen[name] = seen.get(name, -1) + 1
        found[name, seen[name]] = content
    return found
