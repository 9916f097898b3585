"""tools/reproduce_da.py on small data sets: trains, goes on, and mixes nothing up."""

import json
import shutil

import pytest

from unit_tf.cli import flags

TINY = [
    "--optim.batch_size=4", "--run.steps=20", "--rows=source_only", "--seeds=0", "--jobs=2",
]  # fmt: skip


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduce_da")


@pytest.fixture
def run(tool, small_digits, tmp_path, capfd):
    """run(*flags) -> (exit code, stdout, stderr)."""

    def run(*arguments, data=small_digits):
        argv = ["reproduce_da", f"--output={tmp_path}", f"--results={tmp_path / 'records'}"]
        argv += [f"--data.tfds_dir={data}", *arguments]
        for name in tool.FLAGS:
            tool.FLAGS[name].unparse()
        code = flags.run(tool.main, tool.FLAGS, tool.__doc__, argv)
        return code, *capfd.readouterr()

    return run


def test_every_row_can_be_trained(tool):
    """Its presets are there, and its changes are settings that they read."""
    tool.FLAGS(["reproduce_da", "--output=x", "--model.width=0.25"])
    jobs = [job for row in tool.ROWS for job in tool.jobs_of(row, [1])]
    assert len({job.folder for job in jobs}) == len(jobs)
    for job in jobs:
        config = tool.run_config(job)
        assert config.run.seed == 1 and config.preset == job.preset
        changed = dict(config.items())
        assert all(changed[name] == value for name, value in tool.ROWS[job.row].changes.items())
        # Classifiers are as wide in every row.
        assert (config.model.discriminator_width or config.model.width) == 1


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--rows=cogn", "--rows=cogn: no such row; did you mean cogan?"),
        ("--seeds=x", "--seeds=x: expected a whole number"),
        ("--run.seed=3", "--run.seed: set by this tool"),
        ("--document=missing.md", "--document=missing.md: no such file"),
    ],
)
def test_refusals(run, argument, message, tmp_path):
    code, _, err = run(argument)
    assert code == 2 and message in err
    assert list(tmp_path.iterdir()) == []


def test_a_row_from_nothing(run, tool, tmp_path):
    """Both directions in processes of their own; again only what was cut off; other settings no."""
    code, out, _ = run(*TINY)
    assert code == 0 and out.count(" min\n") == 2 and out.count("| source only |") == 2
    name = "source_only_mnist_usps_0"
    path, record = tmp_path / name / "result.json", tmp_path / "records" / f"{name}.json"
    whole = json.loads(path.read_text())
    assert json.loads(record.read_text()) == whole
    assert [reading["step"] for reading in whole["readings"]] == list(range(2, 21, 2))
    assert all(0 <= reading["b"] <= 1 for reading in whole["readings"])
    # Killed after its last checkpoint, before that was read.
    cut_off = {**whole, "readings": whole["readings"][:-1], "is_whole": False}
    path.write_text(json.dumps(cut_off))
    record.unlink()
    code, _, err = run(*TINY, "--optim.l2=0")
    assert code == 2 and f"{name}: another training (optim.l2: 0.0 !=" in err
    code, out, _ = run(*TINY)
    assert code == 0 and out.count(" min\n") == 1
    assert json.loads(record.read_text())["readings"] == whole["readings"]
    shutil.rmtree(tmp_path / name)  # the record is enough
    code, out, _ = run(*TINY)
    assert code == 0 and out.count(" min\n") == 0
    code, _, err = run(*TINY, "--optim.l2=0")
    assert code == 2 and f"{name}.json: another training (optim.l2: 0.0 !=" in err


def test_a_failed_training_is_named(run, tmp_path):
    code, _, err = run(*TINY, data=tmp_path)
    assert code == 1 and "source_only_mnist_usps_0: exit 2; see " in err
