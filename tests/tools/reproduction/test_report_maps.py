"""tools/reproduction/report_maps.py: tables of the last step, and plots that show every row."""

import io
import json
import pathlib

import numpy as np
import pytest
from PIL import Image

import map_records
import record_tables
from unit_tf.cli import flags

ROOT = pathlib.Path(__file__).parents[3]


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduction/report_maps")


def scores(accuracy, order=0.5, contrast=None):
    known = {} if contrast is None else {"land_contrast": contrast}
    return {
        **known,
        "accuracy/all_channels": accuracy, "accuracy/per_channel": 0.75, "accuracy/euclidean": 0.25,
        "l1": 20.0, "psnr": 18.0, "ssim": 0.5, "colour_order": order,
    }  # fmt: skip


def result(accuracies, row="full", seed=0, order=0.5, contrast=0.25, **more):
    """What a training writes, with the given pixel accuracies from A to B."""
    readings = [
        {"step": 20 * i // len(accuracies), "a2b": scores(a, order, contrast), "b2a": scores(0.125),
         "cpu_seconds": 0.5, "images_per_second": 40.0}
        for i, a in enumerate(accuracies, 1)
    ]  # fmt: skip
    usual = {
        "row": row, "title": row.replace("_", " "), "paper": 0.6, "group": "figure_2d", "steps": 20,
        "commit": "c0ffee", "date": "2026-11-25", "hardware": "one core", "tensorflow": "2.21.0",
        "overrides": {}, "settings": {"model.width": 0.125},
    }  # fmt: skip
    return {**usual, "seed": seed, "readings": readings, **more}


@pytest.fixture
def report(tool, tmp_path, capsys):
    """report([result, ...], *flags) -> (exit code, stdout, stderr)."""

    def run(results, *arguments):
        for i, content in enumerate(results):
            (tmp_path / f"{i}.json").write_text(json.dumps(content))
        for name in tool.FLAGS:
            tool.FLAGS[name].unparse()
        argv = ["report_maps", f"--results={tmp_path}", *arguments]
        code = flags.run(tool.main, tool.FLAGS, tool.__doc__, argv)
        return code, *capsys.readouterr()

    return run


def reading(contrast=0.25, **more):
    """One of readings."""
    return {"step": 20, "a2b": scores(0.5, contrast=contrast), "b2a": scores(0.5), **more}


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_last_step_counts_and_swaps_are_counted(report):
    """0.9 was better, and is nowhere."""
    code, out, _ = report([
        result([0.9, 0.5]), result([0.9, 0.25], seed=1, order=-0.5),
        result([0.125], row="no_cycle", contrast=-0.5),
        result([0.125], row="identity"),
        result([0.125], row="identity", seed=1, contrast=None),
    ])  # fmt: skip
    full, no_cycle, unknown = (cells(line) for line in out.splitlines() if "| 20 |" in line)
    assert code == 0 and "0.9" not in out
    assert full == [
        "full", "0.600", "0.375 ± 0.177", "0.750 ± 0.000", "0.250 ± 0.000", "20.0 ± 0.0",
        "18.0 ± 0.0", "0.500 ± 0.000", "0.00 ± 0.71", "0.25 ± 0.00", "0.500 0.250",
        "1 of 2", "0 of 2", "0.125 ± 0.000",
        "20", "40", "0.500",
    ]  # fmt: skip
    assert no_cycle[2] == "0.125" and no_cycle[-6:-4] == ["0 of 1", "1 of 1"]
    assert unknown[9] == "" and unknown[-6:-4] == ["0 of 2", ""]
    assert "5 trainings: commit c0ffee, 2026-11-25, one core" in out


