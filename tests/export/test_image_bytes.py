"""Bytes from strangers: images come out as Pillow reads them, everything else is refused."""

import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from unit_tf.export import image_bytes

RGB = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8))


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def with_size(data, height, width):
    """The same file with other numbers in its header."""
    changed = bytearray(data)
    if data.startswith(image_bytes.PNG):
        changed[16:24] = struct.pack(">II", width, height)
    else:
        frame = data.index(b"\xff\xc0")
        changed[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(changed)


def decoder(channels):
    return tf.function(
        lambda data: image_bytes.decode(data, channels),
        input_signature=[tf.TensorSpec([], tf.string)],
    )


@pytest.fixture(scope="module")
def decode():
    """{channels: a graph that decodes}, traced once."""
    return {channels: decoder(channels) for channels in (1, 3)}


@pytest.mark.parametrize(
    "data",
    [
        encoded(RGB),
        encoded(RGB, "JPEG", quality=80),
        encoded(RGB, "JPEG", progressive=True),
        encoded(RGB.convert("P")),
        encoded(RGB.crop((0, 0, 1, 1))),
    ],
    ids=["png", "jpeg", "progressive", "palette", "one pixel"],
)
def test_colour_images_as_pillow_reads_them(decode, data):
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) / 255
    found = decode[3](data)
    assert found.dtype == tf.float32
    np.testing.assert_allclose(found, expected, atol=1.1 / 255)


def test_grey_images(decode):
    for kind in ("PNG", "JPEG"):
        data = encoded(RGB.convert("L"), kind)
        expected = np.asarray(Image.open(io.BytesIO(data)))[..., None] / 255
        np.testing.assert_allclose(decode[1](data), expected, atol=1.1 / 255)


HOSTILE = {
    "empty": (b"", "neither a JPEG nor a PNG"),
    "text": (b"hello, world", "neither a JPEG nor a PNG"),
    "gif": (encoded(RGB.convert("P"), "GIF"), "neither a JPEG nor a PNG"),
    "only the first bytes of a png": (encoded(RGB)[:20], "neither a JPEG nor a PNG"),
    "only the first bytes of a jpeg": (encoded(RGB, "JPEG")[:3], "Invalid JPEG"),
    "truncated png": (encoded(RGB)[:-200], "Invalid PNG"),
    "truncated jpeg": (encoded(RGB, "JPEG")[:-100], "Invalid JPEG"),
    "png of 20000x20000": (with_size(encoded(RGB), 20000, 20000), r"width:\] \[20000 20000\]"),
    "jpeg of 20000x20000": (with_size(encoded(RGB, "JPEG"), 20000, 20000), "20000 20000"),
    "png whose area overflows": (with_size(encoded(RGB), 2**32 - 1, 2**32 - 1), "4294967295"),
    "png of no height": (with_size(encoded(RGB), 0, 30), r"\[0 30\]"),
    "png that is too narrow": (with_size(encoded(RGB), 1, 20000), r"\[1 20000\]"),
    "cmyk": (encoded(RGB.convert("CMYK"), "JPEG"), r"needs 3 channels, has\] \[4\]"),
    "transparent palette": (
        encoded(RGB.convert("P"), transparency=0),
        "not compatible with expected shape",
    ),
    "grey": (encoded(RGB.convert("L")), r"needs 3 channels, has\] \[1\]"),
    "grey and alpha": (encoded(RGB.convert("LA")), r"needs 3 channels, has\] \[2\]"),
    "colour and alpha": (encoded(RGB.convert("RGBA")), r"needs 3 channels, has\] \[4\]"),
}


@pytest.mark.parametrize(("data", "message"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_are_an_error_of_that_request(decode, data, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        decode[3](data)
    assert decode[3](encoded(RGB)).shape == (20, 30, 3)


def test_the_largest_image_is_counted_in_pixels():
    run = tf.function(lambda data: image_bytes.decode(data, 3, max_pixels=600))
    assert run(tf.constant(encoded(RGB))).shape == (20, 30, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="at most 600 pixels"):
        run(tf.constant(encoded(RGB.resize((601, 1)))))


def test_where_one_size_is_right_others_are_named():
    run = tf.function(lambda data: image_bytes.decode(data, 3, sides=(20, 30)))
    assert run(tf.constant(encoded(RGB))).shape == (20, 30, 3)
    for kind in ("PNG", "JPEG"):
        other = encoded(RGB.resize((20, 30)), kind)
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"must be 20x30 pixels .* is\] \[30 20\]"
        ):
            run(tf.constant(other))


def test_encoding_rounds_to_the_nearest_level():
    image = tf.constant([0.0, 0.4, 0.6, 254.6], tf.float32)[:, None, None] / 255
    found = np.asarray(Image.open(io.BytesIO(image_bytes.encode(image).numpy())))
    assert found[:, 0].tolist() == [0, 0, 1, 255]
