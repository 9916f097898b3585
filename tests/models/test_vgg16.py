"""VGG16's features: shapes, what each origin's weights are fed, and files that are others."""

import io
import pickle

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.evaluation.features.lpips import Lpips
from unit_tf.models.vgg16 import load_vgg, load_vgg_features


@pytest.fixture(scope="module")
def network():
    """Keras' VGG16 with random weights."""
    keras.utils.set_random_seed(0)
    return keras.applications.VGG16(include_top=False, weights=None)


@pytest.fixture(scope="module")
def arrays(network):
    """Its weights as tools/convert_lpips.py names them."""
    return {f"{layer.name}/{v.name}": v.numpy() for layer in network.layers for v in layer.weights}


@pytest.fixture(scope="module")
def converted(arrays, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "vgg16.npz"
    np.savez(path, **arrays)
    return path


@pytest.fixture(scope="module")
def vgg(converted):
    return load_vgg(converted)


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).uniform(-1, 1, (2, 40, 33, 3)).astype(np.float32)


def test_features_are_those_behind_the_five_relus(vgg, network, image):
    features = vgg.features(image)
    sides = [(40, 33), (20, 16), (10, 8), (5, 4), (2, 2)]
    shapes = [(2, *side, c) for side, c in zip(sides, (64, 128, 256, 512, 512), strict=True)]
    assert [f.shape for f in features] == shapes
    assert min(f.numpy().min() for f in features) == 0
    # What is pooled to the network's end is the last of them.
    pooled = keras.layers.MaxPooling2D(2)(features[-1])
    np.testing.assert_allclose(pooled, network(vgg.prepare(tf.constant(image))), rtol=1e-4)


def test_equal_images_have_no_distance(vgg, image):
    stored = np.uint8((image + 1) * 127.5)
    linear = [np.full(c, 0.1, np.float32) for c in (64, 128, 256, 512, 512)]
    distance = Lpips(vgg, linear)
    assert distance(stored, stored).max() < 1e-10  # rounding may differ from row to row
    near, far = distance(stored, stored ^ 1), distance(stored, 255 - stored)
    assert (1e-7 < near).all() and (near < far).all()


def test_torchvisions_weights_read_normalised_rgb(vgg):
    """ImageNet's mean becomes 0 and one deviation more 1, from RGB in [0, 1]."""
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    rgb = np.stack([mean, mean + deviation]).reshape(1, 1, 2, 3)
    prepared = vgg.prepare(tf.constant(2 * rgb - 1, tf.float32))
    np.testing.assert_allclose(prepared[0, 0], [[0, 0, 0], [1, 1, 1]], atol=1e-6)
    assert vgg.origin == "torchvision"


def save_legacy(network, path):
    """The layout of Keras' own notop.h5: a group a layer, names in attributes."""
    with h5py.File(path, "w") as file:
        layers = network.layers[1:]
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            group, names = file.create_group(layer.name), []
            for variable, letter in zip(layer.weights, "Wb", strict=False):
                names.append(f"{layer.name}_{letter}_1:0")
                group[names[-1]] = variable.numpy()
            group.attrs["weight_names"] = [name.encode() for name in names]


@pytest.fixture(params=["vgg16_notop.h5", "vgg16.weights.h5"], scope="module")
def keras_file(request, network, tmp_path_factory):
    path = tmp_path_factory.mktemp("keras") / request.param
    if path.name.endswith(".weights.h5"):
        network.save_weights(path)
    else:
        save_legacy(network, path)
    return path


def test_keras_weights_read_bgr_without_its_mean(keras_file, network):
    """Orange (255, 127.5, 0) as blue, green, red, less Caffe's mean."""
    vgg = load_vgg(keras_file)
    assert vgg.origin == "keras"
    orange = tf.reshape(tf.constant([1.0, 0.0, -1.0]), (1, 1, 1, 3))
    wanted = [0 - 103.939, 127.5 - 116.779, 255 - 123.68]
    np.testing.assert_allclose(vgg.prepare(orange)[0, 0, 0], wanted, rtol=1e-5)
    for name in ("block1_conv1", "block5_conv3"):
        kernel = network.get_layer(name).kernel
        np.testing.assert_array_equal(vgg.network.get_layer(name).kernel, kernel)


