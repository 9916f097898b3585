"""Every layer and every network: rebuilt from its config, serialized by Keras, saved in a model."""

import importlib
import inspect
import json
import pkgutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf import layers, models
from unit_tf.layers.adain import AdaptiveInstanceNormalization, AdaptiveResidualBlock, StyleSpent
from unit_tf.layers.blocks import BlurHalve, ConvBlock, ResidualBlock, UpBlock
from unit_tf.layers.chain import Chain
from unit_tf.layers.digit_layers import Coordinates, GrowBlock
from unit_tf.layers.norm import (
    BatchNormalization,
    ImageLayerNormalization,
    InstanceNormalization,
)
from unit_tf.layers.separable import (
    SeparableBlock,
    SeparableConv,
    SeparableUp,
    SubpixelImage,
)
from unit_tf.models.architectures import ARCHITECTURES, as_architecture, select_architecture
from unit_tf.models.coupled import CoupledStack
from unit_tf.models.digit_discriminators import DigitDiscriminator
from unit_tf.models.digit_networks import NOISE, CoGanGenerator, DigitEncoder, DigitGenerator
from unit_tf.models.discriminators import MultiScaleDiscriminator
from unit_tf.models.encoders import Encoder
from unit_tf.models.generators import Generator
from unit_tf.models.patch_features import PatchHead
from unit_tf.models.sized import SizedNetwork
from unit_tf.models.student_networks import StudentNetwork
from unit_tf.models.style_networks import PooledStyle, StyledGenerator, StyleEncoder

IMAGE = (2, 16, 16, 3)
CHANNELS = {"a": 3, "b": 1}
WIDTH = 1 / 16
START = select_architecture("munit2018", initializer="default")  # has gains, and no name

# name -> (constructor, shapes of the inputs). The part before "/" is the class.
LAYERS = {
    "AdaptiveInstanceNormalization": (AdaptiveInstanceNormalization, [IMAGE, (2, 6)]),
    "AdaptiveResidualBlock": (lambda: AdaptiveResidualBlock(3, branch_scale=0.5), [IMAGE, (2, 12)]),
    "BatchNormalization": (BatchNormalization, [IMAGE]),
    "BlurHalve": (BlurHalve, [IMAGE]),
    "Chain": (lambda: Chain([ConvBlock(4, 3, 2), Chain([UpBlock(2)]), BlurHalve()]), [IMAGE]),
    "ConvBlock": (lambda: ConvBlock(4, 4, 2, "reflect", "layer", "relu", 0.1, 0.02), [IMAGE]),
    "Coordinates": (Coordinates, [IMAGE]),
    "GrowBlock": (lambda: GrowBlock(5, norm="batch", activation="relu"), [(2, 1, 1, 3)]),
    "ImageLayerNormalization": (ImageLayerNormalization, [IMAGE]),
    "InstanceNormalization": (lambda: InstanceNormalization(affine=True), [IMAGE]),
    "PatchHead": (lambda: PatchHead(6), [(2, 7, 5)]),
    "PooledStyle": (lambda: PooledStyle(5), [IMAGE]),
    "ResidualBlock": (
        lambda: ResidualBlock(4, 3, "reflect", "instance", dropout=0.5, branch_scale=0.5), [IMAGE],
    ),
    "SeparableBlock": (lambda: SeparableBlock(3, 0.5), [IMAGE]),
    "SeparableConv": (lambda: SeparableConv(5, "relu"), [IMAGE]),
    "SeparableUp": (lambda: SeparableUp(5), [IMAGE]),
    "StyleSpent": (StyleSpent, [IMAGE, (2, 0)]),
    "SubpixelImage": (lambda: SubpixelImage(3), [IMAGE]),
    "UpBlock": (lambda: UpBlock(4, 4), [IMAGE]),
    "UpBlock/nearest": (lambda: UpBlock(4, 5, "nearest", "reflect", "layer"), [IMAGE]),
}  # fmt: skip


def images(side=16, channels=CHANNELS):
    return {"shapes": {d: (None, side, side, c) for d, c in channels.items()}}


def codes(filters, side=4, domains="ab"):
    return {"shapes": {d: (None, side, side, filters) for d in domains}}


def bare_stack():
    both = ConvBlock(4, 3)
    return CoupledStack({"a": both, "b": both}, Chain([UpBlock(2)]), name="stack")


