import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from unit_tf.data.base import DataError
from unit_tf.data.images import (
    BadImage,
    decode,
    from_pillow,
    to_float,
    to_uint8,
)

RAMP = np.linspace(0, 65535, 16 * 12).reshape(12, 16)  # 16-bit grey, 12 high and 16 wide
GREY = np.rint(RAMP / 257).astype(np.uint8)


def encode(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(rows, bits, colour_type):
    """A PNG of samples that Pillow cannot write (16-bit colour); rows: int array [H, W, C]."""

    def chunk(tag, body):
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

    header = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], bits, colour_type, 0, 0, 0)
    data = b"".join(b"\0" + row.astype(f">u{bits // 8}").tobytes() for row in rows)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def colour():
    """Smooth uint8 [12, 16, 3], so that lossy formats keep it."""
    y, x = np.mgrid[0:12, 0:16]
    return np.stack([x * 16, y * 20, 255 - x * 8], -1).astype(np.uint8)


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        ("PNG", {}, 0),
        ("JPEG", {"quality": 95, "subsampling": 0}, 6),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}, 6),
        ("WEBP", {"lossless": True}, 0),
        ("BMP", {}, 0),
        ("GIF", {}, 20),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
    ],
)
def test_every_format_from_bytes_and_from_a_file(tmp_path, kind, options, error):
    encoded = encode(Image.fromarray(colour()), kind, **options)
    path = tmp_path / "no_extension"
    path.write_bytes(encoded)
    for source in (encoded, path, str(path)):
        decoded = decode(source, 3)
        assert decoded.shape == (12, 16, 3) and decoded.dtype == np.uint8
        assert decoded.flags.writeable
        assert np.abs(decoded.astype(int) - colour()).max() <= error


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGBA", "PNG"), ("RGBA", "TIFF"),
        ("RGBA", "WEBP"), ("CMYK", "TIFF"), ("CMYK", "JPEG"), ("YCbCr", "TIFF"), ("RGBX", "TIFF"),
        ("P", "GIF"), ("P", "BMP"), ("L", "JPEG"),
    ],
)  # fmt: skip
def test_every_mode_becomes_the_same_grey(mode, kind, channels):
    grey = Image.fromarray(np.full((8, 8), 255, np.uint8)).convert("RGB").convert(mode)
    decoded = decode(encode(grey, kind), channels)
    assert decoded.shape == (8, 8, channels)
    assert decoded.min() >= 253


def test_cmyk_is_not_inverted():
    red = np.broadcast_to(np.array([255, 0, 0], np.uint8), (8, 8, 3))
    decoded = decode(encode(Image.fromarray(red).convert("CMYK"), "JPEG", quality=95), 3)
    assert np.abs(decoded.astype(int) - red).max() <= 4


@pytest.mark.parametrize(
    "array",
    [RAMP.astype(np.uint16), RAMP.astype(">u2"), RAMP.astype(np.int32), RAMP.astype(np.float32)],
    ids=["I;16", "I;16B", "I", "F"],
)
def test_deep_grey_is_scaled_not_clipped(array):
    encoded = encode(Image.fromarray(array), "TIFF")
    assert np.abs(decode(encoded, 1)[..., 0].astype(int) - GREY).max() <= 1
    np.testing.assert_array_equal(decode(encoded, 3), np.repeat(decode(encoded, 1), 3, -1))


@pytest.mark.parametrize(
    ("top", "kind"), [(1, np.float32), (255, np.float32), (2**31 - 1, np.int32)]
)
def test_other_ranges_of_deep_grey(top, kind):
    array = (RAMP / 65535 * top).astype(np.float64)
    array = np.minimum(array, top - (kind is np.int32)).astype(kind)
    decoded = decode(encode(Image.fromarray(array), "TIFF"), 1)[..., 0]
    assert np.abs(decoded.astype(int) - GREY).max() <= 1


@pytest.mark.parametrize(("channels", "colour_type"), [(1, 0), (2, 4), (3, 2), (4, 6)])
def test_sixteen_bit_png(channels, colour_type):
    rows = np.repeat(np.rint(RAMP)[..., None], channels, -1)
    if channels in (2, 4):
        rows[..., -1] = 65535  # opaque
    decoded = decode(png(rows, 16, colour_type), 3)
    assert np.abs(decoded.astype(int) - GREY[..., None]).max() <= 1


def test_transparent_parts_show_white_and_hide_their_colour():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, 4:] = (255, 0, 0, 255)
    pixels[:4, :4] = (0, 0, 0, 128)
    decoded = decode(encode(Image.fromarray(pixels), "PNG"), 3)
    assert (decoded[4:, :4] == 255).all()
    assert (decoded[:, 4:] == (255, 0, 0)).all()
    assert np.abs(decoded[:4, :4].astype(int) - 127).max() <= 1


@pytest.mark.parametrize("transparency", [1, bytes([255, 0])], ids=["index", "alpha table"])
def test_palette_transparency(transparency):
    indices = np.zeros((8, 8), np.uint8)
    indices[:, 4:] = 1
    image = Image.fromarray(indices).convert("P")
    image.putpalette([0, 0, 255, 0, 255, 0])
    decoded = decode(encode(image, "PNG", transparency=transparency), 3)
    assert (decoded[:, :4] == (0, 0, 255)).all() and (decoded[:, 4:] == 255).all()


