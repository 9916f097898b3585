"""The student: a small network that imitates a trained translator.

Two strided convolutions, residual blocks of separable convolutions at a quarter of the side, and
two doublings, the last one by sub-pixels. The first convolution's maps are added before that: they
keep edges, which would cost many blocks to carry at a quarter of the side. There is no norm, so any
part of an image can be translated alone, and eight-bit arithmetic has no sums over whole maps to be
wrong about.
"""

import keras

from unit_tf.layers.blocks import ConvBlock
from unit_tf.layers.chain import Chain
from unit_tf.layers.dtypes import dtype_policy, in_float32
from unit_tf.layers.separable import SeparableBlock, SeparableUp, SubpixelImage
from unit_tf.layers.unit_variance import branch_scale, rescale
from unit_tf.models.architectures import scaled
from unit_tf.models.sized import SizedNetwork
from unit_tf.models.student_sizes import FIRST_KERNEL, INNER, OUTER


@keras.saving.register_keras_serializable("unit_tf")
class StudentNetwork(SizedNetwork):
    """Image -> image, [N, H, W, C] in [-1, 1], H and W multiples of 4.

    Args:
      channels: {"a": 1 or 3, "b": 1 or 3}: "a" is its input and "b" its output, whichever domains
        they are of.
      width: multiplier of all filters.
      num_blocks: residual blocks.
      initializer: of all kernels.

    Example:
      >>> student = build_student({"a": 3, "b": 3}, width=0.25)
      >>> student(keras.random.normal((1, 16, 16, 3))).shape
      TensorShape([1, 16, 16, 3])
    """

    def __init__(
        self, channels, width=1.0, num_blocks=6, initializer="he_normal", name="student", **kwargs
    ):
        sizes = dict(channels=channels, width=width, num_blocks=num_blocks, initializer=initializer)
        super().__init__(sizes, name=name, **kwargs)
        outer, inner = scaled(OUTER, width), scaled(INNER, width)
        halving = dict(stride=2, activation="leaky_relu", initializer=initializer)
        depth = branch_scale(num_blocks)
        with dtype_policy(self.dtype_policy):
            self.front = ConvBlock(outer, FIRST_KERNEL, name="front", **halving)
            blocks = [
                SeparableBlock(inner, depth, initializer, name=f"block{i}")
                for i in range(num_blocks)
            ]
            self.trunk = Chain(
                [ConvBlock(inner, 3, name="halve", **halving), *blocks], name="trunk"
            )
            self.up = SeparableUp(outer, initializer=initializer, name="up")
            self.last = SubpixelImage(channels["b"], initializer, name="last")

    def encode(self, x, training=False):
        """Images -> (codes [N, H/4, W/4, filters], maps of half the side, which keep detail)."""
        detail = self.front(x, training=training)
        return self.trunk(detail, training=training), detail

    def decode(self, code, detail, training=False):
        """What ``encode`` returns -> images."""
        return self.last(self.up(code, training=training) + detail, training=training)

    def call(self, x, domain="a", training=False):
        """Images of its input's domain, ``"a"`` to it -> images of the other."""
        return self.decode(*self.encode(x, training), training)

    @in_float32
    def rescale(self, x):
        """Scales every kernel by a probe, in place; see layers/unit_variance.py."""
        detail = rescale(self.front, x)
        return rescale(self.last, rescale(self.up, rescale(self.trunk, detail)) + detail)

    def build_both(self, shapes):
        """Creates every variable now, from {"a": shape of the images, whose sides may be None}."""
        self.remember_build(shapes=shapes)
        shape = shapes["a"]
        for part in (self.front, self.trunk, self.up, self.last):
            part.build(shape)
            shape = part.compute_output_shape(shape)


def build_student(channels, width=1.0, num_blocks=6, initializer="he_normal"):
    """Makes a StudentNetwork with all its variables; arguments as its."""
    student = StudentNetwork(channels, width, num_blocks, initializer)
    student.build_both({"a": (None, None, None, channels["a"])})
    return student
