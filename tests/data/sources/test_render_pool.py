"""Several processes that render."""

import dataclasses

import numpy as np
import pytest

from unit_tf.data.base import DataError
from unit_tf.data.sources import avatar_images, render_pool
from unit_tf.data.sources.avatar_faces import sample_pairs

pytest.importorskip("python_avatars", reason="needs python-avatars")
pytest.importorskip("resvg_py", reason="needs resvg-py")

SIZE = 32
FACES = [pair[0] for pair in sample_pairs("Goatee", "a", 20, 0)]


def test_images_come_in_the_order_of_the_faces(capfd):
    """More faces than one process takes at a time, from two."""
    assert len(FACES) > render_pool._FACES_AT_A_TIME
    images = render_pool.render_faces(FACES, SIZE, 2)
    expected = [avatar_images.render(face, SIZE) for face in FACES]
    np.testing.assert_array_equal(images, expected)
    assert capfd.readouterr().err == "rendering 20 faces of 32x32\n"


def test_files_of_the_users_folder_are_not_taken_for_modules(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    assert render_pool.render_faces(FACES[:1], SIZE).shape == (1, SIZE, SIZE, 3)


def test_a_failure_is_one_line():
    """The rest is not waited for."""
    bald = dataclasses.replace(FACES[0], hair="BALD")
    with pytest.raises(DataError) as caught:
        render_pool.render_faces([*FACES, bald], SIZE, 2)
    assert str(caught.value) == "--data.source=avatars: rendering failed (KeyError: 'BALD')"
