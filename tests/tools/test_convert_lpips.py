"""The converter of LPIPS' weights; what needs PyTorch is skipped where it is not installed."""

import importlib.util
import pathlib

import numpy as np
import pytest

from unit_tf.evaluation.features.lpips import Lpips, read_linear
from unit_tf.evaluation.features.vgg16 import load_vgg

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens" / "lpips_0_1.npz"
NO_TORCH = "PyTorch and lpips are in tools/convert_lpips.sh's own environment"


@pytest.fixture
def tool(load_tool):
    return load_tool("convert_lpips")


@pytest.fixture(scope="module")
def goldens():
    with np.load(GOLDENS, allow_pickle=False) as file:
        return dict(file)


def empty_state(tool):
    """Zeros in torchvision's names and shapes, without the memory that they would take."""
    state = {}
    for _, name, channels, filters in tool.vgg_layers():
        state[f"{name}.weight"] = np.broadcast_to(np.float32(0), (filters, channels, 3, 3))
        state[f"{name}.bias"] = np.broadcast_to(np.float32(0), (filters,))
    return state


def test_layers_are_configuration_d(tool):
    """torchvision counts ReLUs and poolings too."""
    layers = list(tool.vgg_layers())
    numbers = [int(theirs.removeprefix("features.")) for _, theirs, _, _ in layers]
    assert numbers == [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
    assert layers[0] == ("block1_conv1", "features.0", 3, 64)
    assert layers[7] == ("block4_conv1", "features.17", 256, 512)
    assert layers[12] == ("block5_conv3", "features.28", 512, 512)


def test_kernels_change_their_axes(tool):
    """[out, in, row, column] to [row, column, in, out]."""
    state = empty_state(tool)
    kernel = np.arange(64 * 3 * 9, dtype=np.float64).reshape(64, 3, 3, 3)
    state["features.0.weight"] = kernel
    state["features.0.bias"] = np.arange(64.0)
    arrays = tool.vgg_arrays(state, "x.pth")
    assert len(arrays) == 26
    found = arrays["block1_conv1/kernel"]
    assert found.dtype == np.float32 and found.shape == (3, 3, 3, 64)
    assert found[1, 2, 0, 5] == kernel[5, 0, 1, 2]
    np.testing.assert_array_equal(arrays["block1_conv1/bias"], np.arange(64))


@pytest.mark.parametrize("name", ["features.0.weight", "features.28.bias"])
@pytest.mark.parametrize("found", [None, np.zeros((64, 3, 5, 5))])
def test_other_networks_are_refused(tool, name, found):
    state = {**empty_state(tool), name: found}
    if found is None:
        del state[name]
    with pytest.raises(tool.ToolError, match=f"^x.pth: not torchvision's VGG16; {name} has shape"):
        tool.vgg_arrays(state, "x.pth")


def test_linear_weights_lose_their_axes(tool, goldens):
    state = {f"lin{i}.model.1.weight": goldens[f"lin{i}"].reshape(1, -1, 1, 1) for i in range(5)}
    for name, weights in tool.linear_arrays(state).items():
        np.testing.assert_array_equal(weights, goldens[name])


@pytest.mark.parametrize("kind", ["calibrated", "uncalibrated"])
def test_images_are_as_far_apart_as_the_package_says(tool, goldens, tmp_path, kind):
    """All at once: converted weights of a random VGG16, its features, the scaling, the formula.

    ``lpips.LPIPS`` computed the goldens on the same weights in PyTorch, from the same images.
    """
    vgg, linear = tmp_path / "vgg16.npz", tmp_path / "lpips_vgg.npz"
    tool.write(vgg, tool.vgg_arrays(tool.random_vgg_state(), "random"))
    tool.write(linear, {f"lin{i}": goldens[f"lin{i}"] for i in range(5)})
    metric = Lpips(load_vgg(vgg), read_linear(linear) if kind == "calibrated" else None)
    found = metric(goldens["images/x"], goldens["images/y"])
    np.testing.assert_allclose(found, goldens[f"images/distance/{kind}"], rtol=1e-4)


def test_nothing_is_written_that_would_be_pickled(tool, tmp_path):
    with pytest.raises(TypeError, match="pickled"):
        tool.write(tmp_path / "x.npz", {"x": np.array([{}])})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("argv", [[], ["linear"], ["vgg", "x.npz"], ["other", "x.npz"]])
def test_usage(tool, argv, capsys):
    with pytest.raises(SystemExit) as stopped:
        tool.main(argv)
    assert stopped.value.code == 2
    assert "usage: convert_lpips.sh" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["absent", "another network", "an object", "text"])
def test_other_pytorch_files_are_refused(tool, tmp_path, capsys, content):
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    source, output = tmp_path / "vgg16.pth", tmp_path / "vgg16.npz"
    if content == "text":
        source.write_text("no weights")
    elif content != "absent":
        weights = torch.zeros(2, 2) if content == "another network" else pathlib.Path()
        torch.save({"features.0.weight": weights}, source)
    assert tool.main(["vgg", str(source), str(output)]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"convert_lpips: {source}: not ") and err.count("\n") == 1
    assert not output.exists()


def test_a_pytorch_file(tool, tmp_path):
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    source, output = tmp_path / "vgg16.pth", tmp_path / "vgg16.npz"
    state = tool.random_vgg_state()
    torch.save({name: torch.from_numpy(a) for name, a in state.items()}, source)
    assert tool.main(["vgg", str(source), str(output)]) == 0
    kernel = load_vgg(output).network.get_layer("block1_conv1").kernel.numpy()
    np.testing.assert_array_equal(kernel.transpose(3, 2, 0, 1), state["features.0.weight"])


def test_linear_weights_are_the_packages(tool, goldens, tmp_path):
    if not all(map(importlib.util.find_spec, ("torch", "lpips"))):
        pytest.skip(NO_TORCH)
    assert tool.main(["linear", str(tmp_path / "x.npz")]) == 0
    with np.load(tmp_path / "x.npz", allow_pickle=False) as file:
        assert set(file.files) == {"licence", *(f"lin{i}" for i in range(5))}
        for name in file.files:
            np.testing.assert_array_equal(file[name], goldens[name])
