"""VGG16's layers by both names, and its kernels in both orders of axes."""

import numpy as np
import pytest

from unit_tf.models.vgg16_weights import LAYERS, convolutions, from_torchvision


def empty_state():
    """Zeros in torchvision's names and shapes, without the memory that they would take."""
    state = {}
    for _, name, channels, filters in convolutions():
        state[f"{name}.weight"] = np.broadcast_to(np.float32(0), (filters, channels, 3, 3))
        state[f"{name}.bias"] = np.broadcast_to(np.float32(0), (filters,))
    return state


def test_layers_are_configuration_d():
    """torchvision counts ReLUs and poolings too."""
    layers = list(convolutions())
    numbers = [int(theirs.removeprefix("features.")) for _, theirs, _, _ in layers]
    assert numbers == [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
    assert layers[0] == ("block1_conv1", "features.0", 3, 64)
    assert layers[7] == ("block4_conv1", "features.17", 256, 512)
    names = [ours for ours, _, _, _ in layers]
    assert [names[i] for i in (1, 3, 6, 9, 12)] == [*LAYERS]  # before each pooling
    assert layers[12] == ("block5_conv3", "features.28", 512, 512)


def test_kernels_change_their_axes():
    """[out, in, row, column] to [row, column, in, out]."""
    state = empty_state()
    kernel = np.arange(64 * 3 * 9, dtype=np.float64).reshape(64, 3, 3, 3)
    state["features.0.weight"] = kernel
    state["features.0.bias"] = np.arange(64.0)
    arrays = from_torchvision(state, "x.pth")
    assert len(arrays) == 26
    found = arrays["block1_conv1/kernel"]
    assert found.dtype == np.float32 and found.shape == (3, 3, 3, 64)
    assert found[1, 2, 0, 5] == kernel[5, 0, 1, 2]
    np.testing.assert_array_equal(arrays["block1_conv1/bias"], np.arange(64))


@pytest.mark.parametrize("name", ["features.0.weight", "features.28.bias"])
@pytest.mark.parametrize("found", [None, np.zeros((64, 3, 5, 5))])
def test_other_networks_are_refused(name, found):
    state = {**empty_state(), name: found}
    if found is None:
        del state[name]
    with pytest.raises(ValueError, match=f"^x.pth: not torchvision's VGG16; {name} has shape"):
        from_torchvision(state, "x.pth")
