"""D_a and D_b: logits for every patch, at every scale."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers.blocks import BlurHalve
from unit_tf.models.architectures import ARCHITECTURES
from unit_tf.models.discriminators import build_discriminator


def built(name, width, depth=0, scales=0, num_shared=0):
    """A discriminator of colour images, with its variables."""
    discriminator = build_discriminator(ARCHITECTURES[name], width, depth, scales, num_shared)
    discriminator.build_both({d: (None, None, None, 3) for d in "ab"})
    return discriminator


def noise(*shape):
    return tf.constant(np.random.default_rng(0).normal(0, 1, shape), tf.float32)


# (architecture, image size) -> sides of the logits at the architecture's own depth and scales
LOGITS = {
    ("table3", (64, 64)): [(1, 1)],  # 64 / 32 = 2, then the 2x2 head
    ("table3", (64, 96)): [(1, 2)],
    ("resnet2017", (64, 64)): [(1, 1)],
    ("resnet2017", (32, 128)): [(1, 2)],
    ("munit2018", (64, 64)): [(4, 4), (2, 2), (1, 1)],
    ("munit2018", (64, 128)): [(4, 8), (2, 4), (1, 2)],
    ("cyclegan2017", (64, 128)): [(4, 12)],  # an eighth, less one, less the 4x4 head
}


@pytest.mark.parametrize(("case", "channels"), list(itertools.product(LOGITS, (1, 3))))
def test_logit_shapes(case, channels):
    name, size = case
    discriminator = build_discriminator(ARCHITECTURES[name], 1 / 64)
    discriminator.build_both({d: (None, *size, channels) for d in "ab"})
    weights = len(discriminator.weights)
    for domain in "ab":
        logits = discriminator(noise(2, *size, channels), domain=domain)
        assert [scale.shape for scale in logits] == [(2, *sides, 1) for sides in LOGITS[case]]
    assert len(discriminator.weights) == weights


@pytest.mark.parametrize(("depth", "side"), [(1, 8), (2, 4), (3, 2), (4, 1)])
def test_depth(depth, side):
    """Each convolution halves the image and doubles the filters."""
    discriminator = built("resnet2017", 1 / 8, depth)
    (logits,) = discriminator(noise(1, 16, 16, 3), domain="a")
    assert logits.shape == (1, side, side, 1)
    filters = [part.filters for part in discriminator.scales[0].private_a.parts]
    assert filters == [*(8 * 2**i for i in range(depth)), 1]


@pytest.mark.parametrize("scales", [1, 2, 3])
def test_scales(scales):
    """Each has its own weights and sees the image halved once more."""
    discriminator = built("resnet2017", 1 / 16, 2, scales)
    x = noise(1, 16, 16, 3)
    logits = discriminator(x, domain="b")
    assert [scale.shape[1] for scale in logits] == [4, 2, 1][:scales]
    halve = BlurHalve()
    for scale, found in zip(discriminator.scales, logits, strict=True):
        np.testing.assert_allclose(scale(x, domain="b"), found, atol=1e-6)
        x = halve(x)
    ids = {id(v) for v in discriminator.trainable_variables}
    assert len(ids) == scales * 2 * 6


@pytest.mark.parametrize(("width", "filters"), [(1 / 64, [4, 4, 4]), (1 / 8, [8, 16, 32])])
def test_width_multiplies_all_but_the_logit(width, filters):
    discriminator = build_discriminator(ARCHITECTURES["table3"], width, depth=3)
    assert [part.filters for part in discriminator.scales[0].private_b.parts] == [*filters, 1]


def test_images_of_a_batch_have_no_part_in_each_others_logits():
    """No norm over a batch: joining real and translated images in one pass changes nothing."""
    for name in ("table3", "munit2018", "cyclegan2017"):
        discriminator = built(name, 1 / 16, 2, 2)
        x = noise(3, 40, 48, 3)
        whole = discriminator(x, domain="a")
        for i in range(3):
            alone = discriminator(x[i : i + 1], domain="a")
            for scale, found in zip(alone, whole, strict=True):
                np.testing.assert_allclose(scale[0], found[i], atol=1e-6)


def test_a_patch_has_70_pixels():
    """CycleGAN's: a logit sees that much of an image, and nothing beside it."""
    discriminator = built("cyclegan2017", 1 / 16)
    with tf.GradientTape() as tape:
        x = noise(1, 128, 128, 3)
        tape.watch(x)
        (logits,) = discriminator(x, domain="a")
        # Without the norms, which see whole maps, by their kernels alone.
        y = x
        for layer in discriminator.scales[0].private_a.parts:
            y = layer.convolve(y)
        middle = y[0, 5, 5, 0]
    assert y.shape == logits.shape == (1, 12, 12, 1)
    seen = np.abs(tape.gradient(middle, x)[0]).sum(-1) > 0
    assert seen.any(0).sum() == seen.any(1).sum() == 70


def test_unstrided_convolutions_are_shared_like_the_others():
    """The last ones, with the head."""
    discriminator = built("cyclegan2017", 1 / 16, 3, 1, 2)
    (scale,) = discriminator.scales
    kinds = [[(p.filters, p.stride) for p in c.parts] for c in (scale.private_b, scale.shared)]
    assert kinds == [[(4, 2), (8, 2)], [(16, 2), (32, 1), (1, 1)]]


def test_channels_may_differ_between_domains():
    """As long as the first convolution is private."""
    discriminator = build_discriminator(ARCHITECTURES["resnet2017"], 1 / 16, 2, 1, num_shared=1)
    discriminator.build_both({"a": (None, 8, 8, 3), "b": (None, 8, 8, 1)})
    for domain, channels in (("a", 3), ("b", 1)):
        (logits,) = discriminator(noise(1, 8, 8, channels), domain=domain)
        assert logits.shape == (1, 2, 2, 1)
