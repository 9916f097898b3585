"""What black and white are in folders of deep images, decided once and for all of them."""

import io

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import DataConfig
from unit_tf.data.image_lists import ImageFile, open_images
from unit_tf.data.value_ranges import Extent, extent_of, folder_range

RAMP = np.linspace(0, 1, 12 * 16).reshape(12, 16)
PARTS = ("train_a", "train_b", "test_a", "test_b")


def whole(low, high):
    return Extent(low, high, True)


def floats(low, high):
    return Extent(low, high, False)


@pytest.mark.parametrize(
    ("extents", "expected"),
    [
        ([whole(3, 252)], (0, 255)),
        ([whole(0, 20), whole(0, 300)], (0, 1023)),
        ([whole(49, 4053)], (0, 4095)),
        ([whole(0, 16000)], (0, 16383)),
        ([whole(0, 20000)], (0, 65535)),
        ([whole(-975, 3030)], (-1024, 3072)),
        ([whole(-1024, 3072), whole(-3, 7)], (-1024, 3072)),
        ([whole(-30000, 30000)], (-32768, 32767)),
        ([whole(-20, 90)], (-20, 90)),
        ([whole(0, 4250963076)], (0, 2**32 - 1)),
        ([whole(70000, 200000)], (70000, 200000)),
        ([floats(0.1, 0.9)], (0, 1)),
        ([floats(0, 1.0000001), floats(0, 0.2)], (0, 1)),
        ([floats(-0.02, 1.02)], (0, 1)),
        ([floats(-0.97, 0.98)], (-1, 1)),
        ([floats(0, 255)], (0, 255)),
        ([floats(-975, 3030)], (-1024, 3072)),
        ([floats(0, 0.04)], (0, 0.04)),
        ([floats(270, 310)], (270, 310)),
        ([floats(5, 5)], (5, 6)),
        ([whole(0, 255), floats(0, 1)], None),
    ],
)
def test_a_range_for_a_folder(extents, expected):
    assert folder_range(extents) == expected


def test_values_of_nothing_measured_do_not_count():
    assert extent_of(np.float32([-9999, 3, 100])) == floats(3, 100)
    assert extent_of(np.int16([[-32768, 5]])) == whole(5, 5)
    assert extent_of(np.float32([-9999, -9999])) == floats(-9999, -9999)


def image(name, values):
    file = io.BytesIO()
    Image.fromarray(values).save(file, "TIFF")
    return ImageFile(name, name, file.getvalue())


def opened(a, b, **settings):
    """Data of lists of arrays, the last of each held out."""
    lists = {part: [] for part in PARTS}
    for domain, arrays in (("a", a), ("b", b)):
        images = [image(f"{domain}{k}", array) for k, array in enumerate(arrays)]
        lists[f"train_{domain}"], lists[f"test_{domain}"] = images[:-1], images[-1:]
    config = DataConfig(image_size=(8, 8), channels=1, flip=False, **settings)
    return open_images(lists, config)


def ramp(low, high, kind):
    return (RAMP * (high - low) + low).astype(kind)


TWELVE = [ramp(0, 4095, np.uint16), ramp(0, 300, np.uint16), ramp(0, 2000, np.uint16)]
EIGHT = [ramp(0, 255, np.uint8)] * 2


def test_auto_scales_each_image_by_its_folder():
    data = opened(TWELVE, EIGHT, value_range="auto")
    assert data.value_range == "0,4095/auto"
    assert data.notes == (
        "A: 3 images of more than 8 bits, values 0 to 4095: 0 is black and 4095 is white "
        "(--data.value_range=0,4095)",
    )
    assert data.test_a[0].load().max() == round(2000 / 4095 * 255)
    crop = data.train_a.crop(1, np.random.default_rng(0))
    assert 10 <= crop.max() <= 19  # of 300, not stretched
    assert data.test_b[0].load().max() == 255


def test_what_was_decided_is_read_again_whatever_the_values():
    """As for new test images, with config.json's range."""
    data = opened(
        [TWELVE[1]] * 2, [ramp(-1024, 3072, np.int32)] * 2, value_range="0,4095/-1024,3072"
    )
    assert data.value_range == "0,4095/-1024,3072"
    assert data.test_a[0].load().max() == 19 and data.test_b[0].load().max() == 255
    assert [note.partition(":")[0] for note in data.notes] == ["A", "B"]


@pytest.mark.parametrize("text", ["", "own"])
def test_by_the_type_of_each_image_as_it_was(text):
    data = opened(TWELVE, EIGHT, value_range=text)
    assert (data.value_range, data.notes) == (text, ())
    assert data.test_a[0].load().max() == round(2000 / 65535 * 255)


def test_integers_and_floats_in_one_folder_are_told():
    data = opened([*TWELVE, RAMP.astype(np.float32)], EIGHT, value_range="auto")
    assert data.value_range == "own/auto"
    assert "some integers and some floats" in data.notes[0]
    assert data.test_a[0].load().max() == 255


def test_a_bad_image_does_not_count():
    lists = {part: [image(part, EIGHT[0])] for part in PARTS}
    lists["train_a"] += [image("small", ramp(0, 65535, np.uint16)[:4]), image("x", TWELVE[0])]
    config = DataConfig(image_size=(8, 8), skip_bad=True, value_range="auto")
    assert open_images(lists, config).value_range == "0,4095/auto"
