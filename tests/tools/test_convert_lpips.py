"""The converter of LPIPS' weights; what needs PyTorch is skipped where it is not installed."""

import importlib.util
import pathlib

import numpy as np
import pytest

from unit_tf.evaluation.features.lpips import Lpips, read_linear
from unit_tf.models.vgg16 import load_vgg
from unit_tf.models.vgg16_weights import from_torchvision

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens" / "lpips_0_1.npz"
NO_TORCH = "PyTorch and lpips are in tools/convert_lpips.sh's own environment"


@pytest.fixture
def tool(load_tool):
    return load_tool("convert_lpips")


@pytest.fixture(scope="module")
def goldens():
    with np.load(GOLDENS, allow_pickle=False) as file:
        return dict(file)


def test_linear_weights_lose_their_axes(tool, goldens):
    state = {f"lin{i}.model.1.weight": goldens[f"lin{i}"].reshape(1, -1, 1, 1) for i in range(5)}
    for name, weights in tool.linear_arrays(state).items():
        np.testing.assert_array_equal(weights, goldens[name])


@pytest.fixture(scope="module")
def random_vgg(load_tool, tmp_path_factory):
    """The network of the goldens, through its converted file."""
    tool, path = load_tool("convert_lpips"), tmp_path_factory.mktemp("vgg") / "vgg16.npz"
    tool.write(path, from_torchvision(tool.random_vgg_state(), "random"))
    return load_vgg(path)


@pytest.mark.parametrize("kind", ["calibrated", "uncalibrated"])
def test_images_are_as_far_apart_as_the_package_says(tool, random_vgg, goldens, tmp_path, kind):
    """All at once: converted weights of a random VGG16, its features, the scaling, the formula.

    ``lpips.LPIPS`` computed the goldens on the same weights in PyTorch, from the same images.
    """
    linear = tmp_path / "lpips_vgg.npz"
    tool.write(linear, {f"lin{i}": goldens[f"lin{i}"] for i in range(5)})
    metric = Lpips(random_vgg, read_linear(linear) if kind == "calibrated" else None)
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
