"""Numbers about one image."""

import io

import numpy as np
import pytest
from PIL import Image

from unit_tf.data.checks.image_facts import difference_hash, examine
from unit_tf.data.image_lists import ImageFile


def facts(image, **options):
    file = io.BytesIO()
    image.save(file, **{"format": "PNG", **options})
    return examine(ImageFile("x", "x", file.getvalue()))


def test_two_halves():
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, 30:] = (255, 0, 100)
    found = facts(Image.fromarray(pixels))
    assert (found.format, found.mode, found.size) == ("PNG", "RGB", (40, 60))
    assert found.brightness == pytest.approx((0.299 * 255 + 0.114 * 100) / 2)
    assert found.contrast == pytest.approx(127.5)
    assert found.colour == pytest.approx(127.5)
    assert (found.grey, found.near_constant, found.alpha, found.depth) == (False, False, "", None)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (13, 200, 77)])
def test_one_colour_has_no_contrast_at_all(colour):
    found = facts(Image.new("RGB", (37, 101), colour))
    assert found.contrast == 0 and found.near_constant


def test_a_grey_jpeg_in_three_channels_is_grey(draw_head):
    grey = draw_head(0).convert("L").convert("RGB")
    assert facts(grey, format="JPEG", quality=60).grey
    assert not facts(draw_head(0), format="JPEG", quality=60).grey


def test_large_images_give_the_numbers_of_small_ones(draw_head):
    small, large = draw_head(0), draw_head(0).resize((800, 800), Image.Resampling.NEAREST)
    for name in ("brightness", "contrast", "colour"):
        ours, theirs = (getattr(facts(image), name) for image in (small, large))
        assert ours == pytest.approx(theirs, rel=0.05), name


def test_an_upright_size():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert facts(Image.new("RGB", (60, 40)), format="JPEG", exif=exif).size == (60, 40)


def test_the_hash_says_where_it_gets_brighter_to_the_right():
    falls = Image.fromarray(np.linspace(255, 0, 90).astype(np.uint8)[None].repeat(80, 0))
    assert difference_hash(falls).tolist() == [-1] * 64
    assert difference_hash(falls.transpose(Image.Transpose.FLIP_LEFT_RIGHT)).tolist() == [1] * 64


@pytest.mark.parametrize(
    ("name", "reason"),
    [("gone.png", "no such file or directory"), ("a\0b.png", "embedded null byte")],
)
def test_a_file_that_cannot_be_read_has_a_reason(tmp_path, name, reason):
    assert examine(ImageFile("x", f"{tmp_path}/{name}")).reason == reason
