"""unit-translate: names, sizes and folders are kept; bad input writes nothing."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from unit_tf.cli import translate
from unit_tf.data.images import decode, to_float, to_uint8
from unit_tf.data.scaling import scale_to_cover
from unit_tf.inference.any_size import translate_any_size
from unit_tf.methods.base import DIRECTIONS
from unit_tf.methods.registry import METHODS, find_method
from unit_tf.training import workdir as workdir_lib


def arguments(workdir, source, output, *more, direction="a2b"):
    return (f"--workdir={workdir}", f"--direction={direction}", f"--input={source}",
            f"--output={output}", *more)  # fmt: skip


def test_folder(tmp_path, make_workdir, save_image, run_compiled, tree):
    """Sizes from one pixel up, nested folders, every extension; hidden and other files are left."""
    workdir, source, output = make_workdir(), tmp_path / "in", tmp_path / "new" / "out"
    sizes = {"a.png": (32, 32), "b/c.jpg": (37, 50), "b/d/é ü.JPEG": (1, 1), "e.webp": (5, 64),
             "f.bmp": (64, 7), "g.tiff": (33, 33), "h.gif": (40, 40), "i.tif": (8, 8)}  # fmt: skip
    for name, size in sizes.items():
        save_image(source / name, size)
    save_image(source / ".hidden.png")
    save_image(source / ".thumbs" / "x.png")
    (source / "readme.txt").write_text("no image")
    result = run_compiled(translate, *arguments(workdir, source, output))
    said = f"--input={source}: 8 images (1 ignored: 1 .txt)\n"
    assert (result.code, result.err) == (0, said)
    expected = {name.replace(".gif", ".png"): size for name, size in sizes.items()}
    assert tree(output) == sorted(expected)
    for name, size in expected.items():
        with Image.open(output / name) as image:
            assert image.size == size[::-1]
            assert image.mode == "RGB"
            assert image.format == translate_format(name)
    assert str(output / "b" / "c.jpg") in result.out.splitlines()
    assert result.out.splitlines()[-1].startswith("8 translated a2b by ")


def translate_format(name):
    return Image.registered_extensions()[name[name.rindex(".") :].lower()]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_pixels_are_the_translation(
    tmp_path, make_workdir, save_image, run_command, tiny_methods, direction
):
    workdir, source = make_workdir(), save_image(tmp_path / "in" / "x.png", (37, 50))
    run_command(translate, *arguments(workdir, source, tmp_path / "out", direction=direction))
    method = tiny_methods(workdir_lib.read_config(workdir))
    x = tf.constant(to_float(decode(source, 3))[None])
    expected = to_uint8(translate_any_size(method, x, direction)[0].numpy())
    found = decode(tmp_path / "out" / "x.png", 3).astype(int)
    assert np.abs(found - expected).max() <= 1  # float32 order may tip a rounding


def test_resized_first(tmp_path, make_workdir, save_image, run_command, tree):
    """As the same images would be that had this size before; --style's examples too."""
    workdir = make_workdir(**{"model.method": "munit", "model.architecture": "munit2018"})
    for name, size in (("in/a.png", (37, 50)), ("guides/g.png", (20, 31))):
        image = decode(save_image(tmp_path / name, size), 3)
        small = tmp_path / "small" / name
        small.parent.mkdir(parents=True)
        Image.fromarray(scale_to_cover(image, (1, 1), 16)).save(small)
    found = {}
    for root, more in ((tmp_path, ["--resize=16"]), (tmp_path / "small", [])):
        given = f"--style={root / 'guides'}", *more
        result = run_command(translate, *arguments(workdir, root / "in", root / "out", *given))
        assert result.code == 0
        found[root] = {name: decode(root / "out" / name, 3) for name in tree(root / "out")}
    scaled, expected = found.values()
    assert scaled.keys() == expected.keys() == {"a_g.png", "matrix.png"}
    assert scaled["a_g.png"].shape == (16, 22, 3)
    for name, image in expected.items():
        np.testing.assert_array_equal(scaled[name], image)


