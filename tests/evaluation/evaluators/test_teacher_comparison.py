"""A student beside its teacher: costs of both, decibels by hand, the teacher's KID."""

import types

import numpy as np
import pytest

from unit_tf.config import ExperimentConfig
from unit_tf.evaluation.evaluators import teacher_comparison
from unit_tf.evaluation.evaluators.kid_scores import KidScores
from unit_tf.evaluation.evaluators.run_passes import evaluate_pass
from unit_tf.evaluation.evaluators.teacher_comparison import TeacherComparison, cells, kid_of
from unit_tf.evaluation.features import efficientnet_lite0
from unit_tf.inference.compiled_networks import image_translator
from unit_tf.inference.load import load
from unit_tf.inference.students import find_teacher
from unit_tf.methods.registry import build_method

STUDENT = {"model.method": "student", "model.width": 1 / 16, "model.num_blocks": 1}


@pytest.fixture
def network(monkeypatch, tmp_path):
    """Stands for KID's: the means of an image's channels."""

    def features(images):
        return np.stack([np.float32(image.mean((0, 1))) for image in images])

    found = types.SimpleNamespace(digest="means", label="means", features=features)
    monkeypatch.setattr(efficientnet_lite0, "weights_file", lambda: tmp_path)
    monkeypatch.setattr(efficientnet_lite0, "load_efficientnet_lite0", lambda: found)


def test_both_are_measured_on_the_same_images(network, held, make_pass, teacher, monkeypatch):
    monkeypatch.setattr(teacher_comparison, "SIZE", (32, 32))
    rng = np.random.default_rng(0)
    images, reals = (list(rng.integers(0, 256, (3, 16, 16, 3), np.uint8)) for _ in "ab")
    theirs = image_translator(load(teacher).method, "a2b")
    small = build_method(ExperimentConfig().replace({**STUDENT, "data.image_size": 32}))
    off = np.uint8([[[0]], [[3]]] * 8)  # every second row of the teacher's, moved by three
    work = make_pass(held(images), lambda x, name: theirs(x, name) ^ off, others=held(reals))
    work.method = small
    comparison = TeacherComparison(teacher, [KidScores()])
    comparison.prepare()
    result = evaluate_pass(work, [KidScores(), comparison])
    figures = result.figures["beside_teacher"]
    errors = [np.square((theirs(x, "") ^ off).astype(float) - theirs(x, "")) for x in images]
    expected = 10 * np.log10(255**2 / np.mean(errors))
    assert figures["student"]["psnr"] == pytest.approx(expected)
    assert figures["student"]["gmac"] < figures["teacher"]["gmac"]
    numbers = sum(v.numpy().size for v in small.student.trainable_variables)
    assert figures["student"]["megabytes"] == pytest.approx(4e-6 * numbers)
    assert min(figures[who]["milliseconds"] for who in ("teacher", "student")) > 0
    alone = evaluate_pass(
        make_pass(held(images), theirs, others=held(reals)), [KidScores()]
    ).figures
    assert figures["teacher"]["kid"] == alone["kid"]["translation"] != kid_of(result.figures)
    *_, titles, line, first, second = result.text.splitlines()
    assert titles.startswith("|  | 10^9 multiply-adds |") and line == "| --- |" + " --- |" * 5
    assert first.startswith("| teacher |") and second.startswith("| student |")


def test_a_line_of_the_table():
    row = {"gmac": 2.1234, "megabytes": 1.4567, "milliseconds": 37.14}
    assert cells("teacher", row) == ["teacher", "2.12", "1.46", "37.1", "", ""]
    row |= {"psnr": 30.51, "kid": {"mean": 0.1477, "standard_error": 0.0179}}
    assert cells("student", row)[-2:] == ["30.5", "147.7 ± 17.9"]
    row["kid"] = {"mean": 0.1477, "standard_error": None}
    assert cells("student", row)[-1] == "147.7"


def test_where_the_teacher_is(teacher, tmp_path, held, make_pass):
    """In the student's folder, or where it was; and nothing fails where it is gone."""
    there = ExperimentConfig().replace({"model.teacher": str(teacher)})
    assert find_teacher(tmp_path, there) == teacher
    assert find_teacher(tmp_path, there.replace({"data.channels_b": 1})) is None  # another's place
    (tmp_path / "teacher").symlink_to(teacher)
    assert find_teacher(tmp_path, there) == tmp_path / "teacher"
    assert find_teacher(tmp_path / "moved", ExperimentConfig()) is None
    gone = TeacherComparison(None, [])
    gone.prepare()
    result = evaluate_pass(make_pass(held([np.zeros((4, 4, 3), np.uint8)]), None), [gone])
    assert result.figures == {} and result.text.startswith("a2b: the teacher is gone")
