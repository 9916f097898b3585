"""A student: what its losses compare, what is its teacher's, and what is refused."""

import functools
import json

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.inference.load import load
from unit_tf.methods.registry import build_method
from unit_tf.methods.weights import kept_weights, needed_weights

TINY = {
    "model.method": "student", "model.width": 1 / 16, "model.num_blocks": 1, "data.image_size": 16,
    "model.discriminator_depth": 1,
}  # fmt: skip


@functools.cache
def build(teacher, code=1.0, direction="a2b"):
    settings = {**TINY, "model.teacher": str(teacher), "weights.code": code}
    settings["model.direction"] = direction
    method = build_method(ExperimentConfig().replace(settings))
    method.prepare_training()
    return method


def batch(seed=1):
    rng = np.random.default_rng(seed)
    return tuple(tf.constant(rng.uniform(-1, 1, (2, 16, 16, 3)), tf.float32) for _ in "ab")


def forward(method):
    return method.forward(batch(), tf.constant([0, 1]))


def test_targets_are_the_teachers(teacher):
    """Its translation and its code; the discriminator sees the former as real."""
    method, theirs = build(teacher), load(teacher).method
    x_a, _ = batch()
    outputs = forward(method)
    np.testing.assert_allclose(outputs.x["b"], theirs.translate(x_a, "a2b"), atol=1e-6)
    _, code = theirs.translate_with_code(x_a, "a2b")
    np.testing.assert_allclose(outputs.codes[0], code, atol=1e-6)
    np.testing.assert_allclose(outputs.translated["a"], method.translate(x_a, "a2b"), atol=1e-6)
    terms = method.generator_terms(outputs)
    difference = np.abs(outputs.x["b"] - outputs.translated["a"]).mean()
    assert float(terms["distillation/b"]) == pytest.approx(difference, rel=1e-5)
    assert set(terms) == {"gan/b", "distillation/b", "code/a"}


def test_from_b_to_a(teacher):
    """The teacher's other direction, of images of B alone, and terms of the domains they are of."""
    method, theirs = build(teacher, direction="b2a"), load(teacher).method
    outputs = forward(method)
    target = theirs.translate(batch()[1], "b2a")
    np.testing.assert_allclose(outputs.x["a"], target, atol=1e-6)
    translated = method.translate(batch()[1], "b2a")
    np.testing.assert_allclose(outputs.translated["b"], translated, atol=1e-6)
    assert set(method.generator_terms(outputs)) == {"gan/a", "distillation/a", "code/b"}
    assert set(method.discriminator_terms(outputs)) == {"discriminator/a"}
    other = method.forward((batch(2)[0], batch()[1]), tf.constant([0, 1]))
    np.testing.assert_array_equal(outputs.translated["b"], other.translated["b"])


def test_images_of_b_change_nothing(teacher):
    method = build(teacher)
    x_a, _ = batch()
    one, other = (method.forward((x_a, batch(s)[1]), tf.constant([0, 1])) for s in (2, 3))
    np.testing.assert_array_equal(one.translated["a"], other.translated["a"])
    np.testing.assert_array_equal(one.x["b"], other.x["b"])


@pytest.mark.parametrize(("family", "moved"), [("distillation/b", "student"), ("code/a", "head")])
def test_each_term_teaches(teacher, family, moved):
    """The student by both, the head by the code's alone; the teacher is no variable of it."""
    method = build(teacher)
    parts = {"student": method.student, "head": method.head}
    variables = {name: part.trainable_variables for name, part in parts.items()}
    with tf.GradientTape() as tape:
        loss = method.generator_terms(forward(method))[family]
    values = {name: [v.value for v in part] for name, part in variables.items()}
    found = tape.gradient(loss, values, unconnected_gradients="zero")
    sizes = {name: max(np.abs(g).max() for g in part) for name, part in found.items()}
    assert sizes["student"] > 0 and (sizes["head"] > 0) == (moved == "head")
    assert len(method.trainable_variables) == len(
        {id(v) for v in (*method.generator_variables, *method.discriminator_variables)}
    )


def test_what_translates_has_neither_teacher_nor_head(teacher):
    method = build(teacher)
    assert method.head.trainable_variables
    for weights in (kept_weights(method), needed_weights(method)):
        networks = {path.partition("/")[0] for path in weights}
        assert networks <= {"front", "trunk", "up", "last", "discriminator0_b"}
    assert build(teacher, code=0).head is None
    assert forward(build(teacher, code=0)).codes is None


WRONG = {
    "weights": {},
    "stride": {
        "model": {"architecture": "resnet2017", "width": 1 / 16, "num_downsamples": 3},
        "data": {"image_size": [32, 32]},
    },
    "channels": {"data": {"channels_b": 1}},
    "direction": {
        "model": {"method": "source_only", "architecture": "table5", "width": 0.05},
        "data": {"source": "labelled", "image_size": [32, 32], "channels": 1},
    },
}


def wrong_folder(folder, damage):
    folder.mkdir()
    if damage != "missing":
        network = {"model": {"architecture": "resnet2017", "width": 0.0625}}
        text = "{" if damage == "text" else json.dumps({**network, **WRONG[damage]})
        (folder / "config.json").write_text(text)
        if damage != "weights":
            (folder / "translator.npz").write_bytes(b"")
    return folder


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("none", "--model.teacher: method student needs one"),
        ("missing", "no saved translator there"),
        ("weights", "no saved translator there"),
        ("text", "not JSON"),
        ("channels", "its images of B have 1 channels"),
        ("stride", "need multiples of 8, at least 8; --data.image_size is 20x20"),
        ("direction", "does not translate from A to B"),
    ],
)
def test_a_teacher_that_cannot_be(tmp_path, damage, said):
    """One line that names the flag; nothing is built before it."""
    folder = "" if damage == "none" else str(wrong_folder(tmp_path / "teacher", damage))
    settings = {**TINY, "model.teacher": folder, "data.image_size": 20}
    method = build_method(ExperimentConfig().replace(settings))
    with pytest.raises(UserError, match="--model.teacher") as error:
        method.prepare_training()
    assert said in str(error.value) and "\n" not in str(error.value)