def test_rows_are_in_the_papers_order_and_grids_by_number(report, tool):
    grid = {"group": "figure_2c", "paper": None}
    _, out, _ = report([
        result([0.5], row="munit2018"), result([0.5], row="no_cycle"), result([0.5], row="full"),
        *(result([0.5], row=row, **grid) for row in ("kl1_likelihood10", "kl0.1_likelihood100",
                                                     "kl0.1_likelihood10")),
    ])  # fmt: skip
    rows = [cells(line)[0] for line in out.splitlines() if "| 20 |" in line]
    assert rows == [
        "full", "no cycle", "munit2018", "kl0.1 likelihood10", "kl0.1 likelihood100",
        "kl1 likelihood10",
    ]  # fmt: skip


def test_named_rows_have_the_documents_order():
    """Groups that only some data sets have are among them."""
    assert map_records.GROUPS == (
        "figure_2d", "ceiling", "started", "colours", "normed", "which_norm", "longer",
        "figure_2b", "figure_2c",
    )  # fmt: skip
    assert map_records.ORDER == (
        "full", "no_cycle", "no_sharing", "identity", "munit2018", "supervised",
        "started_full", "started_no_cycle", "started_no_sharing", "started_identity",
        "started_munit2018", "started_supervised",
        "apart", "apart_identity", "apart_norm",
        "normed_full", "normed_no_cycle", "normed_no_sharing", "normed_identity",
        "normed_supervised",
        "norm_first", "norm_blocks", "norm_apart", "bare2018",
        "long_full", "long_no_cycle", "long_no_sharing", "long_identity",
    )  # fmt: skip


def test_the_repositorys_records_have_their_places_in_its_document(report):
    pytest.importorskip("matplotlib", reason='pip install -e ".[tools]"')
    results, document = ROOT / "results" / "maps", ROOT / "docs" / "results.md"
    code, _, err = report([], f"--results={results}", f"--document={document}", "--check")
    assert (code, err) == (0, "")


def test_the_document_and_its_plots(report, tool, tmp_path):
    """A sheet of all trainings' images too; the same records give the same bytes."""
    pytest.importorskip("matplotlib", reason='pip install -e ".[tools]"')
    page, docs = tmp_path / "docs" / "page.md", tmp_path / "docs"
    docs.mkdir()
    groups = ("figure_2d", "figure_2b", "colours")
    places = [record_tables.markers(tool.MARKER, group) for group in groups]
    page.write_text("".join(f"{begin}\nold\n{end}\n" for begin, end in places))
    strip = np.full((3 * 8, 6 * 8, 3), 77, np.uint8)
    for name in ("full_0", "no_cycle_0"):
        Image.fromarray(strip).save(tmp_path / f"{name}.png")
    found = [
        result([0.25, 0.5]), result([0.25], row="no_cycle"),
        result([0.5], row="shared1_depth3", group="figure_2b"),
        result([0.5], row="shared1_depth4", group="figure_2b"),
    ]  # fmt: skip
    assert report(found, f"--document={page}", "--check")[0] == 0
    assert page.read_text().count("old") == len(places) and len(list(docs.iterdir())) == 1
    rest = "started, colours, normed, which_norm, longer, figure_2c"
    said = f"left as they are, without records in {tmp_path}: {rest}\n"
    assert report(found, f"--document={page}") == (0, "", said)
    text = page.read_text()
    assert text.count("old") == 1 and "| full | 0.600 | 0.500 |" in text
    plots = {path.name: path.read_bytes() for path in docs.glob("*.png")}
    assert set(plots) == {"maps_figure_2d.png", "maps_figure_2b.png", "maps_tiles.png"}
    report(found, f"--document={page}")
    assert plots == {path.name: path.read_bytes() for path in docs.glob("*.png")}
    with Image.open(docs / "maps_tiles.png") as sheet:
        assert sheet.height > 4 * 8 and sheet.mode == "P"
    check_strips(report, found, page, tmp_path / "no_cycle_0.png", plots["maps_tiles.png"])


