"""Every method that the configuration offers exists, and keeps to the contract of base.py."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf import config as config_lib
from unit_tf.config import ExperimentConfig
from unit_tf.losses.weighting import family
from unit_tf.methods import base
from unit_tf.methods.base import Method
from unit_tf.methods.registry import METHODS, build_method
from unit_tf.models import architectures, digit_discriminators
from unit_tf.presets import PRESETS
from unit_tf.resolve import check

TINY = {
    "model.width": 1 / 64, "model.num_blocks": 1, "model.discriminator_depth": 1,
    "model.discriminator_scales": 1, "data.image_size": 16,
}  # fmt: skip
DIGITS = {
    "data.source": "labelled", "data.image_size": 32, "data.channels": 1, "model.width": 1 / 64,
    "model.dropout": 0.5,
}  # fmt: skip
PAIRED = {"model.method": "supervised", "data.paired": True}
ONE_SIDED = {"model.method": "cut", "weights.identity": 1}
STUDENT = {
    "model.method": "student", "model.width": 1 / 16, "model.num_blocks": 1, "data.image_size": 16,
    "model.discriminator_depth": 1,
}  # fmt: skip
STYLED = {"model.method": "munit", "data.image_size": 32, "model.style_size": 3}
EVERY_WEIGHT = {
    f"weights.{name}": 0.5
    for name in ("identity", "gan_same", "cycle", "cycle_kl", "classification_translated")
}
# name -> (settings, weights on top of the defaults). Of each method every architecture, and of
# those with labels their preset's weights and all weights there are.
CASES = {
    **{f"unit {a}": ({**TINY, "model.architecture": a}, {}) for a in architectures.ARCHITECTURES},
    **{
        f"supervised {a}": ({**TINY, **PAIRED, "model.architecture": a}, {})
        for a in architectures.ARCHITECTURES
    },
    **{
        f"munit {a}": ({**TINY, **STYLED, "model.architecture": a}, {})
        for a in architectures.ARCHITECTURES
    },
    **{
        f"cut {a}": ({**TINY, **ONE_SIDED, "model.architecture": a}, {})
        for a in architectures.ARCHITECTURES
    },
    "student": (STUDENT, {}),
    "student b2a": ({**STUDENT, "model.direction": "b2a"}, {}),
    "cut fast": ({**TINY, "model.method": "cut"}, {"weights.nce_flip": True}),
    **{
        f"{name} {a}": ({**DIGITS, "model.method": name, "model.architecture": a}, {})
        for name, spec in METHODS.items()
        for a in digit_discriminators.ARCHITECTURES
        if spec.labelled and (name != "unit_da" or a == "table6")
    },
}
for name, preset in {"unit_da": "da_mnist_usps", "cogan": "cogan_mnist_usps"}.items():
    weights = {k: v for k, v in PRESETS[preset].overrides.items() if k.startswith("weights.")}
    architecture = {"model.method": name, "model.architecture": "table5"}
    CASES[f"{name} paper"] = ({**DIGITS, **architecture}, weights)
CASES["unit_da all"] = (CASES["unit_da paper"][0], {**CASES["unit_da paper"][1], **EVERY_WEIGHT})


def test_every_method_has_a_case_here():
    assert {name.split()[0] for name in CASES} == set(METHODS)


@pytest.fixture
def build(teacher):
    """build(case) -> its Method, ready to be trained."""

    def build(case):
        settings, weights = CASES[case]
        own = {"model.teacher": str(teacher)} if case.startswith("student") else {}
        keras.utils.set_random_seed(0)  # of four ReLUs all can be dead
        method = build_method(ExperimentConfig().replace({**settings, **weights, **own}))
        method.prepare_training()
        return method

    return build


@pytest.mark.parametrize(
    "case", [n for n in CASES if "model.discriminator_kernel" in METHODS[n.split()[0]].reads]
)
def test_the_discriminators_kernels_are_those_that_were_asked_for(case, teacher):
    """In every strided convolution, of every method that says it reads the setting."""
    settings, weights = CASES[case]
    asked = {"model.discriminator_kernel": 4, "model.teacher": str(teacher)}
    method = build_method(ExperimentConfig().replace({**settings, **weights, **asked}))
    kernels = [v for v in method.discriminator_variables if v.path.endswith("/conv0/conv/kernel")]
    assert kernels and {tuple(v.shape[:2]) for v in kernels} == {(4, 4)}


@pytest.mark.parametrize(
    "name", [n for n in METHODS if "model.num_downsamples" in METHODS[n].reads]
)
def test_one_downsample_more_doubles_the_stride(name):
    """A training's forward pass, and a translation; in every method that says it reads it."""
    settings, weights = CASES[f"{name} resnet2017"]
    before = ExperimentConfig().replace({**settings, **weights, "data.image_size": 32})
    own = build_method(before).stride
    count = architectures.ARCHITECTURES["resnet2017"].num_downsamples + 1
    method = build_method(before.replace({"model.num_downsamples": count}))
    method.prepare_training()
    assert method.stride == METHODS[name].geometry_of(method.config.model).stride == 2 * own
    batch = batch_for(method)
    check_terms(method, method.forward(batch, tf.constant([0, 1])))
    check_translations(method, batch[0])