def test_channels_follow_the_domains(tmp_path, make_workdir, save_image, run_command):
    """Colour to grey and back, from files of any mode."""
    workdir = make_workdir(**{"data.channels_b": 1})
    source = save_image(tmp_path / "in" / "x.png", (20, 24), "RGBA")
    save_image(tmp_path / "in" / "y.png", (20, 24), "L")
    for direction, mode in (("a2b", "L"), ("b2a", "RGB")):
        output = tmp_path / direction
        run_command(translate, *arguments(workdir, source.parent, output, direction=direction))
        for name in ("x.png", "y.png"):
            with Image.open(output / name) as image:
                assert (image.mode, image.size) == (mode, (24, 20))


def test_single_file_of_any_extension(tmp_path, make_workdir, save_image, run_command, tree):
    source = save_image(tmp_path / "in" / "x.png").rename(tmp_path / "in" / "image.dat")
    result = run_command(translate, *arguments(make_workdir(), source, tmp_path / "out"))
    assert result.code == 0
    assert tree(tmp_path / "out") == ["image.png"]


def test_output_inside_input_is_not_translated_again(
    tmp_path, make_workdir, save_image, run_command, tree
):
    workdir, source = make_workdir(), tmp_path / "in"
    save_image(source / "sub" / "x.png")
    for _ in range(2):
        assert run_command(translate, *arguments(workdir, source, source / "out")).code == 0
    assert tree(source) == ["out/sub/x.png", "sub/x.png"]


def test_old_results_are_replaced(tmp_path, make_workdir, save_image, run_command):
    source = save_image(tmp_path / "in" / "x.png", (10, 10))
    save_image(tmp_path / "out" / "x.png", (90, 90))
    run_command(translate, *arguments(make_workdir(), source, tmp_path / "out"))
    with Image.open(tmp_path / "out" / "x.png") as image:
        assert image.size == (10, 10)


def test_corrupt_file_stops_before_anything_is_written(
    tmp_path, make_workdir, save_image, refused, tree
):
    workdir, source = make_workdir(), tmp_path / "in"
    whole = save_image(source / "a.png")
    (source / "b.png").write_bytes(whole.read_bytes()[:500])
    (source / "c.jpg").write_bytes(b"")
    line = refused(translate, *arguments(workdir, source, tmp_path / "out"))
    assert "2 of 3 images" in line and str(source / "b.png") in line
    assert f"{source / 'c.jpg'} (empty file)" in line and "--skip_bad" in line
    assert not (tmp_path / "out").exists()


def test_skip_bad(tmp_path, make_workdir, save_image, run_command, refused, tree):
    workdir, source = make_workdir(), tmp_path / "in"
    save_image(source / "a.png")
    (source / "b.png").write_bytes(b"no image")
    result = run_command(translate, *arguments(workdir, source, tmp_path / "out", "--skip_bad"))
    assert result.code == 0
    counted, skipped = result.err.splitlines()
    assert counted == f"--input={source}: 2 images"
    assert skipped.startswith(f"skipped {source / 'b.png'}: ")
    assert tree(tmp_path / "out") == ["a.png"]
    line = refused(translate, *arguments(workdir, source / "b.png", tmp_path / "o", "--skip_bad"))
    assert "1 of 1" in line
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"workdir": ""}, "--workdir is required"),
        ({"direction": ""}, "--direction is required"),
        ({"direction": "a2c"}, "--direction=a2c: not valid; did you mean a2b"),
        ({"input": ""}, "--input is required"),
        ({"output": ""}, "--output is required"),
        ({"input": "absent"}, "--input=absent: no such file or folder"),
        ({"input": "empty"}, "no images in it"),
        ({"output": "in"}, "is where the input lies"),
        ({"output": "in/../in"}, "is where the input lies"),
        ({"output": "in/x.png"}, "not a folder"),
        ({"workdir": "absent"}, "--workdir=absent: no such folder"),
        ({"workdir": "empty"}, "no config.json there"),
        ({"unknown": "1"}, "no such flag"),
    ],
)
def test_bad_flags(tmp_path, monkeypatch, make_workdir, save_image, refused, tree,
                   changes, expected):  # fmt: skip
    monkeypatch.chdir(tmp_path)
    make_workdir()
    save_image(tmp_path / "in" / "x.png")
    (tmp_path / "empty").mkdir()
    before = tree(tmp_path)
    values = {"workdir": "run", "direction": "a2b", "input": "in", "output": "out"} | changes
    assert expected in refused(translate, *(f"--{k}={v}" for k, v in values.items()))
    assert tree(tmp_path) == before
    assert not (tmp_path / "out").exists()


