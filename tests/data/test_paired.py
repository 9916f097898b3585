"""--data.paired: crops of B show what A's show, wherever they are cut from."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import ExperimentConfig
from unit_tf.data.base import DataError
from unit_tf.data.datasets import open_data
from unit_tf.data.pipeline import training_dataset
from unit_tf.data.sources import blue_marble
from unit_tf.resolve import check


@pytest.fixture
def folders(tmp_path):
    """CycleGAN's layout: B's images are A's, inverted, and have their names."""
    rng = np.random.default_rng(0)
    for i in range(5):
        pixels = rng.integers(0, 256, (20, 24, 3), np.uint8)
        for part, image in (("trainA", pixels), ("trainB", 255 - pixels)):
            (tmp_path / part).mkdir(exist_ok=True)
            Image.fromarray(image).save(tmp_path / part / f"{i}_{part[-1]}.png")
    return tmp_path


@pytest.fixture
def globe(monkeypatch):
    """Land everywhere, of noise; the relief is its inverse."""

    def load(name, map_width):
        rng = np.random.default_rng(1)
        image = rng.integers(0, 256, (map_width // 2, map_width, 3), np.uint8)
        # Red as blue and a little less: half of it is land at random.
        image[..., 2] = image[..., 0]
        image[(np.arange(map_width) % 4 == 0)[None] & (image[..., 0] < 200), 2] += 50
        return image if name == "bmng.jpg" else 255 - image

    monkeypatch.setattr(blue_marble, "load_globe", load)


def config_of(**data):
    settings = {"image_size": 8, "paired": True, **data}
    config = ExperimentConfig().replace({f"data.{key}": value for key, value in settings.items()})
    model = {"model.method": "supervised", "model.architecture": "resnet2017"}
    return check(config.replace({**model, "optim.batch_size": 4}))


def assert_inverse(config):
    for x_a, x_b in training_dataset(open_data(config.data), config).take(4).as_numpy_iterator():
        np.testing.assert_allclose(x_a, -x_b, atol=1e-6)
        assert len(np.unique(x_a.reshape(4, -1), axis=0)) > 1


def test_crops_of_folders_are_pairs(folders):
    assert_inverse(config_of(root=str(folders)))
    assert_inverse(config_of(root=str(folders), resize=16))


def test_crops_of_the_globe_are_pairs(globe):
    config = config_of(source="blue_marble", map_width=640)
    assert_inverse(config)
    unpaired = dataclasses.replace(config.data, paired=False)
    apart, pairs = open_data(unpaired), open_data(config.data)
    assert not set(apart.train_b.corners[:, 1]) & set(apart.train_a.corners[:, 1])
    np.testing.assert_array_equal(pairs.train_b.corners, pairs.train_a.corners)


def test_images_that_are_no_pairs_are_refused(folders):
    (folders / "trainB" / "3_B.png").rename(folders / "trainB" / "x_B.png")
    config = config_of(root=str(folders))
    message = "--data.paired: training images are no pairs; 4 names match of 5 in A and 5 in B"
    with pytest.raises(DataError, match=message):
        open_data(config.data)
    assert open_data(config.data, held_out_only=True).test_a == []


def test_halves_of_two_sizes_are_refused_or_left_out(folders):
    Image.new("RGB", (24, 21)).save(folders / "trainB" / "3_B.png")
    (folders / "trainA" / "1_A.png").write_text("no image")
    with pytest.raises(DataError, match="3_B.png .21x24, but 20x24 in A."):
        open_data(config_of(root=str(folders)).data)
    config = config_of(root=str(folders), skip_bad=True)
    data = open_data(config.data)
    assert len(data.train_a) == len(data.train_b) == 3
    assert_inverse(config)
