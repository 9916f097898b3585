"""What the signatures of an exported model take, and what they are tried with."""

import typing

import numpy as np
import tensorflow as tf
from unit_tf.export.check_images import batch

INPUT = "image"
GUIDE = "style_image"
STYLE = "style"
BYTES_SUFFIX = "_bytes"
BYTES_INPUT = INPUT + BYTES_SUFFIX
# Of the styles that a model is compared and calibrated on.
STYLE_SEED = 20180412


class ImageInput(typing.NamedTuple):
    """Images, float32 [N, H, W, channels] in [0, 1].

    Attributes:
      name: of the input.
      domain: ``"a"`` or ``"b"``, where they come from.
      channels: 1 or 3.
      sides: (height, width) that SavedModels take; (None, None) for any.
      turned: tried with height and width exchanged, for one that need not have another's size.
    """

    name: str
    domain: str
    channels: int
    sides: tuple = (None, None)
    turned: bool = False

    def spec(self, shape=None):
        """TensorSpec for (N, H, W), each None for any; default: as SavedModels take it."""
        return tf.TensorSpec(
            [*(shape or (None, *self.sides)), self.channels], tf.float32, name=self.name
        )

    def example(self, images, first, shape):
        """``images.batch`` of its domain's among {domain: uint8 arrays}."""
        count, height, width = shape
        if self.turned:
            height, width = width, height
        return batch(images[self.domain], first, (count, height, width))


class Style(typing.NamedTuple):
    """Styles, float32 [N, size], one for each image.

    Attributes:
      size: length of a style.
      name: of the input.
    """

    size: int
    name: str = STYLE

    def spec(self, shape=None):
        """TensorSpec for as many as there are images in (N, H, W)."""
        return tf.TensorSpec([shape[0] if shape else None, self.size], tf.float32, name=self.name)

    def example(self, images, first, shape):
        """Samples of N(0, I), the same at every call and another for each of the images."""
        del images
        rows = [np.random.default_rng([STYLE_SEED, first + k]) for k in range(shape[0])]
        return np.stack([rng.standard_normal(self.size, np.float32) for rng in rows])


class Encoded(typing.NamedTuple):
    """Image files, string [N]; tried with the example of the signature that it is ``like``.

    Attributes:
      name: of the input: the images' name with BYTES_SUFFIX.
    """

    name: str = BYTES_INPUT

    def spec(self, shape=None):
        """TensorSpec for any number."""
        del shape
        return tf.TensorSpec([None], tf.string, name=self.name)


class Signature(typing.NamedTuple):
    """One function of an exported model.

    Attributes:
      inputs: tuple of the above; the first are images.
      compute: function of one tensor for each of them to {name: tensor [N, ...]}.
      like: for a signature that takes files, the name of the other one with the same results.
      rounding: by how much its results may differ more than others'.
    """

    inputs: tuple
    compute: typing.Callable
    like: str = ""
    rounding: float = 0.0

    def specs(self, shape=None):
        """A TensorSpec for each input, for images of (N, H, W); default: as SavedModels."""
        return [given.spec(shape) for given in self.inputs]

    def shapes(self, shape=None):
        """{input: list of sides, None for any}, as the manifest has it."""
        return {spec.name: spec.shape.as_list() for spec in self.specs(shape)}

    def example(self, images, first, shape):
        """{input: array} to try it with.

        Args:
          images: {domain: uint8 arrays [H, W, C] of any sizes}, of every domain that it takes.
          first: index of the first image to take.
          shape: (count, height, width).
        """
        return {given.name: given.example(images, first, shape) for given in self.inputs}
