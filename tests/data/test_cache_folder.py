import pathlib

import pytest

from unit_tf.data import cache_folder
from unit_tf.data.base import DataError


@pytest.mark.parametrize(
    ("xdg", "expected"), [("/cache", "/cache/unit_tf"), ("", "~/.cache/unit_tf"), ("x", None)]
)
def test_the_default_folder(monkeypatch, xdg, expected):
    """The user's folder; a relative XDG_CACHE_HOME is ignored, as its specification says."""
    monkeypatch.setenv("XDG_CACHE_HOME", xdg)
    expected = pathlib.Path(expected or "~/.cache/unit_tf").expanduser()
    assert cache_folder.default_folder() == cache_folder.cache_folder("") == expected


def test_a_folder_may_be_named_or_there_may_be_none(tmp_path):
    assert cache_folder.cache_folder(str(tmp_path / "new")) == tmp_path / "new"
    assert not (tmp_path / "new").exists()
    assert cache_folder.cache_folder("off") is None


def test_a_user_without_a_home_has_none(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setattr(pathlib.Path, "home", homeless)
    assert cache_folder.cache_folder("") is None


def test_a_named_folder_that_takes_nothing_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"--data\.cache_dir=.*/file: cannot be written to \("):
        cache_folder.cache_folder(str(tmp_path / "file"))
