"""The paper's image tasks: what they are, and one train step of each on small data."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from unit_tf.config import ConfigError
from unit_tf.data.base import DataError
from unit_tf.data.datasets import open_data
from unit_tf.data.pipeline import training_dataset
from unit_tf.presets.photo_presets import PRESETS
from unit_tf.resolve import resolve

# Crops in the presets' proportions, and what they are cut from where the preset says it.
SMALL = {
    "streets_640x480": {"data.image_size": "24x32"},
    "synthia_cityscapes": {"data.image_size": "24x32"},
    "dogs": {"data.image_size": 36, "data.resize": 40},
    "cats": {"data.image_size": 36, "data.resize": 40},
    "faces": {"data.image_size": 32, "data.resize": 33, "data.attribute": "Smiling"},
    "yosemite": {"data.image_size": 32},
    "horse2zebra": {"data.image_size": 32},
}
# (height, width) of what users have, in small: SYNTHIA's, Cityscapes', video frames, cut-out heads.
FILES = {
    "streets_640x480": [(36, 64), (24, 32)],
    "synthia_cityscapes": [(38, 64), (51, 102)],
    "dogs": [(20, 20), (70, 64)],
    "cats": [(25, 22), (50, 50)],
}
# The others' data come in the same way.
QUICK = ("streets_640x480", "dogs", "faces", "horse2zebra")
CYCLE_GAN = {"yosemite": "summer2winter_yosemite", "horse2zebra": "horse2zebra"}


def noise(seed, size):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, write_cycle_gan, write_celeb_a):
    """A directory of CelebA and of CycleGAN's two sets, small, by tensorflow-datasets' builders."""
    folder = tmp_path_factory.mktemp("tfds")
    for name in CYCLE_GAN.values():
        splits = ("trainA", "trainB", "testA", "testB")
        images = {split: [noise(i, (40, 40)) for i in range(2)] for split in splits}
        write_cycle_gan(folder, tmp_path_factory.mktemp("archive"), name, images)
    splits, has = [0, 0, 0, 0, 1, 2, 2], {"Smiling": {0, 2, 5}}
    return write_celeb_a(folder, tmp_path_factory.mktemp("archive"), splits, has)


@pytest.fixture
def places(tmp_path, prepared):
    """name -> settings that say where a preset's small data are, as its description asks for."""

    def write(name):
        if name not in FILES:
            return {"data.tfds_dir": str(prepared)}
        for domain, size in zip("ab", FILES[name], strict=True):
            (tmp_path / domain).mkdir()
            for i in range(2):
                Image.fromarray(noise(i, size)).save(tmp_path / domain / f"{i}.png")
        return {f"data.dir_{domain}": str(tmp_path / domain) for domain in "ab"}

    return write


def test_every_preset_has_small_data_here():
    assert set(SMALL) == set(PRESETS)
    assert set(FILES) == {name for name in PRESETS if "data.source" not in PRESETS[name].overrides}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in PRESETS],
)
def test_a_train_step(name, places):
    """Of the preset, narrower and on smaller images: losses are finite, every kernel moves.

    A bias may stay: at the start a narrow D's answers to real and translated images cancel.
    """
    from unit_tf.training.loop import build_trainer

    config = resolve(name, {**SMALL[name], **places(name), "model.width": 1 / 16})
    same = ("data.image_size", "data.resize", "data.attribute", "model.width")
    changed = [line.partition(":")[0] for line in config.differences(resolve(name, {}))]
    assert set(changed) <= {*same, "data.dir_a", "data.dir_b", "data.tfds_dir"}
    trainer = build_trainer(config, tf.distribute.get_strategy())
    kernels = [v for v in trainer.method.trainable_variables if v.path.endswith("kernel")]
    before = [kernel.value.numpy() for kernel in kernels]
    (batch,) = training_dataset(open_data(config.data), config).take(1)
    assert all(x.shape == (1, *config.data.image_size, 3) for x in batch)
    logs = trainer.train_step(batch)
    assert {"total/generator", "total/discriminator"} <= set(logs)
    assert all(np.isfinite(float(value)) for value in logs.values()), logs
    pairs = zip(kernels, before, strict=True)
    assert [v.path for v, old in pairs if np.array_equal(v.value.numpy(), old)] == []


@pytest.mark.parametrize("name", PRESETS)
def test_held_out_images(name, places):
    """A trained preset finds its own again: those of tensorflow-datasets; folders have none."""
    config = resolve(name, {**SMALL[name], **places(name)})
    data = open_data(config.data, held_out_only=True)
    counts = len(data.test_a), len(data.test_b)
    assert counts == {"faces": (1, 1), **dict.fromkeys(CYCLE_GAN, (2, 2))}.get(name, (0, 0))
    assert len(data.train_a) == len(data.train_b) == 0


@pytest.mark.parametrize("name", PRESETS)
def test_networks_and_weights_are_the_released_ones(name):
    """As the resnet2017 preset has them, but for what a task has of its own."""
    own = {
        "streets_640x480": {
            "model.dropout": 0.5, "model.discriminator_scales": 3, "model.discriminator_depth": 4,
        },
        "faces": {"model.discriminator_shared": 4, "run.steps": 2_000_000},
    }.get(name, {})  # fmt: skip
    settings = dict(resolve(name, {}).items())
    released = dict(resolve("resnet2017", {}).items()) | own
    for key in (key for key in settings if not key.startswith("data.")):
        assert settings[key] == released[key], key
    assert settings["run.steps"] == (2_000_000 if name == "faces" else 500_000)
    assert settings["optim.batch_size"] == 1


def test_sizes_are_the_papers():
    """Section 4 for streets, height before width; the released code for the others."""
    sizes = {name: resolve(name, {}).data.image_size for name in PRESETS}
    assert sizes == {
        "streets_640x480": (480, 640), "synthia_cityscapes": (480, 640), "dogs": (216, 216),
        "cats": (216, 216), "faces": (128, 128), "yosemite": (256, 256), "horse2zebra": (256, 256),
    }  # fmt: skip


def test_cycle_gans_sets_are_fetched_by_their_names():
    for name, data_set in CYCLE_GAN.items():
        data = resolve(name, {}).data
        assert (data.source, data.tfds) == ("tfds", f"cycle_gan/{data_set}")


@pytest.mark.parametrize("name", ["streets_640x480", "synthia_cityscapes", "dogs", "cats"])
def test_folders_must_be_given(name):
    with pytest.raises(DataError, match="--data.dir_a: not given; name a folder"):
        open_data(resolve(name, {}).data)


def test_faces_without_an_attribute():
    with pytest.raises(DataError, match="--data.attribute: not given; .* such as Blond_Hair"):
        open_data(resolve("faces", {}).data)


def test_faces_with_an_unknown_attribute():
    with pytest.raises(ConfigError, match="--data.attribute=Smile: not valid; did you mean Smilin"):
        resolve("faces", {"data.attribute": "Smile"})


def test_an_attribute_is_not_swallowed_where_nothing_reads_it():
    """Nor does a user's own pair of folders keep CelebA's source."""
    folders = {"data.dir_a": "with", "data.dir_b": "without"}
    assert resolve("faces", folders).data.source == "folder"
    with pytest.raises(ConfigError, match="--data.attribute=Male: not read with --data.source=fol"):
        resolve("faces", {**folders, "data.attribute": "Male"})
