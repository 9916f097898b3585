"""tools/crop_heads.py whole: heads drawn into noise, and what a user may get wrong."""

import csv
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from unit_tf.cli import flags
from unit_tf.data.matching import Match, Template

pytest.importorskip("cv2", reason="needs OpenCV: pip install -e '.[tools]'")
ROOT = pathlib.Path(__file__).parents[2]
SCALES = "--scales=0.3:0.6:9"


@pytest.fixture
def folder(tmp_path, draw_head, paste_head):
    """heads/h.png, and photos/ with two heads, one below, and one image without."""
    (tmp_path / "heads").mkdir()
    draw_head(0).save(tmp_path / "heads" / "h.png")
    (tmp_path / "photos" / "more").mkdir(parents=True)
    left, right = paste_head(draw_head(0), 30, 40, 120), paste_head(draw_head(0), 300, 180, 120)
    Image.fromarray(left).save(tmp_path / "photos" / "left.png")
    Image.fromarray(right).save(tmp_path / "photos" / "more" / "right.jpg", quality=95)
    noise = paste_head(draw_head(5), 50, 50, 130)
    Image.fromarray(noise).save(tmp_path / "photos" / "other.png")
    return tmp_path


@pytest.fixture
def crop(load_tool, folder, capsys):
    """crop(*flags) runs the tool on the folder: (exit code, stdout lines, stderr)."""

    def call(*argv):
        tool = load_tool("crop_heads")
        given = {flag.partition("=")[0] for flag in argv}
        usual = [f"--templates={folder}/heads", f"--input={folder}/photos", SCALES]
        usual = [
            flag for flag in [*usual, f"--output={folder}/out"] if flag.split("=")[0] not in given
        ]
        code = flags.run(tool.main, tool.FLAGS, tool.__doc__, ["crop_heads.py", *usual, *argv])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    return call


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def files_below(path):
    return sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if not p.is_dir())


def read_report(path):
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return list(csv.DictReader(file))


def box(row):
    return [int(row[key]) for key in ("left", "top", "side")]


def test_crops_contact_sheet_and_report(crop, folder, draw_head):
    code, lines, err = crop()
    out = folder / "out"
    assert (code, err) == (0, "")
    assert lines[-1] == f"2 of 3 cropped; 1 rejected (see {out}/report.csv)"
    assert lines[:-1] == [f"{out}/crops/left.png", f"{out}/crops/more/right.png"]
    assert files_below(out) == [
        "contact.png",
        "crops/left.png",
        "crops/more/right.png",
        "report.csv",
    ]
    rows = read_report(out / "report.csv")
    scores = [float(row["score"]) for row in rows]
    assert scores == sorted(scores, reverse=True) and scores[1] > 0.9 > 0.6 > scores[2]
    assert [row["kept"] for row in rows] == ["yes", "yes", "no"]
    assert [row["why"] for row in rows] == ["", "", "score below 0.6"]
    found = {pathlib.Path(row["file"]).name: row for row in rows}
    assert np.abs(np.subtract(box(found["left.png"]), (30, 40, 120))).max() <= 6
    assert np.abs(np.subtract(box(found["right.jpg"]), (300, 180, 120))).max() <= 6
    assert found["left.png"]["template"] == f"{folder}/heads/h.png"
    assert found["left.png"]["mirrored"] == "no"
    assert float(found["left.png"]["scale"]) == pytest.approx(0.4, abs=0.02)
    image = pixels(out / "crops" / "left.png").astype(np.float32)
    assert image.shape == (216, 216, 3)
    truth = np.asarray(draw_head(0).resize((216, 216), Image.Resampling.BICUBIC), np.float32)
    assert np.corrcoef(image.ravel(), truth.ravel())[0, 1] > 0.9
    sheet = pixels(out / "contact.png")
    captions = sheet[-16:].astype(int)
    red = (captions[..., 0] > captions[..., 1] + 80).any(0)  # the third cell's alone
    assert sheet.shape[1] == 4 + 3 * 132 and not red[:268].any() and red[268:].any()


def test_the_sheet_shows_evenly_spaced_ranks(load_tool, folder, monkeypatch):
    tool = load_tool("crop_heads")
    monkeypatch.setattr(tool, "SHOWN", 12)
    file, template = folder / "heads" / "h.png", Template(folder / "h", False, None)
    results = [
        tool.Result(file, "", Match(1 - i / 100, template, 0.5, (80, 80)), (0, 0, 160))
        for i in range(23)
    ]
    tool.write_contact(folder / "contact.png", results)
    height, width = pixels(folder / "contact.png").shape[:2]
    assert width == 4 + 10 * 132 and height // 146 == 2
    tool.write_contact(folder / "contact.png", [tool.Result(file, "without contrast")])
    assert not (folder / "contact.png").exists()


