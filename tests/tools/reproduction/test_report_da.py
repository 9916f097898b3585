"""tools/reproduction/report_da.py: the last step is the headline, and seeds are averaged."""

import json
import pathlib

import pytest

import record_tables
from unit_tf.cli import flags

ROOT = pathlib.Path(__file__).parents[3]


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduction/report_da")


def places_of(tool):
    """The lines around each table, in pairs."""
    return [record_tables.markers(tool.MARKER, group) for group in tool.GROUPS]


def result(readings, seed=0, **more):
    """What a training writes, with the given accuracies on the target."""
    usual = {
        "row": 0, "title": "UNIT", "direction": "MNIST to USPS", "paper": 0.9597, "group": "table",
        "steps": 20, "commit": "c0ffee", "date": "2026-11-23",
        "hardware": "one core", "tensorflow": "2.21.0",
        "overrides": {
            "run.steps": "20", "data.usps_dir": "/secret", "data.test_dir_b": "test[:40]",
        },
        "settings": {"model.width": 0.125},
    }  # fmt: skip
    steps = [{"step": 20 * i // len(readings), "a": 0.5, "b": b} for i, b in enumerate(readings, 1)]
    return {**usual, "seed": seed, "readings": steps, **more}


@pytest.fixture
def report(tool, tmp_path, capsys):
    """report([result, ...], *flags) -> (exit code, stdout, stderr)."""

    def run(results, *arguments):
        for old in tmp_path.glob("*.json"):
            old.unlink()
        for i, content in enumerate(results):
            (tmp_path / f"{i}.json").write_text(json.dumps(content))
        for name in tool.FLAGS:
            tool.FLAGS[name].unparse()
        argv = ["report_da", f"--results={tmp_path}", *arguments]
        code = flags.run(tool.main, tool.FLAGS, tool.__doc__, argv)
        return code, *capsys.readouterr()

    return run


def test_the_headline_is_the_last_step(report):
    """0.9 was better, and is only beside it."""
    _, out, _ = report([result([0.5, 0.7], seed=1), result([0.9, 0.6], seed=0)])
    (line,) = (line for line in out.splitlines() if "MNIST to USPS" in line)
    assert [cell.strip() for cell in line.strip("|").split("|")] == [
        "UNIT", "MNIST to USPS", "0.9597", "0.6500 ± 0.0707", "0.6000 0.7000", "0.8000 ± 0.1414",
        "0.5000 ± 0.0000", "20",
    ]  # fmt: skip
    assert "2 trainings: commit c0ffee, 2026-11-23, one core" in out and "secret" not in out
    assert "--run.steps=20 --data.test_dir_b=test[:40]." in out


def test_rows_keep_their_order_and_groups_their_tables(report, tool):
    _, out, _ = report(
        [
            result([0.3], row=2, title="late"),
            result([0.2], row=1, title="early", paper=None),
            result([0.1], row=9, title="changed", group="ablations"),
        ]
    )
    first, second = out.split("\n\n| row")
    assert first.index("early") < first.index("late") and "changed" not in first
    assert "changed" in second and "| early | MNIST to USPS |  | 0.2000 |" in first


def test_the_document(report, tool, tmp_path):
    page = tmp_path / "page.md"
    places = [f"{begin}\nold\n{end}\n" for begin, end in places_of(tool)]
    page.write_text("before\n" + "between\n".join(places) + "after\n")
    assert report([result([0.25])], f"--document={page}", "--check")[0] == 0
    assert page.read_text().count("old") == 2
    assert report([result([0.25])], f"--document={page}")[0] == 0
    text = page.read_text()
    assert "0.2500" in text and "old" not in text and "between" in text
    assert text.startswith("before\n") and text.endswith("\nafter\n")


def test_the_repositorys_records_have_their_places_in_its_document(report):
    results, document = ROOT / "results" / "da", ROOT / "docs" / "results.md"
    code, _, err = report([], f"--results={results}", f"--document={document}", "--check")
    assert (code, err) == (0, "")


@pytest.mark.parametrize("results", ["", "absent", "page.md"])
def test_without_records_the_document_stays(report, tool, tmp_path, results):
    page = tmp_path / "page.md"
    page.write_text("".join(f"{b}\nold\n{e}\n" for b, e in places_of(tool)))
    before = page.read_text()
    code, _, err = report([], f"--results={tmp_path / results}", f"--document={page}")
    assert code == 2 and err.count("\n") == 1 and f"--results={tmp_path / results}" in err
    assert page.read_text() == before


def last(**change):
    """Readings whose last one is changed."""
    return {"readings": [{"b": 0.5}, {"step": 20, "a": 0.5, "b": 0.5, **change}]}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"readings": []}, "readings: []; expected a list of some"),
        ({"readings": {"b": 1}}, 'readings: {"b": 1}; expected a list'),
        ({"readings": [0.5]}, "a reading is no object"),
        ({"readings": [{"a": 0.5}, {}]}, "a reading lacks b"),
        (last(b="0.9"), 'b: "0.9"; expected a number from 0 to 1'),
        (last(b=None), "b: null; expected a number"),
        (last(b=97.0), "b: 97.0; expected a number"),
        (last(b=float("nan")), "b: NaN; expected a number"),
        (last(a=True), "a: true; expected a number"),
        (last(step=None), "step: null; expected a whole number"),
        ({"readings": [{"step": "x", "b": 0.5}, {"step": 20, "a": 0.5, "b": 0.5}]}, 'step: "x"; e'),
        ({"settings": {"data.gone": 1}}, "--data.gone: no such setting"),
        ({"settings": {"run.steps": "1\n2"}}, r"--run.steps=1\n2: expected a whole number"),
        ({"settings": None}, "settings: null; expected an object"),
        ({"row": "x"}, 'row: "x"; expected a whole number'),
        ({"paper": "0.9"}, 'paper: "0.9"; expected a number from 0 to 1, or null'),
        ({"title": 3}, "title: 3; expected text"),
        ({"direction": 3}, "direction: 3; expected text"),
        ({"steps": "x"}, 'steps: "x"; expected a whole number'),
        ({"seed": "0"}, 'seed: "0"; expected a whole number'),
        ({"overrides": [1]}, "overrides: [1]; expected an object"),
        ({"group": "tables"}, 'group: "tables"; expected table or ablations'),
        ({"commit": 7}, "commit: 7; expected text, or null"),
        (None, "it is no object"),
    ],
)
def test_what_is_no_record(report, tmp_path, change, reason):
    code, _, err = report([change and {**result([0.5]), **change}])
    assert code == 2 and err.count("\n") == 1
    assert f"{tmp_path / '0.json'}: not a record of tools/reproduction/da.py ({reason}" in err


