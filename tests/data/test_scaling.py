"""Training crops, and whole images at the scale of one."""

import collections
import itertools

import numpy as np
import pytest

from unit_tf.config import DataConfig, UserError
from unit_tf.data.base import Unusable
from unit_tf.data.image_limits import USUAL, Limits, TooLarge
from unit_tf.data.scaling import resize_and_crop, scale_to_cover, scaling_of


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(8, 8), (40, 24), (24, 40), (3, 50), (16, 12)])
@pytest.mark.parametrize("resize", [0, 16, 30])
def test_crop_has_its_size_and_is_repeatable(size, channels, resize):
    image = np.random.default_rng(0).integers(0, 256, (*size, channels), np.uint8)
    crops = [
        resize_and_crop(image, (16, 12), resize, True, np.random.default_rng(5)) for _ in range(2)
    ]
    assert crops[0].shape == (16, 12, channels) and crops[0].dtype == np.uint8
    assert crops[0].flags.c_contiguous
    np.testing.assert_array_equal(*crops)


def test_without_resize_the_image_just_covers_the_crop():
    image = np.zeros((64, 32, 1), np.uint8)
    image[:, 16:] = 255  # half black, half white, twice as high as wide
    crop = resize_and_crop(image, (16, 16), 0, False, np.random.default_rng(0))[..., 0]
    assert crop[:, :7].max() <= 8 and crop[:, 9:].min() >= 247


def test_downscaling_is_antialiased():
    stripes = np.tile(np.array([[0], [255]], np.uint8), (64, 128))[..., None]
    crop = resize_and_crop(stripes, (32, 32), 0, False, np.random.default_rng(0))
    assert np.abs(crop[4:-4].astype(int) - 127).max() <= 2


def test_crops_are_uniform_and_half_of_them_mirrored():
    image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1) * 4
    rng = np.random.default_rng(0)
    found = collections.Counter()
    for _ in range(1800):
        crop = resize_and_crop(image, (6, 6), 8, True, rng)[..., 0] // 4
        mirrored = bool(crop[0, 0] > crop[0, 1])
        corner = int(crop[0].min())
        found[(corner // 8, corner % 8, mirrored)] += 1
    assert set(found) == set(itertools.product(range(3), range(3), (False, True)))
    assert min(found.values()) > 60 and max(found.values()) < 145  # 100 each, 4.5 sigma


def test_flip_does_not_move_the_crop():
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    for seed in range(8):
        plain, flipped = (
            resize_and_crop(image, (8, 8), 20, flip, np.random.default_rng(seed))
            for flip in (False, True)
        )
        assert np.array_equal(plain, flipped) or np.array_equal(plain, flipped[:, ::-1])


@pytest.mark.parametrize(
    ("size", "resize", "expected", "even"),
    [((30, 40), 15, (15, 20), (16, 20)), ((40, 30), 60, (80, 60), (80, 60)),
     ((100, 1), 1, (100, 1), (100, 2)), ((3, 1000), 1, (1, 333), (2, 334)),
     ((720, 1280), "trained", (20, 36), (20, 36)), ((1600, 1200), 27, (36, 27), (36, 28))],
)  # fmt: skip
def test_sizes(size, resize, expected, even):
    scaling = scaling_of(resize, DataConfig(source="folder", image_size=(20, 16)))
    assert scaling.size_of(size) == expected
    assert scaling.size_of(size, even=True) == even
    if max(size) < 200:
        assert scaling.scaled(np.zeros((*size, 3), np.uint8), USUAL).shape == (*expected, 3)


@pytest.mark.parametrize("resize", [0, 50])
@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_the_scale_of_training(channels, resize):
    image = np.random.default_rng(0).integers(0, 256, (60, 41, channels), np.uint8)
    config = DataConfig(source="folder", image_size=(16, 16), resize=resize)
    found = scaling_of("trained", config).scaled(image, USUAL)
    np.testing.assert_array_equal(found, scale_to_cover(image, (16, 16), resize))
    expected = scaling_of(resize or 16, DataConfig()).scaled(image, USUAL)
    np.testing.assert_array_equal(found, expected)


def test_avatars_fill_their_crop():
    config = DataConfig(source="avatars", image_size=(64, 64))
    assert scaling_of("trained", config).size_of((280, 264)) == (68, 64)


@pytest.mark.parametrize("nothing", ["", 0, "0", None])
def test_images_may_stay_as_they_are(nothing):
    assert scaling_of(nothing, DataConfig()) is None


@pytest.mark.parametrize(
    ("resize", "source", "said"),
    [
        ("x", "folder", "--resize=x: expected trained, or the pixels of the shorter side"),
        (-3, "folder", "--resize=-3: expected trained, or the pixels of the shorter side"),
        ("1" * 10, "folder", "--resize=1111111111: expected trained, or the pixels of the shorter "
         "side"),
        (1.5, "folder", "--resize=1.5: expected trained, or the pixels of the shorter side"),
        ("trained", "blue_marble", "--resize=trained: training does not scale images of "
         "data.source=blue_marble; give the shorter side in pixels"),
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused(resize, source, said):
    with pytest.raises(UserError) as error:
        scaling_of(resize, DataConfig(source=source))
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("resize", "limits", "kind", "said"),
    [
        (10**8, USUAL, Unusable, "--resize makes it .*: more than 89 million pixels"),
        (300, Limits(memory=1e5), TooLarge, "--resize makes it 300x600 pixels: .* of memory"),
    ],
)
def test_images_that_would_be_too_large(resize, limits, kind, said):
    with pytest.raises(kind, match=said):
        scaling_of(resize, DataConfig()).scaled(np.zeros((4, 8, 3), np.uint8), limits)
