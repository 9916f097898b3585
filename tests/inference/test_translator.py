"""A translator in Python: every kind of image comes back as given, with the command's pixels."""

import copy
import json
import pickle
import re

import numpy as np
import pytest
from PIL import Image

from unit_tf.cli import flags, translate
from unit_tf.config import UserError
from unit_tf.data.images import decode
from unit_tf.data.scaling import scale_to_cover, scaling_of
from unit_tf.inference.image_kinds import open_batch
from unit_tf.inference.translator import Translator


@pytest.fixture
def unit(translators):
    """RGB to grey and back."""
    return translators("unit")


@pytest.fixture
def munit(translators):
    return translators("munit")


@pytest.fixture
def pixels():
    """(*shape) -> uint8 noise."""
    return lambda *shape: np.random.default_rng(1).integers(0, 256, shape, np.uint8)


def refusal(call, *arguments, **keywords):
    with pytest.raises(UserError) as caught:
        call(*arguments, **keywords)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("size", [(32, 32), (21, 50), (1, 3)])
def test_every_kind_comes_back(unit, pixels, tmp_path, size):
    """With the same pixels, whatever the kind."""
    array = pixels(*size, 3)
    image = Image.fromarray(array)
    image.save(tmp_path / "x.png")
    of_path = unit.translate(tmp_path / "x.png")
    assert isinstance(of_path, Image.Image) and of_path.mode == "L" and of_path.size == image.size
    expected = np.asarray(of_path)
    for given in (str(tmp_path / "x.png"), image):
        assert np.array_equal(unit.translate(given), expected)
    of_array = unit.translate(array)
    assert (of_array.dtype, of_array.shape) == (np.uint8, (*size, 1))
    assert np.array_equal(of_array[..., 0], expected)
    for kind in (np.float32, np.float64, np.float16):
        of_floats = unit.translate((array / 255).astype(kind))
        assert (of_floats.dtype, of_floats.shape) == (np.float32, (*size, 1))
        assert 0 <= of_floats.min() and of_floats.max() <= 1
        if kind != np.float16:
            assert np.abs(of_floats[..., 0] * 255 - expected).max() <= 0.51


def test_batches(unit, pixels):
    batch = pixels(3, 20, 24, 3)
    found = unit.translate(batch)
    assert (found.dtype, found.shape) == (np.uint8, (3, 20, 24, 1))
    for image, result in zip(batch, found, strict=True):
        assert np.abs(unit.translate(image).astype(int) - result).max() <= 1
    floats = unit.translate(batch / np.float32(255))
    assert (floats.dtype, floats.shape) == (np.float32, (3, 20, 24, 1))


def test_resized_first(unit, pixels, tmp_path):
    """Every kind, as the same images of that size; floats are not rounded in between."""
    batch = pixels(2, 40, 30, 3)
    small = np.stack([scale_to_cover(image, (1, 1), 15) for image in batch])
    assert small.shape == (2, 20, 15, 3)
    expected = unit.translate(small)
    np.testing.assert_array_equal(unit.translate(batch, resize=15), expected)
    Image.fromarray(batch[0]).save(tmp_path / "x.png")
    for image in (batch[0], Image.fromarray(batch[0]), tmp_path / "x.png"):
        found = np.asarray(unit.translate(image, resize="15")).reshape(20, 15, 1)
        assert np.abs(found.astype(int) - expected[0]).max() <= 1
    unit.translate_file(tmp_path / "x.png", tmp_path / "y.png", resize=15)
    found = np.asarray(Image.open(tmp_path / "y.png"))
    assert np.abs(found.astype(int) - expected[0, ..., 0]).max() <= 1
    floats = unit.translate(batch / np.float32(255), resize=15)
    assert floats.shape == (2, 20, 15, 1) and np.abs(floats * 255 - expected).max() < 4
    grey = unit.translate(np.float32(batch[0, ..., 0] / 255), "b2a", resize=15)
    assert grey.shape == (20, 15, 3)