def test_a_second_run_leaves_its_own_crops_alone(crop, folder):
    """A higher bar: what was cut before is not left among the crops."""
    assert crop()[0] == 0
    code, lines, _ = crop("--min_score=1")
    assert code == 0 and lines == [f"0 of 3 cropped; 3 rejected (see {folder}/out/report.csv)"]
    assert files_below(folder / "out") == ["contact.png", "report.csv"]


def test_what_became_flat_or_broken_leaves_no_crop_behind(crop, folder):
    assert crop()[0] == 0
    Image.new("RGB", (300, 300), "white").save(folder / "photos" / "left.png")
    (folder / "photos" / "more" / "right.jpg").write_bytes(b"")
    assert crop("--skip_bad")[1][-1].startswith("0 of 3 cropped; 3 rejected")
    assert files_below(folder / "out") == ["contact.png", "report.csv"]


def test_crops_of_other_images_are_not_mixed_in(crop, folder):
    (folder / "out" / "crops").mkdir(parents=True)
    (folder / "out" / "crops" / "else.png").write_bytes(b"mine")
    code, lines, err = crop()
    assert (code, lines) == (2, []) and "else.png: is no crop of --input" in err
    assert files_below(folder / "out") == ["crops/else.png"]


def test_the_same_twice_is_the_same(crop, folder):
    crop()
    crop(f"--output={folder}/again")
    assert files_below(folder / "out") == files_below(folder / "again")
    for name in files_below(folder / "out"):
        assert (folder / "out" / name).read_bytes() == (folder / "again" / name).read_bytes()


def test_margin_and_size(crop, folder):
    assert crop("--margin=1.5", "--size=32")[0] == 0
    assert pixels(folder / "out" / "crops" / "left.png").shape == (32, 32, 3)
    rows = {pathlib.Path(r["file"]).name: r for r in read_report(folder / "out" / "report.csv")}
    assert box(rows["left.png"])[2] == pytest.approx(180, abs=9)
    left, top, side = box(rows["right.jpg"])  # moved inside
    assert left + side == 420 and top + side == 300


def test_mirrored_heads_unless_told_not_to(crop, folder):
    mirrored = pixels(folder / "photos" / "left.png")[:, ::-1]
    Image.fromarray(mirrored).save(folder / "mirrored.png")
    one = f"--input={folder}/mirrored.png"
    assert crop(one)[1][-1].startswith("1 of 1 cropped")
    [row] = read_report(folder / "out" / "report.csv")
    assert row["mirrored"] == "yes" and abs(box(row)[0] - (420 - 30 - 120)) <= 6
    assert crop(one, "--nomirror")[1][-1].startswith("0 of 1 cropped")


