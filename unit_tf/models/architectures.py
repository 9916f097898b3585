"""The four network families as data: numbers only, no TensorFlow, one place per architecture.

``table3`` is Table 3 of the paper; ``resnet2017`` is the released code behind the paper's images;
``munit2018`` is the authors' 2018 rewrite; ``cyclegan2017`` is the appendix of CycleGAN (Zhu, Park,
Isola, Efros, ICCV 2017), as CUT has it too. docs/architecture.md lists where paper and code differ.
"""

import dataclasses
import difflib

# MUNIT's style encoders: strided convolutions behind the first one, filters at width 1 and kernel.
STYLE_FILTERS = (128, 256, 256, 256)
STYLE_KERNEL = 4


@dataclasses.dataclass(frozen=True)
class Architecture:
    """Sizes of one network family at width 1.

    Attributes:
      front: encoder convolutions as (filters, kernel, stride).
      block: residual blocks as (filters, kernel).
      back: generator's doublings as (filters, kernel), before the last convolution.
      last_kernel: kernel of the generator's last convolution (tanh).
      up: ``transpose`` or ``nearest``, see UpBlock.
      padding: ``zero`` or ``reflect``.
      front_norm, block_norm, back_norm: None, ``instance`` or ``layer``.
      activation, slope: of encoder and generator; ``block_activation`` inside residual blocks.
      initializer: of encoder and generator kernels; a number is a normal's standard deviation. The
        discriminators' always have 0.02.
      unit_variance: all kernels, the discriminators' too, start as he_normal and are then rescaled
        layer by layer (layers/unit_variance.py). ``initializer`` does not count then.
      discriminator: discriminator convolutions' (first filters, kernel); each doubles the filters.
      discriminator_depth, discriminator_scales: how many strided convolutions, how many
        resolutions.
      discriminator_unstrided: how many convolutions of stride 1 follow them.
      discriminator_norm: None or ``instance``, behind all of these but the first.
      discriminator_head: kernel of the discriminator's last convolution.
      discriminator_slope: discriminator's LeakyReLU slope.
    """

    front: tuple[tuple[int, int, int], ...]
    block: tuple[int, int]
    back: tuple[tuple[int, int], ...]
    last_kernel: int
    discriminator_depth: int
    discriminator_head: int
    up: str = "transpose"
    padding: str = "zero"
    front_norm: str | None = None
    block_norm: str | None = None
    back_norm: str | None = None
    activation: str = "leaky_relu"
    block_activation: str = "relu"
    slope: float = 0.01
    initializer: float | str = 0.02
    unit_variance: bool = False
    discriminator: tuple[int, int] = (64, 3)
    discriminator_scales: int = 1
    discriminator_slope: float = 0.01
    discriminator_unstrided: int = 0
    discriminator_norm: str | None = None

    @property
    def discriminator_initializer(self):
        """Of discriminator kernels; as ``initializer``."""
        return "he_normal" if self.unit_variance else 0.02

    @property
    def num_downsamples(self):
        """Strided convolutions of an encoder, and doublings of a generator."""
        return len(self.back)

    def downsampled(self, count):
        """The same family with ``count`` strided convolutions in an encoder.

        What is added lies at the outside, with the first convolution's filters: behind that one,
        and before the generator's last one. What lies within works on maps of half the side.

        Args:
          count: at least the family's own; 0 for these.

        Returns:
          Architecture.

        Raises:
          ValueError: fewer; one line.

        Example:
          >>> ARCHITECTURES["munit2018"].downsampled(3).front
          ((64, 7, 1), (64, 4, 2), (128, 4, 2), (256, 4, 2))
        """
        more = count - self.num_downsamples if count else 0
        if more < 0:
            raise ValueError(f"{count}: this architecture has {self.num_downsamples} at least")
        first, (_, kernel, stride) = self.front[0], self.front[1]
        return dataclasses.replace(
            self,
            front=(first, *[(first[0], kernel, stride)] * more, *self.front[1:]),
            back=(*self.back, *self.back[-1:] * more),
        )

    @property
    def stride(self):
        """Input pixels per code element, along one side."""
        total = 1
        for _, _, stride in self.front:
            total *= stride
        return total

    @property
    def smallest_image(self):
        """Shortest side that can be translated: a code of one pixel cannot be reflected."""
        return self.stride * (2 if self.padding == "reflect" else 1)

    @property
    def smallest_styled(self):
        """Shortest side that has a style: the style encoder must leave one pixel."""
        return max(self.smallest_image, self.front[0][2] * 2 ** len(STYLE_FILTERS))

    def code_shape(self, width=1.0, num_blocks=4):
        """Shape of a batch of codes at this width: (None, None, None, filters)."""
        filters = self.block[0] if num_blocks else self.front[-1][0]
        return (None, None, None, scaled(filters, width))

    def reach(self, num_blocks):
        """How many pixels beyond its own place a pixel of a translation depends on, at most.

        What normalises over the whole image is not counted.

        Args:
          num_blocks: residual blocks of the encoder, and of the generator.
        """
        step, reach = 1, 0  # pixels from one element of a map to the next
        for _, kernel, stride in self.front:
            reach += kernel // 2 * step
            step *= stride
        reach += 4 * num_blocks * (self.block[1] // 2) * step
        for _, kernel in self.back:
            step //= 2
            # One more: both copies of an element are its pixels.
            reach += (kernel // 2 + 1) * step
        return reach + self.last_kernel // 2

    def image_norms(self, num_blocks, styled=False):
        """How many normalisations over a whole image there are between it and its translation.

        Args:
          num_blocks: residual blocks of the encoder, and of the generator.
          styled: whether the generator's blocks take a style, by adaptive normalisation.
        """
        layers = (
            (self.front_norm, len(self.front)),
            (self.block_norm, 2 * num_blocks),
            ("instance" if styled else self.block_norm, 2 * num_blocks),
            (self.back_norm, len(self.back)),
        )
        return sum(count for norm, count in layers if norm in ("instance", "layer"))

    def widest(self, width=1.0):
        """Channels of a translation's largest map, a pixel: of the first or of the last layers.

        Doublings by nearest neighbours count as one convolution (layers/subpixel.py).
        """
        filters, _, stride = self.front[0]
        return max(scaled(filters, width) / stride**2, scaled(self.back[-1][0], width))

    def smallest_side(self, depth=0, scales=0, styled=False, adversarial=True):
        """Shortest side that can be trained on: the discriminator must still have an output.

        Args:
          depth, scales: the discriminator's, 0 for the architecture's own.
          styled: whether there are style encoders.
          adversarial: whether there is a discriminator.
        """
        depth, scales = depth or self.discriminator_depth, scales or self.discriminator_scales
        side = self.smallest_styled if styled else self.smallest_image
        while adversarial and _discriminator_output(side, depth, scales, self) < 1:
            side += self.stride
        return side


def _discriminator_output(side, depth, scales, architecture):
    """Side of the coarsest discriminator output for an image of ``side`` pixels."""
    for _ in range(scales - 1):
        side = (side - 1) // 2 + 1
    kernel = architecture.discriminator[1]
    for stride in [2] * depth + [1] * architecture.discriminator_unstrided:
        if architecture.padding == "reflect" and side <= (kernel - 1) // 2:
            return 0  # the border would be wider than what it reflects
        side = (side + 2 * ((kernel - 1) // 2) - kernel) // stride + 1 if side else 0
    return side - architecture.discriminator_head + 1


ARCHITECTURES = {
    "table3": Architecture(
        front=((64, 7, 2), (128, 3, 2), (256, 3, 2)),
        block=(512, 1),
        back=((256, 3), (128, 3), (64, 3)),
        last_kernel=1,
        block_activation="leaky_relu",
        discriminator_depth=5,
        discriminator_head=2,
    ),
    "resnet2017": Architecture(
        front=((64, 7, 1), (128, 3, 2), (256, 3, 2)),
        block=(256, 3),
        back=((128, 3), (64, 3)),
        last_kernel=1,
        block_norm="instance",
        discriminator_depth=6,
        discriminator_head=1,
    ),
    "munit2018": Architecture(
        front=((64, 7, 1), (128, 4, 2), (256, 4, 2)),
        block=(256, 3),
        back=((128, 5), (64, 5)),
        last_kernel=7,
        up="nearest",
        padding="reflect",
        front_norm="instance",
        block_norm="instance",
        back_norm="layer",
        activation="relu",
        initializer="he_normal",
        discriminator=(64, 4),
        discriminator_depth=4,
        discriminator_head=1,
        discriminator_scales=3,
        discriminator_slope=0.2,
    ),
    "cyclegan2017": Architecture(
        front=((64, 7, 1), (128, 3, 2), (256, 3, 2)),
        block=(256, 3),
        back=((128, 3), (64, 3)),
        last_kernel=7,
        padding="reflect",
        front_norm="instance",
        block_norm="instance",
        back_norm="instance",
        activation="relu",
        # A logit sees 70x70 pixels.
        discriminator=(64, 4),
        discriminator_depth=3,
        discriminator_unstrided=1,
        discriminator_head=4,
        discriminator_norm="instance",
        discriminator_slope=0.2,
    ),
}


def select_architecture(
    name, block_norm="default", initializer="released", up="default", front_norm="default",
    discriminator_kernel=0, num_downsamples=0,
):  # fmt: skip
    """The family called ``name``, with all that is not ``default`` replaced, and its start chosen.

    Args:
      name: key of ARCHITECTURES.
      block_norm: of the residual blocks: ``none`` or a key of layers.norm.NORMALIZATIONS.
      initializer: ``default`` for unit_variance; ``released`` for the start of the authors' code
        (N(0, 0.02), or he_normal in munit2018); ``he_normal`` for E and G; D keeps N(0, 0.02).
      up: how generators double the size, ``transpose`` or ``nearest``.
      front_norm: of the encoders' convolutions before the blocks, as block_norm.
      discriminator_kernel: side of the discriminators' kernels; 0 for the family's own. Where the
        stride divides it, D reads every pixel as often as its neighbours.
      num_downsamples: strided convolutions of an encoder; 0 for the family's own.

    Returns:
      Architecture.

    Raises:
      ValueError: fewer ``num_downsamples`` than the family has; one line.
    """
    changes = {}
    for key, norm in (("block_norm", block_norm), ("front_norm", front_norm)):
        if norm != "default":
            changes[key] = None if norm == "none" else norm
    if initializer != "released":
        changes.update(initializer="he_normal", unit_variance=initializer == "default")
    if up != "default":
        changes["up"] = up
    if discriminator_kernel:
        filters, _ = ARCHITECTURES[name].discriminator
        changes["discriminator"] = (filters, discriminator_kernel)
    return dataclasses.replace(ARCHITECTURES[name].downsampled(num_downsamples), **changes)


def as_architecture(value):
    """An Architecture from its name, or from what a network's config holds.

    Args:
      value: an Architecture, a key of ARCHITECTURES, or a dict of an Architecture's fields.

    Returns:
      Architecture.

    Raises:
      ValueError: no such name; one line that names the nearest one.
    """
    if isinstance(value, Architecture):
        return value
    if isinstance(value, dict):
        return Architecture(**{name: _tuples(field) for name, field in value.items()})
    if value not in ARCHITECTURES:
        near = difflib.get_close_matches(str(value), ARCHITECTURES, 1) or ARCHITECTURES
        raise ValueError(f"{value!r}: no such architecture; there is {', '.join(near)}")
    return ARCHITECTURES[value]


def _tuples(field):
    """Lists, which JSON makes of tuples, as tuples again."""
    return tuple(map(_tuples, field)) if isinstance(field, (list, tuple)) else field


def scaled(filters, width):
    """``filters`` times the width multiplier, at least 4."""
    return max(4, round(filters * width))
