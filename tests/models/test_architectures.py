"""Table 3, the two released families and CycleGAN's, layer by layer, and sizes that fit them."""

import dataclasses

import pytest
import tensorflow as tf

from unit_tf import config as config_lib
from unit_tf.layers.blocks import ConvBlock, ResidualBlock, UpBlock
from unit_tf.methods.adaptation.adaptation_specs import DIGIT_ARCHITECTURES
from unit_tf.models import architectures
from unit_tf.models.architectures import ARCHITECTURES, select_architecture
from unit_tf.models.discriminators import build_discriminator
from unit_tf.models.encoders import build_encoder
from unit_tf.models.generators import build_generator

CHANNELS = {"a": 3, "b": 3}
# Kernel shapes at width 1 with colour images; a transposed kernel is [k, k, out, in].
BLOCK = [(1, 1, 512, 512), (1, 1, 512, 512)]
TABLE3 = {
    "encoder private": [
        (7, 7, 3, 64), (3, 3, 64, 128), (3, 3, 128, 256),
        (1, 1, 256, 512), (1, 1, 512, 512), (1, 1, 256, 512),  # the projection comes last
        *BLOCK, *BLOCK,
    ],
    "encoder shared": BLOCK,
    "generator shared": BLOCK,
    "generator private": [
        *BLOCK, *BLOCK, *BLOCK,
        (3, 3, 256, 512), (3, 3, 128, 256), (3, 3, 64, 128), (1, 1, 64, 3),
    ],
    "discriminator": [
        (3, 3, 3, 64), (3, 3, 64, 128), (3, 3, 128, 256), (3, 3, 256, 512), (3, 3, 512, 1024),
        (2, 2, 1024, 1),
    ],
}  # fmt: skip


def kernels(layer):
    return [tuple(v.shape) for v in layer.trainable_variables if v.name == "kernel"]


@pytest.fixture(scope="module")
def table3():
    """{network: CoupledStack} at width 1, with its variables."""
    architecture, shapes = ARCHITECTURES["table3"], {d: (None, 64, 64, 3) for d in "ab"}
    encoder = build_encoder(architecture)
    code = encoder.build_both(shapes)
    generator = build_generator(architecture, CHANNELS)
    generator.build_both({d: code for d in "ab"})
    discriminator = build_discriminator(architecture)
    discriminator.build_both(shapes)
    return {"encoder": encoder, "generator": generator, "discriminator": discriminator.scales[0]}


@pytest.mark.parametrize("domain", ["a", "b"])
def test_table3_kernels(table3, domain):
    """Every kernel of the paper's networks, in the order of the table."""
    for network in ("encoder", "generator"):
        stack = table3[network]
        private = getattr(stack, f"private_{domain}")
        assert kernels(private) == TABLE3[f"{network} private"]
        assert kernels(stack.shared) == TABLE3[f"{network} shared"]
    discriminator = table3["discriminator"]
    assert kernels(getattr(discriminator, f"private_{domain}")) == TABLE3["discriminator"]
    assert discriminator.shared is None


def test_table3_has_a_bias_everywhere_and_no_norm(table3):
    for stack in table3.values():
        variables = stack.trainable_variables
        assert len(variables) == 2 * len(kernels(stack))
        assert not any("norm" in v.path for v in variables)


def facts(layer):
    """(kind, filters, kernel, stride, padding, norm, activation) of a block of any kind."""
    if isinstance(layer, ResidualBlock):
        return ("residual", *facts(layer.first)[1:], facts(layer.second)[1:])
    inner = layer.conv if isinstance(layer, UpBlock) else layer
    kernel = inner.kernel if isinstance(inner, ConvBlock) else inner.kernel_size[0]
    padding = getattr(inner, "padding", None) if isinstance(inner, ConvBlock) else None
    stride = layer.mode if isinstance(layer, UpBlock) else layer.stride
    norm = type(layer.norm).__name__ if layer.norm else None
    slope = layer.slope if layer.activation == "leaky_relu" else None
    kind = "up" if isinstance(layer, UpBlock) else "conv"
    return (kind, layer.filters, kernel, stride, padding, norm, layer.activation, slope)


