"""Images that are refused by their size, before they are decoded."""

import io

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import DataConfig
from unit_tf.data import image_limits
from unit_tf.data.base import DataError
from unit_tf.data.image_limits import Limits
from unit_tf.data.image_lists import ImageFile, open_images
from unit_tf.data.images import BadImage, decode


def png(size, mode="1"):
    file = io.BytesIO()
    Image.new(mode, size).save(file, "PNG")
    return file.getvalue()


TWO_MEGAPIXELS = png((2000, 1000))


@pytest.fixture(autouse=True)
def pillows_limit(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)


@pytest.fixture
def undecoded(monkeypatch):
    """Fails where pixels are read."""

    def load(self):
        raise AssertionError("was decoded")

    monkeypatch.setattr(Image.Image, "load", load)


@pytest.mark.parametrize(
    ("prefix", "hint"),
    [("--", "; --max_megapixels=108 allows it"), (None, ""),
     ("--data.", "; --data.max_megapixels=108 allows it")],
)  # fmt: skip
def test_a_refusal_names_the_flag(prefix, hint):
    with pytest.raises(BadImage) as raised:
        decode(png((12000, 9000)), 1, "x", limits=Limits(prefix=prefix))
    assert raised.value.reason == f"more than 89 million pixels (decompression bomb?){hint}"
    assert not raised.value.too_large


def test_the_flag_allows_it():
    limits = Limits(megapixels=108)
    assert decode(png((12000, 9000)), 1, limits=limits).shape == (9000, 12000, 1)
    with pytest.raises(BadImage, match="89 million"):  # nobody else asked for it
        decode(png((12000, 9000)), 1)
    with pytest.raises(BadImage, match="108 million"):
        decode(png((12200, 9000)), 1, limits=limits)


def test_fewer_can_be_allowed():
    assert decode(png((1999, 1000)), 1, limits=Limits(megapixels=1)).size
    with pytest.raises(BadImage, match="more than 1 million"):
        decode(png((2000, 1000)), 1, limits=Limits(megapixels=1))


def test_memory_is_estimated_before_decoding(undecoded):
    with pytest.raises(BadImage) as raised:
        decode(TWO_MEGAPIXELS, 3, "x", limits=Limits(memory=5e6, prefix="--"))
    assert raised.value.reason == (
        "1000x2000 pixels take about 0.0 GB of memory, and 0.0 GB may be used "
        "(--max_memory_gb); up to about 0.45 million pixels fit"
    )
    assert raised.value.too_large


def test_what_is_done_with_it_counts(undecoded):
    limits = Limits(memory=1e9, needs=lambda height, width: height * width * 1000)
    with pytest.raises(BadImage, match="1000x2000 .* 2.0 GB of memory, and 1.0 GB .* 1 million"):
        decode(TWO_MEGAPIXELS, 3, limits=limits)


def test_the_machine_is_asked_about_large_images_alone(monkeypatch):
    asked = []
    monkeypatch.setattr(image_limits, "available_memory", lambda: asked.append(1) or 0)
    assert decode(png((200, 100)), 3).size and not asked
    with pytest.raises(BadImage, match="0.0 GB may be used; up to about 0 million"):
        decode(png((9000, 9000)), 3)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "P"])
def test_the_estimate_holds(mode):
    """It is no less than what is allocated by then and once more by numpy."""
    image = Image.open(io.BytesIO(png((64, 64), mode)))
    estimate = image_limits.decoding_bytes(image, 3, False)
    assert estimate >= image_limits._PER_PIXEL.get(mode, 4) + 4 + 2 * 3


def test_training_refuses_before_it_begins():
    images = [ImageFile(f"x{k}", f"x{k}", png((2000, 1000))) for k in range(4)]
    lists = dict(
        zip(("train_a", "train_b", "test_a", "test_b"), ([i] for i in images), strict=True)
    )
    with pytest.raises(DataError, match=r"--data\.max_megapixels=2 allows it"):
        open_images(lists, DataConfig(image_size=(8, 8), max_megapixels=1))
    data = open_images(lists, DataConfig(image_size=(8, 8), max_megapixels=2))
    assert data.train_a.crop(0, np.random.default_rng(0)).shape == (8, 8, 3)
