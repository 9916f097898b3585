"""D_a, D_b: image -> logits of being real, for every patch, at one or more resolutions."""

import functools

import keras

from unit_tf.layers.blocks import BlurHalve, Chain, ConvBlock
from unit_tf.models.architectures import check_shared, scaled
from unit_tf.models.coupled import DOMAINS, CoupledStack


class MultiScale(keras.layers.Layer):
    """One coupled discriminator for each resolution; a blur halves the image in between.

    Args:
      scales: list of CoupledStack, finest first.
    """

    def __init__(self, scales, **kwargs):
        super().__init__(**kwargs)
        self.scales = list(scales)
        self.halve = BlurHalve(name="halve")

    def call(self, x, domain, training=False):
        """Logits of ``x`` as images of ``domain``.

        Args:
          x: [N, H, W, C] in [-1, 1].
          domain: ``"a"`` or ``"b"``.

        Returns:
          list of [N, h, w, 1], finest resolution first.
        """
        logits = []
        for i, scale in enumerate(self.scales):
            x = self.halve(x) if i else x
            logits.append(scale(x, domain=domain, training=training))
        return logits

    def rescale(self, images):
        """Scales every kernel by a probe {"a": images, "b": images}: logits of deviation 1."""
        for i, scale in enumerate(self.scales):
            images = {d: self.halve(x) for d, x in images.items()} if i else images
            scale.rescale(images, wanted=1)

    def build_both(self, shapes):
        """Creates every variable now, from {"a": input shape, "b": input shape}."""
        for i, scale in enumerate(self.scales):
            if i:
                shapes = {d: self.halve.compute_output_shape(s) for d, s in shapes.items()}
            scale.build_both(shapes)
        self.built = True


def build_discriminator(architecture, width=1.0, depth=0, scales=0, num_shared=0):
    """The discriminators (Table 3, lower part, for ``table3``).

    Args:
      architecture: an Architecture.
      width: multiplier of all filters but the last.
      depth: strided convolutions; 0 for the architecture's.
      scales: resolutions; 0 for the architecture's.
      num_shared: how many of the last convolutions, with the head, both domains share (0 in the
        paper's translation experiments).

    Returns:
      MultiScale.

    Raises:
      ValueError: more shared convolutions than there are.
    """
    depth = depth or architecture.judge_depth
    check_shared(depth, num_shared)
    filters, kernel = architecture.judge

    block = functools.partial(ConvBlock, initializer=architecture.discriminator_initializer)

    def convs(indices):
        return [
            block(
                scaled(filters * 2**i, width), kernel, 2, padding=architecture.padding,
                activation="leaky_relu", slope=architecture.judge_slope, name=f"conv{i}",
            )
            for i in indices
        ]  # fmt: skip

    def head():
        return block(1, architecture.judge_head, padding="valid", name="head")

    def one(index):
        split = depth - num_shared
        name = f"discriminator{index}"
        shared = None
        if num_shared:
            shared = Chain([*convs(range(split, depth)), head()], name=f"{name}_shared")
        private = {
            d: Chain(convs(range(split)) + ([] if num_shared else [head()]), name=f"{name}_{d}")
            for d in DOMAINS
        }
        return CoupledStack(private, shared, name=f"scale{index}")

    return MultiScale(
        [one(i) for i in range(scales or architecture.judge_scales)], name="discriminator"
    )