def test_floats_stay_in_their_range_when_scaled(unit):
    """Pillow's bicubic goes beyond it at edges."""
    stripes = np.zeros((12, 12, 3), np.float32)
    stripes[:, 6:] = 1
    batch = open_batch(stripes, 3).scaled(scaling_of(24, unit.config.data))
    assert batch.pixels.shape == (1, 24, 24, 3)
    assert (batch.pixels.min(), batch.pixels.max()) == (-1, 1)


def test_scales_that_are_none(unit, pixels):
    image = pixels(8, 8, 3)
    assert refusal(unit.translate, image, resize="large").startswith("--resize=large: expected")
    said = "image: --resize makes it 20000x20000 pixels: more than 89 million pixels"
    assert refusal(unit.translate, image, resize=20_000).startswith(said)


def test_examples_of_styles_are_resized_too(munit, pixels):
    image, example = pixels(16, 16, 3), pixels(40, 30, 3)
    small = scale_to_cover(example, (1, 1), 16)
    np.testing.assert_array_equal(munit.encode_style(example, resize=16), munit.encode_style(small))
    np.testing.assert_array_equal(
        munit.translate(image, style=example, resize=16), munit.translate(image, style=small)
    )


def test_a_batch_may_be_larger_than_memory_holds_at_a_time(unit, pixels, monkeypatch):
    whole = unit.translate(pixels(5, 16, 16, 3))
    monkeypatch.setattr("unit_tf.inference.translator.PIXELS_AT_A_TIME", 600)
    parts = unit.translate(pixels(5, 16, 16, 3))
    assert parts.shape == whole.shape and np.abs(parts.astype(int) - whole).max() <= 1


def test_grey_and_colour_are_made_of_each_other_as_in_files(unit, pixels, tmp_path):
    grey, colour = pixels(20, 24), pixels(20, 24, 3)
    as_file = unit.translate(Image.fromarray(grey))
    assert np.array_equal(unit.translate(grey), np.asarray(as_file))
    assert unit.translate(grey[..., None]).shape == (20, 24, 1)
    back = unit.translate(colour, "b2a")
    assert np.array_equal(back, np.asarray(unit.translate(Image.fromarray(colour), "b2a")))
    assert unit.translate(grey, "b2a").shape == (20, 24, 3)
    of_floats = unit.translate(colour / np.float32(255), "b2a")
    assert np.abs(of_floats * 255 - back).max() < 4  # grey is not rounded on the way
    transparent = Image.fromarray(pixels(20, 24, 4))
    transparent.save(tmp_path / "x.png")
    assert np.array_equal(unit.translate(transparent), unit.translate(tmp_path / "x.png"))


@pytest.mark.parametrize("direction", ["a2b", "b2a"])
def test_the_bytes_of_unit_translate(unit, pixels, tmp_path, direction, capsys):
    unit.save(tmp_path / "saved")
    for name, size in {"x.png": (32, 32), "y.png": (17, 40)}.items():
        (tmp_path / "in").mkdir(exist_ok=True)
        Image.fromarray(pixels(*size, 3)).save(tmp_path / "in" / name)
    for flag in translate.FLAGS:
        translate.FLAGS[flag].unparse()
    arguments = ("unit-translate", f"--workdir={tmp_path / 'saved'}", f"--direction={direction}",
                 f"--input={tmp_path / 'in'}", f"--output={tmp_path / 'out'}")  # fmt: skip
    assert flags.run(translate.main, translate.FLAGS, translate.__doc__, arguments) == 0
    again = Translator.from_preset(tmp_path / "saved")
    for name in ("x.png", "y.png"):
        found = np.asarray(again.translate(tmp_path / "in" / name, direction))
        written = decode(tmp_path / "out" / name, unit.method.channels[direction[2]])
        assert np.array_equal(found.reshape(written.shape), written)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("absent.png", "absent.png: no such file"),
        ("", "'': "),
        ("x" * 300, "file name too long"),
        (Image.new("RGB", (5, 0)), "0x5 pixels"),
        (3, "image: of type int; expected a path"),
        ([[1.0]], "image: of type list"),
        (np.zeros((4, 4, 3), np.int32), "image: an array of int32; expected uint8"),
        (np.zeros((4, 4, 2), np.uint8), r"of shape \(4, 4, 2\)"),
        (np.zeros((4,), np.uint8), r"of shape \(4,\)"),
        (np.zeros((0, 4, 3), np.uint8), r"of shape \(0, 4, 3\)"),
        (np.full((4, 4, 3), 1.5), r"floats from 1.5 to 1.5; expected \[0, 1\], or uint8"),
        (np.full((4, 4, 3), -0.5), "floats from -0.5"),
        (np.full((4, 4, 3), np.nan), "floats from nan"),
    ],
)
def test_images_that_are_none(unit, image, message):
    assert re.search(message, refusal(unit.translate, image))