def check_strips(report, found, page, strip, sheet):
    """One that is no image of three lines is refused early; with one missing the sheet stays."""
    for content, reason in ((b"no image", "not a png, jpeg"), (png(8), "8 lines of pixels")):
        strip.write_bytes(content)
        for flag in ([], ["--check"]):
            code, _, err = report(found, f"--document={page}", *flag)
            assert code == 2 and f"{strip}: " in err and reason in err and err.count("\n") == 1
    strip.unlink()
    said = f"maps_tiles.png: left as it is; {strip} is not there, nor are 0 others\n"
    code, _, err = report(found, f"--document={page}")
    assert code == 0 and err.startswith(said)
    assert (page.parent / "maps_tiles.png").read_bytes() == sheet


def png(height):
    """A grey image, encoded."""
    file = io.BytesIO()
    Image.fromarray(np.full((height, 8, 3), 77, np.uint8)).save(file, "png")
    return file.getvalue()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"group": "figure_2e"}, 'group: "figure_2e"; expected figure_2d or'),
        ({"row": 3}, "row: 3; expected text"),
        ({"readings": [{"step": 2}]}, "a reading lacks a2b"),
        ({"readings": [{"step": 2, "a2b": 1}]}, "a2b: 1; expected an object"),
        ({"readings": [{"step": 2, "a2b": scores(2), "b2a": scores(0)}]}, "2; expected a number f"),
        ({"readings": [{"step": 2, "a2b": scores(0), "b2a": {}}]}, "b2a lacks accuracy/all"),
        ({"readings": [{"a2b": scores(0), "b2a": scores(0)}]}, "a reading lacks step"),
        ({"readings": [3]}, "a reading is no object"),
        ({"readings": [reading(), reading()]}, "readings of steps 20 20; expected ascending ones"),
        ({"steps": 30}, "readings of steps 20; expected ascending ones up to 30"),
        ({"seed": 10**400}, "expected a whole number"),
        ({"title": "\ud800"}, "surrogates not allowed"),
        ({"read_again": None}, "read_again is no object"),
        ({"read_again": {"commit": 3}}, "commit: 3; expected text, or null"),
        ({"readings": [reading(cpu_seconds=0, images_per_second=1)]}, "cpu_seconds: 0; expected"),
        ({"readings": [reading(cpu_seconds=1)]}, "a reading lacks images_per_second"),
        ({"readings": [reading(contrast="x")]}, 'land_contrast: "x"; expected a finite number'),
        ({"references": 3}, "references is no object"),
        ({"references": {"a2b": [3]}}, "a2b: [3]; expected an object"),
        ({"references": {"a2b": {"constant": 3}}}, "constant is no object"),
        ({"references": {"a2b": {"constant": {"l1": "x"}}}}, 'l1: "x"; expected a finite number'),
        ({"group": "figure_2b", "row": "shared1"}, "expected two names with a number each"),
        ({"group": "figure_2c", "row": "a1_b2_c3"}, "expected two names with a number each"),
    ],
)
def test_what_is_no_record(report, tmp_path, change, reason):
    code, _, err = report([{**result([0.5]), **change}])
    assert code == 2 and err.count("\n") == 1
    assert f"{tmp_path / '0.json'}: not a record of tools/reproduction/maps.py (" in err
    assert reason in err


def test_what_is_nested_too_deep(report, tmp_path):
    (tmp_path / "1.json").write_text("[" * 100_000)
    code, _, err = report([result([0.5])])
    assert code == 2 and f"{tmp_path / '1.json'}: not a record" in err and err.count("\n") == 1


def test_a_title_is_no_formula(report, tmp_path):
    pytest.importorskip("matplotlib", reason='pip install -e ".[tools]"')
    page = tmp_path / "page.md"
    page.write_text("\n".join(record_tables.markers("reproduce_maps", "figure_2d")))
    assert report([result([0.5], title=r"$\frac{$")], f"--document={page}")[0] == 0


def test_without_records(report, tmp_path):
    code, _, err = report([])
    assert code == 2 and err == (
        f"report_maps: --results={tmp_path}: no records in it; tools/reproduction/maps.py makes "
        "them\n"
    )
