"""Pixels are kept within the budget, decoded again beyond it, and never kept twice."""

import numpy as np
import pytest
from PIL import Image

from unit_tf.data.images import BadImage
from unit_tf.inference import decoded_images
from unit_tf.inference.decoded_images import DecodedImages


@pytest.fixture
def files(tmp_path):
    """Three images of 300 bytes of pixels."""
    paths = [tmp_path / f"{k}.png" for k in range(3)]
    for k, path in enumerate(paths):
        Image.new("RGB", (10, 10), (k, 50, 60)).save(path)
    return paths


@pytest.fixture
def decoded(monkeypatch):
    """The paths that have been decoded, in order."""
    paths, decode = [], decoded_images.decode

    def noted(path, channels, **options):
        paths.append(path)
        return decode(path, channels, **options)

    monkeypatch.setattr(decoded_images, "decode", noted)
    return paths


def test_a_file_is_decoded_once_where_it_fits(files, decoded):
    images = DecodedImages(3, budget=700)
    for path in files:
        images.read(path)
    for k, path in enumerate(files):
        assert np.array_equal(images.take(path)[0, 0], (k, 50, 60))
    assert decoded == [*files, files[2]]
    assert images.sizes == {(10, 10)}


def test_what_is_taken_makes_room(files, decoded):
    images = DecodedImages(3, budget=300)
    for path in files:
        images.read(path)
        images.take(path)
    assert decoded == files
    images.take(files[0])
    assert decoded == [*files, files[0]]


def test_read_twice_it_counts_once(files, decoded):
    images = DecodedImages(1, budget=200)
    for path in (files[0], files[0], files[1]):
        images.read(path)
    images.take(files[1])
    assert decoded == [files[0], files[0], files[1]]


def test_a_bad_file_is_refused_by_both(tmp_path):
    images = DecodedImages(3)
    for read in (images.read, images.take):
        with pytest.raises(BadImage, match=r"absent\.png: no such file"):
            read(tmp_path / "absent.png")
