"""What is exported of a method, and what of it cannot be."""

import pathlib

import pytest
from unit_tf.export.export_request import ExportRequest
from unit_tf.export.plan import Plan
from unit_tf.export.selection import chosen_tasks, probe

from unit_tf.config import DataConfig, UserError


def plan(direction=None, image_size=(32, 32), formats=("saved_model", "tflite"), output="out"):
    request = ExportRequest("work", output, formats, direction)
    output = pathlib.Path(output)
    return Plan(request, pathlib.Path("work"), output, DataConfig(), image_size, None)


def names(method, **what):
    return [task.name for task in chosen_tasks(plan(**what), method)]


def test_translators_and_then_the_targets_classifier(tiny, digits):
    assert names(tiny, image_size=None) == ["a2b", "b2a"]
    assert names(digits("unit_da")) == ["a2b", "b2a", "classify_b"]
    assert names(digits("unit_da"), direction="b2a") == ["b2a", "classify_b"]
    assert names(digits("unit_da"), image_size=(20, 32)) == ["a2b", "b2a", "classify_b"]
    assert names(digits("dann")) == ["classify_b"]


def test_one_direction_where_the_method_has_one(one_sided):
    for what in ({}, {"direction": "a2b"}, {"formats": ("web",)}):
        assert names(one_sided, **what) == ["a2b"]


def test_styles_have_encoders_of_their_own_on_devices(styled):
    assert names(styled) == ["a2b", "b2a", "encode_style_b", "encode_style_a"]
    assert names(styled, formats=("saved_model",)) == ["a2b", "b2a"]
    assert names(styled, direction="b2a", image_size=None) == ["b2a", "encode_style_a"]
    assert names(styled, formats=("web",)) == names(styled)


REFUSED = {
    ("cogan", "direction", "both"): "--direction=both: method cogan does not translate",
    ("cogan", "direction", "a2b"): "--direction=a2b: method cogan does not translate",
    ("dann", "formats", ("tflite", "web")): "--formats=web: method dann does not translate",
    ("dann", "image_size", (16, 16)): "--image_size=16x16: the classifier takes 32x32",
    ("dann", "image_size", None): "--image_size=dynamic: the classifier takes 32x32",
    ("unit_da", "image_size", (16, 33)): "--image_size=16x33: method unit_da takes at most 32x32",
    ("unit_da", "image_size", None): "--image_size=dynamic: method unit_da takes at most 32x32",
}


@pytest.mark.parametrize(("asked", "message"), REFUSED.items(), ids=map(str, REFUSED))
def test_what_the_method_cannot_is_refused_in_a_line(digits, asked, message):
    method, name, value = asked
    with pytest.raises(UserError) as caught:
        names(digits(method), **{name: value})
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


@pytest.mark.parametrize("direction", ["b2a", "both"])
def test_a_direction_that_is_not_there_is_refused_by_what_is(one_sided, direction):
    with pytest.raises(UserError) as caught:
        names(one_sided, direction=direction)
    assert str(caught.value) == f"--direction={direction}: method one_sided translates a2b alone"


def test_what_is_in_the_way_is_found_for_the_chosen_tasks_alone(one_sided, tiny, tmp_path):
    (tmp_path / "tflite/b2a_32x32_float32.tflite").mkdir(parents=True)
    asked = plan(output=str(tmp_path))
    probe(asked, chosen_tasks(asked, one_sided))
    with pytest.raises(IsADirectoryError) as caught:
        probe(asked, chosen_tasks(asked, tiny))
    assert caught.value.filename == str(tmp_path / "tflite/b2a_32x32_float32.tflite")
