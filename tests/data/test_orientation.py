"""How images lie; that each number is undone is test_images' part."""

import io

import pytest
from PIL import Image

from unit_tf.data.orientation import orientation_of, upright


def opened(exif):
    buffer = io.BytesIO()
    Image.new("L", (3, 2)).save(buffer, "PNG", exif=exif)
    return Image.open(buffer)


def rotated():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize(
    ("exif", "found"),
    [(rotated(), 6), (Image.Exif(), None), (b"Exif\0\0II*\0\xff\xff\xff\xff", None)],
    ids=["rotated", "without", "broken"],
)
def test_the_number_in_a_file(exif, found):
    assert orientation_of(opened(exif)) == found


@pytest.mark.parametrize(
    ("number", "size"), [(6, (2, 3)), (1, (3, 2)), (9, (3, 2)), (None, (3, 2))]
)
def test_unknown_numbers_turn_nothing(number, size):
    assert upright(Image.new("L", (3, 2)), number).size == size
