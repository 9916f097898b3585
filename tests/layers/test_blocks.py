"""Every public layer over one registry; test_blocks_goldens.py has what blocks do by hand."""

import importlib
import inspect
import pkgutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf import layers
from unit_tf.layers.blocks import (
    BlurHalve,
    ConvBlock,
    ResidualBlock,
    UpBlock,
)
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

# name -> (constructor, input shape). The part before "/" is the class.
LAYERS = {
    "BatchNormalization": (BatchNormalization, (2, 8, 6, 3)),
    "BlurHalve": (BlurHalve, (2, 8, 6, 3)),
    "BlurHalve/odd": (BlurHalve, (1, 7, 5, 3)),
    "Chain": (lambda: Chain([ConvBlock(4, 3, 2), BlurHalve(), UpBlock(2)]), (2, 8, 12, 3)),
    "Chain/empty": (lambda: Chain([]), (2, 4, 4, 3)),
    "ConvBlock": (lambda: ConvBlock(4, 3), (2, 8, 6, 3)),
    "ConvBlock/stride": (lambda: ConvBlock(4, 7, 2, activation="leaky_relu"), (2, 8, 6, 3)),
    "ConvBlock/odd stride": (lambda: ConvBlock(4, 3, 2, activation="relu"), (1, 7, 5, 3)),
    "ConvBlock/reflect": (
        lambda: ConvBlock(4, 4, 2, "reflect", "instance", "relu"), (2, 8, 6, 3),
    ),
    "ConvBlock/even": (lambda: ConvBlock(4, 4, 2), (2, 8, 6, 3)),
    "ConvBlock/valid": (lambda: ConvBlock(1, 2, padding="valid"), (2, 8, 6, 3)),
    "ConvBlock/tanh": (lambda: ConvBlock(3, 7, norm="layer", activation="tanh"), (2, 8, 6, 4)),
    "ConvBlock/batch": (
        lambda: ConvBlock(4, 5, 2, norm="batch", activation="leaky_relu"), (2, 8, 6, 3),
    ),
    "Coordinates": (Coordinates, (2, 8, 6, 3)),
    "GrowBlock": (lambda: GrowBlock(5), (2, 1, 1, 3)),
    "GrowBlock/batch": (lambda: GrowBlock(2, 3, "batch", "leaky_relu"), (2, 1, 1, 3)),
    "InstanceNormalization": (InstanceNormalization, (2, 8, 6, 3)),
    "InstanceNormalization/affine": (lambda: InstanceNormalization(affine=True), (2, 8, 6, 3)),
    "ImageLayerNormalization": (ImageLayerNormalization, (2, 8, 6, 3)),
    "ResidualBlock": (lambda: ResidualBlock(3, norm="instance"), (2, 8, 6, 3)),
    "ResidualBlock/widening": (
        lambda: ResidualBlock(4, 1, activation="leaky_relu", dropout=0.5), (2, 8, 6, 3),
    ),
    "ResidualBlock/reflect": (lambda: ResidualBlock(3, padding="reflect"), (2, 8, 6, 3)),
    "SeparableBlock": (lambda: SeparableBlock(3), (2, 8, 6, 3)),
    "SeparableConv": (lambda: SeparableConv(5, "relu"), (2, 8, 6, 3)),
    "SeparableUp": (lambda: SeparableUp(5), (2, 4, 3, 3)),
    "SubpixelImage": (lambda: SubpixelImage(3), (2, 4, 3, 4)),
    "UpBlock": (lambda: UpBlock(4), (2, 4, 3, 3)),
    "UpBlock/even": (lambda: UpBlock(4, 4), (2, 4, 3, 3)),
    "UpBlock/nearest": (
        lambda: UpBlock(4, 5, "nearest", "reflect", "layer", "relu"), (2, 4, 3, 3),
    ),
}  # fmt: skip
# Its parts may be shared with other chains, so its owner rebuilds it (DESIGN, "Sharing hazards").
REBUILT_BY_THEIR_OWNER = {"Chain"}
# They read one pixel, so theirs are the only sides.
OF_ONE_PIXEL = {"GrowBlock", "GrowBlock/batch"}

