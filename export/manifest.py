"""OUTPUT/manifest.json: what every exported artefact is, where it came from, how well it does."""

import contextlib
import datetime
import fcntl
import hashlib
import json
import math
import os
import pathlib

from unit_tf.export.provenance import git_commit

from unit_tf.config import UserError
from unit_tf.config.image_scale import TRAINED
from unit_tf.files import write_text

FILE = "manifest.json"


def entry(artefact, loaded, images, **what):
    """What the manifest says of one artefact.

    Args:
      artefact: parity.Artefact.
      loaded: inference.load.LoadedTranslator that it was made from.
      images: check_images.CheckImages that it was compared on.
      **what: task, format and the like.

    Returns:
      dict fit for JSON. ``psnr_db`` is None where the images were equal; a page has no parity of
      its own, its models have.
    """
    return {
        **what,
        "preset": loaded.config.preset,
        "value_range": loaded.config.data.value_range,  # in which deep images are [0, 1]
        "trained_scale": _trained_scale(loaded.config.data),
        "config_sha256": hashlib.sha256(loaded.config.to_json().encode()).hexdigest(),
        "step": loaded.step,
        "git_commit": git_commit(),
        "exported": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "bytes": artefact.num_bytes,
        "sha256": artefact.digests(),
        "parity": _parity(artefact, images) if artefact.parity else None,
        "latency_ms_by_threads": {str(n): round(ms, 3) for n, ms in artefact.latency.items()},
    }


def _trained_scale(config):
    """Pixels of the shorter side of a training image of the crop's proportions; None: its own."""
    from unit_tf.data.scaling import scaling_of  # imports numpy and Pillow

    try:
        scaling = scaling_of(TRAINED, config)
    except UserError:
        return None
    return scaling.resize or min(scaling.image_size)


def _parity(artefact, images):
    """The interpreter's parity, and of TFLite models CompiledModel's as ``compiled_model``."""
    parity, compiled = artefact.parity, artefact.compiled
    return {
        "compared_on": images.origin,
        "images": parity.images,
        **_differences(parity),
        **({"compiled_model": _differences(compiled)} if compiled else {}),
    }


def _differences(parity):
    labels = parity.label_agreement
    return {
        "max_difference": parity.max_difference,
        "mean_difference": parity.mean_difference,
        "psnr_db": parity.psnr if math.isfinite(parity.psnr) else None,
        **({} if labels is None else {"label_agreement": labels}),
    }


def update(output, entries):
    """Adds entries to the folder's manifest, which appears whole or not at all.

    Entries of earlier exports stay as long as what they describe is there. Exports that run at the
    same time wait for one another here.

    Args:
      output: the output folder, which exists.
      entries: {path below the folder: dict}.
    """
    output = pathlib.Path(output)
    with _locked(output):
        kept = {path: known for path, known in read(output).items() if (output / path).exists()}
        document = {"artefacts": dict(sorted({**kept, **entries}.items()))}
        write_text(output / FILE, json.dumps(document, indent=2, allow_nan=False) + "\n")


@contextlib.contextmanager
def _locked(folder):
    """Holds an exclusive lock on a folder; it goes with the process, and leaves no file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def read(output):
    """{path: entry} of the folder's manifest; empty where there is none.

    Raises:
      UserError: there is a file of that name that is not one of ours, or cannot be read.
    """
    path = pathlib.Path(output) / FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
        known = document["artefacts"]
        if not all(isinstance(entry, dict) and "sha256" in entry for entry in known.values()):
            raise ValueError("an entry has no sha256")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UserError(
            f"{path}: not a manifest that unit-export wrote; move it, or name another --output"
        ) from None
    return known


def _refuse(constant):
    raise ValueError(f"{constant} is not JSON")
