"""Arrays of an .npz file, as other networks' weights lie in."""

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
