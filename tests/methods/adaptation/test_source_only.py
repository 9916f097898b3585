import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig
from unit_tf.methods.adaptation.source_only import SourceOnly
from unit_tf.resolve import check
from unit_tf.training.trainer import Trainer


@pytest.fixture
def config():
    return check(ExperimentConfig().replace({
        "model.method": "source_only", "model.architecture": "table5", "model.width": 0.1,
        "model.dropout": 0.5, "data.source": "labelled", "data.image_size": 32,
        "data.channels": 1, "optim.learning_rate": 1e-3,
    }))  # fmt: skip


@pytest.fixture
def batch():
    """Bright above or below the middle: two classes that eight images suffice to tell apart."""
    y_a = np.arange(8, dtype=np.int32) % 2
    x_a = np.full((8, 32, 32, 1), -1, np.float32)
    for i, label in enumerate(y_a):
        x_a[i, 16 * label : 16 * label + 16] = 1
    return tf.constant(x_a), tf.constant(x_a[::-1].copy()), tf.constant(y_a)


def test_it_learns_the_labels_of_the_source(config, batch):
    tf.keras.utils.set_random_seed(0)
    trainer = Trainer(SourceOnly(config), config)
    losses = [float(trainer.train_step(batch)["classification/a"]) for _ in range(80)]
    assert losses[-1] < 0.2 < 1 < losses[0]
    read = np.argmax(trainer.method.classify(batch[0], "a"), -1)
    np.testing.assert_array_equal(read, batch[2])


def test_images_of_the_target_change_nothing(config, batch):
    x_a, x_b, y_a = batch
    weights = []
    for other in (x_b, tf.zeros_like(x_b)):
        tf.keras.utils.set_random_seed(3)
        trainer = Trainer(SourceOnly(config), config)
        for _ in range(3):
            trainer.train_step((x_a, other, y_a))
        weights.append([v.numpy() for v in trainer.method.trainable_variables])
    for one, two in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_target_is_read_through_the_sources_layers(config, batch):
    method = SourceOnly(config)
    np.testing.assert_array_equal(method.classify(batch[1], "b"), method.classify(batch[1], "a"))
    assert method.classifier.trunk.private_b is method.classifier.trunk.private_a


def test_there_is_no_discriminator(config):
    method = SourceOnly(config)
    assert method.classifier.real is None and not method.discriminator_variables
    assert len(method.generator_variables) == 8
