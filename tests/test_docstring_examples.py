"""The examples in docstrings do what they say."""

import doctest
import importlib
import pkgutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf import layers, losses, models
from unit_tf.config import ExperimentConfig
from unit_tf.layers.blocks import ConvBlock, UpBlock
from unit_tf.losses.reconstruction import l1
from unit_tf.models.architectures import ARCHITECTURES

NAMES = {
    "keras": keras, "np": np, "tf": tf, "ConvBlock": ConvBlock, "UpBlock": UpBlock, "l1": l1,
    "ARCHITECTURES": ARCHITECTURES, "ExperimentConfig": ExperimentConfig,
}  # fmt: skip
METHODS = (
    "base", "translation.unit", "translation.munit", "translation.cut", "adaptation.unit_da",
)  # fmt: skip


def modules():
    for package in (layers, losses, models):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            yield info.name
    yield from (f"unit_tf.methods.{name}" for name in METHODS)


def examples():
    """{name of an object: its DocTest}."""
    finder, found = doctest.DocTestFinder(exclude_empty=True), {}
    for name in modules():
        module = importlib.import_module(name)
        for test in finder.find(module, name, extraglobs=NAMES):
            if test.examples:
                found[test.name] = test
    return found


EXAMPLES = examples()


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name, capsys):
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    result = runner.run(EXAMPLES[name])
    assert result.failed == 0, capsys.readouterr().out
    assert result.attempted > 0


def test_builders_and_losses_have_examples():
    """A stranger begins with these."""
    for name in (
        "models.encoders.build_encoder", "models.generators.build_generator",
        "models.discriminators.build_discriminator", "losses.adversarial.discriminator_loss",
        "losses.divergence.kl_unit_gaussian", "losses.patch_nce.patch_nce",
        "losses.reconstruction.l1", "methods.base.Method",
    ):  # fmt: skip
        assert f"unit_tf.{name}" in EXAMPLES
