"""tools/reproduction/da.py on small data sets: trains, goes on, and mixes nothing up.

Also what its processes, tools/reproduction/train_and_read.py, refuse before they train.
"""

import json
import pathlib
import shutil
import sys

import pytest

import grid
from unit_tf.cli import flags

ROOT = pathlib.Path(__file__).parents[3]
TINY = [
    "--optim.batch_size=4", "--run.steps=20", "--rows=source_only", "--seeds=0", "--jobs=2",
]  # fmt: skip
NAME = "source_only_mnist_usps_0"  # of one of the two trainings


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduction/da")


@pytest.fixture
def run(tool, small_digits, tmp_path, capfd):
    """run(*flags) -> (exit code, stdout, stderr)."""

    def run(*arguments, data=small_digits):
        argv = ["da", f"--output={tmp_path}", f"--results={tmp_path / 'records'}"]
        argv += [f"--data.tfds_dir={data}", *arguments]
        for name in tool.FLAGS:
            tool.FLAGS[name].unparse()
        code = flags.run(tool.main, tool.FLAGS, tool.__doc__, argv)
        return code, *capfd.readouterr()

    return run


def test_every_row_can_be_trained(tool):
    """Its presets are there, and its changes are settings that they read."""
    tool.FLAGS(["da", "--output=x", "--model.width=0.25"])
    jobs = [job for row in tool.ROWS for job in tool.jobs_of(row, [1])]
    assert len({job.name for job in jobs}) == len(jobs)
    for job in jobs:
        config = tool.run_config(job)
        assert config.run.seed == 1 and config.preset == job.preset
        changed = dict(config.items())
        assert all(changed[name] == value for name, value in tool.ROWS[job.row].changes.items())
        # Classifiers are as wide in every row.
        assert (config.model.discriminator_width or config.model.width) == 1


def test_only_rows_that_have_records_start_as_when_those_were_made(tool):
    """A new row gets today's defaults; what is trained for an old one can be averaged with it."""
    stored = {"optim.ema_warmup": False}
    directions = {title: name for name, title in tool.DIRECTIONS.items()}
    recorded = set()
    for path in (ROOT / "results" / "da").glob("*.json"):
        record = json.loads(path.read_text())
        row = [*tool.ROWS][record["row"]]
        assert tool.Job(row, directions[record["direction"]], record["seed"]).name == path.stem
        if directions[record["direction"]] in tool.TABLE_2:
            recorded.add(row)
            assert record["settings"].items() >= stored.items()
    assert {name for name, row in tool.ROWS.items() if row.start} == recorded
    assert all(row.start in ({}, stored) for row in tool.ROWS.values())
    assert tool.Row("new", "da_{}").start == {}


def test_a_rows_start_is_what_it_trains_with(tool, monkeypatch):
    tool.FLAGS(["da", "--output=x"])
    for start, grows in ((tool.ROWS["da"].start, False), ({}, True)):
        row = tool.ROWS["da"]._replace(start=start)
        monkeypatch.setitem(tool.ROWS, "da", row)
        assert tool.run_config(tool.Job("da", "mnist_usps", 0)).optim.ema_warmup == grows
        assert tool.run_config(tool.Job("da", "mnist_tiles", 0)).optim.ema_warmup


def test_the_third_task_has_the_rows_of_papers_and_needs_no_usps(tool):
    """It is trained where it is asked for; where its images are not is no setting of its own."""
    tool.FLAGS(["da", "--output=x", "--data.usps_dir=u", "--data.tfds_dir=t"])
    assert tool.FLAGS.tasks == ["mnist_usps", "usps_mnist"]
    jobs = [job for row in tool.ROWS for job in tool.jobs_of(row, [0], ["mnist_tiles"])]
    assert [job.row for job in jobs] == ["da", "cogan", "dann", "source_only", "dann_clipped"]
    for job in jobs:
        data = tool.run_config(job).data
        assert (data.source, data.tfds_dir, data.usps_dir) == ("mnist_over_tiles", "t", "")
        assert tool.described(job)["direction"] == "MNIST to MNIST over tiles"
    assert tool.run_config(tool.Job("da", "mnist_usps", 0)).data.usps_dir == "u"


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--rows=cogn", "--rows=cogn: no such row; did you mean cogan?"),
        ("--seeds=x", "--seeds=x: expected a whole number"),
        ("--run.seed=3", "--run.seed: set by this tool"),
        ("--document=missing.md", "--document=missing.md: no such file"),
        ("--rows=", "--rows: none; of table, ablations, da,"),
        ("--seeds=", "--seeds: none"),
        ("--tasks=mnist_tile", "--tasks=mnist_tile: no such name; did you mean mnist_tiles"),
        ("--tasks=", "--tasks: none; of mnist_usps, usps_mnist, mnist_tiles"),
        (f"--output={__file__}", "test_da.py is no folder to write to"),
        (f"--results={__file__}/x", "test_da.py is no folder to write to"),
        ("--data.dir_a=none", "source_only_mnist_usps_0: --data.dir_a=none: no such split of mn"),
    ],
)
def test_refusals(run, in_process, argument, message, tmp_path):
    """Also what only the trainings can find out; and nothing is left of them."""
    first = [] if argument.startswith(("--rows", "--seeds", "--output")) else TINY
    with in_process():
        code, out, err = run(*first, argument)
    assert code == 2 and message in err and "Traceback" not in err and out == ""
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_task_that_no_row_has(run):
    code, out, err = run("--rows=ablations", "--tasks=mnist_tiles")
    assert code == 2 and out == ""
    assert err == "da: --tasks=mnist_tiles: no row of --rows=ablations has it\n"


