"""CycleGAN, CUT and FastCUT: the papers' numbers."""

import pytest

from unit_tf.methods.registry import find_method
from unit_tf.presets.cyclegan_presets import PRESETS
from unit_tf.resolve import resolve


@pytest.mark.parametrize("name", PRESETS)
def test_what_all_have_in_common(name):
    """Networks, adversarial loss, optimizer; a rate that ends at zero with the last step."""
    config = resolve(name, {})
    model, weights, optim = config.model, config.weights, config.optim
    assert (model.architecture, model.width) == ("cyclegan2017", 1)
    assert (model.discriminator_depth, model.discriminator_scales, model.block_norm) == (
        0, 0, "default",
    )  # fmt: skip
    assert (weights.gan, weights.gan_objective, weights.gan_start) == (1, "lsgan", 0)
    assert (optim.learning_rate, optim.beta_1, optim.batch_size, optim.l2) == (2e-4, 0.5, 1, 0)
    assert optim.schedule == "linear"
    assert optim.decay_start + optim.decay_steps == config.run.steps
    assert config.data.image_size == (256, 256)


def test_cyclegan_is_the_papers():
    """Lambda 10, identity half of it, a pool of 50, the rate constant over the first half."""
    config = resolve("cyclegan", {})
    weights, model = config.weights, config.model
    assert (weights.cycle, weights.identity, weights.gan_pool) == (10, 5, 50)
    assert weights.kl == weights.cycle_kl == weights.reconstruction == 0
    assert (model.method, model.num_shared, model.noise) == ("unit", 0, 0)
    assert config.optim.decay_start == config.optim.decay_steps == 100_000


@pytest.mark.parametrize(
    ("name", "nce", "identity", "flip"), [("cut", 1, 1, False), ("fastcut", 10, 0, True)]
)
def test_cut_is_the_papers(name, nce, identity, flip):
    config = resolve(name, {})
    weights = config.weights
    assert (weights.nce, weights.identity, weights.nce_flip) == (nce, identity, flip)
    assert find_method(config.model.method).directions == ("a2b",)


def test_fastcut_is_cut_with_other_weights():
    changed = resolve("fastcut", {}).differences(resolve("cut", {}))
    assert {line.partition(":")[0] for line in changed} == {
        "weights.nce", "weights.identity", "weights.nce_flip", "optim.decay_start",
        "optim.decay_steps", "run.steps",
    }  # fmt: skip