def test_colour_key_transparency():
    key = tuple(colour()[0, 0].tolist())
    decoded = decode(encode(Image.fromarray(colour()), "PNG", transparency=key), 3)
    assert (decoded[0, 0] == 255).all()
    np.testing.assert_array_equal(decoded[5], colour()[5])


@pytest.mark.parametrize(
    ("orientation", "undo"),
    [
        (1, lambda x: x), (2, np.fliplr), (3, lambda x: np.rot90(x, 2)), (4, np.flipud),
        (5, lambda x: x.swapaxes(0, 1)), (6, lambda x: np.rot90(x, 1)),
        (7, lambda x: np.rot90(x, 2).swapaxes(0, 1)), (8, lambda x: np.rot90(x, -1)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_exif_rotation_is_undone(orientation, undo, kind):
    stored = Image.fromarray(np.ascontiguousarray(undo(colour())))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    decoded = decode(encode(stored, kind, exif=exif, **options), 3)
    np.testing.assert_array_equal(decoded, colour())


def test_broken_exif_does_not_spoil_the_image():
    encoded = encode(Image.fromarray(colour()), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    np.testing.assert_array_equal(decode(encoded, 3), colour())


def test_animation_gives_its_first_frame():
    frames = [Image.fromarray(np.full((8, 8), v, np.uint8)) for v in (40, 200)]
    for kind in ("GIF", "PNG", "WEBP", "TIFF"):
        encoded = encode(frames[0], kind, save_all=True, append_images=frames[1:])
        assert np.abs(decode(encoded, 1).astype(int) - 40).max() <= 2


def test_one_channel_is_luma():
    green = np.broadcast_to(np.array([0, 255, 0], np.uint8), (8, 8, 3))
    assert (decode(encode(Image.fromarray(green), "PNG"), 1) == 150).all()  # 0.587 * 255


def noise_file(kind):
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    return encode(Image.fromarray(noise), kind)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
@pytest.mark.parametrize("kept", [0.03, 0.5, 0.9])
def test_truncated(kind, kept):
    encoded = noise_file(kind)
    with pytest.raises(BadImage) as raised:
        decode(encoded[: int(len(encoded) * kept)], 3, "x.png")
    assert str(raised.value).startswith("x.png: ") and len(raised.value.reason) < 150


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"hello" * 50, "not a png"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a png"),
        (b"P6 1 1 255\n\0\0\0", "not a png"),
    ],
    ids=["empty", "text", "eps", "ppm"],
)
def test_not_a_image(tmp_path, content, reason):
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    for source in (path, content):
        with pytest.raises(BadImage, match=reason):
            decode(source, 3)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(BadImage, match="no such file"):
        decode(tmp_path / "x.png", 3)
    with pytest.raises(DataError, match="is a directory"):
        decode(tmp_path, 3)


@pytest.mark.parametrize("side", [10_000, 20_000], ids=["warning level", "error level"])
@pytest.mark.parametrize("action", ["ignore", "default", "always", "error"])
def test_decompression_bomb_raises_and_never_warns(side, action):
    encoded = encode(Image.new("1", (side, side)), "PNG")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)
        with pytest.raises(BadImage, match="89 million pixels"):
            decode(encoded, 3)
    assert not caught


def test_a_name_of_several_lines_is_told_in_one():
    assert str(BadImage("a\nb.png", "empty file")) == r"a\nb.png: empty file"


def test_nothing_in_an_image():
    """Pillow makes such images, and no file holds one."""
    with pytest.raises(BadImage, match="image: .*0x5 pixels"):
        from_pillow(Image.new("RGB", (5, 0)), 3)


@pytest.mark.parametrize("white", [1, 255, 65535])
def test_floats_a_little_above_their_range_are_clipped(white):
    array = (RAMP / 65535 * white).astype(np.float32)
    for top in (1.0000001, 1.02, 1.09):
        array[0, 0] = white * top
        decoded = decode(encode(Image.fromarray(array), "TIFF"), 1)[..., 0]
        assert decoded[0, 0] == 255
        assert np.abs(decoded.astype(int) - GREY)[1:].max() <= 1


def test_nan_is_said_to_be_nan():
    for value in (np.nan, np.inf):
        array = np.zeros((8, 8), np.float32)
        array[3, 3] = value
        with pytest.raises(BadImage, match="^x: holds NaN or infinite values, which have no range"):
            decode(encode(Image.fromarray(array), "TIFF"), 1, "x")


def test_float_without_a_known_range_is_bad():
    for value in (np.nan, np.inf, 1e9):
        array = np.full((8, 8), value, np.float32)
        with pytest.raises(BadImage, match="range"):
            decode(encode(Image.fromarray(array), "TIFF"), 1)


def test_number_ranges():
    levels = np.arange(256, dtype=np.uint8)
    floats = to_float(levels)
    assert floats.dtype == np.float32 and floats[0] == -1 and floats[-1] == 1
    np.testing.assert_array_equal(to_uint8(floats), levels)
    np.testing.assert_array_equal(to_uint8(np.array([-3.0, 3.0, 0.001])), [0, 255, 128])
