"""VGG16's features: the right layer, the right range of numbers, one line for a wrong file."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.models.vgg import load_vgg_features


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """(file, the whole network that was written into it)."""
    network = keras.applications.VGG16(include_top=False, weights=None)
    path = tmp_path_factory.mktemp("vgg") / "vgg.weights.h5"
    network.save_weights(path)
    return path, network


@pytest.mark.parametrize("channels", [1, 3])
def test_features(weights, channels):
    """relu5_3, of images as Keras' own preprocessing hands them to the network."""
    path, network = weights
    x = np.random.default_rng(0).uniform(-1, 1, (2, 32, 48, channels)).astype("float32")
    features = load_vgg_features(str(path))(tf.constant(x))
    assert features.shape == (2, 2, 3, 512)
    rgb = np.repeat(x, 3, -1) if channels == 1 else x
    prepared = keras.applications.vgg16.preprocess_input((rgb + 1) * 127.5)
    until = keras.Model(network.input, network.get_layer("block5_conv3").output)
    np.testing.assert_allclose(features, until(prepared), rtol=1e-4, atol=1e-4)


def test_a_missing_file():
    with pytest.raises(ValueError, match="^no such file; imagenet lets Keras fetch it"):
        load_vgg_features("there")


def test_another_networks_weights(tmp_path):
    path = tmp_path / "other.weights.h5"
    other = keras.Sequential([keras.layers.Dense(1)])
    other.build((None, 2))
    other.save_weights(path)
    with pytest.raises(ValueError, match="not Keras' VGG16 weights") as caught:
        load_vgg_features(str(path))
    assert "\n" not in str(caught.value)
