"""Profiles are made here tag by tag, and what they should do is worked out from their numbers."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from unit_tf.data.colour_profiles import is_srgb, srgb_profile
from unit_tf.data.images import decode, from_pillow

# XYZ of each primary under D50, as the published profiles hold them, and gamma.
ADOBE = ([0.60974, 0.31111, 0.01947], [0.20528, 0.62567, 0.06087], [0.14919, 0.06322, 0.74457])
P3 = ([0.51512, 0.24120, -0.00105], [0.29198, 0.69225, 0.04189], [0.15710, 0.06657, 0.78407])
SRGB = ([0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410])
GAMMA = 563 / 256
WHITE = [0.9642, 1.0, 0.8249]


def icc(space, tags):
    """A display profile of version 2."""
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name.encode(), start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    date = bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))
    kinds = struct.pack(">I4s4s4s", 0x02100000, b"mntr", space, b"XYZ ")
    header = struct.pack(">I4x", start + len(body)) + kinds + date + b"acsp"
    header = header.ljust(68, b"\0") + xyz(WHITE)[8:]
    return header.ljust(128, b"\0") + table + body


def xyz(values):
    return struct.pack(">4s4x3i", b"XYZ ", *(round(v * 65536) for v in values))


def curve(gamma):
    return struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256))


def matrix_profile(primaries, gamma=GAMMA):
    tags = {f"{c}XYZ": xyz(p) for c, p in zip("rgb", primaries, strict=True)}
    return icc(b"RGB ", {"wtpt": xyz(WHITE), **tags, **{f"{c}TRC": curve(gamma) for c in "rgb"}})


def grey_profile(gamma):
    return icc(b"GRAY", {"wtpt": xyz(WHITE), "kTRC": curve(gamma)})


def as_srgb(pixels, primaries, gamma=GAMMA):
    linear = (pixels / 255) ** gamma @ np.array(primaries) @ np.linalg.inv(SRGB)
    linear = linear.clip(0, 1)
    low, high = linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055
    return 255 * np.where(linear <= 0.0031308, low, high)


def colours():
    """uint8 [8, 8, 3], none near black, where curves are steep, nor outside sRGB."""
    y, x = np.mgrid[0:8, 0:8]
    return np.stack([90 + 12 * x, 110 + 10 * y, 180 - 8 * x], -1).astype(np.uint8)


def encode(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("primaries", [ADOBE, P3], ids=["Adobe RGB", "P3"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_colours_are_those_of_srgb(primaries, kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    image = Image.fromarray(colours())
    encoded = encode(image, kind, icc_profile=matrix_profile(primaries), **options)
    expected = as_srgb(colours(), primaries)
    assert np.abs(expected - colours()).max() > 5
    assert np.abs(decode(encoded, 3) - expected).max() <= 1.5
    assert np.abs(from_pillow(Image.open(io.BytesIO(encoded)), 3) - expected).max() <= 1.5
    assert not is_srgb(Image.open(io.BytesIO(encoded)))


def test_transparent_and_palette_images_too():
    profile = matrix_profile(ADOBE)
    image = Image.fromarray(colours())
    image.putalpha(Image.fromarray(np.repeat(np.uint8([[0, 255]]), 4, 1).repeat(8, 0)))
    decoded = decode(encode(image, "PNG", icc_profile=profile), 3)
    assert (decoded[:, :4] == 255).all()
    assert np.abs(decoded - as_srgb(colours(), ADOBE))[:, 4:].max() <= 1.5
    flat = Image.new("P", (4, 4))
    flat.putpalette([200, 100, 100])
    decoded = decode(encode(flat, "PNG", icc_profile=profile), 3)
    assert np.abs(decoded - as_srgb(np.array([200, 100, 100]), ADOBE)).max() <= 1.5


@pytest.mark.parametrize("channels", [1, 3])
def test_grey_of_another_gamma(channels):
    grey = np.arange(60, 250, dtype=np.uint8)[None]
    decoded = decode(encode(Image.fromarray(grey), "PNG", icc_profile=grey_profile(1.8)), channels)
    assert (
        np.abs(decoded - as_srgb(grey[..., None].repeat(3, -1), SRGB, 1.8)[..., :channels]).max()
        <= 1.5
    )


@pytest.mark.parametrize("profile", [None, srgb_profile(), b"broken", grey_profile(1.8)])
def test_images_in_srgb_and_useless_profiles_change_nothing(profile):
    encoded = encode(Image.fromarray(colours()), "PNG", icc_profile=profile)
    np.testing.assert_array_equal(decode(encoded, 3), colours())
    assert is_srgb(Image.open(io.BytesIO(encoded)))
