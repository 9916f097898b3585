import io

import numpy as np
import pytest
from PIL import Image

from unit_tf.data.images import BadImage, decode

END = b"\xff\xd9"
OPTIONS = {
    "plain": {},
    "444": {"subsampling": 0},
    "restarts": {"restart_marker_blocks": 1},
    "restarts by row": {"restart_marker_rows": 1},
    "progressive": {"progressive": True},
    "optimized": {"optimize": True},
}


def photograph(mode="RGB", size=(64, 80)):
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    return Image.fromarray(noise).convert(mode)


def jpeg(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90, **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_cut_and_closed(mode, options):
    encoded = jpeg(photograph(mode), **options)
    assert decode(encoded, 3, "x").shape == (64, 80, 3)
    begin = encoded.index(b"\xff\xda") + 20
    for kept in (0.1, 0.5, 0.7):
        cut = encoded[: begin + int(kept * (len(encoded) - begin))]
        # Pillow finds it where a progressive file ends within its headers.
        with pytest.raises(BadImage, match="cut off, and closed with an end marker|truncated"):
            decode(cut + END, 3)
        with pytest.raises(BadImage):
            decode(cut + END + b"further", 3)


def test_cut_where_data_restart():
    encoded = jpeg(photograph(), restart_marker_rows=1)
    for place in (encoded.index(b"\xff\xd1"), encoded.index(b"\xff\xd2") + 2):
        with pytest.raises(BadImage, match="cut off"):
            decode(encoded[:place] + END, 3)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_a_grey_of_the_image_itself_is_no_cut(mode, options):
    pixels = np.asarray(photograph()).copy()
    pixels[30:] = 128
    for shown in (pixels, np.full_like(pixels, 128)):
        decoded = decode(jpeg(Image.fromarray(shown).convert(mode), **options), 3)
        assert np.abs(decoded[50:].astype(int) - 128).max() <= 3


def test_what_follows_the_end_does_not_matter():
    whole = jpeg(photograph())
    np.testing.assert_array_equal(decode(whole + whole[: len(whole) // 2], 3), decode(whole, 3))
    assert decode(jpeg(photograph(), comment=b"\xff\xda\xff\xd9" * 9), 3).shape == (64, 80, 3)
