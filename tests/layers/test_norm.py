"""Normalisations; those that TensorFlow Addons 0.23 has too are held to what it computed."""

import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers import norm

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens" / "addons_0_23.npz"
TOLERANCE = 1e-5
OF_IMAGES = sorted(set(norm.NORMALIZATIONS) - {"batch"})


@pytest.fixture(scope="module")
def goldens():
    """What tools/record_addons_goldens.sh recorded: key -> array."""
    with np.load(GOLDENS, allow_pickle=False) as file:
        return dict(file)


def built_like(case, epsilon, affine):
    """The project's layer with the recorded gamma and beta."""
    layer = norm.InstanceNormalization(epsilon=epsilon, affine=affine)
    layer.build(case["x"].shape)
    if affine:
        layer.gamma.assign(case["gamma"])
        layer.beta.assign(case["beta"])
    return layer


def part(goldens, prefix):
    """The goldens directly under ``prefix``, by their last name."""
    start = prefix + "/"
    return {key[len(start) :]: value for key, value in goldens.items() if key.startswith(start)}


@pytest.mark.parametrize("affine", [False, True], ids=["plain", "affine"])
@pytest.mark.parametrize("epsilon", [1e-5, 1e-3])
@pytest.mark.parametrize("shape", ["small", "square"])
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "graph"])
def test_matches_addons_forward_and_backward(goldens, shape, epsilon, affine, compiled):
    """Output and input gradient are those of tfa.layers.InstanceNormalization."""
    case = part(goldens, f"instance_norm/{shape}")
    layer = built_like(case, epsilon, affine)
    call = tf.function(layer, autograph=False) if compiled else layer
    x = tf.constant(case["x"])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = call(x)
    dx = tape.gradient(y, x, output_gradients=tf.constant(case["cotangent"]))
    expected = part(goldens, f"instance_norm/{shape}/{'affine' if affine else 'plain'}_{epsilon}")
    np.testing.assert_allclose(y, expected["y"], rtol=TOLERANCE, atol=TOLERANCE)
    np.testing.assert_allclose(dx, expected["dx"], rtol=TOLERANCE, atol=TOLERANCE)


def test_the_default_is_the_released_codes():
    """Epsilon 1e-5 and no gamma or beta: PyTorch's InstanceNorm2d, which the authors used."""
    layer = norm.InstanceNormalization()
    layer.build((None, None, None, 3))
    assert layer.epsilon == 1e-5
    assert layer.weights == []


def test_affine_weights_are_gamma_and_beta():
    """Named, trainable, and the identity at first."""
    layer = norm.InstanceNormalization(affine=True)
    layer.build((None, 8, 8, 3))
    values = {w.name: w.numpy().tolist() for w in layer.trainable_weights}
    assert values == {"gamma": [1, 1, 1], "beta": [0, 0, 0]}


