"""Sharing: which variables belong to whom, and both domains in one pass."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.models.architectures import ARCHITECTURES
from unit_tf.models.coupled import CoupledStack
from unit_tf.models.discriminators import build_discriminator
from unit_tf.models.encoders import build_encoder
from unit_tf.models.generators import build_generator

TINY = dict(width=1 / 16, num_blocks=4)
SHAPES = {"a": (None, 16, 16, 3), "b": (None, 16, 16, 1)}


def noise(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(0, 1, shape), tf.float32)


def encoder_and_generator(name, num_shared):
    architecture = ARCHITECTURES[name]
    encoder = build_encoder(architecture, num_shared=num_shared, **TINY)
    code = encoder.build_both(SHAPES)
    generator = build_generator(architecture, {"a": 3, "b": 1}, num_shared=num_shared, **TINY)
    generator.build_both({d: code for d in "ab"})
    return encoder, generator


def owners(stack):
    """{private or shared: ids of its variables}."""
    parts = {"a": stack.private_a, "b": stack.private_b, "shared": stack.shared}
    return {k: {id(v) for v in p.trainable_variables} if p else set() for k, p in parts.items()}


# Kernel and bias twice a block; the encoder's first block has a projection too.
SHARED_VARIABLES = {
    "table3": {"encoder": [0, 4, 8, 12, 18], "generator": [0, 4, 8, 12, 16]},
    "resnet2017": {"encoder": [0, 4, 8, 12, 16], "generator": [0, 4, 8, 12, 16]},
}


@pytest.mark.parametrize("num_shared", range(5))
@pytest.mark.parametrize("name", SHARED_VARIABLES)
def test_num_shared(name, num_shared):
    """The shared count of variables; each is held once; nothing else is common."""
    stacks = encoder_and_generator(name, num_shared)
    for network, stack in zip(("encoder", "generator"), stacks, strict=True):
        ids = owners(stack)
        assert len(ids["shared"]) == SHARED_VARIABLES[name][network][num_shared]
        assert not ids["a"] & ids["b"] and not ids["shared"] & (ids["a"] | ids["b"])
        held = [id(v) for v in stack.trainable_variables]
        assert len(held) == len(set(held))
        assert set(held) == ids["a"] | ids["b"] | ids["shared"]
        assert len(ids["a"]) == len(ids["b"])
        assert (stack.shared is None) == (num_shared == 0)


@pytest.mark.parametrize("num_shared", [1, 3])
def test_the_shared_blocks_are_the_last_of_e_and_the_first_of_g(num_shared):
    """By the blocks' names."""
    encoder, generator = encoder_and_generator("resnet2017", num_shared)
    last = [f"block{i}" for i in range(4 - num_shared, 4)]
    first = [f"block{i}" for i in range(num_shared)]
    assert [part.name for part in encoder.shared.parts] == last
    assert [part.name for part in generator.shared.parts] == first
    rest = [part.name for part in generator.private_a.parts]
    assert rest == [f"block{i}" for i in range(num_shared, 4)] + ["up0", "up1", "last"]


@pytest.mark.parametrize("num_shared", [0, 1, 2])
def test_discriminator_shared(num_shared):
    """The last convolutions and the head; at every scale its own."""
    discriminator = build_discriminator(ARCHITECTURES["resnet2017"], 1 / 16, 3, 2, num_shared)
    discriminator.build_both({d: (None, 16, 16, 3) for d in "ab"})
    count = 2 * (num_shared + 1) if num_shared else 0
    for scale in discriminator.scales:
        ids = owners(scale)
        assert len(ids["shared"]) == count
        assert len(ids["a"]) == len(ids["b"]) == 8 - count
        names = [f"conv{i}" for i in range(3 - num_shared, 3)] + ["head"]
        assert not num_shared or [part.name for part in scale.shared.parts] == names
    held = [id(v) for v in discriminator.trainable_variables]
    assert len(held) == len(set(held)) == 2 * (16 - count)


def test_more_shared_than_there_are_is_refused():
    with pytest.raises(ValueError, match="at most"):
        build_discriminator(ARCHITECTURES["resnet2017"], 1 / 16, 3, 1, num_shared=3)


