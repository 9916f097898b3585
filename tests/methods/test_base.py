"""The base of methods, by the smallest one there is: one-sided, without discriminators."""

import types

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.layers.blocks import ConvBlock
from unit_tf.losses.reconstruction import l1
from unit_tf.methods.adversarial_terms import (
    adversarial_discriminator_terms,
    adversarial_generator_terms,
)
from unit_tf.methods.base import DIRECTIONS, Method, unique_variables
from unit_tf.models.discriminators import build_discriminator
from unit_tf.training.logs import preview_grid
from unit_tf.training.trainer import Trainer

CONFIG = ExperimentConfig().replace({"data.channels_b": 1, "weights.gan": 2})


class Paired(Method):
    """x_ab towards x_b."""

    directions, stride, smallest_side = ("a2b",), 1, 1

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        self.network = ConvBlock(self.channels["b"], 3, activation="tanh")
        self.network.build((None, None, None, self.channels["a"]))

    def translate(self, x, direction):
        return self.network(x)

    def forward(self, batch, seed, training=True):
        return {"x_b": batch[1], "x_ab": self.network(batch[0], training=training)}

    def generator_terms(self, outputs):
        return {"reconstruction/b": l1(outputs["x_b"], outputs["x_ab"])}

    @property
    def generator_weights(self):
        return self.weights_of("reconstruction")

    @property
    def generator_variables(self):
        return unique_variables(self.network)


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    return tuple(tf.constant(rng.uniform(-1, 1, (2, 8, 8, c)), tf.float32) for c in (3, 1))


def test_defaults(batch):
    """One direction, no discriminator, called like any Keras model."""
    method = Paired(CONFIG)
    assert method.channels == {"a": 3, "b": 1} and method.targets == ("b",)
    assert method.discriminator_weights == method.discriminator_terms(None) == {}
    assert method.discriminator_variables == [] and method.discriminator_start == 0
    assert method.generator_weights_at(tf.constant(3)) == {"reconstruction": 100}
    np.testing.assert_array_equal(method(batch[0]), method.translate(batch[0], "a2b"))


def test_it_trains(batch):
    """One step of the trainer moves it towards x_b; nothing is logged of a discriminator."""
    trainer = Trainer(Paired(CONFIG), CONFIG)
    logs = trainer.train_step(batch)
    assert set(logs) == {"reconstruction/b", "total/generator"}
    assert trainer.discriminator_optimizer is None
    assert float(logs["total/generator"]) == pytest.approx(100 * float(logs["reconstruction/b"]))
    for _ in range(20):
        later = trainer.train_step(batch)
    assert later["reconstruction/b"] < logs["reconstruction/b"]


def test_preview_has_the_directions_there_are(batch):
    """Its grid is drawn for any of them, grey beside colour."""
    method = Paired(CONFIG)
    columns = method.preview(batch)
    assert list(columns) == ["a", "a->b", "b"]
    np.testing.assert_array_equal(columns["a->b"], method.translate(batch[0], "a2b"))
    assert preview_grid(columns).shape == (1, 16, 24, 3)
    method.directions = DIRECTIONS
    assert method.targets == ("a", "b")
    assert list(method.preview((batch[0], batch[0]))) == ["a", "a->b", "b", "b->a"]
    method.directions = ()
    assert list(method.preview((*batch, tf.zeros([2])))) == ["a", "b"]  # labelled data


def test_a_method_without_directions_is_called_for_classes(batch):
    class Classifier(Paired):
        directions = ()

        def classify(self, x, domain):
            return x[:, 0, 0]

    np.testing.assert_array_equal(Classifier(CONFIG)(batch[0]), batch[0][:, 0, 0])


@pytest.mark.parametrize("directions", [("a2b",), ("b2a",), DIRECTIONS])
def test_adversarial_terms_are_the_directions(directions, batch):
    """One-sided methods need a discriminator of the target domain alone."""
    x = {"a": batch[0], "b": batch[1]}
    outputs = types.SimpleNamespace(x=x, translated={"a": x["b"] / 2, "b": x["a"] / 2})
    method = types.SimpleNamespace(config=CONFIG, targets=Paired.targets.fget(
        types.SimpleNamespace(directions=directions)
    ))  # fmt: skip
    targets = sorted(direction[-1] for direction in directions)
    method.discriminator = build_discriminator(
        "resnet2017", 1 / 16, 2, domains=targets, channels={"a": 3, "b": 1}
    )
    terms = adversarial_generator_terms(method, outputs)
    own = adversarial_discriminator_terms(method, outputs)
    assert list(terms) == [f"gan/{d}" for d in targets]
    assert list(own) == [f"discriminator/{d}" for d in targets]
    assert all(value > 0 for value in (*terms.values(), *own.values()))


def test_keras_cannot_save_it_whole(tmp_path):
    """The messages name what to use; one network can be saved."""
    method = Paired(CONFIG)
    with pytest.raises(UserError, match=r"unit_tf.load\(WORKDIR\).save.*unit_tf.export"):
        method.save(tmp_path / "method.keras")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NotImplementedError, match="^Paired: .*save_weights.*build_method"):
        method.get_config()
    method.save_weights(tmp_path / "method.weights.h5")
    again = Paired(CONFIG)
    again.load_weights(tmp_path / "method.weights.h5")
    np.testing.assert_array_equal(again.network.conv.kernel, method.network.conv.kernel)


def test_what_a_subclass_must_have():
    method = Method(CONFIG)
    for call in (
        lambda: method.forward(None, None), lambda: method.generator_terms(None),
        lambda: method.generator_weights, lambda: method.generator_variables,
        lambda: method.translate(None, "a2b"), lambda: method.classify(None, "a"),
        lambda: method.translate_styled(None, "a2b", None), lambda: method.encode_style(None, "a"),
    ):  # fmt: skip
        with pytest.raises(NotImplementedError):
            call()


def test_a_variable_listed_twice_is_refused():
    network = Paired(CONFIG).network
    with pytest.raises(ValueError, match="listed twice"):
        unique_variables(network, network)


def test_saving_as_keras_does_says_what_saves_instead(tmp_path):
    """One line; Keras' own ends in a NotImplementedError once it has begun."""
    method = Paired(CONFIG)
    for save in (method.save, Trainer(method, CONFIG).save):
        with pytest.raises(UserError, match=r"no Keras file: unit_tf.load\(WORKDIR\).save\(FOLDER"):
            save(tmp_path / "x.keras")
    assert list(tmp_path.iterdir()) == []
