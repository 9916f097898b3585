"""VGG16's convolutions in Keras' names and in torchvision's; no TensorFlow.

Converted weights are an .npz with "block1_conv1/kernel" [3, 3, I, O], "block1_conv1/bias" [O] and
so on, float32.
"""

import numpy as np

# Filters and convolutions of the five blocks (configuration D); each block ends in a pooling.
CHANNELS = (64, 128, 256, 512, 512)
DEPTHS = (2, 2, 3, 3, 3)
LAYERS = tuple(f"block{block}_conv{depth}" for block, depth in enumerate(DEPTHS, 1))
SMALLEST = 16  # side of an image: the last block sees it halved four times


def convolutions():
    """(Keras' layer name, torchvision's, input channels, filters) of each, in order."""
    index, channels = 0, 3
    for block, (depth, filters) in enumerate(zip(DEPTHS, CHANNELS, strict=True), 1):
        for conv in range(1, depth + 1):
            yield f"block{block}_conv{conv}", f"features.{index}", channels, filters
            index, channels = index + 2, filters  # a convolution and its ReLU
        index += 1  # the pooling


def from_torchvision(state, path):
    """torchvision's VGG16 in Keras' names and order of axes.

    Args:
      state: {"features.0.weight": float [O, I, 3, 3], "features.0.bias": [O], ...}; what else is
        in it, as the classifier, is left out.
      path: for messages.

    Returns:
      {"block1_conv1/kernel": float32 [3, 3, I, O], "block1_conv1/bias": float32 [O], ...}.

    Raises:
      ValueError: other weights.
    """
    arrays = {}
    for ours, theirs, channels, filters in convolutions():
        expected = {"weight": (filters, channels, 3, 3), "bias": (filters,)}
        for part, shape in expected.items():
            found = np.shape(state.get(f"{theirs}.{part}"))
            if found != shape:
                where = f"{path}: not torchvision's VGG16; {theirs}.{part}"
                raise ValueError(f"{where} has shape {found}, not {shape}")
        arrays[f"{ours}/kernel"] = np.float32(state[f"{theirs}.weight"].transpose(2, 3, 1, 0))
        arrays[f"{ours}/bias"] = np.float32(state[f"{theirs}.bias"])
    return arrays
