"""What an export is asked for: values as flags and as Python gives them."""

import pathlib

import numpy as np
import pytest
from unit_tf.export.export_request import ExportRequest

from unit_tf.config import UserError


def request(**options):
    return ExportRequest("work", "out", **options)


def test_what_a_flag_says_and_what_python_says_are_the_same():
    flags = request(formats="tflite, web,tflite", quantizations="int8,float16", image_size="20x36",
                    direction="b2a", data={"data.root": "here"})  # fmt: skip
    python = request(formats=["tflite", "web"], quantizations=("int8", "float16"),
                     image_size=[20, 36], direction="b2a",
                     data={"data.root": pathlib.Path("here")})  # fmt: skip
    assert flags == python
    assert flags.formats == ("tflite", "web") and flags.image_size == (20, 36)
    assert flags.directions == ("b2a",) and request(direction="both").directions == ("a2b", "b2a")


def test_defaults():
    found = request()
    assert found.formats == ("saved_model", "tflite") and found.quantizations == ("float32",)
    assert found.drawings == {"a": "auto", "b": "auto"}
    assert found.directions is None and found.image_size is None and found.data == {}
    assert request(image_size=64).image_size == (64, 64)
    assert request(image_size="dynamic").image_size == "dynamic"


@pytest.mark.parametrize(("options", "message"), [
    ({"formats": "savedmodel"}, "--formats=savedmodel: 'savedmodel' is not valid; did you mean sa"),
    ({"formats": ["tflite", "onnx"]}, "--formats=tflite,onnx: 'onnx' is not valid"),
    ({"formats": ()}, "--formats=: '' is not valid; valid: saved_model, tflite, web"),
    ({"formats": 3}, "--formats=3: expected names, such as saved_model"),
    ({"quantizations": "int4"}, "--tflite.quantization=int4: 'int4' is not valid; did you mean in"),
    ({"direction": "ab"}, "--direction=ab: not valid; did you mean a2b"),
    ({"direction": ""}, "--direction=: not valid"),
    ({"direction": ["a2b"]}, "--direction=['a2b']: not valid"),
    ({"image_size": np.zeros(3)}, "--image_size=[0. 0. 0.]: expected a size such as 256"),
    ({"data": ["x"]}, "data=['x']: expected {'section.field': value}"),
    ({"image_size": "big"}, "--image_size=big: expected a size such as 256 or 480x640"),
    ({"image_size": (0, 8)}, "--image_size=0x8: must be at least 1"),
    ({"data": {"model.width": 1}}, "--model.width: not for data, which takes data.* alone"),
    ({"formats": "web", "drawing_a": "black"}, "--web.drawing_a=black: not valid; did you mean "),
    ({"formats": "web", "drawing_b": None}, "--web.drawing_b=None: not valid; did you mean none"),
    ({"drawing_a": "none"}, "--web.drawing_a=none: only a page has a drawing pad; add --formats=w"),
    (
        {"formats": "web", "direction": "a2b", "drawing_b": "none"},
        "--web.drawing_b=none: with --direction=a2b the page reads no image of b",
    ),
    ({"output": ""}, "--output is required"),
    ({"workdir": ""}, "--workdir is required"),
])  # fmt: skip
def test_other_values_are_refused_in_a_line(options, message):
    with pytest.raises(UserError) as caught:
        ExportRequest(**{"workdir": "work", "output": "out", **options})
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)