def test_two_inputs_of_one_result(tmp_path, make_workdir, save_image, refused):
    save_image(tmp_path / "in" / "x.png")
    save_image(tmp_path / "in" / "x.gif")
    line = refused(translate, *arguments(make_workdir(), tmp_path / "in", tmp_path / "out"))
    assert "both would be written to" in line


def test_what_is_skipped_collides_with_nothing(
    tmp_path, make_workdir, save_image, run_command, tree
):
    save_image(tmp_path / "in" / "x.png")
    (tmp_path / "in" / "x.gif").write_bytes(b"no image")
    places = tmp_path / "in", tmp_path / "out"
    result = run_command(translate, *arguments(make_workdir(), *places, "--skip_bad"))
    assert result.code == 0 and tree(tmp_path / "out") == ["x.png"]
    counted, skipped = result.err.splitlines()
    assert counted == f"--input={tmp_path}/in: 2 images"
    assert skipped.startswith(f"skipped {tmp_path}/in/x.gif: ")


def test_results_never_land_on_an_input(tmp_path, make_workdir, save_image, refused):
    source = save_image(tmp_path / "top" / "in" / "in" / "x.png")
    save_image(tmp_path / "top" / "in" / "in" / "in" / "x.png")
    before = source.read_bytes()
    inner, outer = tmp_path / "top" / "in" / "in", tmp_path / "top" / "in"
    # in/in/in/x.png would become in/in/x.png.
    line = refused(translate, *arguments(make_workdir(), inner, outer))
    assert "is an input as well" in line
    assert source.read_bytes() == before


def test_names_as_long_as_names_can_be(
    tmp_path, make_workdir, save_image, run_command, refused, styled
):
    """A result's may be too long where the input's is not: an example's name is joined to it."""
    workdir, source = make_workdir(), tmp_path / "in"
    whole = save_image(source / ("é" * 125 + "x.png"))
    assert run_command(translate, *arguments(workdir, source, tmp_path / "out")).code == 0
    assert (tmp_path / "out" / whole.name).exists()
    save_image(tmp_path / "art" / "blue.png")
    style = f"--style={tmp_path / 'art'}"
    styled_run = make_workdir("styled", **styled)
    line = refused(translate, *arguments(styled_run, source, tmp_path / "more", style))
    assert f"{whole}: its result's name would be of 260 bytes" in line
    assert not (tmp_path / "more").exists()


def test_unwritable_output(tmp_path, make_workdir, save_image, run_command):
    """Found at work, so behind the line about the input."""
    save_image(tmp_path / "in" / "sub" / "x.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sub").write_text("a file in the way")
    result = run_command(translate, *arguments(make_workdir(), tmp_path / "in", tmp_path / "out"))
    counted, line = result.err.splitlines()
    assert result.code == 2 and counted == f"--input={tmp_path / 'in'}: 1 image"
    assert line.startswith("unit-command: ") and "x.png: cannot be written (" in line


