"""What is sent of an image file: the server must see the pixels that we see."""

import io
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from unit_tf.export import image_bytes, size_limits
from unit_tf.export.serving import forms
from unit_tf.export.serving.forms import EncodedForm, FloatForm
from unit_tf.export.serving.transport import ServingError, size_of

from unit_tf.data.colour_profiles import srgb_profile
from unit_tf.data.images import BadImage, decode
from unit_tf.data.scaling import scale_to_cover


def smooth(height, width, channels=3):
    """uint8 [H, W, C] with values from 40 to 127."""
    rows, columns = np.mgrid[:height, :width]
    planes = [rows * 3, columns * 2, rows + columns][:channels]
    return np.clip(np.stack(planes, -1) + 40, 0, 255).astype(np.uint8)


def image(mode="RGB"):
    return Image.fromarray(smooth(30, 40)).convert(mode)


def exif(orientation):
    found = Image.Exif()
    found[0x0112] = orientation
    return found


def save_deep(path):
    """16 bits a channel in colour, which Pillow reads but cannot write."""
    deep = tf.constant(smooth(30, 40).astype(np.uint16) * 257)
    path.write_bytes(tf.io.encode_png(deep).numpy())


def save_keyed(path):
    """A PNG without alpha in which one colour is transparent."""
    image().save(path, transparency=(40, 40, 40))


def save_animation(path):
    image().save(path, save_all=True, append_images=[image("L").convert("RGB")])


def save_with_profile(path):
    """In a colour space whose red is sRGB's blue."""
    profile = srgb_profile().replace(b"rXYZ", b"wait").replace(b"bXYZ", b"rXYZ")
    image().save(path, icc_profile=profile.replace(b"wait", b"bXYZ"))


PLAIN = {
    "x.png": lambda path: image().save(path),
    "x.jpg": lambda path: image().save(path, quality=95),
    "upright.jpg": lambda path: image().save(path, quality=95, exif=exif(1)),
    "srgb.png": lambda path: image().save(path, icc_profile=srgb_profile()),
    "progressive.jpg": lambda path: image().save(path, quality=95, progressive=True),
}
OTHER = {
    "turned.jpg": lambda path: image().save(path, exif=exif(6)),
    "turned.png": lambda path: image().save(path, exif=exif(3)),
    "grey.png": lambda path: image("L").save(path),
    "grey.jpg": lambda path: image("L").save(path),
    "bits.png": lambda path: image("1").save(path),
    "palette.png": lambda path: image("P").save(path),
    "clear.png": lambda path: image("RGBA").save(path),
    "inks.jpg": lambda path: image("CMYK").save(path),
    "x.webp": lambda path: image().save(path),
    "x.bmp": lambda path: image().save(path),
    "profile.png": save_with_profile,
    "profile.jpg": save_with_profile,
    "keyed.png": save_keyed,
    "deep.png": save_deep,
    "animated.png": save_animation,
}


@pytest.mark.parametrize("name", PLAIN | OTHER)
def test_bytes_are_the_file_s_own_only_where_the_server_sees_the_same(tmp_path, name):
    path = tmp_path / name
    (PLAIN | OTHER)[name](path)
    sent = EncodedForm(3).read(path)
    assert (sent == path.read_bytes()) == (name in PLAIN)
    seen = np.rint(image_bytes.decode(tf.constant(sent), 3).numpy() * 255)
    np.testing.assert_array_equal(seen, decode(path, 3))


@pytest.mark.parametrize("colours", [False, True])
def test_black_and_white_of_deep_images_can_be_stated(tmp_path, colours):
    """Both forms send what ``decode`` makes of them; without a range they are nearly black."""
    deep, path = smooth(30, 40, 3 if colours else 1).astype(np.uint16) * 8, tmp_path / "x.png"
    path.write_bytes(tf.io.encode_png(tf.constant(deep)).numpy())
    channels, expected = deep.shape[2], np.rint((np.clip(deep, 320, 1020) - 320.0) * 255 / 700)
    floats = FloatForm(channels, (320, 1020)).read(path) * 255
    sent = decode(EncodedForm(channels, (320, 1020)).read(path), channels)
    for found in (floats, sent):
        np.testing.assert_allclose(found, expected, atol=1)
    assert FloatForm(channels).read(path).max() < 0.02