@pytest.mark.parametrize("content", ["{", "[]", '{"steps": 20}'])
def test_what_is_no_record_is_refused(run, tmp_path, content):
    """Before anything is trained, and it stays as it is."""
    path = tmp_path / "records" / "x.json"
    path.parent.mkdir()
    path.write_text(content)
    code, _, err = run(*TINY)
    assert code == 2 and f"{path}: not a record of tools/reproduction/da.py (" in err
    assert path.read_text() == content and len(list(tmp_path.iterdir())) == 1


def test_a_row_from_nothing(run, in_process, tmp_path):
    """Both directions."""
    with in_process():
        code, out, _ = run(*TINY)
    assert code == 0 and out.count(" min\n") == 2 and out.count("| source only |") == 2
    whole = json.loads((tmp_path / NAME / "result.json").read_text())
    record = tmp_path / "records" / f"{NAME}.json"
    assert json.loads(record.read_text()) == whole
    assert whole["overrides"] == {"optim.batch_size": "4", "run.steps": "20"}  # no places
    assert [reading["step"] for reading in whole["readings"]] == list(range(2, 21, 2))
    assert all(0 <= reading["b"] <= 1 for reading in whole["readings"])


@pytest.mark.slow
def test_a_row_that_was_cut_off(run, in_process, tmp_path):
    """Killed after its last checkpoint, before that was read: that alone is done, in a process."""
    with in_process():
        assert run(*TINY)[0] == 0
    path, record = tmp_path / NAME / "result.json", tmp_path / "records" / f"{NAME}.json"
    whole = json.loads(path.read_text())
    cut_off = {**whole, "readings": whole["readings"][:-1], "is_whole": False}
    path.write_text(json.dumps(cut_off))
    record.unlink()
    code, _, err = run(*TINY, "--optim.l2=0")
    assert code == 2 and f"{NAME}: another training (optim.l2: 0.0 !=" in err
    code, out, _ = run(*TINY)
    assert code == 0 and out.count(" min\n") == 1
    again = json.loads(record.read_text())["readings"]
    assert again[:-1] == whole["readings"][:-1]
    # A process that only reads has no speed to tell.
    assert again[-1] == {key: whole["readings"][-1][key] for key in ("step", "a", "b")}
    assert all(whole["readings"][1][key] > 0 for key in ("cpu_seconds", "images_per_second"))
    shutil.rmtree(tmp_path / NAME)  # the record is enough
    code, out, _ = run(*TINY)
    assert code == 0 and out.count(" min\n") == 0
    code, _, err = run(*TINY, "--optim.l2=0")
    assert code == 2 and f"{NAME}.json: another training (optim.l2: 0.0 !=" in err
    code, _, err = run(*TINY, "--seeds=1", "--optim.l2=0")  # would be averaged with seed 0
    assert code == 2 and f"{NAME}.json: another training (optim.l2: 0.0 !=" in err


def test_nothing_is_reported_where_all_trainings_break(run, tool, monkeypatch):
    def broken(name, config, command, row):
        return grid.Training(name, config, [sys.executable, "-c", "raise SystemExit(1)"], row)

    whole = tool.training_of
    monkeypatch.setattr(tool, "training_of", lambda *job: broken(*whole(*job)))
    code, out, err = run(*TINY)
    assert code == 1 and out == ""
    assert [line.split(": ")[1][:11] for line in err.splitlines()] == ["exit 1; see"] * 2


@pytest.fixture
def train_and_read(load_tool, tmp_path, monkeypatch, capsys):
    """train_and_read(tests of A, of B, *flags) -> (exit code, stderr); it must not train."""
    from unit_tf.cli import quiet
    from unit_tf.data import datasets
    from unit_tf.data.base import Data

    tool = load_tool("reproduction/train_and_read")
    monkeypatch.setattr(quiet, "prefer_onednn", lambda: None)  # would outlive the test

    def run(test_a, test_b, *arguments):
        monkeypatch.setattr(datasets, "open_data", lambda config: Data([0], [0], test_a, test_b))
        argv = ["x", f"--workdir={tmp_path / 'w'}", f"--record={tmp_path / 'r'}", *arguments]
        argv.append("--preset=source_only_mnist_usps")
        return flags.run(tool.main, tool.FLAGS, tool.__doc__, argv), capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("tests", "argument", "message"),
    [
        (([0], []), "--data.test_dir_b=test[:0]", "--data.test_dir_b=test[:0]: no test images"),
        (([], [0]), "--run.steps=3", "--data.test_dir_a: no test images"),
    ],
)
def test_without_test_images_nothing_is_trained(train_and_read, tmp_path, tests, argument, message):
    code, err = train_and_read(*tests, argument)
    assert code == 2 and err.count("\n") == 1 and message in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", ['{"readings": [', "null", "{}", '{"readings": 3}', '{"readings": [{"step": "1"}]}']
)
def test_damaged_readings_are_named(train_and_read, tmp_path, content):
    path = tmp_path / "w/result.json"
    path.parent.mkdir()
    path.write_text(content)
    code, err = train_and_read([0], [0])
    assert code == 2 and err.count("\n") == 1 and f"{path}: damaged; expected the readings" in err
    assert path.read_text() == content and list(tmp_path.rglob("*.*")) == [path]
