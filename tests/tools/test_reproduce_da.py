"""tools/reproduce_da.py on small data sets: trains, goes on, reports, and chooses nothing."""

import json

import pytest

from unit_tf.cli import flags

TINY = [
    "--model.discriminator_width=0.1", "--optim.batch_size=4", "--run.steps=20",
    "--rows=source_only", "--seeds=0", "--jobs=2",
]  # fmt: skip


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduce_da")


def result(readings, seed=0, **more):
    """What a training writes, with the given accuracies on the target."""
    usual = {
        "row": "any", "steps": 20, "is_whole": True, "seconds": 1.0, "commit": "c0ffee",
        "date": "2026-11-23", "hardware": "one core", "tensorflow": "2.21.0",
        "overrides": {"run.steps": "20", "data.usps_dir": "/secret"},
    }  # fmt: skip
    steps = [{"step": 2 * i, "a": 0.5, "b": b} for i, b in enumerate(readings, 1)]
    return {**usual, "seed": seed, "readings": steps, **more}


@pytest.fixture
def reported(tool, tmp_path, capsys):
    """reported({"PRESET_SEED": result}, *flags): the table of trainings that are there already."""

    def report(results, *arguments):
        for name, content in results.items():
            (tmp_path / name).mkdir(parents=True)
            (tmp_path / name / "result.json").write_text(json.dumps(content))
        argv = ["reproduce_da", f"--output={tmp_path}", "--notrain", *arguments]
        code = flags.run(tool.main, tool.FLAGS, tool.__doc__, argv)
        return code, *capsys.readouterr()

    return report


def test_the_headline_is_the_last_step(reported):
    """0.9 was better, and is only beside it; a training that is not whole does not count."""
    _, out, _ = reported(
        {
            "da_mnist_usps_0": result([0.9, 0.6]),
            "da_mnist_usps_1": result([0.5, 0.7]),
            "da_mnist_usps_2": result([0.1], is_whole=False),
        }
    )
    (line,) = (line for line in out.splitlines() if "MNIST to USPS" in line)
    assert [cell.strip() for cell in line.strip("|").split("|")] == [
        "UNIT", "MNIST to USPS", "0.9597", "0.6500 ± 0.0707", "0.6000 0.7000", "0.8000 ± 0.1414",
        "0.5000 ± 0.0000", "20",
    ]  # fmt: skip
    assert "2 trainings: commit c0ffee, 2026-11-23, one core" in out and "secret" not in out


def test_the_document(reported, tool, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{tool.START}\nold\n{tool.END}\nafter\n")
    code, _, _ = reported({"dann_usps_mnist_0": result([0.25])}, f"--document={page}")
    text = page.read_text()
    assert code == 0 and "0.2500" in text and "old" not in text
    assert text.startswith("before\n") and text.endswith("\nafter\n")


def test_every_row_can_be_trained(tool):
    """Its presets are there, and its changes are settings that they read."""
    tool.FLAGS(["reproduce_da", "--output=x"])
    jobs = [job for row in tool.ROWS for job in tool.jobs_of(row, [1])]
    assert len({job.folder for job in jobs}) == len(jobs)
    for job in jobs:
        config = tool.run_config(job)
        assert config.run.seed == 1 and config.preset == job.preset
        changed = dict(config.items())
        assert all(changed[name] == value for name, value in tool.ROWS[job.row].changes.items())


def test_refusals(reported, tmp_path):
    code, _, err = reported({}, "--rows=cogn")
    assert code == 2 and "--rows=cogn: no such row; did you mean cogan?" in err
    page = tmp_path / "page.md"
    page.write_text("no markers")
    code, _, err = reported({}, "--rows=da", f"--document={page}")
    assert code == 2 and "page.md: no <!-- reproduce_da: begin -->" in err
    assert page.read_text() == "no markers"


def test_a_row_from_nothing(tool, small_digits, tmp_path, capsys):
    """Both directions are trained in processes of their own, and the second time not again."""
    argv = ["reproduce_da", f"--output={tmp_path}", f"--data.tfds_dir={small_digits}", *TINY]
    assert flags.run(tool.main, tool.FLAGS, tool.__doc__, argv) == 0
    out, _ = capsys.readouterr()
    assert out.count(" min\n") == 2 and out.count("| source only |") == 2
    whole = json.loads((tmp_path / "source_only_mnist_usps_0/result.json").read_text())
    assert [reading["step"] for reading in whole["readings"]] == list(range(2, 21, 2))
    assert all(0 <= reading["b"] <= 1 for reading in whole["readings"])
    assert flags.run(tool.main, tool.FLAGS, tool.__doc__, argv) == 0
    assert " min\n" not in capsys.readouterr().out


def test_a_failed_training_is_named(tool, tmp_path, capsys):
    argv = ["reproduce_da", f"--output={tmp_path}", f"--data.tfds_dir={tmp_path}", *TINY]
    assert flags.run(tool.main, tool.FLAGS, tool.__doc__, argv) == 1
    assert "source_only_mnist_usps_0: exit 2; see " in capsys.readouterr().err
