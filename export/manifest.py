"""OUTPUT/manifest.json: what every exported artefact is, where it came from, how well it does."""

import datetime
import hashlib
import json
import math
import pathlib
import subprocess

from unit_tf.files import write_text

FILE = "manifest.json"


def entry(artefact, loaded, pictures, **what):
    """What the manifest says of one artefact.

    Args:
      artefact: parity.Artefact.
      loaded: training.workdir.Loaded that it was made from.
      pictures: pictures.Pictures that it was compared on.
      **what: direction, format and the like.

    Returns:
      dict fit for JSON.
    """
    parity = artefact.parity
    return {
        **what,
        "preset": loaded.config.preset,
        "config_sha256": hashlib.sha256(loaded.config.to_json().encode()).hexdigest(),
        "step": loaded.step,
        "git_commit": git_commit(),
        "exported": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "bytes": artefact.num_bytes,
        "sha256": artefact.digests(),
        "parity": {
            "compared_on": pictures.origin,
            "pictures": parity.pictures,
            "max_difference": parity.max_difference,
            "mean_difference": parity.mean_difference,
            "psnr_db": parity.psnr if math.isfinite(parity.psnr) else None,
        },
        "latency_ms": {f"{n} threads": round(ms, 3) for n, ms in artefact.latency.items()},
    }


def git_commit():
    """The commit of the checkout that this code lies in; None where it was installed otherwise.

    ``-dirty`` is added where the checkout differs from that commit.
    """
    here = pathlib.Path(__file__).resolve().parent
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=40"]
    command += ["--exclude=*"]
    try:
        # Only a checkout of this very file counts, not one that an installed copy happens to be in.
        subprocess.run(
            ["git", "-C", str(here), "ls-files", "--error-unmatch", pathlib.Path(__file__).name],
            check=True, capture_output=True,
        )  # fmt: skip
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def update(output, entries):
    """Adds entries to the folder's manifest, which appears whole or not at all.

    Entries of earlier exports stay as long as what they describe is there.

    Args:
      output: the output folder.
      entries: {path below the folder: dict}.
    """
    output = pathlib.Path(output)
    kept = {path: known for path, known in read(output).items() if (output / path).exists()}
    document = {"artefacts": dict(sorted({**kept, **entries}.items()))}
    write_text(output / FILE, json.dumps(document, indent=2, allow_nan=False) + "\n")


def read(output):
    """{path: entry} of the folder's manifest; empty where there is none or it is not one."""
    try:
        known = json.loads((pathlib.Path(output) / FILE).read_text(encoding="utf-8"))["artefacts"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return known if isinstance(known, dict) else {}
