"""Arrays of an .npz file, as other networks' weights lie in."""

import os
import zipfile

import numpy as np
import pytest

from unit_tf.weight_files import read_npz


def test_arrays_of_a_file(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.arange(3), licence=np.array("text"))
    found = read_npz(tmp_path / "x.npz")
    assert found["a"].tolist() == [0, 1, 2] and str(found["licence"]) == "text"


@pytest.mark.parametrize("content", [None, b"", b"no arrays", b"PK\x03\x04"])
def test_another_file_is_named_in_one_line(tmp_path, content):
    path = tmp_path / "x.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="x.npz: not a readable .npz") as caught:
        read_npz(path)
    assert "\n" not in str(caught.value)


def test_nothing_is_unpickled(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.array([{}]))
    with pytest.raises(ValueError, match="x.npz: not a readable .npz"):
        read_npz(tmp_path / "x.npz")


def test_a_file_that_unpacks_to_a_memory_full_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", x=np.zeros(2**27, np.uint8))
    with pytest.raises(ValueError, match=r"x.npz: not a readable .npz \(.* bytes that unpack to"):
        read_npz(tmp_path / "x.npz")


def test_only_regular_files_are_opened(tmp_path):
    os.mkfifo(tmp_path / "x.npz")
    with pytest.raises(ValueError, match="not a regular file"):
        read_npz(tmp_path / "x.npz")


@pytest.mark.parametrize("header", [b"(" * 9000, b"{" * 9000, b"", b"\xff\x00", b"{'descr': 3}"])
def test_a_header_that_is_none(tmp_path, header):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as file:
        size = len(header).to_bytes(2, "little")
        file.writestr("x.npy", b"\x93NUMPY\x01\x00" + size + header)
    with pytest.raises(ValueError, match="x.npz: not a readable .npz") as caught:
        read_npz(tmp_path / "x.npz")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
