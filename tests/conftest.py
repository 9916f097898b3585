"""Two logical CPU devices in every test process, so that replicas can be tested without a GPU.

They must be made before TensorFlow runs its first op. Nothing else changes: ops run on the first.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402
import pytest  # noqa: E402
import tensorflow as tf  # noqa: E402
from PIL import Image  # noqa: E402

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)

SIDES = {"mnist": (28, 28, 1), "usps": (16, 16, 1), "svhn_cropped": (32, 32, 3)}
COUNTS = {
    "mnist": {"train": 12, "test": 4},
    "usps": {"train": 9, "test": 5},
    "svhn_cropped": {"train": 3, "test": 6, "extra": 15},
}


def _write_digits(
    folder, name, relabel=lambda split, labels: labels, shape=None, classes=10, counts=None
):
    """A data set in which picture i of a split has label i % 10 and is 20 * (i % 10) throughout."""
    import tensorflow_datasets as tfds

    shape = shape or SIDES[name]
    size = [side or 8 for side in shape]
    examples = {}
    for split, count in (counts or COUNTS[name]).items():
        labels = relabel(split, [i % classes for i in range(count)])
        images = [np.full(size, 20 * (i % 10), np.uint8) for i in range(count)]
        pairs = zip(images, labels, strict=True)
        examples[split] = [(i, {"image": x, "label": y}) for i, (x, y) in enumerate(pairs)]
    tfds.dataset_builders.store_as_tfds_dataset(
        name=name,
        version="1.0.0",
        features=tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=shape),
                "label": tfds.features.ClassLabel(num_classes=classes),
            }
        ),
        split_datasets=examples,
        data_dir=folder,
    )
    return folder


@pytest.fixture(scope="session")
def write_digits():
    """write_digits(folder, name, ...) prepares a small tensorflow-datasets data set; the folder."""
    pytest.importorskip("tensorflow_datasets")
    return _write_digits


@pytest.fixture(scope="session")
def small_digits(write_digits, tmp_path_factory):
    """A folder with all of SIDES, small, as tensorflow-datasets prepares them."""
    folder = tmp_path_factory.mktemp("tfds")
    for name in SIDES:
        write_digits(folder, name)
    return folder


@pytest.fixture(scope="session")
def draw_head():
    """draw_head(seed) gives a Pillow image RGB 160x160: blobs, unlike those of any other seed."""

    def draw(seed):
        blobs = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
        return Image.fromarray(blobs).resize((160, 160), Image.Resampling.BICUBIC)

    return draw


@pytest.fixture(scope="session")
def paste_head():
    """paste_head(head, left, top, side) gives uint8 [300, 420, 3], or of another size: in noise."""

    def paste(head, left, top, side, size=(420, 300)):
        noise = np.random.default_rng(9).integers(0, 256, (size[1], size[0], 3), np.uint8)
        image = Image.fromarray(noise)
        image.paste(head.resize((side, side), Image.Resampling.BICUBIC), (left, top))
        return np.array(image)

    return paste
