"""Encoded pictures inside a graph: JPEG or PNG bytes in, PNG bytes out.

Bytes come from strangers, so everything is checked before it costs memory: what it claims to be and
its size from the header, then, once decoded, its channels. What fails is an InvalidArgumentError of
that request; the process goes on.
"""

import tensorflow as tf

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
# Signature, then the first chunk: length, "IHDR", width and height of four bytes each.
PNG_SIZE_AT, PNG_HEADER_BYTES = 16, 33
# 2048 x 2048; a translator of full width takes some gigabytes for that.
MAX_PIXELS = 2**22


def decode(encoded, channels, max_pixels=MAX_PIXELS):
    """One picture from its bytes.

    Args:
      encoded: string scalar; a JPEG or a PNG.
      channels: 1 or 3; a picture with any other number is an error rather than a guess.
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
        size = tf.cond(is_png, lambda: _png_size(encoded), lambda: _jpeg_size(encoded))
    small = tf.Assert(
        # Each side first: the product of two 32-bit sides can overflow into a small number.
        (tf.reduce_min(size) > 0)
        & (tf.reduce_max(size) <= max_pixels)
        & (tf.reduce_prod(size) <= max_pixels),
        [f"image_bytes: needs 1 to {max_pixels} pixels, has height and width", size],
    )
    with tf.control_dependencies([small]):
        picture = tf.cond(is_png, lambda: tf.io.decode_png(encoded), lambda: _jpeg(encoded))
    right = tf.Assert(
        tf.equal(tf.shape(picture)[-1], channels),
        [f"image_bytes: needs {channels} channels, has", tf.shape(picture)[-1]],
    )
    with tf.control_dependencies([right]):
        picture = tf.cast(picture, tf.float32) / 255.0
    return tf.ensure_shape(picture, [None, None, channels])


def encode(picture):
    """PNG bytes, a string scalar, of float32 [H, W, 1 or 3] in [0, 1]."""
    return tf.io.encode_png(tf.cast(tf.round(picture * 255.0), tf.uint8))


def _starts_with(encoded, magic):
    return tf.equal(tf.strings.substr(encoded, 0, len(magic)), magic)


def _png_size(encoded):
    """int64 [height, width] as the header has it, big-endian."""
    header = tf.io.decode_raw(tf.strings.substr(encoded, PNG_SIZE_AT, 8), tf.uint8)
    parts = tf.reshape(tf.cast(header, tf.int64), [2, 4])
    width, height = tf.unstack(tf.reduce_sum(parts * [2**24, 2**16, 2**8, 1], axis=1))
    return tf.stack([height, width])


def _jpeg_size(encoded):
    """int64 [height, width] from the frame header; nothing is decoded."""
    return tf.cast(tf.io.extract_jpeg_shape(encoded)[:2], tf.int64)


def _jpeg(encoded):
    """As Pillow decodes: the exact cosine transform rather than the fast one."""
    return tf.io.decode_jpeg(encoded, dct_method="INTEGER_ACCURATE")