# They take features and a style's parameters; test_adain.py has a registry of its own for them.
OF_PAIRS = {"AdaptiveInstanceNormalization", "AdaptiveResidualBlock", "StyleSpent"}

every_layer = pytest.mark.parametrize("name", LAYERS)


@pytest.fixture
def bfloat16():
    """Keras' policy for a test's length."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


def noise(shape, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(0, 1, shape), tf.float32)


def test_every_public_layer_is_in_the_registry():
    """A new class in unit_tf.layers needs an entry in LAYERS."""
    public = set()
    for info in pkgutil.iter_modules(layers.__path__, "unit_tf.layers."):
        module = importlib.import_module(info.name)
        public |= {
            name for name, value in vars(module).items()
            if inspect.isclass(value) and issubclass(value, keras.layers.Layer)
            and value.__module__ == module.__name__ and not name.startswith("_")
        }  # fmt: skip
    assert public == {name.partition("/")[0] for name in LAYERS} | OF_PAIRS


@every_layer
def test_names_match_classes(name):
    assert type(LAYERS[name][0]()).__name__ == name.partition("/")[0]


@every_layer
def test_output_shape_is_as_computed(name):
    """Before building, after calling, symbolically, and at other sizes through the same weights."""
    construct, shape = LAYERS[name]
    layer = construct()
    expected = layer.compute_output_shape(shape)
    assert layer(noise(shape)).shape == expected
    assert layer.compute_output_shape(shape) == expected
    open_shape = layer.compute_output_shape((None, None, None, shape[-1]))
    sides = expected[1:3] if name in OF_ONE_PIXEL else (None, None)
    assert open_shape == (None, *sides, expected[-1])
    weights = len(layer.weights)
    for sides in () if name in OF_ONE_PIXEL else ((shape[1] + 4, shape[2] + 8), (11, 9)):
        other = (3, *sides, shape[-1])
        assert layer(noise(other)).shape == layer.compute_output_shape(other)
    assert len(layer.weights) == weights


@every_layer
def test_graphs_take_any_size(name):
    """A tf.function without known sides gives what eager mode gives."""
    construct, shape = LAYERS[name]
    layer = construct()
    layer.build(shape)
    signature = [tf.TensorSpec((None, None, None, shape[-1]), tf.float32)]
    graph = tf.function(lambda x: layer(x), input_signature=signature, autograph=False)
    for x in (noise(shape), noise((1, 10, 8, shape[-1]))):
        np.testing.assert_allclose(graph(x), layer(x), atol=1e-5)


@every_layer
def test_gradients_reach_every_weight(name):
    construct, shape = LAYERS[name]
    layer = construct()
    with tf.GradientTape() as tape:
        y = layer(noise(shape))
        loss = tf.reduce_sum(y * noise(y.shape, 1))
    for weight, gradient in zip(
        layer.trainable_weights, tape.gradient(loss, layer.trainable_weights), strict=True
    ):
        assert gradient is not None, weight.path
        assert np.isfinite(gradient).all(), weight.path


@pytest.mark.parametrize(
    "name", [n for n in LAYERS if n.partition("/")[0] not in REBUILT_BY_THEIR_OWNER]
)
def test_a_layer_of_its_config_computes_the_same(name):
    construct, shape = LAYERS[name]
    layer = construct()
    expected = layer(noise(shape))
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    again(noise(shape))
    again.set_weights(layer.get_weights())
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again(noise(shape)), expected)


@every_layer
def test_mixed_bfloat16(name, bfloat16):
    """Finite and near float32's result; float32 weights; tanh, an image, comes in float32."""
    construct, shape = LAYERS[name]
    layer = construct()
    y = layer(noise(shape))
    of_images = name in ("ConvBlock/tanh", "SubpixelImage")
    assert y.dtype == ("float32" if of_images else "bfloat16")
    assert {w.dtype for w in layer.weights} <= {"float32"}
    keras.config.set_dtype_policy("float32")
    exact = construct()
    exact.build(shape)
    exact.set_weights(layer.get_weights())
    np.testing.assert_allclose(tf.cast(y, tf.float32), exact(noise(shape)), rtol=0.1, atol=0.1)