def conv(filters, kernel, stride, padding, norm, activation, slope=None):
    return ("conv", filters, kernel, stride, padding, norm, activation, slope)


def residual(filters, kernel, padding, norm, activation="relu", slope=None):
    second = (filters, kernel, 1, padding, norm, None, None)
    return ("residual", filters, kernel, 1, padding, norm, activation, slope, second)


INSTANCE, LAYER = "InstanceNormalization", "ImageLayerNormalization"
TABLE3_BLOCK = residual(512, 1, "zero", None, "leaky_relu", 0.01)
RESNET_BLOCK = residual(256, 3, "zero", INSTANCE)
MUNIT_BLOCK = residual(256, 3, "reflect", INSTANCE)
FACTS = {
    "table3": {
        "encoder": [
            conv(64, 7, 2, "zero", None, "leaky_relu", 0.01),
            conv(128, 3, 2, "zero", None, "leaky_relu", 0.01),
            conv(256, 3, 2, "zero", None, "leaky_relu", 0.01),
            *[TABLE3_BLOCK] * 4,
        ],
        "generator": [
            *[TABLE3_BLOCK] * 4,
            ("up", 256, 3, "transpose", None, None, "leaky_relu", 0.01),
            ("up", 128, 3, "transpose", None, None, "leaky_relu", 0.01),
            ("up", 64, 3, "transpose", None, None, "leaky_relu", 0.01),
            conv(3, 1, 1, "zero", None, "tanh"),
        ],
        "discriminator": [
            *[conv(f, 3, 2, "zero", None, "leaky_relu", 0.01) for f in (64, 128, 256, 512, 1024)],
            conv(1, 2, 1, "valid", None, None),
        ],
        "scales": 1,
    },
    "resnet2017": {
        "encoder": [
            conv(64, 7, 1, "zero", None, "leaky_relu", 0.01),
            conv(128, 3, 2, "zero", None, "leaky_relu", 0.01),
            conv(256, 3, 2, "zero", None, "leaky_relu", 0.01),
            *[RESNET_BLOCK] * 4,
        ],
        "generator": [
            *[RESNET_BLOCK] * 4,
            ("up", 128, 3, "transpose", None, None, "leaky_relu", 0.01),
            ("up", 64, 3, "transpose", None, None, "leaky_relu", 0.01),
            conv(3, 1, 1, "zero", None, "tanh"),
        ],
        "discriminator": [
            *[conv(f, 3, 2, "zero", None, "leaky_relu", 0.01)
              for f in (64, 128, 256, 512, 1024, 2048)],
            conv(1, 1, 1, "valid", None, None),
        ],
        "scales": 1,
    },
    "munit2018": {
        "encoder": [
            conv(64, 7, 1, "reflect", INSTANCE, "relu"),
            conv(128, 4, 2, "reflect", INSTANCE, "relu"),
            conv(256, 4, 2, "reflect", INSTANCE, "relu"),
            *[MUNIT_BLOCK] * 4,
        ],
        "generator": [
            *[MUNIT_BLOCK] * 4,
            ("up", 128, 5, "nearest", "reflect", LAYER, "relu", None),
            ("up", 64, 5, "nearest", "reflect", LAYER, "relu", None),
            conv(3, 7, 1, "reflect", None, "tanh"),
        ],
        "discriminator": [
            *[conv(f, 4, 2, "reflect", None, "leaky_relu", 0.2) for f in (64, 128, 256, 512)],
            conv(1, 1, 1, "valid", None, None),
        ],
        "scales": 3,
    },
    # c7s1-64, d128, d256, R256, u128, u64, c7s1-3; C64 to C512, the last of stride 1.
    "cyclegan2017": {
        "encoder": [
            conv(64, 7, 1, "reflect", INSTANCE, "relu"),
            conv(128, 3, 2, "reflect", INSTANCE, "relu"),
            conv(256, 3, 2, "reflect", INSTANCE, "relu"),
            *[MUNIT_BLOCK] * 4,
        ],
        "generator": [
            *[MUNIT_BLOCK] * 4,
            ("up", 128, 3, "transpose", None, INSTANCE, "relu", None),
            ("up", 64, 3, "transpose", None, INSTANCE, "relu", None),
            conv(3, 7, 1, "reflect", None, "tanh"),
        ],
        "discriminator": [
            conv(64, 4, 2, "reflect", None, "leaky_relu", 0.2),
            conv(128, 4, 2, "reflect", INSTANCE, "leaky_relu", 0.2),
            conv(256, 4, 2, "reflect", INSTANCE, "leaky_relu", 0.2),
            conv(512, 4, 1, "reflect", INSTANCE, "leaky_relu", 0.2),
            conv(1, 4, 1, "valid", None, None),
        ],
        "scales": 1,
    },
}  # fmt: skip


