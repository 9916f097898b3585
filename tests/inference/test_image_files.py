import os

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.data.colour_profiles import srgb_profile
from unit_tf.inference import image_files
from unit_tf.inference.file_translation import StyleRequest, TranslateRequest, prepare


@pytest.mark.timeout(30)
def test_pipes_devices_and_link_loops_are_named(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    Image.new("RGB", (8, 8)).save(folder / "a.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "device.png").symlink_to("/dev/zero")
    (folder / "loop.png").symlink_to("loop.png")
    jobs = image_files.plan(folder, tmp_path / "out")
    left, bad = image_files.check(jobs, 3, skip_bad=True)
    assert [job.source.name for job in left] == ["a.png"]
    assert {os.path.basename(e.name): e.reason for e in bad} == {
        "device.png": "a device, not a file",
        "loop.png": "too many levels of symbolic links",
        "pipe.png": "a named pipe, not a file",
    }
    with pytest.raises(UserError, match="3 of 4 images cannot be used"):
        image_files.check(jobs, 3, skip_bad=False)


def test_an_output_that_is_a_loop_is_refused(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "out").symlink_to("out")
    with pytest.raises(UserError, match=r"--output=.*out: too many levels of symbolic links"):
        image_files.plan(tmp_path / "a.png", tmp_path / "out")


def test_names_are_escaped_in_messages(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a\n\x1b[2J.png").write_bytes(b"")
    Image.new("RGB", (8, 8)).save(tmp_path / "in/b.png")
    jobs = image_files.plan(tmp_path / "in", tmp_path / "out")
    image_files.usable(jobs, 3, skip_bad=True)
    shown = rf"{tmp_path}/in/a\n\x1b[2J.png"
    assert capsys.readouterr().err == f"skipped {shown}: empty file\n"
    with pytest.raises(UserError) as raised:
        image_files.usable(jobs, 3, skip_bad=False)
    assert f"{shown} (empty file)" in str(raised.value)


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.webp", "x.tif", "x.bmp"])
@pytest.mark.parametrize("channels", [1, 3])
def test_results_in_colour_say_that_they_are_srgb(tmp_path, name, channels):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, channels), np.uint8)
    image_files.write_image(tmp_path / name, pixels)
    with Image.open(tmp_path / name) as image:
        expected = None if channels == 1 or name == "x.bmp" else srgb_profile()
        assert image.info.get("icc_profile") == expected


def test_what_is_ignored_and_what_is_taken_in_part_is_said(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    pages = [Image.new("RGB", (8, 8), (k, 0, 0)) for k in range(2)]
    pages[0].save(tmp_path / "in/a.tif", save_all=True, append_images=pages[1:])
    pages[0].save(tmp_path / "in/b.jfif", "JPEG")
    (tmp_path / "in/notes.txt").touch()
    jobs = image_files.usable(image_files.plan(tmp_path / "in", tmp_path / "out"), 3, False)
    assert [job.target.name for job in jobs] == ["a.tif", "b.jfif"]
    assert capsys.readouterr().err.splitlines() == [
        f"--input={tmp_path}/in: 2 images (1 ignored: 1 .txt)",
        f"1 image: only page 1 of 2 taken ({tmp_path}/in/a.tif)",
    ]


def test_one_image_may_name_its_file(tmp_path):
    """By the extension; a folder of that name or no extension of a file mean a folder."""
    source, target = tmp_path / "in" / "a.png", tmp_path / "new" / "x.jpg"
    source.parent.mkdir()
    Image.new("RGB", (8, 8)).save(source)
    assert image_files.plan(source, target) == [image_files.Job(source, target)]
    assert not target.parent.exists()
    for output in (tmp_path / "x", tmp_path / "v1.2"):
        assert image_files.plan(source, output) == [image_files.Job(source, output / "a.png")]
    (tmp_path / "y.png").mkdir()
    for given in (source, source.parent):
        target = image_files.plan(given, tmp_path / "y.png")[0].target
        assert target == tmp_path / "y.png" / "a.png"
    with pytest.raises(UserError, match=r"x\.gif: cannot be written; name a folder or one of"):
        image_files.plan(source, tmp_path / "x.gif")
    with pytest.raises(UserError, match="a.png: is an input as well"):
        image_files.plan(source, source)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="--output=.*file: .*file is not a folder"):
        image_files.plan(source, tmp_path / "file" / "x.png")


def test_styles_need_a_folder(tmp_path):
    """Each is a file of its own; refused before anything is read."""
    config = ExperimentConfig().replace(
        {"model.method": "munit", "model.architecture": "munit2018"}
    )
    (tmp_path / "config.json").write_text(config.to_json())
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    places = (str(tmp_path), "a2b", str(tmp_path / "a.png"), str(tmp_path / "out" / "x.png"))
    request = TranslateRequest(*places, styles=StyleRequest(num_styles=2))
    with pytest.raises(UserError, match="--output=.*x.png: styles make several files; name a fold"):
        prepare(request)
    assert not (tmp_path / "out").exists()
    assert [job.target.name for job in prepare(TranslateRequest(*places)).jobs] == ["x.png"]


@pytest.fixture
def two_of_one_result(tmp_path):
    """x.png and x.gif, whose results are both x.png; the second cannot be read."""
    (tmp_path / "in").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "in/x.png")
    (tmp_path / "in/x.gif").write_bytes(b"no image")
    return tmp_path / "in"


def test_what_is_skipped_collides_with_nothing(two_of_one_result, tmp_path):
    jobs = image_files.plan(two_of_one_result, tmp_path / "out", skip_bad=True)
    left, _ = image_files.check(jobs, 3, skip_bad=True)
    image_files.refuse_shared_targets(left)
    assert [job.source.name for job in left] == ["x.png"]


def test_what_is_left_does(two_of_one_result, tmp_path):
    with pytest.raises(UserError, match="x.gif and .*x.png: both would be written to .*x.png"):
        image_files.plan(two_of_one_result, tmp_path / "out")
    Image.new("RGB", (8, 8)).save(two_of_one_result / "x.gif")
    jobs = image_files.plan(two_of_one_result, tmp_path / "out", skip_bad=True)
    left, _ = image_files.check(jobs, 3, skip_bad=True)
    with pytest.raises(UserError, match="both would be written to"):
        image_files.refuse_shared_targets(left)


def test_lines_may_be_kept_for_later(two_of_one_result, tmp_path, capsys):
    (two_of_one_result / "notes.txt").touch()
    lines = []
    jobs = image_files.plan(two_of_one_result, tmp_path / "out", True, lines)
    assert lines == [f"--input={two_of_one_result}: 2 images (1 ignored: 1 .txt)"]
    image_files.usable(jobs, 3, True, lines=lines)
    assert lines[1].startswith(f"skipped {two_of_one_result}/x.gif: not a png")
    assert capsys.readouterr().err == ""
