"""Each thing that can be wrong with images is found, said and mended by the flag that is named."""

import io

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import DataConfig, UserError
from unit_tf.data import check_progress
from unit_tf.data.checks import duplicates
from unit_tf.data.checks.findings import KINDS
from unit_tf.data.checks.image_check import check_images
from unit_tf.data.datasets import open_data

RAMP = np.linspace(0, 1, 64 * 64).reshape(64, 64)


@pytest.fixture
def folders(tmp_path, draw_head):
    """DataConfig of two folders of six sound 64x64 images each, in colour."""
    for domain in "ab":
        (tmp_path / domain).mkdir()
        for i in range(6):
            draw_head(10 * ord(domain) + i).resize((64, 64)).save(tmp_path / domain / f"{i}.png")
    config = {f"dir_{domain}": str(tmp_path / domain) for domain in "ab"}
    return DataConfig(image_size=(64, 64), **config)


def found(config):
    """{kind: Finding} of the problems, and of the remarks."""
    findings = check_images(config).findings
    assert len({(f.kind, f.part) for f in findings if f.groups}) == sum(
        bool(f.groups) for f in findings
    )
    assert {f.kind for f in findings if f.groups} <= set(KINDS)
    of = ({f.kind: f for f in findings if f.problem is wanted} for wanted in (True, False))
    return tuple(of)


def encoded(image, **options):
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


def test_sound_images_raise_nothing(folders):
    assert found(folders) == ({}, {})


def deep(low, high, kind):
    return Image.fromarray((RAMP * (high - low) + low).astype(kind))


def with_hole(image):
    alpha = Image.new("L", image.size, 255)
    alpha.paste(0, (0, 0, 20, 20))
    image.putalpha(alpha)
    return image


