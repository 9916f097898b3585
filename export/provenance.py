"""Where a result came from: commit, date, machine."""

import datetime
import os
import pathlib
import re
import subprocess


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


def provenance():
    """Commit, date and machine of what is measured now.

    Returns:
      dict fit for JSON: "commit" (see ``git_commit``), "date" (ISO), "hardware" (processor, cores
      and kinds of devices), "tensorflow" (version).
    """
    import tensorflow as tf

    devices = [device.device_type for device in tf.config.list_physical_devices()]
    return {
        "commit": git_commit(),
        "date": datetime.date.today().isoformat(),
        "hardware": f"{processor()}, {os.cpu_count()} cores, {'+'.join(devices)}",
        "tensorflow": tf.__version__,
    }


def processor():
    """The processor's name where the system tells it."""
    try:
        found = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
        return found[1] if found else "unknown processor"
    except OSError:
        return "unknown processor"
