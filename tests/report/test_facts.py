"""What a report knows of a training."""

import json

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import UserError
from unit_tf.report import facts


def test_a_running_training(make_training):
    folder = make_training([10, 20], **{"optim.batch_size": 2})
    found = facts.gather(folder)
    assert (found["name"], found["preset"], found["method"]) == ("run", "photos", "unit")
    assert (found["step"], found["steps"], found["directions"]) == (20, 100, ["a2b", "b2a"])
    assert found["curves"]["gan/a"] == [[10, 10.0], [20, 20.0]]
    assert [sample["step"] for sample in found["samples"]] == [10, 20]
    assert found["left"] == pytest.approx(4 * found["seconds"])
    assert ["optim.batch_size", "2", "4"] in found["settings"]
    assert ["run.steps", "100", "16000"] in found["settings"]
    assert ["root", "images"] in found["data"]
    assert (found["health"], found["scores"]) == ([], None)
    json.dumps(found, allow_nan=False)


def test_no_time_is_left_behind_the_last_step(make_training):
    """A finished training may be called with fewer steps, and changes nothing but its settings."""
    assert facts.gather(make_training([10, 20], **{"run.steps": 5}))["left"] == 0


def test_what_other_commands_left_beside_it(make_training):
    folder = make_training([10])
    entry = {
        "step": 10, "symptom": "flat", "value": 0.5, "threshold": None, "alarm": False, "line": "",
    }  # fmt: skip
    not_finite = json.dumps({**entry, "step": 20, "value": float("nan")})
    infinite = json.dumps(entry).replace("null", "1e999")
    lines = [json.dumps(entry), "{broken", "[1]", not_finite, infinite]
    (folder / "health.jsonl").write_text("\n".join(lines))
    report = {"step": 10, "directions": {"a2b": {"translation": {"l1": float("nan"), "kid": 7}}}}
    report["directions"]["a2b"]["beside_teacher"] = {"teacher": {"gmac": 10**400}}
    (folder / "evaluation.json").write_text(json.dumps(report).replace("7", "1e999"))
    images = {"version": 1, "a": [["x", 1, "h"]], "b": [["y", 1, "h"], ["z", 1, "h"]]}
    (folder / "training_images.json").write_text(json.dumps(images))
    found = facts.gather(folder)
    assert found["health"] == [entry]
    assert found["scores"] == {
        "step": 10,
        "directions": {"a2b": {"translation": {"l1": None, "kid": None}}},
    }
    assert ["images of A", "1"] in found["data"] and ["images of B", "2"] in found["data"]
    json.dumps(found, allow_nan=False)


def test_a_student_stands_beside_its_teacher():
    """In a table of its own, with the KID of the other table; whatever the file says."""
    kid = {"mean": 0.1477, "standard_error": 0.0179}
    costs = {"gmac": 0.01361, "megabytes": 0.118, "milliseconds": 5.14}
    table = {"teacher": {**costs, "kid": {**kid, "mean": 0.1}}, "student": {**costs, "psnr": 30.51}}
    figures = {"images": 3, "kid": {"translation": kid}, "beside_teacher": table}
    scores = {"step": 1, "directions": {"a2b": figures}}
    titles, first, second = facts.beside_teacher(scores)
    assert titles == ["", *facts.COLUMNS]
    assert first == ["teacher", "0.0136", "0.12", "5.1", "", "100.0 ± 17.9"]
    assert second == ["student", "0.0136", "0.12", "5.1", "30.5", "147.7 ± 17.9"]
    assert "beside_teacher" not in figures and facts.beside_teacher(scores) == []
    figures |= {
        "kid": [1],
        "realism": 2,
        "beside_teacher": {"student": {"gmac": "x", "psnr": None}},
    }
    assert facts.beside_teacher(scores)[1:] == [[who, *[""] * 5] for who in ("teacher", "student")]
    assert facts.beside_teacher(None) == facts.beside_teacher({"directions": {"a2b": 1}}) == []


def test_the_newest_and_the_best_checkpoint(make_training):
    folder = make_training([10])
    assert (facts.gather(folder)["newest"], facts.gather(folder)["best"]) == (None, None)
    for step in (10, 20):
        (folder / f"checkpoints/{step:09d}").mkdir(parents=True)
    best = {"step": 10, "name": "kid", "value": 0.5, "lower_is_better": True}
    (folder / "best.json").write_text(json.dumps({**best, "more": float("nan")}))
    found = facts.gather(folder)
    assert (found["newest"], found["best"]) == (20, best)
    (folder / "checkpoints/000000010").rmdir()
    assert facts.gather(folder)["best"] is None


def test_of_health_the_alarms_and_the_last_are_shown():
    entries = [
        {"step": step, "symptom": symptom, "alarm": step == alarm}
        for step in (1, 2, 3)
        for symptom, alarm in (("flat", 2), ("border", 0))
    ]
    shown = [(e["symptom"], e["step"]) for e in facts.shown_health(entries)]
    assert shown == [("flat", 2), ("flat", 3), ("border", 3)]


def test_what_is_no_training_is_refused(tmp_path):
    with pytest.raises(UserError, match="config.json"):
        facts.gather(tmp_path)


def test_long_curves_are_thinned_to_their_ends():
    long = {step: float(step) for step in range(1, 100_001)}
    found = facts.curves({"x": long, "y": {1: float("nan")}, "z": {1: float("inf"), 2: 3.0}})
    assert len(found["x"]) == facts.MOST_POINTS
    assert found["x"][0] == [1, 1.0] and found["x"][-1] == [100_000, 100_000.0]
    assert found["z"] == [[2, 3.0]] and "y" not in found


def noise_png(path, side):
    pixels = np.random.default_rng(side).integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path.read_bytes()


@pytest.mark.parametrize(("side", "least"), [(8, facts.MOST_SAMPLES), (600, 2)])
def test_samples_stay_small(tmp_path, side, least):
    png = noise_png(tmp_path / "x.png", side)
    found = facts.samples(dict.fromkeys(range(100, 4100, 100), png))
    assert least <= len(found) <= facts.MOST_SAMPLES and found[-1]["step"] == 4000
    assert sum(len(sample["url"]) for sample in found) <= facts.SAMPLE_BYTES
    assert found[0]["url"].startswith("data:image/jpeg;base64,")


def test_damaged_samples_are_left_out(tmp_path):
    png = noise_png(tmp_path / "x.png", 8)
    found = facts.samples({1: b"", 2: png.replace(b"PNG", b"PNX"), 3: png[:60], 4: png})
    assert [sample["step"] for sample in found] == [4]


def test_pauses_are_no_training():
    times = [(0, 1), (60, 2), (60 + 7200, 3), (60 + 7200 + 30, 4)]
    assert facts.trained_seconds(times) == 90
    assert facts.trained_seconds([]) == 0
