"""Encoded images inside a graph: JPEG or PNG bytes in, PNG bytes out.

Bytes come from strangers, so everything is checked before it costs memory: what it claims to be and
its size from the header, then, once decoded, its channels. What fails is an InvalidArgumentError of
that request; the process goes on.
"""

import tensorflow as tf
from unit_tf.export.size_limits import MAX_PIXELS, MAX_SIDE

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
# Signature, then the first chunk: length, "IHDR", width and height of four bytes each.
PNG_SIZE_AT, PNG_HEADER_BYTES = 16, 33
# By colour type: grey, -, colour, palette, grey and alpha, -, colour and alpha. A palette with
# transparent entries decodes to four and fails there.
PNG_CHANNELS = (1, 0, 3, 3, 2, 0, 4, 0)


def decode(encoded, channels, sides=(None, None), max_pixels=MAX_PIXELS):
    """One image from its bytes.

    Args:
      encoded: string scalar; a JPEG or a PNG.
      channels: 1 or 3; an image with any other number is an error rather than a guess.
      sides: (height, width) that it must have; each None for any.
      max_pixels: largest height times width.

    Returns:
      float32 [H, W, channels] in [0, 1].

    Raises:
      tf.errors.InvalidArgumentError: when it runs, for anything else than the above.
    """
    is_png, is_jpeg = (_starts_with(encoded, magic) for magic in (PNG, JPEG))
    readable = tf.Assert(
        is_jpeg | (is_png & (tf.strings.length(encoded) >= PNG_HEADER_BYTES)),
        ["image_bytes: neither a JPEG nor a PNG"],
    )
    with tf.control_dependencies([readable]):
        header = tf.cond(is_png, lambda: _png_header(encoded), lambda: _jpeg_header(encoded))
    size, found = header[:2], header[2]
    right = tf.Assert(
        tf.equal(found, channels), [f"image_bytes: needs {channels} channels, has", found]
    )
    with tf.control_dependencies([_fits(size, sides, max_pixels), right]):
        image = tf.cond(is_png, lambda: tf.io.decode_png(encoded), lambda: _jpeg(encoded))
    return tf.cast(tf.ensure_shape(image, [*sides, channels]), tf.float32) / 255.0


def encode(image):
    """PNG bytes, a string scalar, of float32 [H, W, 1 or 3] in [0, 1]."""
    return tf.io.encode_png(tf.cast(tf.round(image * 255.0), tf.uint8))


def _fits(size, sides, max_pixels):
    """An assertion that int64 ``size``, [height, width], is one that ``decode`` takes."""
    if None not in sides:
        height, width = sides
        message = f"image_bytes: must be {height}x{width} pixels (height x width), is"
        return tf.Assert(tf.reduce_all(tf.equal(size, sides)), [message, size])
    return tf.Assert(
        # Each side too: the product of two 32-bit sides can overflow into a small number.
        (tf.reduce_min(size) > 0)
        & (tf.reduce_max(size) <= MAX_SIDE)
        & (tf.reduce_prod(size) <= max_pixels),
        [f"image_bytes: at most {max_pixels} pixels and {MAX_SIDE} a side; height, width:", size],
    )


def _starts_with(encoded, magic):
    return tf.equal(tf.strings.substr(encoded, 0, len(magic)), magic)


def _png_header(encoded):
    """int64 [height, width, channels] as the header has them, the sides big-endian."""
    header = tf.io.decode_raw(tf.strings.substr(encoded, PNG_SIZE_AT, 10), tf.uint8)
    sides = tf.reshape(tf.cast(header[:8], tf.int64), [2, 4])
    width, height = tf.unstack(tf.reduce_sum(sides * [2**24, 2**16, 2**8, 1], axis=1))
    channels = tf.gather(tf.constant(PNG_CHANNELS, tf.int64), tf.cast(header[9] & 7, tf.int32))
    return tf.stack([height, width, channels])


def _jpeg_header(encoded):
    """The same from the frame header; nothing is decoded."""
    return tf.cast(tf.io.extract_jpeg_shape(encoded), tf.int64)


def _jpeg(encoded):
    """As Pillow decodes: the exact cosine transform rather than the fast one."""
    return tf.io.decode_jpeg(encoded, dct_method="INTEGER_ACCURATE")