@pytest.mark.parametrize("side", [15, 30, 60])
@pytest.mark.parametrize("name", ["x.png", "x.jpg", "turned.jpg", "palette.png"])
def test_both_forms_send_images_scaled(tmp_path, name, side):
    """Their shorter side has what was asked for, in what they answer for, too."""
    (PLAIN | OTHER)[name](tmp_path / name)
    expected = scale_to_cover(decode(tmp_path / name, 3), (1, 1), side)
    sent = EncodedForm(3, resize=side).read(tmp_path / name)
    np.testing.assert_array_equal(decode(sent, 3), expected)
    floats = FloatForm(3, resize=side).read(tmp_path / name)
    np.testing.assert_array_equal(np.rint(floats * 255), expected)
    assert min(size_of(sent)) == min(size_of(floats)) == side


def test_what_scaling_makes_too_large_is_refused(tmp_path):
    """Before it takes the memory; what is too large as it is can be made small enough."""
    image().save(tmp_path / "x.png")
    with pytest.raises(BadImage, match=r"would fit: --resize=1773$"):
        EncodedForm(3, resize=9000).read(tmp_path / "x.png")
    with pytest.raises(BadImage, match=r"--resize makes it 9000x12000 pixels: more than 89 mill"):
        FloatForm(3, resize=9000).read(tmp_path / "x.png")
    with pytest.raises(BadImage, match=r"fit: --resize=1773$"):
        EncodedForm(3, resize=10**6).read(tmp_path / "x.png")
    Image.new("RGB", (2400, 1800)).save(tmp_path / "large.png")
    with pytest.raises(BadImage, match=r"would fit: --resize=1773$"):
        EncodedForm(3).read(tmp_path / "large.png")
    assert size_of(EncodedForm(3, resize=24).read(tmp_path / "large.png")) == (24, 32)


@pytest.mark.parametrize(("size", "said"), [
    ((1800, 2400), ": --resize=1773"),
    ((3633, 3910), ": --resize=1973"),  # 1974 would be 1974x2125, a little too large
    ((2, 34083), ""),
])  # fmt: skip
def test_the_flag_that_is_named_makes_images_small_enough(size, said):
    assert forms._fitting_flag(size) == said


@pytest.mark.parametrize("form", [EncodedForm, FloatForm])
@pytest.mark.parametrize("content", [None, b"", b"no image"])
def test_bad_files_are_found_before_they_are_sent(tmp_path, form, content):
    if content is not None:
        (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(BadImage, match=r"x\.png: \w+"):
        form(3).read(tmp_path / "x.png")


@pytest.mark.parametrize("channels", [1, 3])
def test_floats_there_and_back(tmp_path, channels):
    path, form = tmp_path / "x.png", FloatForm(channels)
    image("RGB").save(path)
    payload = form.read(path)
    assert payload.shape == (30, 40, channels) and payload.dtype == np.float32
    assert payload.min() >= 0 and payload.max() <= 1 and payload.max() > 0.4
    form.write(tmp_path / "new" / "y.png", payload, payload)
    np.testing.assert_array_equal(decode(tmp_path / "new" / "y.png", channels),
                                  decode(path, channels))  # fmt: skip
    assert form.group(payload) == payload.shape and EncodedForm(3).group(b"") is None


def test_nan_is_not_written(tmp_path):
    payload = np.zeros((4, 4, 3), np.float32)
    with pytest.raises(ServingError, match="the model gives NaN"):
        FloatForm(3).write(tmp_path / "x.png", np.full_like(payload, np.nan), payload)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.webp", "turned.jpg"])
def test_what_the_server_does_not_take_is_refused_before_it_is_decoded(tmp_path, name, monkeypatch):
    """The limits are those of the graph, and the file is sent to nobody."""
    save = (PLAIN | OTHER)[name]
    save(tmp_path / name)
    form = EncodedForm(3)
    monkeypatch.setattr(size_limits, "MAX_PIXELS", 30 * 40)
    assert form.read(tmp_path / name)
    monkeypatch.setattr(size_limits, "MAX_PIXELS", 30 * 40 - 1)
    monkeypatch.setattr(forms, "decode", None)
    with pytest.raises(BadImage, match="30x40 pixels .* at most 1199 pixels .*; 29x39 would fit"):
        form.read(tmp_path / name)


def test_a_header_that_claims_gigabytes_is_no_warning(tmp_path):
    """Pillow warns from 89 megapixels on; a phone makes 108."""
    file = io.BytesIO()
    image().save(file, "PNG")
    claimed = bytearray(file.getvalue())
    claimed[16:24] = struct.pack(">II", 12000, 9000)
    claimed[29:33] = struct.pack(">I", zlib.crc32(claimed[12:29]))
    (tmp_path / "x.png").write_bytes(claimed)
    with pytest.raises(BadImage, match="9000x12000 pixels .*; 1773x2364 would fit"):
        EncodedForm(3).read(tmp_path / "x.png")
