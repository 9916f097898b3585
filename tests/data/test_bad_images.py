"""The first bad images by name; of many, a file has them all."""

import pytest

from unit_tf.data.bad_images import name_bad

FEW = {"a.png": "empty file", "b\n.png": "cut off"}
MANY = {f"{i}.png": "empty file" for i in range(186)}


def test_few_are_all_named_and_no_file_is_written(tmp_path):
    assert name_bad(FEW, str(tmp_path)) == r"a.png (empty file), b\n.png (cut off)"
    assert not list(tmp_path.iterdir())


def test_many_are_all_in_a_file_that_is_the_same_for_the_same_faults(tmp_path):
    messages = {name_bad(MANY | FEW, str(tmp_path)) for _ in range(2)}
    (path,) = tmp_path.iterdir()
    (message,) = messages
    assert message.endswith(f"19.png (empty file) and 168 more, all in {path}")
    lines = path.read_text().splitlines()
    assert len(lines) == 188 and lines[-1] == r"b\n.png (cut off)"


@pytest.mark.parametrize("where", ["off", "in the way"])
def test_without_a_place_for_the_file_they_are_counted(tmp_path, where, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    assert name_bad(MANY, "off" if where == "off" else "").endswith("(empty file) and 166 more")


def test_names_that_are_not_utf_8_are_written_too(tmp_path):
    name_bad({**MANY, "\udcff.png": "empty file"}, str(tmp_path))
    (path,) = tmp_path.iterdir()
    assert path.read_text().splitlines()[-1] == r"\udcff.png (empty file)"