def test_shared_layers_are_the_same_objects_for_both_domains():
    """Moving the shared kernel moves both domains; moving a's private kernel moves a alone."""
    encoder, _ = encoder_and_generator("table3", 1)
    x = {"a": noise(1, 16, 16, 3), "b": noise(1, 16, 16, 1)}

    def moved(variable):
        before = {d: encoder(x[d], domain=d).numpy() for d in "ab"}
        variable.assign_add(tf.ones_like(variable) * 0.1)
        return {d for d in "ab" if np.any(encoder(x[d], domain=d) != before[d])}

    assert moved(encoder.shared.parts[0].first.conv.kernel) == {"a", "b"}
    assert moved(encoder.private_a.parts[0].conv.kernel) == {"a"}
    assert moved(encoder.private_b.parts[0].conv.kernel) == {"b"}


@pytest.mark.parametrize("network", ["encoder", "generator"])
def test_gradients_stay_with_their_domain(network):
    """One domain's loss moves its private layers and the shared ones, never the other's."""
    encoder, generator = encoder_and_generator("table3", 1)
    stack = {"encoder": encoder, "generator": generator}[network]
    x = noise(1, 16, 16, 3) if network == "encoder" else noise(1, 2, 2, 32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(stack(x, domain="a"))
    variables = stack.trainable_variables
    gradients = tape.gradient(loss, variables)
    touched = {id(v) for v, g in zip(variables, gradients, strict=True) if g is not None}
    ids = owners(stack)
    assert touched == ids["a"] | ids["shared"]


@pytest.mark.parametrize("num_shared", [0, 1, 4])
@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_call_both_is_two_calls(name, num_shared):
    """With other batch sizes and channels in each domain."""
    encoder, _ = encoder_and_generator(name, num_shared)
    x = {"a": noise(2, 16, 16, 3), "b": noise(1, 16, 16, 1)}
    both = encoder.call_both(x)
    for d in "ab":
        alone = encoder(x[d], domain=d)
        assert both[d].shape == alone.shape
        np.testing.assert_allclose(both[d], alone, atol=1e-5)
    assert np.std(both["a"]) > 0


def test_order_of_private_and_shared():
    """Doubling and adding one do not commute: 2x + 1 against 2(x + 1)."""

    def affine(scale, bias):
        return keras.layers.Rescaling(scale, bias)

    def stack(shared_first):
        private = {"a": affine(2, 0), "b": affine(3, 0)}
        made = CoupledStack(private, affine(1, 1), shared_first)
        made.build_both({d: (None, 1) for d in "ab"})
        return made

    x = tf.constant([[5.0]])
    assert [stack(False)(x, domain=d).numpy().item() for d in "ab"] == [11, 16]
    assert [stack(True)(x, domain=d).numpy().item() for d in "ab"] == [12, 18]
    both = stack(False).call_both({"a": x, "b": x})
    assert [both[d].numpy().item() for d in "ab"] == [11, 16]


def test_copy_private_starts_b_where_a_is():
    """Wherever shapes agree: not where one domain is grey; afterwards they move apart."""
    encoder, generator = encoder_and_generator("table3", 1)
    for stack, last in ((encoder, "conv0/conv/kernel"), (generator, "last/conv")):
        before = [w.numpy() for w in stack.private_b.weights]
        stack.copy_private()
        pairs = zip(stack.private_a.weights, stack.private_b.weights, before, strict=True)
        for a, b, old in pairs:
            same = last not in b.path
            np.testing.assert_array_equal(b, a.numpy() if same else old)
        stack.private_b.weights[-3].assign_add(tf.ones_like(stack.private_b.weights[-3]))
        assert np.all(stack.private_a.weights[-3] != stack.private_b.weights[-3])


def test_build_both_creates_everything_before_the_first_call():
    """No variable appears later, so optimizers can be built at once."""
    encoder, generator = encoder_and_generator("table3", 1)
    before = [id(v) for v in (*encoder.variables, *generator.variables)]
    code = encoder.call_both({"a": noise(1, 16, 16, 3), "b": noise(1, 16, 16, 1)})
    for d in "ab":
        generator(code[d], domain=d)
    assert [id(v) for v in (*encoder.variables, *generator.variables)] == before
