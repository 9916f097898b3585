"""D_a, D_b: image -> logits of being real, for every patch, at one or more resolutions."""

import keras

from unit_tf.layers.blocks import BlurHalve, ConvBlock
from unit_tf.layers.chain import Chain
from unit_tf.layers.dtypes import dtype_policy, in_float32
from unit_tf.models.architectures import as_architecture, scaled
from unit_tf.models.coupled import DOMAINS, CoupledStack
from unit_tf.models.size_checks import check_shared
from unit_tf.models.sized import SizedNetwork, image_shapes


@keras.saving.register_keras_serializable("unit_tf")
class MultiScaleDiscriminator(SizedNetwork):
    """One coupled discriminator for each resolution; a blur halves the image in between.

    Table 3, lower part, for ``table3``, which has one resolution; for ``cyclegan2017`` the PatchGAN
    of 70x70 pixels (Isola, Zhu, Zhou, Efros, CVPR 2017).

    Args:
      architecture: an Architecture, or its name.
      width: multiplier of all filters but the last.
      depth: strided convolutions; 0 for the architecture's.
      scales: resolutions; 0 for the architecture's.
      num_shared: how many of the last convolutions, with the head, both domains share (0 in the
        paper's translation experiments).
      domains: the domains that have a discriminator.

    Raises:
      ValueError: more shared convolutions than there are.
    """

    def __init__(
        self, architecture, width=1.0, depth=0, scales=0, num_shared=0, domains=DOMAINS,
        name="discriminator", **kwargs,
    ):  # fmt: skip
        architecture = as_architecture(architecture)
        depth = depth or architecture.discriminator_depth
        scales = scales or architecture.discriminator_scales
        check_shared(depth, num_shared)
        sizes = dict(
            architecture=architecture, width=width, depth=depth, scales=scales,
            num_shared=num_shared, domains=domains,
        )  # fmt: skip
        super().__init__(sizes, name=name, **kwargs)
        with dtype_policy(self.dtype_policy):
            self.scales = [
                _one_scale(architecture, width, depth, num_shared, domains, index)
                for index in range(scales)
            ]
            self.halve = BlurHalve(name="halve")

    def call(self, x, domain, training=False):
        """Logits of ``x`` as images of ``domain``.

        Args:
          x: [N, H, W, C] in [-1, 1].
          domain: ``"a"`` or ``"b"``.
          training: changes nothing.

        Returns:
          list of [N, h, w, 1], finest resolution first.
        """
        logits = []
        for i, scale in enumerate(self.scales):
            x = self.halve(x) if i else x
            logits.append(scale(x, domain=domain, training=training))
        return logits

    @in_float32
    def rescale(self, images):
        """Scales every kernel by a probe {"a": images, "b": images}: logits of deviation 1."""
        for i, scale in enumerate(self.scales):
            images = {d: self.halve(x) for d, x in images.items()} if i else images
            scale.rescale(images, wanted=1)

    def build_both(self, shapes):
        """Creates every variable now, from {"a": input shape, "b": input shape}."""
        self.remember_build(shapes=shapes)
        for i, scale in enumerate(self.scales):
            if i:
                shapes = {d: self.halve.compute_output_shape(s) for d, s in shapes.items()}
            scale.build_both(shapes)


def _one_scale(architecture, width, depth, num_shared, domains, index):
    """The coupled discriminators of resolution ``index``; arguments as the class'."""
    count = depth + architecture.discriminator_unstrided
    name, split = f"discriminator{index}", count - num_shared
    shared = None
    if num_shared:
        last = _convolutions(architecture, width, depth, range(split, count))
        shared = Chain([*last, _head(architecture)], name=f"{name}_shared")
    private = {}
    for d in domains:
        layers = _convolutions(architecture, width, depth, range(split))
        private[d] = Chain(
            layers if num_shared else [*layers, _head(architecture)], name=f"{name}_{d}"
        )
    return CoupledStack(private, shared, name=f"scale{index}")


def _convolutions(architecture, width, depth, indices):
    """The convolutions numbered ``indices``, fresh; the first ``depth`` of all are strided."""
    filters, kernel = architecture.discriminator
    return [
        ConvBlock(
            scaled(filters * 2**i, width),
            kernel,
            2 if i < depth else 1,
            padding=architecture.padding,
            norm=architecture.discriminator_norm if i else None,
            activation="leaky_relu",
            slope=architecture.discriminator_slope,
            initializer=architecture.discriminator_initializer,
            name=f"conv{i}",
        )
        for i in indices
    ]


def _head(architecture):
    """The convolution whose output are the logits, fresh."""
    kernel = architecture.discriminator_head
    initializer = architecture.discriminator_initializer
    return ConvBlock(1, kernel, padding="valid", initializer=initializer, name="head")


def build_discriminator(
    architecture, width=1.0, depth=0, scales=0, num_shared=0, *, domains=DOMAINS, channels=None,
    image_size=(None, None),
):  # fmt: skip
    """Makes a MultiScaleDiscriminator, with all its variables where the channels are known.

    Args:
      architecture, width, depth, scales, num_shared, domains: as MultiScaleDiscriminator's.
      channels: {"a": 1 or 3, "b": 1 or 3} of the images; None leaves ``build_both`` to the caller.
      image_size: (height, width) in pixels; None for any.

    Returns:
      MultiScaleDiscriminator.

    Raises:
      ValueError: more shared convolutions than there are.

    Example:
      >>> x = keras.random.normal((1, 64, 64, 3))
      >>> discriminator = build_discriminator("resnet2017", 0.25, channels={"a": 3, "b": 3})
      >>> [logits.shape for logits in discriminator(x, domain="a")]
      [TensorShape([1, 1, 1, 1])]
    """
    discriminator = MultiScaleDiscriminator(architecture, width, depth, scales, num_shared, domains)
    if channels:
        discriminator.build_both(image_shapes({d: channels[d] for d in domains}, image_size))
    return discriminator