def as_seen_by(stack, domain):
    """The layers that ``domain`` passes through, in order."""
    private = getattr(stack, f"private_{domain}").parts
    shared = stack.shared.parts if stack.shared is not None else []
    return [*shared, *private] if stack.shared_first else [*private, *shared]


@pytest.mark.parametrize("domain", ["a", "b"])
@pytest.mark.parametrize("name", FACTS)
def test_layers_are_the_recipes(name, domain):
    """Filters, kernels, strides, padding, norms and slopes at width 1, from the built objects."""
    architecture, wanted = ARCHITECTURES[name], FACTS[name]
    encoder = build_encoder(architecture)
    assert [facts(part) for part in as_seen_by(encoder, domain)] == wanted["encoder"]
    generator = build_generator(architecture, CHANNELS)
    assert [facts(part) for part in as_seen_by(generator, domain)] == wanted["generator"]
    scales = build_discriminator(architecture).scales
    assert len(scales) == wanted["scales"]
    for scale in scales:
        assert [facts(part) for part in as_seen_by(scale, domain)] == wanted["discriminator"]


def test_every_architecture_is_a_choice_and_is_checked_here():
    """test_digits.py has those of digits."""
    choices = config_lib.lookup("model.architecture").metadata["choices"]
    assert set(ARCHITECTURES) == set(choices) - set(DIGIT_ARCHITECTURES) == set(FACTS)


@pytest.mark.parametrize(
    ("name", "stride"), [("table3", 8), ("resnet2017", 4), ("munit2018", 4), ("cyclegan2017", 4)]
)
def test_strides(name, stride):
    """Of the encoder, and the generator undoes it."""
    architecture = ARCHITECTURES[name]
    assert architecture.stride == stride == 2 ** len(architecture.back)


@pytest.mark.parametrize(
    ("asked", "changes"),
    [
        (("default", "released"), {}),
        (("none", "released"), {"block_norm": None}),
        (("layer", "released"), {"block_norm": "layer"}),
        (("default", "he_normal"), {"initializer": "he_normal"}),
        (("default", "default"), {"initializer": "he_normal", "unit_variance": True}),
        (("default", "released", "nearest"), {"up": "nearest"}),
        (("none", "he_normal"), {"block_norm": None, "initializer": "he_normal"}),
        (("default", "released", "default", "instance"), {"front_norm": "instance"}),
        (("default", "released", "default", "default", 4), {"discriminator": (64, 4)}),
    ],
)
def test_what_is_not_default_is_replaced(asked, changes):
    found = select_architecture("resnet2017", *asked)
    assert found == dataclasses.replace(ARCHITECTURES["resnet2017"], **changes)
    assert ARCHITECTURES["resnet2017"].block_norm == "instance"


