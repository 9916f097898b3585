"""Blocks: what each does, by hand."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers import blocks
from unit_tf.layers.blocks import BlurHalve, ConvBlock, ResidualBlock, UpBlock
from unit_tf.layers.chain import Chain


def noise(shape, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(0, 1, shape), tf.float32)


def with_kernel(layer, shape, kernel):
    """The layer, built for ``shape``, with one kernel and zero biases."""
    layer.build(shape)
    (variable,) = (w for w in layer.weights if w.name == "kernel")
    variable.assign(np.asarray(kernel, "float32").reshape(variable.shape))
    return layer


def delta(side, row, column):
    x = np.zeros((1, side, side, 1), "float32")
    x[0, row, column] = 1
    return x


NINE = np.arange(1, 10).reshape(3, 3)


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        # Output i reads pixels 2i-1, 2i, 2i+1: an even pixel is one output's centre...
        (2, 4, {(1, 2): 5}),
        # ... an odd one lies between two, in each direction; Keras' "same" reads 2i .. 2i+2.
        (3, 3, {(1, 1): 9, (1, 2): 7, (2, 1): 3, (2, 2): 1}),
        (0, 1, {(0, 0): 6, (0, 1): 4}),
        (7, 7, {(3, 3): 9}),
    ],
)
def test_strided_convolution_pads_symmetrically(row, column, expected):
    y = with_kernel(ConvBlock(1, 3, 2), (1, 8, 8, 1), NINE)(delta(8, row, column))
    wanted = np.zeros((4, 4))
    for place, value in expected.items():
        wanted[place] = value
    np.testing.assert_array_equal(y[0, :, :, 0], wanted)


def convolve(x, kernel, stride, border, mode):
    """[H, W] by definition: numpy's padding and explicit loops."""
    x = np.pad(x, border, mode="constant" if mode == "zero" else mode)
    side = kernel.shape[0]
    return np.array([
        [np.sum(x[i : i + side, j : j + side] * kernel)
         for j in range(0, x.shape[1] - side + 1, stride)]
        for i in range(0, x.shape[0] - side + 1, stride)
    ])  # fmt: skip


@pytest.mark.parametrize("padding", ["zero", "reflect", "valid"])
@pytest.mark.parametrize(
    ("kernel", "stride", "border"),
    [(3, 1, 1), (3, 2, 1), (4, 2, 1), (7, 2, 3), (7, 1, 3), (1, 1, 0)],
)
def test_convolution_is_numpys(kernel, stride, border, padding):
    """(k - 1) // 2 zeros or reflected pixels on each side, whatever the stride."""
    rng = np.random.default_rng(0)
    x, taps = rng.normal(size=(10, 9)), rng.normal(size=(kernel, kernel))
    layer = with_kernel(ConvBlock(1, kernel, stride, padding), (1, 10, 9, 1), taps)
    y = layer(x[None, :, :, None].astype("float32"))
    border, mode = (0, "zero") if padding == "valid" else (border, padding)
    wanted = convolve(x, taps, stride, border, mode)
    np.testing.assert_allclose(y[0, :, :, 0], wanted, atol=1e-4)


@pytest.mark.parametrize(("row", "column"), [(1, 1), (2, 1), (0, 3)])
def test_transposed_convolution_is_centred(row, column):
    """Pixel i lands on 2i, with its taps around it: where a strided convolution's i reads."""
    y = with_kernel(UpBlock(1, activation=None), (1, 4, 4, 1), NINE)(delta(4, row, column))
    canvas = np.zeros((10, 10))
    canvas[2 * row : 2 * row + 3, 2 * column : 2 * column + 3] = NINE
    np.testing.assert_array_equal(y[0, :, :, 0], canvas[1:9, 1:9])


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 7])
def test_transposed_convolution_is_the_strided_ones_adjoint(kernel):
    """<conv(x), y> = <x, up(y)> with the same kernel: no shift in either."""
    taps = np.random.default_rng(0).normal(size=(kernel, kernel, 2, 3)).astype("float32")
    down = with_kernel(ConvBlock(3, kernel, 2), (1, 8, 6, 2), taps)
    up = with_kernel(UpBlock(2, kernel, activation=None), (1, 4, 3, 3), taps)
    x, y = noise((1, 8, 6, 2)), noise((1, 4, 3, 3), 1)
    left, right = tf.reduce_sum(down(x) * y), tf.reduce_sum(x * up(y))
    np.testing.assert_allclose(left, right, rtol=1e-4)