def test_what_a_method_has_not(unit, translators, pixels):
    image = pixels(8, 8, 3)
    assert "direction='b2c': method unit translates a2b and b2a" in refusal(
        unit.translate, image, "b2c"
    )
    assert "method unit has no styles" in refusal(unit.translate, image, seed=1)
    assert "method unit has no styles" in refusal(unit.translate, image, style=[0.0])
    assert "method unit has no styles" in refusal(unit.encode_style, image)
    assert "method unit does not classify" in refusal(unit.classify, image)
    assert unit.directions == ("a2b", "b2a") and unit.step == 7
    assert translators("unit_da").directions == ("a2b", "b2a")


def test_one_direction_alone(unit, pixels, monkeypatch):
    monkeypatch.setattr(unit.method, "directions", ("a2b",))
    assert unit.directions == ("a2b",)
    line = refusal(unit.translate, pixels(8, 8, 3), "b2a")
    assert "direction='b2a': method unit translates a2b" in line


def test_styles(munit, pixels, tmp_path):
    """By numbers, by an image of any kind, by a seed; the middle one otherwise."""
    image, guide = pixels(20, 24, 3), pixels(40, 33, 3)[::-1].copy()
    code = munit.encode_style(guide)
    assert (code.dtype, code.shape) == (np.float32, (3,))
    by_code = munit.translate(image, style=code)
    Image.fromarray(guide).save(tmp_path / "guide.png")
    ways = (guide, guide / np.float32(255), Image.fromarray(guide), tmp_path / "guide.png",
            [*map(float, code)], code[None])  # fmt: skip
    for style in ways:
        found = munit.translate(image, style=style)
        assert np.abs(found.astype(int) - by_code).max() <= 1
    middle, random = munit.translate(image), munit.translate(image, seed=5)
    assert np.array_equal(munit.translate(image, style=np.zeros(3)), middle)
    expected_style = np.random.default_rng(5).standard_normal((1, 3), np.float32)
    assert np.array_equal(munit.translate(image, style=expected_style), random)
    assert len({x.tobytes() for x in (by_code, middle, random)}) == 3


def test_styles_of_a_batch(munit, pixels):
    """One for all, or one each."""
    batch = pixels(2, 20, 24, 3)
    codes = munit.encode_style(batch)
    assert codes.shape == (2, 3)
    each = munit.translate(batch, style=codes)
    for image, code, result in zip(batch, codes, each, strict=True):
        assert np.abs(munit.translate(image, style=code).astype(int) - result).max() <= 1
    one = munit.translate(batch, style=codes[0])
    assert np.abs(one[0].astype(int) - each[0]).max() <= 1 and not np.array_equal(one[1], each[1])


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"style": [0.0, 1.0]}, "style: of shape (2,); expected finite floats [3] or [N, 3]"),
        ({"style": [0.0, 1.0, np.nan]}, "expected finite floats"),
        ({"style": ["red"]}, "style: not floats"),
        ({"style": np.zeros((2, 3))}, "style: 2 styles for 1 images"),
        ({"style": "absent.png"}, "absent.png: no such file"),
        ({"style": [0.0] * 3, "seed": 1}, "style, seed: one of them"),
        ({"seed": -1}, "seed=-1: expected a whole number"),
        ({"seed": "x"}, "seed='x': expected a whole number"),
    ],
)
def test_styles_that_are_none(munit, pixels, keywords, message):
    assert message in refusal(munit.translate, pixels(8, 8, 3), **keywords)