def test_grey_deep_transparent_and_rotated_images(crop, folder):
    """A head is found in all of them; boxes are of the upright image."""
    photos = folder / "kinds"
    photos.mkdir()
    image = Image.fromarray(pixels(folder / "photos" / "left.png"))
    image.convert("L").save(photos / "grey.png")
    deep = np.asarray(image.convert("L")).astype(np.uint16) * 257
    Image.fromarray(deep).save(photos / "deep.png")
    image.convert("RGBA").save(photos / "alpha.webp", lossless=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise to look at it
    turned = image.transpose(Image.Transpose.ROTATE_90)
    turned.save(photos / "turned.jpg", exif=exif, quality=95)
    code, lines, err = crop(f"--input={photos}", "--skip_bad")
    assert (code, err) == (0, "") and lines[-1].startswith("4 of 4 cropped")
    for row in read_report(folder / "out" / "report.csv"):
        assert np.abs(np.subtract(box(row), (30, 40, 120))).max() <= 6, row["file"]
        path = folder / "out" / "crops" / (pathlib.Path(row["file"]).stem + ".png")
        assert pixels(path).shape == (216, 216, 3)


def test_rejected_without_a_score(crop, folder):
    photos = folder / "photos"
    Image.new("RGB", (300, 300), "white").save(photos / "flat.png")
    Image.fromarray(np.eye(70, 300, dtype=np.uint8) * 255).save(photos / "small.png")
    (photos / "broken.jpg").write_bytes(b"no image")
    code, lines, err = crop()
    assert (code, lines) == (2, []) and "broken.jpg" in err and "--skip_bad" in err
    assert err.count("\n") == 1 and not (folder / "out").exists()
    assert crop("--skip_bad")[1][-1].startswith("2 of 6 cropped; 4 rejected")
    rows = read_report(folder / "out" / "report.csv")[3:]
    why = {pathlib.Path(row["file"]).name: row["why"] for row in rows}
    assert {row["score"] for row in rows} == {""} and {row["kept"] for row in rows} == {"no"}
    assert why["flat.png"] == "without contrast" and why["small.png"].startswith("too small")
    assert why["broken.jpg"].startswith("not a png")


def run_tool(*argv):
    """The tool in a process of its own, which fails if it has imported TensorFlow."""
    code = (
        f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = sys.argv[1:]\n"
        "try:\n    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally:\n    assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, str(ROOT / "tools" / "crop_heads.py"), *argv]
    return subprocess.run(command, capture_output=True, check=False)


def test_help_without_tensorflow():
    done = run_tool("--help")
    assert (done.returncode, done.stderr) == (0, b"") and b"--min_score" in done.stdout


def test_names_that_are_not_utf8_and_links(folder):
    """Neither they nor a template named twice do harm; and no TensorFlow for the work either."""
    raw = os.fsdecode(b"caf\xe9, \xff.png")
    try:
        os.rename(folder / "photos" / "left.png", folder / "photos" / raw)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    os.symlink(folder / "photos" / "more" / "right.jpg", folder / "photos" / "link.jpg")
    done = run_tool(
        f"--templates={folder}/heads/h.png,{folder}/heads", f"--input={folder}/photos",
        f"--output={folder}/out", "--scales=0.4:0.4:1",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines()[-1].startswith(b"3 of 4 cropped")
    assert os.fsencode(folder / "out" / "crops" / raw) in done.stdout.splitlines()
    report = read_report(folder / "out" / "report.csv")
    assert str(folder / "photos" / raw) in [row["file"] for row in report]
    assert (folder / "out" / "crops" / "link.png").exists()


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--templates=", "--templates is required"),
        ("--templates=nowhere", "nowhere: no such file"),
        ("--input=nowhere", "nowhere: no such file"),
        ("--scales=0.5", "expected SMALLEST:LARGEST:STEPS"),
        ("--scales=a:b:c", "expected SMALLEST:LARGEST:STEPS"),
        ("--scales=0.5:0.2:3", "SMALLEST <= LARGEST"),
        ("--scales=nan:1:3", "SMALLEST <= LARGEST"),
        ("--scales=0.2:1.5:3", "<= 1"),
        ("--scales=0.2:1:1", "STEPS must be 2 to 200, or 1"),
        ("--scales=0.2:1:9999", "STEPS must be 2 to 200"),
        ("--min_score=1.1", "at most 1"),
        ("--min_score=nan", "expected a number"),
        ("--margin=0", "at least 0.1"),
        ("--size=0", "size"),
        ("--sizes=3", "no such flag; did you mean size"),
    ],
)
def test_bad_flags_end_in_one_line(crop, folder, flag, said):
    code, lines, err = crop(flag)
    assert (code, lines) == (2, []) and said in err and err.count("\n") == 1
    assert files_below(folder) == [
        "heads/h.png", "photos/left.png", "photos/more/right.jpg", "photos/other.png",
    ]  # fmt: skip


def test_nothing_is_overwritten(crop, folder, draw_head):
    """Inputs, templates, other results and folders: refused before a file is written."""
    photos, out = folder / "photos", folder / "out"
    for flag in (f"--output={photos}", f"--output={folder}/heads", f"--output={photos}/left.png"):
        assert crop(flag)[0] == 2
    Image.new("RGB", (9, 9)).save(photos / "left.bmp")
    assert "both would be written to" in crop()[2]
    (photos / "left.bmp").unlink()
    (out / "report.csv").mkdir(parents=True)
    assert "report.csv: is a folder" in crop()[2]
    (out / "report.csv").rmdir()
    (out / "crops").write_bytes(b"")
    assert "crops: is no crop" in crop()[2]
    (out / "crops").unlink()
    (out / "contact.png").symlink_to(photos / "other.png")
    assert "is an input as well" in crop()[2]
    (out / "contact.png").unlink()
    (out / "crops").symlink_to(photos)
    assert crop()[0] == 2
    draw_head(0).resize((47, 47)).save(folder / "heads" / "tiny.png")
    (out / "crops").unlink()
    assert "tiny.png: 47x47 pixels" in crop()[2]
    assert files_below(out) == []


def test_without_opencv(crop, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    code, lines, err = crop()
    assert (code, lines, err.count("\n")) == (2, [], 1)
    assert 'pip install -e ".[tools]"' in err and not (folder / "out").exists()