@pytest.mark.parametrize("channels", [1, 3])
def test_features_of_the_perceptual_term(keras_file, network, channels):
    """relu5_3, of images as Keras' own preprocessing hands them to the network."""
    x = np.random.default_rng(0).uniform(-1, 1, (2, 32, 48, channels)).astype("float32")
    features = load_vgg_features(str(keras_file))(tf.constant(x))
    assert features.shape == (2, 2, 3, 512)
    rgb = np.repeat(x, 3, -1) if channels == 1 else x
    prepared = keras.applications.vgg16.preprocess_input((rgb + 1) * 127.5)
    until = keras.Model(network.input, network.get_layer("block5_conv3").output)
    np.testing.assert_allclose(features, until(prepared), rtol=1e-4, atol=1e-4)


def test_both_see_the_same_numbers(keras_file, image):
    """The perceptual term and LPIPS' last layer, of one file."""
    found = load_vgg_features(keras_file)(image)
    np.testing.assert_array_equal(found, load_vgg(keras_file).features(image)[-1])


def test_keras_preprocessing_to_the_bit(keras_file, image):
    prepared = load_vgg(keras_file).prepare(tf.constant(image))
    expected = keras.applications.vgg16.preprocess_input((tf.constant(image) + 1.0) * 127.5)
    np.testing.assert_array_equal(prepared, expected)


def test_the_perceptual_term_takes_keras_weights(converted):
    with pytest.raises(ValueError, match="vgg16.npz: not Keras' VGG16 weights .* .an .npz.$"):
        load_vgg_features(converted)


def test_a_missing_file():
    with pytest.raises(ValueError, match="^there: no such file; imagenet lets Keras fetch it"):
        load_vgg_features("there")


def test_the_network_is_not_trained(vgg):
    assert vgg.network.trainable_variables == []


def test_only_the_word_fetches(monkeypatch, network, keras_file, converted):
    """A path never makes Keras download; a failed download is one line."""
    asked = []

    def build(include_top, weights):
        asked.append((include_top, weights))
        return network

    monkeypatch.setattr(keras.applications, "VGG16", build)
    for weights in (keras_file, converted, "imagenet"):
        load_vgg(weights)
    assert asked == [(False, None), (False, None), (False, "imagenet")]

    def offline(include_top, weights):
        raise Exception("URL fetch failure on https://...:\n timed out")

    monkeypatch.setattr(keras.applications, "VGG16", offline)
    with pytest.raises(ValueError, match="^imagenet: .*timed out") as caught:
        load_vgg("imagenet")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"block3_conv2/kernel": None},
        {"block3_conv2/kernel": np.zeros((3, 3, 256, 255), np.float32)},
        {"block3_conv2/kernel": np.zeros((3, 3, 256, 256), np.int8)},
        {"block3_conv2/kernel": np.full((3, 3, 256, 256), np.nan, np.float32)},
    ],
    ids=["missing", "shape", "type", "nan"],
)
def test_other_converted_weights(arrays, tmp_path, change):
    path = tmp_path / "other.npz"
    np.savez(path, **{name: a for name, a in (arrays | change).items() if a is not None})
    with pytest.raises(ValueError, match="other.npz: .*first misfit: block3_conv2/kernel$"):
        load_vgg(path)


class Trap:
    """Unpickling it fails the test."""

    def __reduce__(self):
        return pytest.fail, ("unpickled",)


def numpy_bytes(save, *args, **kwargs):
    """What numpy writes, for a file of any name."""
    buffer = io.BytesIO()
    save(buffer, *args, **kwargs)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["file.npz", "file.h5", "file.weights.h5"])
@pytest.mark.parametrize(
    "write",
    [
        lambda path: None,
        lambda path: path.mkdir(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("no weights"),
        lambda path: path.write_bytes(pickle.dumps(Trap())),
        lambda path: path.write_bytes(numpy_bytes(np.save, np.zeros(3))),
        lambda path: path.write_bytes(numpy_bytes(np.savez, x=np.array([Trap()]))),
    ],
    ids=["absent", "folder", "empty", "text", "pickle", "npy", "objects"],
)
def test_broken_files_are_one_line(tmp_path, name, write):
    path = tmp_path / name
    write(path)
    with pytest.raises(ValueError, match=name) as caught:
        load_vgg(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("load", [load_vgg, load_vgg_features])
def test_a_network_of_other_layers(tmp_path, load):
    part = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])
    part.save_weights(tmp_path / "x.weights.h5")
    with pytest.raises(ValueError, match="x.weights.h5: not Keras' VGG16 weights") as caught:
        load(tmp_path / "x.weights.h5")
    assert "\n" not in str(caught.value)
