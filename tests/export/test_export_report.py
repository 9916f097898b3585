import json
import math
import pathlib

import pytest
from unit_tf.export.export_report import ExportReport, describe, remarks, shortfall
from unit_tf.export.parity import Artefact, Parity


@pytest.fixture
def artefact(tmp_path):
    (tmp_path / "x.tflite").write_bytes(bytes(20_000))
    return Artefact(tmp_path / "x.tflite", Parity(0.5, 0.25, 6.04, 3), {1: 2.3456, 2: 1.5})


def test_a_line_has_size_likeness_and_times(artefact):
    path = artefact.path
    assert describe(artefact, "3 test images of a") == (
        f"{path}  0.02 MB  6.0 dB  max difference 5.0e-01 on 3 test images of a  "
        "2.35 ms on 1  1.5 ms on 2 threads"
    )
    equal = artefact._replace(parity=Parity(0, 0, math.inf, 3), latency={})
    assert describe(equal, "x") == f"{path}  0.02 MB  equal  max difference 0.0e+00 on x"
    labels = artefact._replace(parity=Parity(0.5, 0.25, 6, 3, 0.987), latency={})
    assert "  0.9870 of labels agree  max difference " in describe(labels, "x")
    assert describe(artefact._replace(parity=None), "") == f"{path}  0.02 MB"


@pytest.mark.parametrize(("parity", "quantization", "said"), [
    (Parity(0.1, 0.1, 32, 9), "int8", None),
    (Parity(0.1, 0.1, 31, 9), "int8", "tflite/x: below the 32 dB that it should reach; docs/"),
    (Parity(0.1, 0.1, 31, 9), None, None),
    (Parity(0.1, 0.1, 20, 200, 0.99), "int8", None),
    (Parity(0.1, 0.1, 20, 200, 0.985), "int8",
     "tflite/x: gives 0.9850 of the images the model's label, below the 0.99"),
])  # fmt: skip
def test_what_lost_too_much_is_noted(parity, quantization, said):
    line = shortfall("tflite/x", parity, quantization)
    assert line is None if said is None else line.startswith(said)


@pytest.mark.parametrize("falls", ["parity", "compiled"])
def test_what_lost_too_much_in_either_runtime_is_noted_once(artefact, falls):
    fine = {"parity": Parity(0.1, 0.1, 33, 9), "compiled": Parity(0.1, 0.1, 33, 9)}
    kind = {"quantization": "int8"}
    assert remarks("x", artefact._replace(**fine), kind) == []
    short = artefact._replace(**{**fine, falls: Parity(0.1, 0.1, 31, 9)})
    (line,) = remarks("x", short, kind)
    assert line.startswith("x: below the 32 dB")


def test_a_report_has_paths_and_the_manifests_form():
    report = ExportReport(pathlib.Path("out"), {"tflite/x": {"bytes": 3}}, ("a note",))
    assert report.paths == [pathlib.Path("out/tflite/x")]
    assert json.loads(report.to_json()) == {"artefacts": {"tflite/x": {"bytes": 3}}}