def test_shipped_translator(tmp_path, monkeypatch, make_workdir, save_image, run_command, refused):
    """A word names a shipped translator unless a training in a folder of that name is here."""
    monkeypatch.setattr(workdir_lib, "PRETRAINED", tmp_path / "package")
    monkeypatch.chdir(tmp_path)
    save_image(tmp_path / "in" / "x.png")
    make_workdir("blue_marble", root=tmp_path / "package")
    result = run_command(translate, *arguments("blue_marble", "in", "out"))
    assert result.code == 0
    assert str(tmp_path / "package" / "blue_marble") in result.out
    line = refused(translate, *arguments("blue_marbel", "in", "out"))
    assert "no such folder; shipped translators: blue_marble" in line
    place = tmp_path / "blue_marble"
    place.mkdir()  # of images, say
    assert workdir_lib.resolve_workdir("blue_marble") == tmp_path / "package" / "blue_marble"
    place.rmdir()
    make_workdir("blue_marble", root=tmp_path)
    assert workdir_lib.resolve_workdir("blue_marble").resolve() == place


@pytest.mark.parametrize("command", ["translate", "evaluate"])
@pytest.mark.parametrize(("flag", "code"), [("--help", 0), ("--worksdir=x", 2), ("", 2)])
def test_no_tensorflow_before_it_is_needed(command, flag, code):
    script = (
        f"import sys; sys.argv = ['unit', *'{flag}'.split()]; "
        f"import unit_tf.cli.{command} as command\n"
        "try:\n    command.run()\nexcept SystemExit as end:\n"
        "    print(end.code, 'tensorflow' in sys.modules, 'numpy' in sys.modules)"
    )
    process = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert process.stdout.splitlines()[-1] == f"{code} False False"
    assert ("--workdir" in process.stdout) == (code == 0)
    assert process.stderr.count("\n") == (code != 0)


def test_mistyped_paths_answer_without_tensorflow(make_workdir):
    script = (
        "import sys; import unit_tf.cli.translate as command\n"
        "try:\n    command.run()\nexcept SystemExit as end:\n"
        "    print(end.code, 'tensorflow' in sys.modules)"
    )
    process = subprocess.run(
        [sys.executable, "-c", script, *arguments(make_workdir(), "/absent", "/absent/out")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert process.stdout.split() == ["2", "False"]


def test_linked_folders_are_read_as_training_reads_them(
    tmp_path, make_workdir, save_image, run_command, tree
):
    workdir, source = make_workdir(), tmp_path / "in"
    save_image(source / "x.png")
    save_image(tmp_path / "elsewhere" / "y.png")
    (source / "more").symlink_to(tmp_path / "elsewhere")
    (source / "up").symlink_to(source)
    assert run_command(translate, *arguments(workdir, source, tmp_path / "out")).code == 0
    assert tree(tmp_path / "out") == ["more/y.png", "x.png"]


def test_a_direction_that_the_method_has_not(
    tmp_path, make_workdir, save_image, refused, monkeypatch
):
    """Named before TensorFlow is started, with those that it has."""
    spec = find_method("unit")
    monkeypatch.setitem(METHODS, "unit", dataclasses.replace(spec, directions=("a2b",)))
    monkeypatch.setattr("unit_tf.cli.quiet.start_tensorflow", pytest.fail)
    source = save_image(tmp_path / "in" / "x.png")
    line = refused(translate, *arguments(make_workdir(), source, tmp_path / "out", direction="b2a"))
    assert "--direction=b2a: method unit translates a2b alone" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no folder that root cannot write to")
def test_an_output_that_takes_nothing_is_refused(make_workdir, tmp_path, save_image, refused):
    save_image(tmp_path / "x.png")
    places = f"--input={tmp_path / 'x.png'}", "--output=/proc/self/x"
    message = refused(translate, f"--workdir={make_workdir()}", "--direction=a2b", *places)
    assert "--output=/proc/self/x: " in message


def test_an_unknown_home_of_a_workdir(refused):
    message = refused(translate, *(f"--{n}=a2b" for n in ("direction", "input", "output")),
                      "--workdir=~nosuchuser/run")  # fmt: skip
    assert "no such user" in message
