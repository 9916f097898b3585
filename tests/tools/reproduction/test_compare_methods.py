"""tools/reproduction/compare_methods.py: what it trains, and the tables of its records."""

import json

import numpy as np
import pytest

import cost_tables
import grid
import recipe_rows
import record_tables
import set_records
import set_trainings
from unit_tf.cli import flags
from unit_tf.presets import preset_config
from unit_tf.presets.munit_presets import SMALL_SCENES
from unit_tf.resolve import resolve


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduction/compare_methods")


@pytest.fixture
def report(load_tool):
    return load_tool("reproduction/report_methods")


@pytest.fixture
def trainings(tool, emoji, tmp_path):
    """{training's name: grid.Training} of all rows on all its sets, one seed."""
    for name in tool.FLAGS:
        tool.FLAGS[name].unparse()
    tool.FLAGS(["compare_methods", "--output=x", f"--emoji={emoji}", "--seeds=1"])
    jobs = set_trainings.chosen_jobs(tool.FLAGS, recipe_rows.METHODS)
    where = grid.Grid(tmp_path, tmp_path)
    found = [set_trainings.training_of(tool.FLAGS, recipe_rows.METHODS, j, where) for j in jobs]
    return {training.name: training for training in found}


def test_all_have_the_same_budget(tool, trainings):
    assert len(trainings) == len(tool.SETS) * len(recipe_rows.METHODS)
    configs = [training.config for training in trainings.values()]
    assert {c.run.steps for c in configs} == {3000}
    assert len({c.optim for c in configs}) == 1
    assert {(c.data.image_size, c.model.width) for c in configs} == {((64, 64), 0.25)}
    adversarial = [c.model for c in configs if c.model.method != "supervised"]
    own = {m.architecture: m for m in adversarial if m.architecture == "cyclegan2017"}
    assert own["cyclegan2017"].discriminator_depth == 0  # the papers' PatchGAN
    others = [m for m in adversarial if m.architecture not in own]
    assert len({(m.discriminator_width, m.discriminator_depth) for m in others}) == 1
    assert {(c.model.num_blocks, c.model.initializer) for c in configs} == {(2, "default")}


def test_its_unit_is_the_recipe(trainings):
    title = recipe_rows.ROWS["photos"].title
    assert recipe_rows.METHODS["photos"]._replace(title=title) == recipe_rows.ROWS["photos"]
    assert trainings["emoji_photos_1"].config.model == resolve("photos", {"data.root": "x"}).model


def record(row, seed, shift, **changes):
    """A record whose translations are ``shift`` worse than UNIT's."""
    each = {
        name: [round(20 + i + shift + 0.1 * seed, 4) for i in range(6)]
        for name in ("l1", "ssim", set_records.HEADLINE, "inside/l1", "outside/l1")
    }
    each["attribute"] = [int(i < 2 + shift) for i in range(6)]
    scores = {name: float(np.mean(values)) for name, values in each.items()}
    scores |= {"colour_order": 0.2, set_records.HEADLINE: 0.5}
    kid = {"translation": {"mean": 0.1 + shift}, "identity": {"mean": 0.5}}
    return {
        "group": "emoji", "row": row, "title": row, "paper": None, "seed": seed, "steps": 10,
        "overrides": {}, "commit": "c", "date": "d", "hardware": "h", "tensorflow": "2",
        "settings": dict(resolve("photos", {"data.root": "x"}).items()),
        "readings": [{"step": 10, "a2b": scores}],
        "references": {"a2b": {"constant": {"l1": 20.0}, "identity": {"l1": 90.0}}},
        "scores": {"a2b": {"each": each, "kid": kid}}, **changes,
    }  # fmt: skip


def test_differences_from_unit_stand_with_their_intervals(report):
    found = [record("photos", s, 0) for s in (0, 1, 2)] + [record("munit", s, 2) for s in (0, 1)]
    for one in found:
        assert set_records.complaint(one) is None
    lines = report.table(found).splitlines()
    scores, difference = (line for line in lines if line.startswith("| MUNIT"))
    assert "| 24.55 ± 0.07 |" in scores and "| 2100 ± 0 | 2 | 10 |" in scores
    # Two seeds are shared, and each image is worse by 2: no doubt is left.
    assert "| +2.00 ± 0.00 * |" in difference and difference.endswith("| 2 |")
    assert any(line.startswith("| untouched input | 90.00") and "| 500 |" in line for line in lines)