MORE_DOWNSAMPLES = {
    "table3": (((64, 7, 2), (64, 3, 2), (128, 3, 2), (256, 3, 2)),
               ((256, 3), (128, 3), (64, 3), (64, 3)), 16),
    "resnet2017": (((64, 7, 1), (64, 3, 2), (128, 3, 2), (256, 3, 2)),
                   ((128, 3), (64, 3), (64, 3)), 8),
    "munit2018": (((64, 7, 1), (64, 4, 2), (128, 4, 2), (256, 4, 2)),
                  ((128, 5), (64, 5), (64, 5)), 8),
    "cyclegan2017": (((64, 7, 1), (64, 3, 2), (128, 3, 2), (256, 3, 2)),
                     ((128, 3), (64, 3), (64, 3)), 8),
}  # fmt: skip


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_one_downsample_more_lies_at_the_outside(name):
    """What lies within keeps its sizes, at half the side; all else is the family's."""
    front, back, stride = MORE_DOWNSAMPLES[name]
    own = ARCHITECTURES[name]
    more = select_architecture(name, num_downsamples=own.num_downsamples + 1)
    assert (more.front, more.back, more.stride) == (front, back, stride)
    assert dataclasses.replace(more, front=own.front, back=own.back) == own
    assert more.num_downsamples == own.num_downsamples + 1
    assert more.reach(2) > 1.5 * own.reach(2)
    for same in (0, own.num_downsamples):
        assert select_architecture(name, num_downsamples=same) == own
    assert own.downsampled(own.num_downsamples + 3).stride == 8 * own.stride


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_fewer_downsamples_are_refused(name):
    own = ARCHITECTURES[name].num_downsamples
    with pytest.raises(ValueError, match=f"^{own - 1}: this architecture has {own} at least$"):
        select_architecture(name, num_downsamples=own - 1)


@pytest.mark.parametrize(
    ("filters", "width", "count"), [(64, 1, 64), (64, 0.25, 16), (64, 1 / 64, 4), (100, 0.5, 50)]
)
def test_scaled(filters, width, count):
    """At least four filters are left."""
    assert architectures.scaled(filters, width) == count


def outputs_exist(architecture, side, depth, scales):
    """Whether encoder, generator and every discriminator scale give pixels for a real image."""
    size = dict(width=1 / 64, num_blocks=1)
    x = tf.zeros((1, side, side, 3))
    encoder = build_encoder(architecture, **size)
    generator = build_generator(architecture, CHANNELS, **size)
    discriminator = build_discriminator(architecture, 1 / 64, depth, scales)
    # Any size builds; which one runs is the question.
    code = encoder.build_both({d: (None, None, None, 3) for d in "ab"})
    generator.build_both({d: code for d in "ab"})
    discriminator.build_both({d: (None, None, None, 3) for d in "ab"})
    try:
        image = generator(encoder(x, domain="a"), domain="a")
        logits = discriminator(x, domain="a")
    except (ValueError, tf.errors.InvalidArgumentError):
        return False
    # Where oneDNN finds no pixel it raises nothing: it returns memory, in the shape of its input.
    found = [scale.shape for scale in logits]
    return image.shape == x.shape and all(0 not in s and s[-1] == 1 for s in found)


@pytest.mark.parametrize(
    ("name", "depth", "scales", "kernel", "smallest"),
    [
        ("munit2018 3", 2, 1, 0, 16),
        ("munit2018 4", 1, 1, 0, 32),
        ("table3 4", 2, 1, 0, 16),
        ("table3", 5, 1, 0, 40),
        ("table3", 2, 1, 0, 8),
        ("table3", 3, 2, 0, 24),
        ("table3", 3, 1, 4, 16),
        ("resnet2017", 6, 1, 0, 4),
        ("resnet2017", 3, 3, 0, 4),
        ("resnet2017", 4, 1, 4, 16),
        ("munit2018", 4, 3, 0, 64),
        ("munit2018", 4, 3, 3, 36),
        ("munit2018", 2, 1, 5, 8),
        ("munit2018", 3, 1, 7, 16),
        ("munit2018", 2, 2, 0, 8),
        ("munit2018", 1, 1, 0, 8),
        ("cyclegan2017", 3, 1, 0, 40),
        ("cyclegan2017", 1, 1, 0, 12),
        ("cyclegan2017", 2, 2, 0, 40),
    ],
)
def test_smallest_side_is_the_smallest_that_runs(name, depth, scales, kernel, smallest):
    """The real networks run at it, and at one stride less they do not."""
    name, _, downsamples = name.partition(" ")
    architecture = select_architecture(
        name, discriminator_kernel=kernel, num_downsamples=int(downsamples or 0)
    )
    assert architecture.smallest_side(depth, scales) == smallest
    assert outputs_exist(architecture, smallest, depth, scales)
    if smallest > architecture.stride:
        assert not outputs_exist(architecture, smallest - architecture.stride, depth, scales)
