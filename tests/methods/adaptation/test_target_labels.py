"""No label of the target's training images reaches a weight."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.data.datasets import open_data
from unit_tf.data.pipeline import training_dataset
from unit_tf.resolve import resolve
from unit_tf.training.loop import build_trainer

pytest.importorskip("tensorflow_datasets")
PRESETS = ("da_mnist_usps", "cogan_mnist_usps", "dann_mnist_usps", "source_only_mnist_usps")


def reverse(split, labels):
    return labels[::-1] if split == "train" else labels


@pytest.fixture(scope="module")
def other_target(write_digits, tmp_path_factory):
    """small_digits, but that USPS' training labels are in another order."""
    return write_digits(write_digits(tmp_path_factory.mktemp("b"), "mnist"), "usps", reverse)


@pytest.fixture(scope="module")
def other_source(write_digits, tmp_path_factory):
    """The same of MNIST's."""
    return write_digits(write_digits(tmp_path_factory.mktemp("a"), "mnist", reverse), "usps")


def trained(preset, folder, steps=2):
    """All variables of a method, optimizers' included, after a few steps on a folder's data."""
    settings = {
        "data.tfds_dir": str(folder), "model.width": 0.05, "optim.batch_size": 4,
        "optim.learning_rate": 1e-3,
    }  # fmt: skip
    if preset.startswith(("da_", "cogan_")):
        settings["model.discriminator_width"] = 0.1
    config = resolve(preset, settings)
    trainer = build_trainer(config, tf.distribute.get_strategy())
    for batch in training_dataset(open_data(config.data), config).take(steps):
        trainer.train_step(batch)
    return [v.numpy() for v in trainer.variables if v.dtype == "float32"]


@pytest.mark.parametrize("preset", PRESETS)
def test_the_targets_labels_change_no_weight(preset, small_digits, other_target, other_source):
    """Bit for bit; that the source's do shows that it would be seen."""
    expected = trained(preset, small_digits)
    for one, two in zip(expected, trained(preset, other_target), strict=True):
        np.testing.assert_array_equal(one, two)
    changed = trained(preset, other_source)
    assert any(np.any(one != two) for one, two in zip(expected, changed, strict=True))
