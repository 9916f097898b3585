"""tools/reproduction/method_costs.py: what a training takes, in turns, and the tables of it."""

import json
import types

import pytest

import cost_tables
import recipe_rows
import step_costs
from unit_tf.config import ExperimentConfig, UserError
from unit_tf.resolve import resolve

TINY = {
    "model.architecture": "resnet2017", "model.width": 1 / 16, "model.num_blocks": 1,
    "model.num_shared": 1, "model.discriminator_depth": 2, "data.image_size": 16,
}  # fmt: skip


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduction/method_costs")


def test_a_training_is_measured(write_pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(step_costs, "_STATE", {})
    write_pairs(tmp_path, 16)
    folders = {"data.source": "folder", "data.root": str(tmp_path)}
    step_costs.begin(ExperimentConfig().replace({**TINY, **folders}))
    method = step_costs._STATE["trainer"].method
    assert step_costs.take(1) > 0
    found = step_costs.end()
    assert found["directions"] == 2 and found["peak_memory"] > 1e8
    generators = sum(v.numpy().size for v in method.generator_variables)
    others = sum(v.numpy().size for v in method.discriminator_variables)
    assert found["parameters"] == generators + others
    # One of two private halves each of encoders and generators, and what both share.
    shared = sum(
        v.numpy().size
        for stack in (method.encoder.shared, method.generator.shared)
        for v in stack.trainable_variables
    )
    assert found["translator_parameters"] == (generators + shared) / 2
    # Of the stem alone; a step has many more.
    assert found["multiply_adds"] > 10 * 16 * 16 * 7 * 7 * 3 * 4


def test_trainings_take_their_turns(tool, monkeypatch):
    seen, times = [], iter([0.3, 9.0, 0.1, 8.0, 0.2, 7.0])

    class Worker:
        """Stands for a process of its own."""

        def __init__(self, workers, context):
            assert workers == 1

        def submit(self, function, *arguments):
            seen.append((function.__name__, *arguments))
            found = {"take": lambda: next(times), "end": lambda: {"parameters": 5}}
            return types.SimpleNamespace(result=found.get(function.__name__, lambda: None))

        def shutdown(self, cancel_futures):
            seen.append("shutdown")

    monkeypatch.setattr(tool.concurrent.futures, "ProcessPoolExecutor", Worker)
    found = tool.measured({"x": "config of x", "y": "config of y"}, 4, 3)
    assert found["x"] == {
        "cpu_seconds": 0.2, "cpu_seconds_each": [0.3, 0.1, 0.2], "parameters": 5,
    }  # fmt: skip
    assert found["y"]["cpu_seconds"] == 8.0
    assert seen == [
        ("begin", "config of x"), ("begin", "config of y"), *[("take", 4)] * 6, ("end",), ("end",),
        "shutdown", "shutdown",
    ]  # fmt: skip


def test_a_row_is_what_compare_methods_trains(tool):
    for name in tool.FLAGS:
        tool.FLAGS[name].unparse()
    tool.FLAGS(["method_costs", "--precision=mixed_bfloat16"])
    configs = tool.configs_of([*recipe_rows.METHODS])
    assert configs["photos"].model == resolve("photos", {"data.root": "x"}).model
    assert {c.run.precision for c in configs.values()} == {"mixed_bfloat16"}
    assert {c.optim.batch_size for c in configs.values()} == {4}


def row(name, seconds):
    settings = dict(resolve("photos", {"data.root": "x"}).items())
    return {
        "title": name, "settings": settings, "cpu_seconds": seconds, "peak_memory": 1.5e9,
        "parameters": 2_500_000, "translator_parameters": 440_000, "multiply_adds": 18_090_000_000,
        "directions": 2,
    }  # fmt: skip


COSTS = {
    "rows": {"photos": row("UNIT", 0.2), "fastcut": row("FastCUT", 0.1), "pairs": row("p", 0.05)},
    "rounds": 7, "steps": 20, "threads": "1", "commit": "c", "date": "d", "hardware": "h",
    "tensorflow": "2",
}  # fmt: skip


def trained(seed=0, l1=1.0, steps=(300, 600, 900)):
    readings = [{"step": step, "a2b": {"l1": l1 * step}} for step in steps]
    settings = dict(resolve("photos", {"data.root": "x"}).items())
    return {"seed": seed, "steps": steps[-1], "readings": readings, "settings": settings}


def test_the_table_says_what_rows_take():
    lines = cost_tables.cost_table(COSTS).splitlines()
    assert lines[2] == "| UNIT | 2 | 2.50 | 0.44 | 18.1 | 0.200 | 1.50 |"
    assert "Median of 7 turns of 20 steps" in lines[-1] and "float32" in lines[-1]


def test_the_cheapest_unpaired_row_is_the_budget():
    trainings = {"photos": [trained(0), trained(1)], "fastcut": [trained()], "pairs": [trained()]}
    lines = cost_tables.seconds_table(trainings, COSTS, [("L1", "l1", 0)])
    assert lines[0] == "| 1.5 CPU minutes | L1 | seeds | steps | CPU minutes |"
    # 450 steps of UNIT are as dear as 900 of FastCUT: its reading of step 300 is the last within.
    assert lines[2:] == [
        "| UNIT: preset photos | 300 ± 0 | 2 | 300 | 1.0 |",
        "| FastCUT, of the recipe's size | 900 | 1 | 900 | 1.5 |",
        "| the same networks on pairs | 900 | 1 | 900 | 0.8 |",
    ]
    assert cost_tables.seconds_table({"fastcut": [trained()]}, COSTS, [("L1", "l1", 0)]) == []


def test_a_row_without_a_reading_so_early_is_left_out():
    assert cost_tables.reading_within(trained()["readings"], 299) is None
    assert cost_tables.reading_within(trained()["readings"], 600)["step"] == 600
    trainings = {"photos": [trained(steps=(600, 900))], "fastcut": [trained()]}
    lines = cost_tables.seconds_table(trainings, COSTS, [("L1", "l1", 0)])
    assert len(lines) == 3 and "FastCUT" in lines[2]


def test_costs_of_other_settings_are_left_out(capsys):
    other = trained()
    other["settings"]["run.precision"] = "mixed_bfloat16"
    trainings = {"photos": [other], "fastcut": [trained()], "pairs": [trained()]}
    lines = cost_tables.seconds_table(trainings, COSTS, [("L1", "l1", 0)])
    assert [line.split(" |")[0] for line in lines[2:]] == [
        "| FastCUT, of the recipe's size", "| the same networks on pairs",
    ]  # fmt: skip
    assert "photos: its costs were measured with other settings" in capsys.readouterr().err
    longer = trained()
    longer["settings"] |= {"run.steps": 7, "data.source": "avatars", "weights.gan_start": 3}
    assert cost_tables.fits("photos", longer, COSTS["rows"]["photos"])


def test_a_record_that_is_none_is_refused(tmp_path):
    path = tmp_path / "methods.json"
    assert cost_tables.read_costs(path) is None
    path.write_text(json.dumps(COSTS))
    assert cost_tables.read_costs(path)["rows"]["photos"]["cpu_seconds"] == 0.2
    path.write_text(json.dumps({**COSTS, "rows": {"photos": {**row("x", 1), "cpu_seconds": 0}}}))
    with pytest.raises(UserError, match="methods.json: not a record.*cpu_seconds: 0; expected"):
        cost_tables.read_costs(path)
    path.write_text("[]")
    with pytest.raises(UserError, match="it is no object"):
        cost_tables.read_costs(path)