def test_classes(translators, pixels):
    """Probabilities, the most likely class being the method's."""
    translator = translators("unit_da")
    batch = pixels(4, 32, 32, 1)
    found = translator.classify(batch)
    assert (found.dtype, found.shape) == (np.float32, (4, 10))
    np.testing.assert_allclose(found.sum(axis=-1), 1, rtol=1e-5)
    logits = translator.method.classify(batch / np.float32(127.5) - 1, "b")
    assert np.array_equal(np.argmax(found, -1), np.argmax(logits, -1))
    one = translator.classify(Image.fromarray(batch[0, ..., 0]))
    np.testing.assert_allclose(one, found[0], rtol=1e-4)
    assert "20x32 pixels; method unit_da takes 32x32" in refusal(
        translator.classify, pixels(20, 32)
    )
    assert "domain='c'" in refusal(translator.classify, batch, "c")
    assert "domain=['b']" in refusal(translator.classify, batch, ["b"])
    assert "40x32 pixels, at most 32x32" in refusal(translator.translate, pixels(40, 32))
    assert translator.translate(pixels(20, 32)).shape == (20, 32)


@pytest.mark.parametrize("name", ["unit", "munit", "unit_da"])
def test_saved_and_loaded(translators, pixels, tmp_path, name):
    translator = translators(name)
    translator.save_to_preset(tmp_path / "saved")
    translator.save(tmp_path / "saved")  # itself it replaces
    assert sorted(p.name for p in tmp_path.iterdir()) == ["saved"]
    assert sorted(p.name for p in (tmp_path / "saved").iterdir()) == [
        "config.json", "translator.npz",
    ]  # fmt: skip
    again = Translator.from_preset(str(tmp_path / "saved"))
    assert (again.step, again.config) == (7, translator.config)
    image = pixels(32, 32, 1) if name == "unit_da" else pixels(20, 24, 3)
    assert np.array_equal(again.translate(image), translator.translate(image))
    if name == "unit_da":
        assert np.array_equal(again.classify(image), translator.classify(image))


def test_a_training_is_not_overwritten(unit, tmp_path):
    config = unit.config.to_json()
    for name in ("training", "new", "photos", "file"):
        (tmp_path / name).mkdir() if name != "file" else (tmp_path / name).write_text("text")
    (tmp_path / "training" / "checkpoints").mkdir()
    for name in ("training", "new"):
        (tmp_path / name / "config.json").write_text(config)
    (tmp_path / "photos" / "x.png").touch()
    before = sorted(tmp_path.rglob("*"))
    for name in ("training", "new"):
        assert "holds a training" in refusal(unit.save, tmp_path / name)
    assert "holds other files" in refusal(unit.save, tmp_path / "photos")
    assert "is a file" in refusal(unit.save, tmp_path / "file")
    assert "cannot be written" in refusal(unit.save, tmp_path / "file" / "below")
    assert sorted(tmp_path.rglob("*")) == before
    assert json.loads((tmp_path / "new" / "config.json").read_text()) == json.loads(config)


def test_a_link_to_a_folder_stays_one(unit, tmp_path):
    (tmp_path / "disk").mkdir()
    for name in ("link", "dangling"):
        (tmp_path / name).symlink_to({"link": "disk", "dangling": "later"}[name])
        unit.save(tmp_path / name)
        assert (tmp_path / name).is_symlink()
    for name in ("disk", "later"):
        assert (tmp_path / name / "translator.npz").is_file()


@pytest.mark.parametrize("name", [None, 3, ["blue_marble"], "x" * 300, "~nobody-of-this-name/x"])
def test_what_names_no_translator(unit, name):
    refusal(Translator.from_preset, name)
    refusal(unit.save, name)


@pytest.mark.parametrize("call", [pickle.dumps, copy.deepcopy])
def test_it_is_saved_and_not_pickled(unit, call):
    with pytest.raises(TypeError, match="save it, and load what was saved"):
        call(unit)


def test_no_such_translator():
    said = refusal(Translator.from_preset, "blue_marbel")
    assert "no such folder; shipped translators: " in said and " blue_marble" in said
