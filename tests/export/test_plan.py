"""What is exported of a method, and what of it cannot be."""

import pathlib

import pytest
from unit_tf.export.plan import Plan

from unit_tf.config import DataConfig, UserError


def plan(directions=None, image_size=(32, 32), formats=("saved_model", "tflite")):
    return Plan(
        DataConfig(), False, pathlib.Path("out"), formats, directions, image_size, ("float32",),
        None,
    )  # fmt: skip


def test_translators_and_then_the_targets_classifier(tiny, digits):
    def names(method, **what):
        return [task.name for task in plan(**what).tasks(method)]

    assert names(tiny, image_size=None) == ["a2b", "b2a"]
    assert names(digits("unit_da")) == ["a2b", "b2a", "classify_b"]
    assert names(digits("unit_da"), directions=("b2a",)) == ["b2a", "classify_b"]
    assert names(digits("unit_da"), image_size=(20, 32)) == ["a2b", "b2a", "classify_b"]
    assert names(digits("dann")) == ["classify_b"]


REFUSED = {
    ("cogan", "directions", ("a2b", "b2a")): "--direction=both: method cogan does not translate",
    ("cogan", "directions", ("a2b",)): "--direction=a2b: method cogan does not translate",
    ("dann", "formats", ("tflite", "web")): "--formats=web: method dann does not translate",
    ("dann", "image_size", (16, 16)): "--image_size=16x16: the classifier takes 32x32",
    ("dann", "image_size", None): "--image_size=dynamic: the classifier takes 32x32",
    ("unit_da", "image_size", (16, 33)): "--image_size=16x33: method unit_da takes at most 32x32",
    ("unit_da", "image_size", None): "--image_size=dynamic: method unit_da takes at most 32x32",
}


def test_styles_have_encoders_of_their_own_on_devices(styled):
    def names(**what):
        return [task.name for task in plan(**what).tasks(styled)]

    assert names() == ["a2b", "b2a", "encode_style_b", "encode_style_a"]
    assert names(formats=("saved_model",)) == ["a2b", "b2a"]
    assert names(directions=("b2a",), image_size=None) == ["b2a", "encode_style_a"]
    with pytest.raises(UserError, match="--formats=web: method munit draws in styles"):
        names(formats=("tflite", "web"))


@pytest.mark.parametrize(("asked", "message"), REFUSED.items(), ids=map(str, REFUSED))
def test_what_the_method_cannot_is_refused_in_a_line(digits, asked, message):
    method, name, value = asked
    with pytest.raises(UserError) as caught:
        plan(**{name: value}).tasks(digits(method))
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


def test_writers_come_in_the_tables_order():
    assert plan(formats=("web", "saved_model")).writers == ["saved_model", "tflite"]
