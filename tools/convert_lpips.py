"""Writes the weights of LPIPS without pickles, and records what its authors' package computes.

tools/convert_lpips.sh makes the environment that this needs (PyTorch and the package lpips) and is
the way to run it:

  convert_lpips.sh linear FILE.npz            LPIPS' linear weights v0.1 for VGG16
  convert_lpips.sh vgg VGG16.pth FILE.npz     torchvision's VGG16 weights, a file of yours
  convert_lpips.sh goldens FILE.npz           distances for the tests

The package lpips and its linear weights are Copyright (c) 2018 Richard Zhang, Phillip Isola, Alexei
A. Efros, Eli Shechtman, Oliver Wang, under the 2-clause BSD licence, whose text must go with every
copy: each file that has these weights holds it as the array "licence". torchvision's VGG16 (usually
vgg16-397923af.pth) comes under the terms of the place where you got it.

Keys of goldens: licence, versions/<distribution>, lin<l>; features/x<l> and features/y<l> (float16
[N, h, w, C_l]), images/x and images/y (uint8 [N, H, W, 3], for VGG16 of ``random_vgg_state``);
and of both distance/calibrated and distance/uncalibrated (float32 [N]).
"""

import argparse
import contextlib
import importlib.metadata
import sys
import types

import numpy as np

from unit_tf.config import UserError
from unit_tf.files import atomic_path
from unit_tf.models.vgg16_weights import CHANNELS, convolutions, from_torchvision

LINEAR = "lpips/weights/v0.1/vgg.pth"
SEED = 20180111
IMAGES = (3, 40, 33, 3)
SIZES = ((4, 3), (2, 3), (2, 2), (2, 1), (1, 1))


def vgg_arrays(path):
    """The arrays of torchvision's VGG16 in a PyTorch file, as unit_tf reads them.

    Raises:
      UserError: there is no such file, or it holds other weights.
    """
    try:
        return from_torchvision(read_state(path), path)
    except ValueError as error:
        raise UserError(str(error)) from None


def linear_arrays(state):
    """{"lin0": [64], ...} of the package's {"lin0.model.1.weight": [1, 64, 1, 1], ...}."""
    return {
        f"lin{i}": np.float32(state[f"lin{i}.model.1.weight"]).reshape(channels)
        for i, channels in enumerate(CHANNELS)
    }


def random_vgg_state(seed=SEED):
    """VGG16 of random weights in torchvision's names, the same on every machine.

    ``RandomState``'s numbers are frozen by numpy's policy, so the goldens need not hold 59 MB.
    """
    rng, state = np.random.RandomState(seed), {}
    for _, name, channels, filters in convolutions():
        kernel = rng.standard_normal((filters, channels, 3, 3)) * np.sqrt(2 / (9 * channels))
        state[f"{name}.weight"] = np.float32(kernel)
        state[f"{name}.bias"] = np.float32(rng.standard_normal(filters) * 0.1)
    return state


def read_state(path):
    """{name: array} of a PyTorch file, read by PyTorch's loader of weights alone.

    Raises:
      UserError: there is no such file, or it holds more than arrays.
    """
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        return {name: value.numpy() for name, value in state.items()}
    except Exception as error:  # pickle, zip and PyTorch have no common one
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{path}: not a state dict of PyTorch ({reason})") from None


def published_linear():
    """The installed package's linear weights, and its licence."""
    package = importlib.metadata.distribution("lpips")
    licence = {"licence": np.array(package.read_text("LICENSE"))}
    return {**linear_arrays(read_state(package.locate_file(LINEAR))), **licence}