def test_faces_are_held_by_what_should_change(report):
    faces = [
        {**record(row, seed, shift), "group": "eyeglasses"}
        for row, shift in (("photos", 0), ("no_cycle", 1)) for seed in (0, 1)
    ]  # fmt: skip
    for one in faces:
        one["readings"][-1]["a2b"] |= {
            "attribute_share": np.mean(one["scores"]["a2b"]["each"]["attribute"]),
            "identity/inside/l1": 80.0, "identity/outside/l1": 0.1,
        }  # fmt: skip
    lines = report.table(faces).splitlines()
    assert "with the attribute | L1 inside | L1 outside" in lines[2]
    difference = [line for line in lines if line.startswith("| UNIT without cycle")][-1]
    assert "| +0.17 ± " in difference  # one face of six more


def test_a_single_seed_has_no_interval(report):
    lines = report.table([record("photos", 0, 0), record("munit", 0, 1)])
    assert "less UNIT" not in lines and "| MUNIT" in lines


def test_a_score_of_a_single_image_has_no_interval(report):
    """Such as that inside of a region which only one image has."""
    found = [record(row, s, s) for row in ("photos", "munit") for s in (0, 1)]
    for one in found:
        one["scores"]["a2b"]["each"]["ssim"][1:] = [None] * 5
    difference = [li for li in report.table(found).splitlines() if li.startswith("| MUNIT")][-1]
    assert difference.endswith("|  | 2 |") and difference.count("±") == 2


def test_trainings_of_other_lengths_are_not_held_against_each_other(report):
    longer = [record("munit", seed, 1, steps=20) for seed in (0, 1)]
    lines = report.table([*longer, record("photos", 0, 0), record("photos", 1, 0)])
    assert "less UNIT" not in lines and "| MUNIT" in lines


def test_records_of_other_rows_are_left_to_their_own_table(report):
    lines = report.table([record(row, 0, 0) for row in ("photos", "blue_marble", "munit")])
    assert "| MUNIT" in lines and "blue_marble" not in lines and "2 trainings: commit c" in lines


def test_a_data_set_with_the_recipes_trainings_alone_has_no_table(report):
    own = [record(row, 0, 0) for row in ("photos", "pairs")]
    assert report.table(own) == ""
    relief = [{**record(row, 0, 0), "group": "relief"} for row in ("photos", "munit")]
    lines = report.table([*own, *relief])
    assert "relief" in lines and "emoji" not in lines


def test_costs_come_with_scores_at_the_same_seconds(report, tmp_path, capsys):
    """Each table between its own markers; the first one's stay as they are without the record."""
    for i, one in enumerate([record("photos", 0, 0), record("munit", 0, 2)]):
        (tmp_path / f"{i}.json").write_text(json.dumps(one))
    page, groups = tmp_path / "page.md", ("table", "costs", "seconds")
    markers = {group: record_tables.markers("methods", group) for group in groups}
    page.write_text("\n".join(f"{begin}\n{end}" for begin, end in markers.values()))
    settings = dict(resolve("photos", {"data.root": "x"}).items())
    costs = {
        "title": "UNIT", "settings": settings, "cpu_seconds": 0.5, "peak_memory": 1e9,
        "parameters": 9, "translator_parameters": 4, "multiply_adds": 8, "directions": 2,
    }  # fmt: skip
    rows = {"photos": costs, "munit": {**costs, "title": "MUNIT", "cpu_seconds": 0.25}}
    about = dict.fromkeys(("commit", "date", "hardware", "tensorflow"), "x")
    path = tmp_path / "costs" / "methods.json"
    command = [f"--results={tmp_path}", f"--document={page}", f"--costs={path}"]

    def run():
        for name in report.FLAGS:
            report.FLAGS[name].unparse()
        assert flags.run(report.main, report.FLAGS, report.__doc__, ["report", *command]) == 0
        text = page.read_text()
        return {g: text.partition(b)[2].partition(e)[0] for g, (b, e) in markers.items()}

    found = run()
    assert "| MUNIT" in found["table"] and found["costs"] == found["seconds"] == "\n"
    path.parent.mkdir()
    path.write_text(json.dumps({"rows": rows, "rounds": 7, "steps": 9, "threads": "1", **about}))
    found = run()
    assert "| MUNIT | 2 | 0.00 |" in found["costs"]
    # Ten steps of MUNIT are as dear as five of UNIT, which was read after ten alone.
    assert "| MUNIT, of the recipe's size | 24.50 |" in found["seconds"]
    assert cost_tables.NOTE in found["seconds"]
    command[1:2] = []
    run()
    assert "10^9 multiply-adds" in capsys.readouterr().out


def test_munit_of_the_tables_is_the_presets_own():
    """Preset sketch_to_emoji has what the tables' MUNIT was measured with."""
    row = recipe_rows.METHODS["munit"]
    settings = dict(preset_config(row.preset).replace(row.changes).items())
    own = SMALL_SCENES | {"run.steps": settings["run.steps"]}
    assert own.items() <= settings.items()
