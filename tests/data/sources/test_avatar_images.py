"""Faces rendered by the two packages of the extra ``demo``."""

import dataclasses
import importlib.metadata
import io
import json

import numpy as np
import pytest

from unit_tf.data.base import DataError
from unit_tf.data.sources import avatar_images
from unit_tf.data.sources.avatar_faces import ATTRIBUTES, POOLS, Face, sample_pairs

pytest.importorskip("python_avatars", reason="needs python-avatars")
pytest.importorskip("resvg_py", reason="needs resvg-py")

SIZE = 32
# Rows of 32 that an attribute may change.
REACH = {
    "Eyeglasses": range(10, 20),
    "Goatee": range(10, SIZE),
    "Blond_Hair": range(SIZE),
    "Smiling": range(19, 25),
}
PAIR = sample_pairs("Eyeglasses", "test", 1, 0)[0]


def render(face, size=SIZE):
    return avatar_images.render(face, size).astype(int)


@pytest.mark.parametrize("size", [32, 64, 256])
def test_an_image_has_its_size_and_background(size):
    image = avatar_images.render(PAIR[0], size)
    assert image.shape == (size, size, 3) and image.dtype == np.uint8
    assert f"#{image[0, 0].tobytes().hex().upper()}" == PAIR[0].background


def test_a_face_is_the_same_image_each_time():
    np.testing.assert_array_equal(render(PAIR[0]), render(PAIR[0]))


@pytest.mark.parametrize("part", POOLS)
def test_every_part_is_known_and_seen(part):
    """Each name renders, and no two look alike."""
    plain = {"glasses": "NONE", "mouth": "SERIOUS", "clothing": "HOODIE", "skin_color": "LIGHT"}
    face = dataclasses.replace(PAIR[0], **plain)
    images = [render(dataclasses.replace(face, **{part: name})) for name in set(POOLS[part])]
    for i, image in enumerate(images):
        assert all(np.abs(image - other).max() > 12 for other in images[:i])


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_both_faces_of_a_pair_agree_outside_the_attribute(attribute):
    for pair in sample_pairs(attribute, "test", 10, 0):
        changed = np.abs(np.subtract(*map(render, pair))).max(-1) > 24
        assert 0.001 < changed.mean() < 0.7
        assert set(np.flatnonzero(changed.any(1))) <= set(REACH[attribute])


def test_a_worker_renders_what_it_is_asked_for():
    faces = [list(avatar_images.parts(face)) for face in PAIR]
    out = io.BytesIO()
    avatar_images.serve([json.dumps([SIZE, faces[:1]]), json.dumps([SIZE, faces[1:]])], out)
    images = np.frombuffer(out.getvalue(), np.uint8).reshape(2, SIZE, SIZE, 3)
    np.testing.assert_array_equal(images, [render(face) for face in PAIR])
    assert Face(*faces[0]) == PAIR[0]


def test_a_missing_package_is_one_line(monkeypatch):
    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    with pytest.raises(DataError) as caught:
        avatar_images.package_versions()
    assert str(caught.value) == (
        "--data.source=avatars: python-avatars is missing; pip install 'unit_tf[demo]' "
        "(or python-avatars resvg-py)"
    )