def batch_for(method):
    side, channels = method.config.data.image_size[0], method.channels["a"]
    shape = (2, side, side, channels)
    x_a, x_b = (
        tf.constant(np.random.default_rng(i).uniform(-1, 1, shape), tf.float32) for i in range(2)
    )
    return (x_a, x_b, tf.constant([3, 7])) if method.classifies else (x_a, x_b)


def check_terms(method, outputs):
    """Exactly the families with a weight, each term a finite number."""
    for player in ("generator", "discriminator"):
        terms = getattr(method, f"{player}_terms")(outputs)
        weights = getattr(method, f"{player}_weights")
        assert {family(key) for key in terms} == {name for name, w in weights.items() if w}, player
        for key, term in terms.items():
            assert term.shape == () and term.dtype == tf.float32, key
            assert np.isfinite(term), key


@pytest.mark.parametrize("case", CASES)
def test_contract(case, build):
    """Terms answer to weights, the players share no variable, images are images."""
    method = build(case)
    assert type(method) is METHODS[case.split()[0]].load_factory() and isinstance(method, Method)
    variables = len(method.variables)
    batch = batch_for(method)
    side = batch[0].shape[1]
    assert method.smallest_side <= side <= method.largest_side and side % method.stride == 0
    check_terms(method, method.forward(batch, tf.constant([0, 1])))
    sides = [{id(v) for v in method.generator_variables},
             {id(v) for v in method.discriminator_variables}]  # fmt: skip
    assert not sides[0] & sides[1]
    assert sides[0] | sides[1] == {id(v) for v in method.trainable_variables}
    check_translations(method, batch[0])
    check_styles(method, batch)
    if method.classifies:
        assert method.classify(batch[1], "b").shape == (2, 10)
        assert np.array_equal(*(method.classify(batch[1], "b") for _ in range(2)))
    previews = method.preview(batch)
    assert previews and all(x.shape == batch[0].shape for x in previews.values())
    assert len(method.variables) == variables


def check_translations(method, x):
    for direction in method.directions:
        image = method.translate(x, direction)
        assert image.shape == x.shape and image.dtype == tf.float32
        assert np.abs(image).max() <= 1
    if not method.directions:
        with pytest.raises(NotImplementedError):
            method.translate(x, "a2b")


def check_styles(method, batch):
    """Each image has one of its own, and a translation follows the one that it is given."""
    if not method.style_size:
        for call in (method.encode_style, lambda x, d: method.translate_styled(x, "a2b", None)):
            with pytest.raises(NotImplementedError):
                call(batch[0], "a")
        return
    styles = method.encode_style(batch[1], "b")
    assert styles.shape == (2, method.style_size) and styles.dtype == tf.float32
    one, other = (method.translate_styled(batch[0], "a2b", s) for s in (styles, styles + 1))
    assert one.shape == batch[0].shape and not np.array_equal(one, other)


@pytest.mark.parametrize(
    "case",
    [
        "unit table3",
        "munit resnet2017",
        "cut table3",
        "unit_da all",
        "cogan paper",
        "dann table5",
        "student",
    ],
)
def test_any_weight_may_be_zero(case, build):
    """Its term then goes away and no other; but for those that validation wants above zero."""
    method = build(case)
    config, batch = method.config, batch_for(method)
    for weight in {**method.generator_weights, **method.discriminator_weights}:
        if weight == "discriminator":
            continue  # gan's
        method.config = config.replace({f"weights.{weight}": 0})
        try:
            check(method.config)
        except config_lib.ConfigError as error:
            assert str(error).startswith(f"--weights.{weight}=0")
            continue
        assert not method.generator_weights.get(weight)
        check_terms(method, method.forward(batch, tf.constant([0, 1])))


def test_unique_variables_refuses_a_variable_of_two_owners():
    """Two encoders' lists joined would move their shared kernel twice."""
    method = build_method(ExperimentConfig().replace(TINY))
    parts = method.encoder.private_a, method.encoder.private_b
    assert len(base.unique_variables(*parts)) == sum(len(p.trainable_variables) for p in parts)
    with pytest.raises(ValueError, match="listed twice"):
        base.unique_variables(method.encoder, method.encoder.shared)


def test_other():
    assert [base.other(d) for d in "ab"] == ["b", "a"]