NOISE = Image.fromarray(np.random.default_rng(3).integers(0, 256, (64, 64, 3), np.uint8))
FAINT = Image.fromarray(np.random.default_rng(3).integers(127, 130, (64, 64, 3), np.uint8))
# name of a file -> its content, the kind of the problem and a part of what is said of it
WRONG = {
    "empty.png": (b"", "unusable", "empty file"),
    "page.jpg": (b"<html>", "unusable", "not a png"),
    "cut.png": (encoded(NOISE, format="PNG")[:3000], "unusable", "truncated"),
    "white.png": (encoded(Image.new("RGB", (64, 64), "white"), format="PNG"), "near_constant", ""),
    "faint.png": (encoded(FAINT, format="PNG"), "near_constant", ""),
    "tiny.png": (encoded(NOISE.resize((64, 40)), format="PNG"), "too_small", "40x64"),
    "dark.tif": (encoded(deep(0, 4095, np.uint16), format="TIFF"), "dark",
                 "values 0 to 4095 become levels 0 to 16"),
    "below.tif": (encoded(deep(-9000, 60000, np.int32), format="TIFF"), "below_zero",
                  "values -9000 to 60000 become levels 0 to"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_one_image(folders, tmp_path, name):
    content, kind, words = WRONG[name]
    (tmp_path / "a" / name).write_bytes(content)
    problems, _ = found(folders)
    assert list(problems) == [kind]
    where = str(tmp_path / "a" / name)
    assert problems[kind].part == "train_a" and problems[kind].groups == [[where]]
    assert problems[kind].text.startswith("train A: 1 of ")
    assert words in problems[kind].details.get(where, "")


REMARKED = {
    "hole.png": (encoded(with_hole(NOISE.copy()), format="PNG"), "alpha_used"),
    "bright.tif": (encoded(deep(0, 65535, np.uint16), format="TIFF"), "more_than_8_bits"),
    "moves.gif": (encoded(NOISE, format="GIF", save_all=True, append_images=[FAINT]), "part_taken"),
    "notes.docx": (b"x", "ignored"),
}


@pytest.mark.parametrize("name", REMARKED)
def test_what_is_no_fault(folders, tmp_path, name):
    content, kind = REMARKED[name]
    (tmp_path / "a" / name).write_bytes(content)
    problems, remarks = found(folders)
    assert (problems, list(remarks)) == ({}, [kind])


def test_deep_images_are_looked_at_as_a_training_reads_them(folders, tmp_path):
    """By one range of the whole folder, which no single image knows."""
    for name, high in (("dim.tif", 2000), ("bright.tif", 4095)):
        (tmp_path / "a" / name).write_bytes(encoded(deep(0, high, np.uint16), format="TIFF"))
    report = check_images(DataConfig(**{**vars(folders), "value_range": "auto"}))
    assert report.problems == []
    levels = {name: report.facts[str(tmp_path / "a" / name)].depth.lightest
              for name in ("dim.tif", "bright.tif")}  # fmt: skip
    assert levels == {"dim.tif": 125, "bright.tif": 255}
    said = {finding.kind: finding.text for finding in report.findings}
    assert said["value_range"].endswith("4095 is white (--data.value_range=0,4095)")
    assert report.facts[str(tmp_path / "a/dim.tif")].brightness == pytest.approx(62, abs=2)


def test_an_opaque_alpha_channel_is_not_used(folders, tmp_path):
    NOISE.convert("RGBA").save(tmp_path / "a/opaque.png")
    report = check_images(folders)
    assert report.findings == []
    assert report.facts[str(tmp_path / "a/opaque.png")].alpha == "unused"


@pytest.mark.parametrize(
    ("small", "size", "flag"),
    [(1, 40, "--data.skip_bad"), (6, 100, "--data.image_size=96"), (6, 40, "--data.resize=128")],
)
def test_the_flag_for_small_images_mends_them(tmp_path, draw_head, small, size, flag):
    """A few are left out, many make crops smaller, and tiny ones are enlarged."""
    for domain in "ab":
        (tmp_path / domain).mkdir()
        for i in range(12):
            side = size if domain == "a" and i < small else 160
            draw_head(ord(domain) + 9 * i).resize((side, side)).save(tmp_path / domain / f"{i}.png")
    config = DataConfig(dir_a=str(tmp_path / "a"), dir_b=str(tmp_path / "b"), image_size=(128, 128))
    report = check_images(config)
    assert report.flags() == [flag]
    with pytest.raises(UserError):
        open_data(config)
    name, _, value = flag.removeprefix("--data.").partition("=")
    values = {"skip_bad": True, "image_size": (96, 96), "resize": 128}
    assert not value or str(values[name]).strip("(").startswith(value)
    assert len(open_data(config.__class__(**{**vars(config), name: values[name]})).train_b) == 12


def test_held_out_images_that_are_trained_on(folders, tmp_path):
    """One as it is, one as a JPEG; a third is new."""
    (tmp_path / "test").mkdir()
    for i, ending in ((0, "png"), (1, "jpg")):
        with Image.open(tmp_path / f"a/{i}.png") as image:
            image.save(tmp_path / f"test/{i}.{ending}")
    NOISE.save(tmp_path / "test/new.png")
    problems, _ = found(DataConfig(**{**vars(folders), "test_dir_a": str(tmp_path / "test")}))
    assert list(problems) == ["held_out_in_training"]
    assert problems["held_out_in_training"].text.startswith("A: 2 of 3 images held out")
    pairs = [sorted(group) for group in problems["held_out_in_training"].groups]
    assert sorted(pairs) == [
        [str(tmp_path / "a/0.png"), str(tmp_path / "test/0.png")],
        [str(tmp_path / "a/1.png"), str(tmp_path / "test/1.jpg")],
    ]


def test_the_same_image_in_both_domains(folders, tmp_path):
    (tmp_path / "b/x.png").write_bytes((tmp_path / "a/3.png").read_bytes())
    problems, _ = found(folders)
    assert list(problems) == ["in_both_domains"]
    assert problems["in_both_domains"].groups == [
        [str(tmp_path / "a/3.png"), str(tmp_path / "b/x.png")]
    ]


@pytest.mark.parametrize(
    ("grey", "flags"),
    [("ab", ["--data.channels=1"]), ("a", ["--data.channels_a=1"]), ("b", ["--data.channels_b=1"])],
)
def test_grey_images_need_one_channel(folders, tmp_path, grey, flags):
    for path in (path for domain in grey for path in (tmp_path / domain).iterdir()):
        with Image.open(path) as image:
            image.convert("L").convert("RGB").save(path)
    report = check_images(folders)
    assert report.flags() == flags and report.problems == []


def test_colour_that_becomes_grey_is_said(folders):
    _, remarks = found(DataConfig(**{**vars(folders), "channels_b": 1}))
    assert remarks["made_grey"].text.startswith("train B: 6 of 6 images in colour")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda image: image.resize((160, 160)), "B's images have shortest sides of 160 pixels"),
        (lambda image: image.point(lambda v: 180 + v // 4), "B is brighter by"),
        (lambda image: image.convert("L").convert("RGB"), "A is more colourful by"),
    ],
)
def test_domains_that_differ_strongly(folders, tmp_path, change, words):
    for path in (tmp_path / "b").iterdir():
        with Image.open(path) as image:
            change(image).save(path)
    report = check_images(folders)
    assert report.problems == []
    assert any(f.kind == "a_against_b" and words in f.text for f in report.findings)


def test_pairs_of_two_sizes(folders, tmp_path):
    with Image.open(tmp_path / "b/2.png") as image:
        image.resize((64, 80)).save(tmp_path / "b/2.png")
    problems, _ = found(DataConfig(**{**vars(folders), "paired": True}))
    assert problems["unequal_pairs"].groups == [[str(tmp_path / "b/2.png")]]


def test_a_source_without_files_is_refused():
    with pytest.raises(UserError, match="--data.source=blue_marble: has no image files of yours"):
        check_images(DataConfig(source="blue_marble"))


def test_a_long_check_says_how_far_it_is(folders, monkeypatch, capsys):
    """Images that are listed twice are looked at once; then duplicates are looked for."""
    monkeypatch.setattr(check_progress, "LINE_EVERY_SECONDS", 0)
    monkeypatch.setattr(duplicates, "_BLOCK_PRODUCTS", 1)
    check_images(DataConfig(**{**vars(folders), "test_dir_a": folders.dir_a}))
    lines = capsys.readouterr().err.splitlines()
    assert lines[:11] == [f"checked {i} of 12 images" for i in range(1, 12)]
    assert lines[11] == "duplicates in A: checked 1 of 6 blocks"
    assert lines[-1] == "duplicates in B: checked 5 of 6 blocks"
