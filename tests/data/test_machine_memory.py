"""Free memory as files below /proc and /sys tell it."""

import math

import pytest

from unit_tf.data.machine_memory import available_memory


def machine(root, **files):
    files = {"proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    4000 kB\n"} | files
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


V2 = "sys/fs/cgroup"
V1 = "sys/fs/cgroup/memory"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 4_096_000),
        ({"proc/self/cgroup": "0::/a/b\n", f"{V2}/a/memory.max": "900\n",
          f"{V2}/a/memory.current": "300", f"{V2}/a/b/memory.max": "max\n"}, 600),
        ({"proc/self/cgroup": "0::/\n", f"{V2}/memory.max": "900", f"{V2}/memory.current": "900",
          f"{V2}/memory.stat": "anon 5\ninactive_file 40\nactive_file 2\n"}, 42),
        ({"proc/self/cgroup": "0::/\n", f"{V2}/memory.max": "5", f"{V2}/memory.current": "9"}, 0),
        ({"proc/self/cgroup": "3:cpu:/x\n4:memory:/docker/x\n",
          f"{V1}/memory.limit_in_bytes": "700", f"{V1}/memory.usage_in_bytes": "100"}, 600),
        ({"proc/self/cgroup": "4:memory:/\n", f"{V1}/memory.limit_in_bytes": str(2**63 - 4096),
          f"{V1}/memory.usage_in_bytes": "100"}, 4_096_000),
        ({"proc/meminfo": ""}, math.inf),
    ],
)  # fmt: skip
def test_the_least_counts(tmp_path, files, expected):
    assert available_memory(machine(tmp_path, **files)) == expected


def test_where_nothing_tells(tmp_path):
    assert available_memory(tmp_path) == math.inf
