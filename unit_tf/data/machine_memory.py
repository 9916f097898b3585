"""How much memory this process may still take, as Linux tells it."""

import math
import pathlib
import re

_ROOT = pathlib.Path("/")
# (limit, in use) of cgroups of both versions, below /sys/fs/cgroup.
_VERSION_1 = "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
_VERSION_2 = "", "memory.max", "memory.current"
_NO_LIMIT = 2**60  # version 1 writes a number beyond it


def available_memory(root=_ROOT):
    """Bytes that are free, or would be for whoever asks: the machine's, or the container's if less.

    Args:
      root: where /proc and /sys are.

    Returns:
      number; infinite where nothing tells.
    """
    cgroups = (_left_in(folder, *names) for folder, names in _cgroups(root))
    return min((_of_machine(root), *cgroups))


def _of_machine(root):
    found = re.search(r"MemAvailable:\s*(\d+) kB", _text(root / "proc/meminfo"))
    return int(found[1]) * 1024 if found else math.inf


def _cgroups(root):
    """Yields (folder, names of its files) of each group that this process is in."""
    mounted = root / "sys/fs/cgroup"
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        kinds, _, below = rest.partition(":")
        first, *names = _VERSION_2 if number == "0" and not kinds else _VERSION_1
        if first and "memory" not in kinds.split(","):
            continue
        # Inside a container its own group may be mounted as the root.
        folder = mounted / first / below.strip("/")
        for place in (folder, *folder.parents):
            yield place, names
            if place == mounted / first:
                break


def _left_in(folder, limit_name, used_name):
    limit, used = (_number(folder / name) for name in (limit_name, used_name))
    if limit is None or used is None or limit > _NO_LIMIT:
        return math.inf
    # Files that were read count as in use, and make room when room is needed.
    cached = re.findall(r"^(?:in)?active_file (\d+)", _text(folder / "memory.stat"), re.M)
    return max(0, limit - used + sum(map(int, cached)))


def _number(path):
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path):
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