# name -> (constructor, arguments of build_both).
NETWORKS = {
    "CoGanGenerator": (
        lambda: CoGanGenerator(CHANNELS, 1 / 64), codes(NOISE, 1)
    ),
    "CoupledStack": (bare_stack, images(16, {"a": 3, "b": 3})),
    "DigitDiscriminator": (
        lambda: DigitDiscriminator("table6", WIDTH, 0.5), {"channels": CHANNELS},
    ),
    "DigitDiscriminator/uncoupled": (
        lambda: DigitDiscriminator(width=0.1, coupled=False, real_head=False),
        {"channels": {"a": 1, "b": 1}},
    ),
    "DigitEncoder": (lambda: DigitEncoder(1 / 64, coordinates=True), images(32)),
    "DigitGenerator": (lambda: DigitGenerator(CHANNELS, 1 / 64), codes(16, 1)),
    "Encoder": (lambda: Encoder("table3", WIDTH, 3, 2, 0.5), images()),
    "Encoder/start": (lambda: Encoder(START, WIDTH, 1, 0), images()),
    "Encoder/one domain": (
        lambda: Encoder("resnet2017", WIDTH, 2, 1, domains=("a",)), images(16, {"a": 3}),
    ),
    "Generator": (lambda: Generator("resnet2017", CHANNELS, WIDTH, 3, 2), codes(16)),
    "Generator/one domain": (
        lambda: Generator("table3", {"b": 3}, WIDTH, 1, 1), codes(32, domains="b"),
    ),
    "MultiScaleDiscriminator": (
        lambda: MultiScaleDiscriminator("munit2018", WIDTH, 2, 2, 1), images(),
    ),
    "MultiScaleDiscriminator/one domain": (
        lambda: MultiScaleDiscriminator("table3", WIDTH, 3, domains=("b",)),
        images(16, {"b": 3}),
    ),
    "StudentNetwork": (
        lambda: StudentNetwork(CHANNELS, WIDTH, 2), images(16, {"a": 3}),
    ),
    "StyleEncoder": (lambda: StyleEncoder("munit2018", 5, WIDTH), images()),
    "StyledGenerator": (
        lambda: StyledGenerator(START, CHANNELS, WIDTH, 2, 1),
        {"code_shape": (None, 4, 4, 16), "style_size": 5},
    ),
}  # fmt: skip

every_layer = pytest.mark.parametrize("name", LAYERS)
every_network = pytest.mark.parametrize("name", NETWORKS)


def public_layers(package):
    """{name: class} of every Keras layer that a module of the package defines."""
    found = {}
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(info.name)
        found |= {
            name: value
            for name, value in vars(module).items()
            if inspect.isclass(value) and issubclass(value, keras.layers.Layer)
            and value.__module__ == module.__name__ and not name.startswith("_")
        }  # fmt: skip
    return found


def test_every_public_class_has_a_case():
    """A new class in unit_tf.layers or unit_tf.models needs an entry, and to be registered."""
    public = {**public_layers(layers), **public_layers(models)}
    del public[SizedNetwork.__name__]  # the networks' base
    cases = {name.partition("/")[0] for name in (*LAYERS, *NETWORKS)}
    assert set(public) == cases
    for name, value in public.items():
        assert keras.saving.get_registered_name(value) == f"unit_tf>{name}"


def noise(shape, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(0, 1, shape), tf.float32)


def shapes_of(layer):
    return [tuple(v.shape) for v in layer.weights]


def identity(layer):
    """For each place of a layer in a network, the first place where the same object stands."""
    seen, places = [], []

    def visit(part):
        first = next((i for i, known in enumerate(seen) if known is part), None)
        places.append((type(part).__name__, part.name, first))
        if first is None:
            seen.append(part)
            for child in part._layers:
                visit(child)

    for attribute in sorted(vars(layer)):
        if isinstance(getattr(layer, attribute), keras.layers.Layer):
            visit(getattr(layer, attribute))
    return places


def layer_inputs(name):
    found = [noise(shape, i) for i, shape in enumerate(LAYERS[name][1])]
    return found[0] if len(found) == 1 else tuple(found)


def same(one, two):
    pairs = zip(tf.nest.flatten(one), tf.nest.flatten(two), strict=True)
    return all(np.array_equal(p, q) for p, q in pairs)


def through_json(config):
    """As Keras writes it to a file."""
    return json.loads(json.dumps(config))


def ways_back(layer):
    """The layer again from its config alone, and as Keras serializes it, through JSON."""
    yield type(layer).from_config(layer.get_config())
    yield keras.saving.deserialize_keras_object(
        through_json(keras.saving.serialize_keras_object(layer))
    )