@contextlib.contextmanager
def torchvision_stand_in(state):
    """Lets lpips import and build itself on VGG16 of the given weights without torchvision.

    All that lpips takes from there is VGG16's sequence of layers.
    """
    import torch

    layers = []
    for keras_name, name, channels, filters in convolutions():
        if keras_name.endswith("conv1") and layers:
            layers.append(torch.nn.MaxPool2d(2))
        conv = torch.nn.Conv2d(channels, filters, 3, padding=1)
        parts = {part: torch.from_numpy(state[f"{name}.{part}"]) for part in ("weight", "bias")}
        conv.load_state_dict(parts)
        layers += [conv, torch.nn.ReLU()]
    models = types.ModuleType("torchvision.models")
    models.vgg16 = lambda pretrained: types.SimpleNamespace(features=torch.nn.Sequential(*layers))
    whole = types.ModuleType("torchvision")
    whole.models = models
    sys.modules["torchvision"], sys.modules["torchvision.models"] = whole, models
    try:
        yield
    finally:
        del sys.modules["torchvision"], sys.modules["torchvision.models"]


def record_goldens():
    """What the package's own ``LPIPS.forward`` gives for features and for whole images."""
    rng = np.random.RandomState(SEED)
    features = {f"features/{p}{i}": _features(rng, i, p) for i in range(5) for p in "xy"}
    x = rng.randint(0, 256, IMAGES).astype(np.uint8)
    # Noise added in three strengths, so that the distances differ.
    strength = np.array([4, 32, 128]).reshape(-1, 1, 1, 1)
    y = (x + strength * rng.standard_normal(IMAGES)).clip(0, 255).astype(np.uint8)
    goldens = {**published_linear(), **features, "images/x": x, "images/y": y}
    for name in ("torch", "lpips", "numpy"):
        goldens[f"versions/{name}"] = np.array(importlib.metadata.version(name))
    with torchvision_stand_in(random_vgg_state()):
        for kind, calibrated in (("calibrated", True), ("uncalibrated", False)):
            for source, distance in _distances(goldens, calibrated).items():
                goldens[f"{source}/distance/{kind}"] = distance
    return goldens


def _features(rng, layer, image):
    """Random features behind a ReLU: half of them 0; in x, every channel of one place."""
    values = rng.standard_normal((2, *SIZES[layer], CHANNELS[layer])).clip(0).astype(np.float16)
    if image == "x":
        values[0, 0, 0] = 0
    return values


def _distances(goldens, calibrated):
    """{"images": [N], "features": [N]}; the latter with a network that only recites features."""
    import lpips
    import torch

    metric = lpips.LPIPS(net="vgg", pnet_rand=True, lpips=calibrated, verbose=False)
    x, y = (
        torch.from_numpy(goldens[f"images/{p}"].transpose(0, 3, 1, 2) / np.float32(255))
        for p in "xy"
    )
    told = iter("xy")

    class Reciter(torch.nn.Module):
        def forward(self, _):
            image = next(told)
            stored = (goldens[f"features/{image}{i}"].transpose(0, 3, 1, 2) for i in range(5))
            return [torch.from_numpy(np.float32(f)) for f in stored]

    with torch.no_grad():
        found = {"images": metric(x, y, normalize=True)}
        metric.net = Reciter()
        found["features"] = metric(x[:2], y[:2])
    return {source: values.numpy().reshape(-1) for source, values in found.items()}


def write(path, arrays):
    """Writes the npz whole or not at all; refuses what numpy would pickle."""
    if any(np.asarray(value).dtype == object for value in arrays.values()):
        raise TypeError("an array of objects would be pickled")
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays)
    print(f"{path}: {len(arrays)} arrays")


def main(argv):
    """Runs one of the three; returns the exit code."""
    parser = argparse.ArgumentParser(prog="convert_lpips.sh")
    what = parser.add_subparsers(dest="what", required=True)
    for name in ("linear", "vgg", "goldens"):
        command = what.add_parser(name)
        if name == "vgg":
            command.add_argument("state", help="torchvision's VGG16 state dict, .pth")
        command.add_argument("output", help=".npz to write")
    given = parser.parse_args(argv)
    make = {
        "linear": published_linear,
        "vgg": lambda: vgg_arrays(given.state),
        "goldens": record_goldens,
    }
    try:
        write(given.output, make[given.what]())
    except UserError as error:
        print(f"convert_lpips: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
