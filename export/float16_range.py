"""Whether float16, in which the GPUs of phones compute, holds what a model computes.

Float16 ends at 65504. What exceeds it becomes infinite, and an image of no meaning without a word.
So the model is run on the CPU in float32, in the form that LiteRT gets, on images that drive it to
its ends: the darkest, the brightest and the flattest of those that it is compared on, and black,
grey, white and striped ones. The largest value of every operation is kept, and of every mean the
largest that its sum can reach on the way, in whatever order a GPU adds.

Three things are not checked: the digits that float16 loses; numbers below 6e-5, which some GPUs
take for 0; and sums inside convolutions, since only a convolution's result is looked at.
"""

import contextlib
import re
import typing

import numpy as np
import tensorflow as tf

from unit_tf.layers import litert_forms

LARGEST = float(np.finfo(np.float16).max)
SUMS = ("Mean", "Sum")
# Operations that give no larger values than they take; a mirrored border has many.
COPIES = (
    "ConcatV2", "Const", "DepthToSpace", "GatherV2", "Identity", "LeakyRelu", "Pad", "Pack", "Relu",
    "Reshape", "StridedSlice", "Tanh", "Transpose",
)  # fmt: skip
FLOATS = ("float32", "float16")  # the quantizations that GPUs compute in float16


class Gpu(typing.NamedTuple):
    """What a GPU may do with a TFLite model.

    Attributes:
      suited: whether GPU delegates may run it; None where nothing was looked at.
      reason: why not, as a part of a sentence; "" where they may.
      largest: the largest value that was met; None where nothing was looked at.
      layer: where; the first that float16 does not hold, if there is one.
      rescaled: whether it has to be exported inside ``litert_forms.scaled_squares``.
    """

    suited: bool | None
    reason: str = ""
    largest: float | None = None
    layer: str = ""
    rescaled: bool = False

    def about(self):
        """What the manifest says."""
        looked = {"largest_value": self.largest, "layer": self.layer, "rescaled": self.rescaled}
        return {
            "suited": self.suited,
            **({"reason": self.reason} if self.reason else {}),
            **(looked if self.layer else {}),
        }

    def forms(self):
        """The context to export the model in."""
        return litert_forms.scaled_squares() if self.rescaled else contextlib.nullcontext()


ANY_SIZE = Gpu(False, "GPU delegates take models of one size, and this one is of any")
NOT_LOOKED_AT = Gpu(None, "its products are int8; not looked at for GPUs")


def gpu_of(reference, image_size, quantization, fit):
    """The Gpu of a TFLite model.

    Args:
      reference: parity.Reference of the method and task.
      image_size: (height, width) of the model; None for any.
      quantization: a name in quantize.QUANTIZATIONS.
      fit: ``fit_float16``, or a function that remembers its results.
    """
    if image_size is None:
        return ANY_SIZE
    return fit(reference, image_size) if quantization in FLOATS else NOT_LOOKED_AT


def fit_float16(reference, image_size):
    """The Gpu of a float32 or float16 model.

    Args:
      reference: parity.Reference of the method and task.
      image_size: (height, width) of the TFLite model.
    """
    plain = _largest_values(reference, image_size)
    if (layer := _overflow(plain)) is None:
        return _fitting(plain, rescaled=False)
    with litert_forms.scaled_squares():
        scaled = _largest_values(reference, image_size)
    if _overflow(scaled) is None:
        return _fitting(scaled, rescaled=True)
    reason = f"{layer} reaches {plain[layer]:.3g}, and float16 ends at {LARGEST:.0f}"
    return Gpu(False, reason, _finite(plain[layer]), layer)


def _fitting(values, rescaled):
    layer = max(values, key=values.get)
    return Gpu(True, "", values[layer], layer, rescaled)


def _finite(value):
    """A value as JSON may hold it: None for what float32 does not hold either."""
    return value if np.isfinite(value) else None


def _overflow(values):
    """The first layer that float16 does not hold, or None."""
    return next((layer for layer, value in values.items() if not value <= LARGEST), None)


def _largest_values(reference, image_size):
    """{layer: its largest absolute value} on all probes, in the order of the computation."""
    task, shape = reference.task, (1, *image_size)
    signature = task.signatures[task.lite]
    probes = {task.domain: _probes(reference.images[task.domain], task.channels)}
    names, run = _watched(signature, shape)
    largest = 0.0
    with tf.device("CPU:0"):
        for i in range(len(probes[task.domain])):
            inputs = signature.example(probes, i, shape)
            largest = np.maximum(largest, run(*map(tf.constant, inputs.values())).numpy())
    values = {}
    for name, value in zip(names, largest.tolist(), strict=True):
        # TensorFlow counts a name's uses at its end.
        layer = re.sub(r"_\d+(?=/|$)", "", name.rpartition("/")[0] or name)
        values[layer] = max(values.get(layer, 0.0), value if value == value else np.inf)
    return values


def _probes(images, channels):
    """uint8 arrays [H, W, C] that drive a model to its ends, chosen among ``images`` and made."""
    ends = [min(images, key=np.mean), max(images, key=np.mean), min(images, key=np.std)]
    flat = [np.full((1, 1, channels), level, np.uint8) for level in (0, 128, 255)]
    stripes = np.repeat(np.uint8([[[0], [255]]]), channels, -1)  # mirrored on, two pixels wide
    return [*ends, *flat, stripes]


def _watched(signature, shape):
    """([names of operations], tf.function of a signature's inputs to their largest values)."""
    names = []

    @tf.function(input_signature=signature.specs(shape), autograph=False)
    def run(*inputs):
        with litert_forms.for_litert():
            signature.compute(*inputs)
        found = [
            (operation.name, largest)
            for operation in tf.compat.v1.get_default_graph().get_operations()
            for largest in _largest(operation)
        ]
        names[:] = [name for name, _ in found]
        return tf.stack([largest for _, largest in found])

    run.get_concrete_function()
    return names, run


def _largest(operation):
    """Scalars: the largest absolute values of an operation's results, and of its sums."""
    if operation.type in COPIES:
        return
    for result in operation.outputs:
        if result.dtype == tf.float32:
            yield tf.reduce_max(tf.abs(result))
    if operation.type in SUMS:
        x, axes = operation.inputs
        for sign in (1.0, -1.0):
            yield tf.reduce_max(tf.reduce_sum(tf.nn.relu(sign * x), axes))