def test_what_is_not_known_is_left_open(report):
    """git_commit() gives nothing outside of a checkout; a lost reading has no step."""
    lost = {"readings": [{"step": None, "b": 0.75}, {"step": 20, "a": 0.5, "b": 0.5}]}
    code, out, _ = report([result([0.5], commit=None), {**result([], seed=1), **lost}])
    assert code == 0 and "1 training: commit unknown," in out and "| 0.6250 ± 0.1768 |" in out


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "the same row and seed as {}; keep one"),
        ({"seed": 1, "settings": {}}, "other settings than {} (model.width: 1.0 != 0.125)"),
        ({"seed": 1, "settings": {"model.width": 0.125, "run.steps": 7, "run.seed": 1}}, None),
        ({"direction": "USPS to MNIST", "settings": {}}, None),
        ({"row": 1, "settings": {}}, None),
    ],
)
@pytest.mark.parametrize("flag", ["--check", "--nocheck"])
def test_what_must_not_be_averaged(report, tmp_path, change, reason, flag):
    """One training twice, or two of other settings; both files are named."""
    code, _, err = report([result([0.5]), {**result([0.5]), **change}], flag)
    if reason:
        message = f"{tmp_path / '1.json'}: {reason.format(tmp_path / '0.json')}"
        assert code == 2 and err.count("\n") == 1 and message in err
    else:
        assert code == 0 and err == ""


@pytest.mark.parametrize("content", [None, "no places"])
def test_a_document_without_places(report, tmp_path, content):
    page = tmp_path / "page.md"
    if content:
        page.write_text(content)
    code, _, err = report([result([0.5])], f"--document={page}")
    assert code == 2 and err.count("\n") == 1 and f"--document={page}: no" in err
    assert not content or page.read_text() == content
