"""tools/reproduction/health.py: its rows, its images, and what its table counts."""

import json

import numpy as np
import pytest
from PIL import Image

import health_faults
from unit_tf.config import UserError
from unit_tf.resolve import resolve
from unit_tf.training.health.registry import SYMPTOMS


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("reproduction/health")


@pytest.fixture
def given(tool, tmp_path):
    """given(*flags) sets the tool's flags."""

    def parse(*arguments):
        for name in tool.FLAGS:
            tool.FLAGS[name].unparse()
        tool.FLAGS(["health.py", f"--output={tmp_path / 'runs'}", *arguments])

    return parse


def record(row, ended="", steps=500, **alarms):
    """What train_with_fault.py leaves; alarms by symptom, the step of the first."""
    values = {}
    for name, step in alarms.items():
        symptom = next(s for s in SYMPTOMS if s.name == name)
        worse = symptom.limit + 1 if symptom.above else symptom.limit - 1
        first = step - 50 * (symptom.patience - 1)
        fine = 0.01 if symptom.above else 1.0
        values[name] = [[s, worse if s >= first else fine] for s in range(50, step + 51, 50)]
    settings = {"weights.gan_start": 0, "run.health_every": 50}
    return {
        "row": row, "seed": 0, "steps": steps, "ended": ended, "values": values,
        "settings": settings,
    }  # fmt: skip


@pytest.mark.parametrize("name", health_faults.ROWS)
def test_every_row_is_an_experiment(tool, given, tmp_path, name):
    """With symptoms that there are, a fault that there is, and a command of its own."""
    given()
    row = health_faults.ROWS[name]
    where = tool.grid.Grid(tmp_path / "runs", tmp_path / "records")
    training = tool.training_of(name, 3, where)
    assert training.config == resolve(
        "blue_marble_quick", tool.changes_of(name, 3, where.output / "images")
    )
    assert training.config.run.seed == 3 and training.row == {"row": name}
    assert f"--fault={row.fault}" in training.command
    assert set(row.expected) <= {symptom.name for symptom in SYMPTOMS}
    assert row.fault in ("", *health_faults.FAULTS)


def test_images_are_written_once_and_differ(tmp_path):
    folder = health_faults.write_images(tmp_path / "a", "discs", 0)
    paths = sorted(folder.iterdir())
    assert len(paths) == health_faults.COUNT
    first, second = (np.asarray(Image.open(path)) for path in paths[:2])
    assert first.shape == (32, 32, 3) and (first != second).any()
    paths[0].write_bytes(b"kept")
    health_faults.write_images(folder, "discs", 0)
    assert paths[0].read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (record("turned", brightness_turned=400), (True, 0)),
        (record("turned", hue_turned=500, border=300), (True, 0)),
        (record("turned", brightness_turned=550), (False, 0)),
        (record("turned", steps=10_000, brightness_turned=900), (True, 0)),
        (record("turned", border=300), (False, 0)),
        # It counts from the middle of the training on.
        (record("unfilled", steps=3000, brightness_missed=1600), (True, 0)),
        (record("unfilled", steps=3000, brightness_missed=1700), (False, 0)),
        (record("fast", ended="step 7: gan/a is not finite"), (True, 0)),
        (record("relief"), (True, 0)),
        (record("relief", border=300, saturated=300), (False, 2)),
    ],
)
def test_the_verdict(tool, found, expected):
    assert tool.verdict(found) == expected


def test_the_table(tool):
    """Each training has a line; the last one counts."""
    found = [
        record("turned", brightness_turned=400),
        record("blank_b"),
        record("relief", border=300),
        record("fast", ended="step 104: total/generator is not finite"),
    ]
    lines = tool.table(found)
    assert lines[2].endswith("| 0 | 500 | brightness_turned 400 | in time | - |")
    assert lines[3].endswith("| none | no | - |") and lines[4].endswith("| border 300 | - | 1 |")
    assert lines[-1] == (
        "2 of 3 trainings made to fail raised a right alarm in time or ended by themselves (1), as "
        "a loss was not finite; 1 false alarms in 1 good trainings."
    )


def test_a_record_serves_wherever_its_images_lay(tool, given, tmp_path):
    """They are made by the row; what was trained must still be the same."""
    given("--run.steps=10")
    where = tool.grid.Grid(tmp_path / "elsewhere", tmp_path / "records", health_faults.PLACES)
    config = tool.training_of("discs", 0, where).config
    settings = {k: v for k, v in config.items() if k not in health_faults.PLACES}
    found = {**record("discs", steps=10), "settings": settings}
    where.results.mkdir()
    where.record("discs_0").write_text(json.dumps(found))
    here = tool.grid.Grid(tmp_path / "runs", where.results, health_faults.PLACES)
    assert here.is_done(tool.training_of("discs", 0, here))
    assert not here.is_done(tool.training_of("discs", 1, here))
    given("--run.steps=10", "--model.width=0.5")
    with pytest.raises(UserError, match="discs_0.json: another training .model.width"):
        here.is_done(tool.training_of("discs", 1, here))


def test_flags_that_a_row_sets_itself(tool, given, tmp_path):
    given("--optim.learning_rate=1e-4")
    with pytest.raises(UserError, match="--optim.learning_rate=.*: row fast sets it"):
        tool.changes_of("fast", 0, tmp_path)
    assert tool.changes_of("relief", 0, tmp_path)["optim.learning_rate"] == "1e-4"


def test_alarms_are_found_in_the_numbers(tool):
    """By today's limits; discriminators' not before they have begun to train."""
    found = record("relief", border=300, checkerboard=400)
    assert tool.alarms_of(found) == {"border": 300, "checkerboard": 400}
    late = record("relief", steps=2000, discriminator_dead=600)
    assert tool.alarms_of(late) == {"discriminator_dead": 600}
    late["settings"]["weights.gan_start"] = 500
    assert tool.alarms_of(late) == {}


def test_the_numbers_of_a_training(load_tool):
    child = load_tool("reproduction/train_with_fault")
    entries = [
        {"step": step, "symptom": name, "value": step / 100, "alarm": False, "line": ""}
        for step, name in [(1, "x"), (2, "x"), (3, "x"), (3, "y")]
    ]
    assert child.values(entries) == {"x": [[1, 0.01], [2, 0.02], [3, 0.03]], "y": [[3, 0.03]]}