def test_each_image_is_normalised_alone():
    """An image's output does not depend on the others in the batch."""
    x = np.random.default_rng(0).normal(3, 2, (3, 6, 5, 4)).astype("float32")
    layer = norm.InstanceNormalization()
    whole = layer(x).numpy()
    for i in range(3):
        np.testing.assert_allclose(layer(x[i : i + 1])[0], whole[i], atol=TOLERANCE)
    np.testing.assert_allclose(whole.mean(axis=(1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(whole.var(axis=(1, 2)), 1, atol=1e-3)


@pytest.mark.parametrize("name", OF_IMAGES)
def test_survives_a_config_round_trip(name):
    """Deserialising a layer's config gives the same layer; batch normalisation's is below."""
    layer = norm.NORMALIZATIONS[name](epsilon=1e-3, affine=True)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert type(again) is norm.NORMALIZATIONS[name]
    assert (again.epsilon, again.affine) == (1e-3, True)


@pytest.mark.parametrize("name", sorted(norm.NORMALIZATIONS))
def test_shape_is_kept(name):
    """Symbolically, as models are built, and in fact."""
    layer = norm.NORMALIZATIONS[name]()
    assert layer(keras.Input((None, 6, 3))).shape == (None, None, 6, 3)
    assert layer(tf.ones((2, 5, 6, 3))).shape == (2, 5, 6, 3)


@pytest.mark.parametrize("name", sorted(norm.NORMALIZATIONS))
def test_flat_image_gives_zeros_and_finite_gradients(name):
    """Epsilon stands under the root."""
    x = tf.fill((1, 4, 4, 3), 7.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = norm.NORMALIZATIONS[name]()(x, training=True)
    np.testing.assert_allclose(y, np.zeros((1, 4, 4, 3)), atol=1e-5)
    assert np.isfinite(tape.gradient(y, x, output_gradients=tf.random.normal(x.shape))).all()


@pytest.mark.parametrize("name", sorted(norm.NORMALIZATIONS))
@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_is_computed_in_float32(name, precision):
    """Only the input and the output are rounded, even far from zero; the output is half."""
    dtype = precision.removeprefix("mixed_")
    image = np.random.default_rng(0).normal(100, 1, (1, 32, 32, 3))
    x = tf.cast(image, dtype)
    y = norm.NORMALIZATIONS[name](dtype=precision)(x)
    exact = norm.NORMALIZATIONS[name]()(tf.cast(x, "float32"))
    assert y.dtype == dtype
    np.testing.assert_array_equal(tf.cast(y, "float32"), tf.cast(tf.cast(exact, dtype), "float32"))


def test_image_layer_normalization_is_over_the_whole_image():
    """One mean and one variance an image; gamma and beta a channel."""
    x = np.random.default_rng(0).normal(3, 2, (2, 6, 5, 4)).astype("float32")
    layer = norm.ImageLayerNormalization()
    layer.build(x.shape)
    gamma, beta = np.array([1, 2, 3, 4], "float32"), np.array([0, -1, 1, 5], "float32")
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    mean = x.mean(axis=(1, 2, 3), keepdims=True)
    scale = np.sqrt(x.var(axis=(1, 2, 3), keepdims=True) + 1e-5)
    np.testing.assert_allclose(layer(x), (x - mean) / scale * gamma + beta, atol=TOLERANCE)


def test_batch_normalization_joins_the_batch():
    """Over rows and pixels of all images; the moving average takes a tenth of what it sees."""
    x = np.random.default_rng(0).normal(3, 2, (4, 3, 2, 5)).astype("float32")
    layer = norm.BatchNormalization()
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    y = layer(x, training=True)
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(variance + 1e-5), atol=1e-4)
    np.testing.assert_allclose(layer.moving_mean, 0.1 * mean, rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance, 0.9 + 0.1 * variance, rtol=1e-4)
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_mean, 0.19 * mean, rtol=1e-4)


def test_batch_normalization_takes_the_moving_average_out_of_training():
    """Of each image alone, and looking moves nothing."""
    x = np.random.default_rng(0).normal(3, 2, (4, 3, 2, 1)).astype("float32")
    layer = norm.BatchNormalization()
    layer.build(x.shape)
    for variable, value in zip(layer.weights, (3.0, 1.0, 5.0, 4.0), strict=True):
        variable.assign([value])  # gamma, beta, mean, variance
    np.testing.assert_allclose(layer(x), 3 * (x - 5) / np.sqrt(4 + 1e-5) + 1, atol=TOLERANCE)
    np.testing.assert_allclose(layer(x[:1])[0], layer(x)[0], atol=TOLERANCE)
    assert [v.numpy().item() for v in layer.non_trainable_weights] == [5, 4]


def test_batch_normalization_survives_a_config_round_trip():
    layer = norm.BatchNormalization(momentum=0.8, epsilon=1e-2)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert type(again) is norm.BatchNormalization
    assert (again.momentum, again.epsilon, again.synchronized) == (0.8, 1e-2, True)


@pytest.mark.parametrize("iterations", [1, 3])
@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_keras_spectral_normalization_is_addons(goldens, kind, iterations):
    """Keras' own wrapper takes the place of tfa's: the same kernels, vectors and outputs."""
    case = part(goldens, f"spectral_norm/{kind}")
    expected = part(goldens, f"spectral_norm/{kind}/iterations_{iterations}")
    inner = keras.layers.Dense(4, use_bias=False)
    if kind == "conv":
        inner = keras.layers.Conv2D(4, 3, use_bias=False)
    layer = keras.layers.SpectralNormalization(inner, power_iterations=iterations)
    layer.build(case["x"].shape)
    layer.kernel.assign(case["kernel"])
    layer.vector_u.assign(case["u"])
    for call in range(len(expected["y"])):
        y = layer(case["x"], training=True)
        for name, value in (("y", y), ("kernels", layer.kernel), ("us", layer.vector_u)):
            np.testing.assert_allclose(
                keras.ops.convert_to_numpy(value),
                expected[name][call],
                rtol=TOLERANCE,
                atol=TOLERANCE,
                err_msg=f"{name}, training call {call}",
            )
    y = layer(case["x"], training=False)
    np.testing.assert_allclose(y, expected["y_inference"], rtol=TOLERANCE, atol=TOLERANCE)
