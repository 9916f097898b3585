"""The networks of ``munit2018`` in PyTorch, for tools/bench_against_torch.sh; needs no TensorFlow.

Written from the two papers and from the sizes in unit_tf/models/architectures.py. No line of the
authors' code is here. How the weights start does not matter: ``read_weights`` gives them ours.
"""

import torch
from torch import nn
from torch.nn import functional as F

DOMAINS = ("a", "b")
SCALES = 3


def scaled(filters, width):
    """``filters`` times the width multiplier, at least 4."""
    return max(4, round(filters * width))


def convolution(channels, filters, kernel, stride=1, norm=None, activation=None):
    """Padding by reflection, convolution with bias, then the given layers.

    Args:
      channels, filters: of the input and of the output.
      kernel: its side.
      stride: 1 or 2.
      norm, activation: modules or None.
    """
    border = (kernel - 1) // 2
    conv = nn.Conv2d(channels, filters, kernel, stride, border, padding_mode="reflect")
    return nn.Sequential(conv, *(layer for layer in (norm, activation) if layer is not None))


def relu():
    """In place, as is usual: nothing in front of it needs its own output for a gradient."""
    return nn.ReLU(inplace=True)


class ResidualBlock(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))), with instance normalisation."""

    def __init__(self, filters):
        super().__init__()
        self.first = convolution(filters, filters, 3, 1, nn.InstanceNorm2d(filters), relu())
        self.second = convolution(filters, filters, 3, 1, nn.InstanceNorm2d(filters))

    def forward(self, x):
        return x + self.second(self.first(x))


class AdaptiveResidualBlock(nn.Module):
    """The same, whose normalised channels are scaled and shifted by a style's parameters.

    Parameters are [N, 4 * filters]: betas and gammas of the first convolution, then the second's.
    """

    def __init__(self, filters):
        super().__init__()
        self.first = convolution(filters, filters, 3)
        self.second = convolution(filters, filters, 3)

    def forward(self, x, parameters):
        beta_1, gamma_1, beta_2, gamma_2 = parameters[:, :, None, None].chunk(4, 1)
        y = F.relu(F.instance_norm(self.first(x)) * gamma_1 + beta_1, inplace=True)
        return x + F.instance_norm(self.second(y)) * gamma_2 + beta_2


def encoder(channels, width, blocks):
    """Image -> code of a quarter of its sides: a 7x7, two strided 4x4, residual blocks."""
    sizes = [scaled(filters, width) for filters in (64, 128, 256)]
    layers = []
    for i, filters in enumerate(sizes):
        kernel, stride = (4, 2) if i else (7, 1)
        norm = nn.InstanceNorm2d(filters)
        layers.append(convolution(channels, filters, kernel, stride, norm, relu()))
        channels = filters
    return nn.Sequential(*layers, *(ResidualBlock(channels) for _ in range(blocks)))


def doublings(channels, width):
    """Code -> image: twice nearest x2, 5x5 and layer normalisation, then 7x7 and tanh."""
    filters = scaled(256, width)
    layers = []
    for wanted in (scaled(128, width), scaled(64, width)):
        # One group: over channels, height and width, with a scale and an offset for each channel.
        norm = nn.GroupNorm(1, wanted)
        layers += [nn.Upsample(scale_factor=2), convolution(filters, wanted, 5, 1, norm, relu())]
        filters = wanted
    return nn.Sequential(*layers, convolution(filters, channels, 7, activation=nn.Tanh()))


class Decoder(nn.Module):
    """Code -> image in [-1, 1]; with ``styled`` its blocks take a style's parameters."""

    def __init__(self, channels, width, blocks, styled):
        super().__init__()
        block = AdaptiveResidualBlock if styled else ResidualBlock
        self.filters = scaled(256, width)
        self.blocks = nn.ModuleList(block(self.filters) for _ in range(blocks))
        self.doublings = doublings(channels, width)

    def forward(self, x, parameters=None):
        for i, block in enumerate(self.blocks):
            own = () if parameters is None else (parameters.chunk(len(self.blocks), 1)[i],)
            x = block(x, *own)
        return self.doublings(x)


def style_encoder(channels, width, size):
    """Image -> style: a 7x7 and four strided 4x4, nothing normalised, a mean, a linear map."""
    layers = []
    for i, filters in enumerate((64, 128, 256, 256, 256)):
        kernel, stride = (4, 2) if i else (7, 1)
        filters = scaled(filters, width)
        layers.append(convolution(channels, filters, kernel, stride, activation=relu()))
        channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, size))


def perceptron(width, blocks, size):
    """Style -> parameters of every adaptive block."""
    units = scaled(256, width)
    return nn.Sequential(
        nn.Linear(size, units), relu(), nn.Linear(units, units), relu(),
        nn.Linear(units, blocks * 4 * scaled(256, width)),
    )  # fmt: skip


def one_scale(channels, width):
    """Image -> logits of its patches, at one resolution: four strided 4x4 and a 1x1."""
    layers = []
    for i in range(4):
        filters = scaled(64 * 2**i, width)
        leaky = nn.LeakyReLU(0.2, inplace=True)
        layers.append(convolution(channels, filters, 4, 2, activation=leaky))
        channels = filters
    return nn.Sequential(*layers, nn.Conv2d(channels, 1, 1))


def build_networks(sizes):
    """All networks, by the first part of our variables' paths: "encoder_a", "discriminator0_b".

    Args:
      sizes: {"channels", "width", "num_blocks", "style_size"}; the last is 0 without styles.

    Returns:
      nn.ModuleDict.
    """
    channels, width, blocks = sizes["channels"], sizes["width"], sizes["num_blocks"]
    style, found = sizes["style_size"], {}
    for d in DOMAINS:
        found[f"encoder_{d}"] = encoder(channels, width, blocks)
        found[f"generator_{d}"] = Decoder(channels, width, blocks, bool(style))
        if style:
            found[f"style_encoder_{d}"] = style_encoder(channels, width, style)
            found[f"mlp_{d}"] = perceptron(width, blocks, style)
        for i in range(SCALES):
            found[f"discriminator{i}_{d}"] = one_scale(channels, width)
    return nn.ModuleDict(found)


@torch.no_grad()
def read_weights(networks, weights):
    """Gives the networks our weights, whose layers come in the same order.

    Args:
      networks: of ``build_networks``.
      weights: {path: array}, in TensorFlow's layouts.

    Raises:
      ValueError: another number of parameters, or other shapes.
    """
    for name, network in networks.items():
        own = [array for path, array in weights.items() if path.partition("/")[0] == name]
        for parameter, array in zip(network.parameters(), own, strict=True):
            order = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[array.ndim]
            values = torch.from_numpy(array.transpose(order).copy())
            if values.shape != parameter.shape:
                wanted = tuple(parameter.shape)
                raise ValueError(f"{name}: {tuple(values.shape)} in place of {wanted}")
            parameter.copy_(values)


def count(networks, player):
    """Number of parameters that a player's optimizer moves: "generator" or "discriminator"."""
    return sum(p.numel() for p in parameters_of(networks, player))


def parameters_of(networks, player):
    """Parameters of the discriminators, or of all other networks."""
    wanted = player == "discriminator"
    return [
        parameter
        for name, network in networks.items()
        if name.startswith("discriminator") == wanted
        for parameter in network.parameters()
    ]
