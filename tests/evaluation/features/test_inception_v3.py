"""InceptionV3's features: what it is fed, whose weights it has, and files that are others."""

import pickle

import h5py
import keras
import numpy as np
import pytest

from unit_tf.evaluation.features import image_features, inception_v3
from unit_tf.evaluation.features.inception_v3 import InceptionV3, load_inception_v3


@pytest.fixture(scope="module")
def network():
    """Keras' InceptionV3 with random weights, so large that its features do not fade away."""
    keras.utils.set_random_seed(0)
    network = keras.applications.InceptionV3(
        include_top=False, weights=None, input_shape=(299, 299, 3), pooling="avg"
    )
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.kernel.assign(layer.kernel * 2**0.5)
    return network


@pytest.fixture(scope="module")
def file(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "inception.weights.h5"
    network.save_weights(path)
    return path


@pytest.fixture(scope="module")
def inception(file):
    return load_inception_v3(file)


@pytest.fixture(scope="module")
def small():
    """A network so small that it can be asked often: the mean of each channel, three times over."""
    image = keras.Input((299, 299, 3))
    return keras.Model(image, keras.layers.GlobalAveragePooling2D()(image))


def noise(count, size=(20, 30), channels=3):
    return np.random.default_rng(0).integers(0, 256, (count, *size, channels), np.uint8)


def test_features_are_the_networks(inception, network):
    images = noise(2, (299, 299))
    found = inception.features(images)
    assert (found.shape, found.dtype) == ((2, inception_v3.WIDTH), np.float32)
    wanted = network(images / np.float32(127.5) - 1, training=False).numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-5 * wanted.max())
    assert np.abs(found[0] - found[1]).max() > 1e-2 * found.max()


def test_keras_own_layout(network, inception, tmp_path):
    """notop.h5: a group a layer, names in attributes, layers by their order."""
    path = tmp_path / "inception_v3_notop.h5"
    with h5py.File(path, "w") as file:
        layers = [layer for layer in network.layers if layer.weights]
        file.attrs["layer_names"] = [f"layer_{i}".encode() for i in range(len(layers))]
        for i, layer in enumerate(layers):
            group = file.create_group(f"layer_{i}")
            for j, variable in enumerate(layer.weights):
                group[f"w{j}"] = variable.numpy()
            group.attrs["weight_names"] = [f"w{j}".encode() for j in range(len(layer.weights))]
    assert load_inception_v3(path).digest == inception.digest


@pytest.fixture(scope="module")
def prepared(small):
    return InceptionV3(small).prepared


@pytest.mark.parametrize("size", [(299, 299), (9, 40), (640, 301)])
def test_what_is_read_of_an_image(prepared, size):
    """0 to -1, 255 to 1, whatever the size; grey as RGB of equal channels."""
    for level, wanted in ((0, -1), (255, 1), (51, -0.6)):
        for channels in (1, 3):
            x = prepared(np.full((*size, channels), level, np.uint8)).numpy()
            assert (x.shape, x.dtype) == ((299, 299, 3), np.float32)
            np.testing.assert_allclose(x, wanted, atol=1e-5)


def test_channels_keep_their_order(prepared):
    x = prepared(np.full((8, 8, 3), [255, 0, 51], np.uint8))
    np.testing.assert_allclose(x[150, 150], [1, -1, -0.6], atol=1e-5)


def test_large_images_are_antialiased(prepared):
    """Columns of black and white, thinner than a pixel of the result, become grey."""
    stripes = np.zeros((299, 299 * 8, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(prepared(stripes)[:, 2:-2]).max() < 0.1


def test_any_number_of_images(small, monkeypatch):
    """In batches, the last one smaller; from a generator, of different sizes."""
    monkeypatch.setattr(image_features, "AT_A_TIME", 2)
    images = [np.full((4 + i, 9, 1 + 2 * (i % 2)), 51 * i, np.uint8) for i in range(5)]
    found = inception_v3.InceptionV3(small).features(p for p in images)
    wanted = np.repeat(np.arange(5)[:, None] * 0.4 - 1, 3, 1)
    np.testing.assert_allclose(found, wanted, atol=1e-3)  # a float32 mean


@pytest.mark.parametrize(
    "images",
    [[], noise(2, channels=2), noise(2).astype(np.float32), noise(2)[0], noise(1, (0, 3))],
    ids=["none", "channels", "type", "no batch", "no pixels"],
)
def test_only_images(small, images):
    with pytest.raises(ValueError, match=r"no images|expected uint8 \[H, W, 1 or 3\]"):
        inception_v3.InceptionV3(small).features(images)


def test_the_digest_is_of_weights_and_recipe(inception, file, network, monkeypatch):
    def digest():
        return inception_v3.InceptionV3(network).digest

    assert digest() == inception.digest
    kernel = network.layers[1].kernel
    before = kernel.numpy()
    try:
        kernel.assign(before * 1.001)
        assert digest() != inception.digest
    finally:
        kernel.assign(before)
    monkeypatch.setattr(inception_v3, "RECIPE", "another")
    assert digest() != inception.digest


def test_only_the_word_fetches(monkeypatch, tmp_path):
    """A path never makes Keras download; a failed download is one line."""
    asked, file = [], tmp_path / "small.weights.h5"
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    network.save_weights(file)

    def build(**kwargs):
        asked.append(kwargs["weights"])
        return network

    monkeypatch.setattr(keras.applications, "InceptionV3", build)
    for weights in (file, str(file), "imagenet"):
        load_inception_v3(weights)
    assert asked == [None, None, "imagenet"]

    def offline(**kwargs):
        raise Exception("URL fetch failure on https://...:\n timed out")

    monkeypatch.setattr(keras.applications, "InceptionV3", offline)
    with pytest.raises(ValueError, match="^imagenet: .*timed out") as caught:
        load_inception_v3("imagenet")
    assert "\n" not in str(caught.value)


def save_other(path):
    """Weights of another network."""
    keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)]).save_weights(path)


@pytest.mark.parametrize("name", ["file.h5", "file.weights.h5"])
@pytest.mark.parametrize(
    "write",
    [
        lambda path: None,
        lambda path: path.mkdir(),
        lambda path: path.write_text("no weights"),
        lambda path: path.write_bytes(pickle.dumps(pytest.fail)),
        lambda path: h5py.File(path, "w").close(),
    ],
    ids=["absent", "folder", "text", "pickle", "empty"],
)
def test_broken_files_are_one_line(tmp_path, monkeypatch, network, name, write):
    monkeypatch.setattr(keras.applications, "InceptionV3", lambda **_: network)  # built once
    path = tmp_path / name
    write(path)
    with pytest.raises(ValueError, match=f"{name}: not Keras' InceptionV3 weights") as caught:
        load_inception_v3(path)
    assert "\n" not in str(caught.value)


def test_other_weights(tmp_path, monkeypatch, network):
    monkeypatch.setattr(keras.applications, "InceptionV3", lambda **_: network)
    save_other(tmp_path / "other.weights.h5")
    with pytest.raises(ValueError, match="other.weights.h5: not Keras' InceptionV3 weights"):
        load_inception_v3(tmp_path / "other.weights.h5")


def test_weights_that_are_not_finite(tmp_path, monkeypatch, small):
    dense = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    dense.layers[0].bias.assign([np.nan, 0])
    dense.save_weights(tmp_path / "nan.weights.h5")
    monkeypatch.setattr(keras.applications, "InceptionV3", lambda **_: dense)
    with pytest.raises(ValueError, match="nan.weights.h5: weights that are not finite"):
        load_inception_v3(tmp_path / "nan.weights.h5")