@every_layer
def test_a_layer_of_its_config(name):
    """Same config and shapes, and with the weights copied the same outputs."""
    layer, x = LAYERS[name][0](), layer_inputs(name)
    expected = layer(x)
    for again in ways_back(layer):
        again(x)
        assert type(again) is type(layer) and again.get_config() == layer.get_config()
        assert shapes_of(again) == shapes_of(layer)
        again.set_weights(layer.get_weights())
        assert same(again(x), expected)


def outputs(network, name):
    """Everything that a network computes, of both domains."""
    arguments = NETWORKS[name][1]
    if name == "StyledGenerator":
        code, style = noise((2, 4, 4, 16)), noise((2, 5), 1)
        return [network(code, style, domain=d) for d in "ab"]
    if "channels" in arguments:
        shapes = {d: (2, 32, 32, c) for d, c in arguments["channels"].items()}
    else:
        shapes = {d: (2, *shape[1:]) for d, shape in arguments["shapes"].items()}
    found = [network(noise(shape), domain=d) for d, shape in shapes.items()]
    return [t for t in tf.nest.flatten(found) if t is not None]


def make_network(name):
    constructor, arguments = NETWORKS[name]
    network = constructor()
    network.build_both(**arguments)
    return network


@every_network
def test_a_network_of_its_sizes(name):
    """Shared layers are one object again; variables have the same paths, shapes and order."""
    network = make_network(name)
    expected = outputs(network, name)
    for again in ways_back(network):
        if not again.built:  # a config alone says nothing of the images
            again.build_both(**NETWORKS[name][1])
        assert through_json(again.get_config()) == through_json(network.get_config())
        assert [v.path for v in again.weights] == [v.path for v in network.weights]
        assert shapes_of(again) == shapes_of(network)
        assert identity(again) == identity(network)
        assert not {id(v) for v in again.weights} & {id(v) for v in network.weights}
        again.set_weights(network.get_weights())
        assert same(outputs(again, name), expected)


@every_network
def test_a_config_holds_sizes_and_no_layers(name):
    """But a bare stack's, which has no sizes of its own."""
    config = make_network(name).get_config()
    assert ("layers" in config) == (name == "CoupledStack")
    del config["dtype"]
    config.pop("layers", None)
    assert "class_name" not in json.dumps(config)


@keras.saving.register_keras_serializable("unit_tf_tests")
class Holder(keras.Model):
    """A user's model with a network in it."""

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network

    def build(self, input_shape=None):
        pass

    def call(self, x):
        return x

    def get_config(self):
        return {"network": keras.saving.serialize_keras_object(self.network)}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config["network"]))


@every_network
def test_saved_in_a_model_and_loaded(name, tmp_path):
    """Keras writes a shared layer once; it is the same object afterwards, with its weights."""
    network = make_network(name)
    holder = Holder(network)
    holder(tf.zeros([1]))
    holder.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras").network
    assert identity(loaded) == identity(network)
    for one, two in zip(loaded.weights, network.weights, strict=True):
        np.testing.assert_array_equal(one, two)
    assert same(outputs(loaded, name), outputs(network, name))


def test_a_layer_keeps_its_precision():
    """Whatever the policy is where it is rebuilt; so do the layers inside."""
    with_policy = [
        ConvBlock(4, 3, norm="instance", dtype="mixed_bfloat16"),
        ResidualBlock(4, dropout=0.5, dtype="mixed_bfloat16"),
        Encoder("table3", WIDTH, 1, 1, dtype="mixed_bfloat16"),
        MultiScaleDiscriminator("table3", WIDTH, dtype="mixed_bfloat16"),
    ]
    for layer in with_policy:
        for again in (layer, type(layer).from_config(layer.get_config())):
            assert {part.compute_dtype for part in again._flatten_layers()} == {"bfloat16"}
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_of_its_name_or_its_fields(name):
    network = Generator(name, {"a": 3, "b": 3}, WIDTH)
    stored = through_json(network.get_config())["architecture"]
    assert as_architecture(stored) == as_architecture(name) == ARCHITECTURES[name]
    assert as_architecture(ARCHITECTURES[name]) is ARCHITECTURES[name]


@pytest.mark.parametrize(("name", "near"), [("table4", "table3"), ("x", "resnet2017, munit2018")])
def test_no_such_architecture(name, near):
    with pytest.raises(ValueError, match="no such architecture") as caught:
        Encoder(name)
    assert near in str(caught.value) and "\n" not in str(caught.value)


def test_one_domain_has_no_layers_of_the_other():
    encoder = make_network("Encoder/one domain")
    assert encoder.domains == ("a",) and encoder.private_b is None
    assert not any("encoder_b" in v.path for v in encoder.variables)
