"""Which emoji there are, which are held out, and that renderings of one lie on each other."""

import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from unit_tf.data import emoji_frames
from unit_tf.data.base import DataError

SVG = b"""<svg width="32" height="32" viewBox="0 0 32 32" xmlns="http://www.w3.org/2000/svg">
<rect x="4" y="10" width="24" height="12" fill="#f00"/></svg>"""


@pytest.mark.parametrize(
    ("stem", "wanted"),
    [
        ("1f600", True),
        ("0023-fe0f-20e3", True),
        ("1f468-200d-1f4bb", True),
        ("1f468-1f3fb-200d-1f4bb", False),
        ("1f3fd", False),
        ("1f1e9-1f1ea", False),
        ("1f3f4-e0067_e0062_e0065_e006e_e0067", False),
        ("1f3f3-fe0f-200d-1f308", False),
    ],
)
def test_flags_and_skin_tones_are_left_out(stem, wanted):
    assert emoji_frames.is_wanted(stem) == wanted


def test_variants_are_held_out_together():
    for code in range(0x1F600, 0x1F640):
        variants = {
            emoji_frames.is_held_out(f"{code:x}{rest}") for rest in ("", "-fe0f", "-200d-2640")
        }
        assert len(variants) == 1


def test_about_one_in_eight_is_held_out():
    """Of more code points than there are; which ones is pinned, or scores would not compare."""
    held_out = [code for code in range(0x10000, 0x14000) if emoji_frames.is_held_out(f"{code:x}")]
    assert len(held_out) / 0x4000 == pytest.approx(emoji_frames.TEST_SHARE, abs=0.01)
    faces = [code for code in range(0x1F600, 0x1F620) if emoji_frames.is_held_out(f"{code:x}")]
    assert faces == [0x1F605, 0x1F606, 0x1F60E, 0x1F60F, 0x1F616]


def _ellipse(side, box):
    image = Image.new("RGBA", (side, side))
    ImageDraw.Draw(image).ellipse(box, fill="red")
    return image


@pytest.mark.parametrize("size", [32, 100, 256])
def test_an_emoji_is_framed_wherever_it_was(size):
    """Small in a corner or cut by the edge, it becomes as large and lies in the middle."""
    whole = emoji_frames.framed(_ellipse(1024, (100, 300, 899, 699)), size)
    moved = emoji_frames.framed(_ellipse(512, (0, 312, 399, 511)), size)
    assert whole.mode == "RGB" and whole.size == (size, size)
    one, other = (np.asarray(image)[..., 1] < 128 for image in (whole, moved))
    assert (one & other).sum() / (one | other).sum() > 0.97
    rows, columns = np.flatnonzero(one.any(1)), np.flatnonzero(one.any(0))
    assert columns[-1] + 1 - columns[0] == pytest.approx(size * 7 / 8, abs=1.5)
    assert rows[-1] + 1 - rows[0] == pytest.approx(size * 7 / 16, abs=1.5)
    assert rows[0] + rows[-1] == pytest.approx(size - 1, abs=1)
    assert columns[0] + columns[-1] == pytest.approx(size - 1, abs=1)


def test_edges_of_colours_do_not_darken():
    """Transparent pixels have a colour too, which must not be mixed in."""
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((255, 255, 0, 255), (16, 16, 48, 48))
    pixels = np.asarray(emoji_frames.framed(image, 48))
    assert pixels[..., :2].min() >= 254


def test_what_is_transparent_becomes_white():
    assert np.asarray(emoji_frames.framed(Image.new("RGBA", (40, 40)), 32)).min() == 255


def test_an_svg_becomes_pixels():
    pytest.importorskip("resvg_py", reason="resvg-py is in the extra demo")
    image = emoji_frames.rasterise(SVG)
    assert image.size == (512, 512) and image.getbbox() == (64, 160, 448, 352)
    assert image.getpixel((256, 256)) == (255, 0, 0, 255)
    with pytest.raises(DataError, match="^not an SVG"):
        emoji_frames.rasterise(b"<html/>")


def test_without_resvg_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(DataError, match=r"resvg-py; pip install -e '\.\[demo\]'$"):
        emoji_frames.rasterise(SVG)


def test_drawings_are_dark_on_white_and_faint_edges_vanish():
    edges = Image.fromarray(np.uint8([[0, 25, 128, 230, 255]]).repeat(5, 0))
    drawing = np.asarray(emoji_frames.as_drawing(edges, 5))
    assert drawing.shape == (5, 5)
    np.testing.assert_array_equal(drawing[0], [255, 255, 127, 0, 0])


def test_licences_name_the_packages_and_hold_the_text():
    about = {"name": "@x/y", "version": "1.0.0", "license": "MIT", "author": "X <x@y>"}
    text = emoji_frames.licences([about])
    assert "@x/y, 1.0.0, MIT, X <x@y>\n" in text
    assert "Copyright (c) Microsoft Corporation" in text and "WITHOUT WARRANTY" in text
