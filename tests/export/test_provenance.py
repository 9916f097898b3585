import datetime
import subprocess

import pytest
from unit_tf.export import provenance


def test_the_commit_is_this_checkouts():
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if head.returncode:
        pytest.skip("not a git checkout")
    assert (provenance.git_commit() or "").removesuffix("-dirty") == head.stdout.strip()


def test_an_installed_copy_has_no_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "provenance.py"))
    assert provenance.git_commit() is None


def test_what_a_result_names():
    found = provenance.provenance()
    assert list(found) == ["commit", "date", "hardware", "tensorflow"]
    assert datetime.date.fromisoformat(found["date"])
    assert found["hardware"].startswith(provenance.processor()) and "CPU" in found["hardware"]