def test_nearest_doubles_every_pixel_before_the_convolution():
    x = np.arange(12, dtype="float32").reshape(1, 3, 4, 1)
    y = with_kernel(UpBlock(1, 1, "nearest", activation=None), x.shape, 2)(x)
    np.testing.assert_array_equal(y, 2 * x.repeat(2, axis=1).repeat(2, axis=2))


def test_nearest_convolves_at_the_high_resolution():
    x, taps = np.random.default_rng(0).normal(size=(4, 5)), np.ones((5, 5)) * np.arange(5)
    layer = with_kernel(
        UpBlock(1, 5, "nearest", "reflect", activation=None), (1, 4, 5, 1), taps
    )  # fmt: skip
    y = layer(x[None, :, :, None].astype("float32"))
    wanted = convolve(x.repeat(2, 0).repeat(2, 1), taps, 1, 2, "reflect")
    np.testing.assert_allclose(y[0, :, :, 0], wanted, atol=1e-4)


@pytest.mark.parametrize("sides", [(8, 8), (7, 5), (2, 9), (1, 1)])
def test_blur_keeps_a_constant_image(sides):
    """The border is not darkened: padding is not counted."""
    y = BlurHalve()(tf.fill((2, *sides, 3), 0.7))
    assert y.shape[1:3] == tuple(-(-s // 2) for s in sides)
    np.testing.assert_allclose(y, np.full(y.shape, 0.7), rtol=1e-6)


def test_blur_is_the_mean_of_the_pixels_there_are():
    """A corner of four pixels, an edge of six, an inner nine, at stride 2."""
    x = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    x[0, 0, 0] = 90
    y = BlurHalve()(x)[0, :, :, 0]
    wanted = [[(90 + 1 + 4 + 5) / 4, (1 + 2 + 3 + 5 + 6 + 7) / 6],
              [(4 + 5 + 8 + 9 + 12 + 13) / 6, 10]]  # fmt: skip
    np.testing.assert_allclose(y, wanted, rtol=1e-6)


@pytest.mark.parametrize(("filters", "weights"), [(3, 4), (4, 6)])
def test_projection_only_where_channels_differ(filters, weights):
    """Two convolutions with biases, and a 1x1 projection where it must be."""
    block = ResidualBlock(filters, 3)
    block.build((None, None, None, 3))
    assert len(block.trainable_variables) == weights
    kernels = [tuple(w.shape) for w in block.weights if w.name == "kernel"]
    assert kernels[:2] == [(3, 3, 3, filters), (3, 3, filters, filters)]
    assert kernels[2:] == [(1, 1, 3, filters)] * (filters != 3)


def test_residual_block_adds_without_an_activation():
    """x + second(relu(first(x))) with 1x1 kernels: -3 + 2 * relu(-1 * -3) = 3, 5 + 2 * 0 = 5."""
    block = ResidualBlock(1, 1)
    block.build((None, None, None, 1))
    first, second = (w for w in block.weights if w.name == "kernel")
    first.assign([[[[-1.0]]]])
    second.assign([[[[2.0]]]])
    y = block(tf.reshape([-3.0, 5.0], (1, 1, 2, 1)))
    assert y.numpy().ravel().tolist() == [3, 5]
    second.assign([[[[0.0]]]])
    y = block(tf.reshape([-3.0, 5.0], (1, 1, 2, 1)))
    assert y.numpy().ravel().tolist() == [-3, 5]


def test_dropout_only_in_training():
    block = ResidualBlock(3, dropout=0.5)
    x = noise((1, 8, 8, 3))
    np.testing.assert_array_equal(block(x), block(x))
    difference = block(x, training=True) - x
    assert 0.2 < np.mean(difference.numpy() == 0) < 0.8


@pytest.mark.parametrize("slope", [0.01, 0.2])
@pytest.mark.parametrize(
    "construct",
    [
        lambda slope: ConvBlock(1, 1, activation="leaky_relu", slope=slope),
        lambda slope: UpBlock(1, 1, "nearest", slope=slope),
        lambda slope: UpBlock(1, 1, slope=slope),
    ],
    ids=["conv", "nearest", "transpose"],
)
def test_leaky_relu_has_the_slope_that_was_asked_for(construct, slope):
    """Keras' own default would be 0.2 or 0.3."""
    y = with_kernel(construct(slope), (1, 1, 1, 1), 1)(tf.fill((1, 1, 1, 1), -2.0))
    np.testing.assert_allclose(y[0, 0, 0, 0], -2 * slope, rtol=1e-6)


def test_the_default_slope_is_the_released_codes():
    for layer in (ConvBlock(1, 1, activation="leaky_relu"), UpBlock(1)):
        assert layer.slope == 0.01
    assert blocks.activate(tf.constant(-1.0), "leaky_relu", 0.01).numpy() == pytest.approx(-0.01)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [(None, [-2, 0.5]), ("relu", [0, 0.5]), ("leaky_relu", [-0.2, 0.5]),
     ("tanh", np.tanh([-2, 0.5]))],
)  # fmt: skip
def test_activations(name, wanted):
    np.testing.assert_allclose(blocks.activate(tf.constant([-2.0, 0.5]), name, 0.1), wanted, 1e-6)


@pytest.mark.parametrize(
    ("mode", "wanted"), [("zero", [0, 1, 2, 3, 0, 0]), ("reflect", [2, 1, 2, 3, 2, 1])]
)
def test_pad(mode, wanted):
    """Reflection leaves the edge pixel out; ``before`` and ``after`` may differ."""
    x = tf.reshape(tf.constant([1.0, 2.0, 3.0]), (1, 1, 3, 1)) * tf.ones((1, 3, 1, 1))
    y = blocks.pad(x, 1, 2, mode)
    assert y.shape == (1, 6, 6, 1)
    assert y[0, 2, :, 0].numpy().tolist() == wanted


def test_chain_calls_in_order_and_shares_its_parts():
    """A part in two chains is one layer with one set of variables."""
    shared = ConvBlock(3, 3, name="shared")
    one, two = Chain([ConvBlock(3, 3), shared]), Chain([shared, BlurHalve()])
    x = noise((1, 6, 6, 3))
    np.testing.assert_array_equal(one(x), shared(one.parts[0](x)))
    np.testing.assert_array_equal(two(x), BlurHalve()(shared(x)))
    assert len(one.trainable_variables) == 4
    assert {id(v) for v in two.trainable_variables} < {id(v) for v in one.trainable_variables}


def test_chain_passes_training_on():
    chain = Chain([ResidualBlock(3, dropout=0.9)])
    x = noise((1, 8, 8, 3))
    np.testing.assert_array_equal(chain(x), chain(x))
    assert np.any(chain(x, training=True) != chain(x))


@pytest.mark.parametrize(
    ("initializer", "deviation"), [(0.02, 0.02), ("he_normal", (2 / 72) ** 0.5)]
)
def test_kernels_are_drawn_apart(initializer, deviation):
    """Each convolution its own numbers, of the standard deviation asked for; biases zero."""
    block = ResidualBlock(8, initializer=initializer)
    block.build((None, None, None, 8))
    first, second = (w.numpy() for w in block.weights if w.name == "kernel")
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.2
    np.testing.assert_allclose([first.std(), second.std()], deviation, rtol=0.2)
    assert all((w.numpy() == 0).all() for w in block.weights if w.name == "bias")


@pytest.mark.parametrize("norm", ["instance", "layer"])
@pytest.mark.parametrize(
    "construct",
    [
        lambda norm: ConvBlock(3, 3, norm=norm, padding="reflect"),
        lambda norm: ResidualBlock(3, norm=norm, padding="reflect"),
        lambda norm: UpBlock(3, 5, "nearest", "reflect", norm),
    ],
    ids=["conv", "residual", "up"],
)
def test_flat_images_have_finite_gradients(construct, norm):
    """A constant crop gives zero variance behind every convolution with reflected borders."""
    layer, x = construct(norm), tf.fill((1, 4, 4, 3), -1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_sum(y * noise(y.shape, 1))
    gradients = tape.gradient(loss, [x, *layer.trainable_variables])
    assert np.isfinite(y).all()
    assert all(np.isfinite(g).all() for g in gradients)
