"""unit-translate in styles: which ones, what files come out, and contradictions in one line."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from unit_tf.cli import translate
from unit_tf.data.image_grids import image_grid
from unit_tf.data.image_listing import list_folder
from unit_tf.data.images import decode, to_float, to_uint8
from unit_tf.inference import contact_sheets, style_requests
from unit_tf.inference.any_size import mirror_padded, translate_any_size
from unit_tf.methods.base import DIRECTIONS
from unit_tf.training import workdir as workdir_lib

SIZES = {"x.png": (32, 32), "sub/y.jpg": (21, 40)}


@pytest.fixture
def workdir(make_workdir, styled):
    return make_workdir(**styled)


@pytest.fixture
def inputs(tmp_path, save_image):
    """A folder with two images, one of them in a folder and of odd size."""
    for seed, (name, size) in enumerate(SIZES.items()):
        save_image(tmp_path / "in" / name, size, seed=seed)
    return tmp_path / "in"


@pytest.fixture
def examples(tmp_path):
    """A folder with two examples, one of them smaller than the style encoder takes."""
    folder = tmp_path / "art"
    folder.mkdir()
    Image.new("RGB", (33, 40), (255, 0, 20)).save(folder / "red.png")
    Image.new("RGB", (5, 3), (0, 90, 255)).save(folder / "tiny.png")
    return folder


def caller(run, tmp_path, workdir, inputs):
    """(*flags, output="out", direction="a2b") -> the last line; all must go well."""

    def call(*flags, output="out", direction="a2b"):
        result = run(
            translate, f"--workdir={workdir}", f"--direction={direction}", f"--input={inputs}",
            f"--output={tmp_path / output}", *flags,
        )  # fmt: skip
        count = list_folder(inputs).remark()
        assert (result.code, result.err) == (0, f"--input={inputs}: {count}\n")
        return result.out.splitlines()[-1]

    return call


@pytest.fixture
def call(run_command, tmp_path, workdir, inputs):
    return caller(run_command, tmp_path, workdir, inputs)


@pytest.fixture
def expected(workdir, tiny_methods):
    """(file, styles float32 [K, size], direction) -> uint8 [K, H, W, 3] by the method alone."""

    def translated(file, chosen, direction="a2b"):
        method = tiny_methods(workdir_lib.read_config(workdir))
        x = tf.constant(to_float(decode(file, 3))[None])
        return to_uint8(
            tf.concat(
                [translate_any_size(method, x, direction, tf.constant(s[None])) for s in chosen], 0
            )
        )

    return translated


@pytest.fixture
def style_of(workdir, tiny_methods):
    """(file, domain="b") -> float32 [size], by the method alone."""

    def style(file, domain="b"):
        method = tiny_methods(workdir_lib.read_config(workdir))
        x = tf.constant(to_float(decode(file, 3))[None])
        return method.encode_style(mirror_padded(method, x), domain)[0].numpy()

    return style


def check_files(files, images):
    """PNGs hold these images, but for a rounding that the order of additions may tip."""
    assert len(files) == len(images)
    for file, image in zip(files, images, strict=True):
        found = decode(file, 3).astype(int)
        assert found.shape == image.shape
        assert np.abs(found - image).max() <= 1
    assert len({file.read_bytes() for file in files}) == len(files)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_random_styles(tmp_path, inputs, call, expected, tree, direction):
    """K of the seed, the same for every image, each image's results beside one another."""
    line = call("--num_styles=3", "--run.seed=5", direction=direction)
    assert line.startswith(f"2 translated {direction} in 3 styles by ")
    out = tmp_path / "out"
    assert tree(out) == [*(f"sub/y_style0{k}.jpg" for k in range(3)),
                         *(f"x_style0{k}.png" for k in range(3))]  # fmt: skip
    chosen = np.random.default_rng(5).standard_normal((3, 3), np.float32)
    files = [out / f"x_style0{k}.png" for k in range(3)]
    check_files(files, expected(inputs / "x.png", chosen, direction))
    with Image.open(out / "sub" / "y_style02.jpg") as image:
        assert image.size == (40, 21)


def test_a_seed_keeps_its_first_styles(tmp_path, call, tree):
    """And no seed is seed 0."""
    call("--num_styles=1", output="one")
    call("--num_styles=2", "--run.seed=0", output="two")
    call("--num_styles=1", "--run.seed=1", output="other")
    one, two, other = ({n: (tmp_path / o / n).read_bytes() for n in tree(tmp_path / o)}
                       for o in ("one", "two", "other"))  # fmt: skip
    assert one.keys() == other.keys() and one.keys() < two.keys()
    for name, content in one.items():
        before, after = (decode(c, 3).astype(int) for c in (content, two[name]))
        assert np.abs(before - after).max() <= 6  # jpeg carries a tipped rounding further
        assert np.abs(before - decode(other[name], 3)).max() > 6


def test_no_flag_is_the_middle_style(tmp_path, inputs, call, expected, tree):
    assert call().startswith("2 translated a2b by ")
    assert tree(tmp_path / "out") == sorted(SIZES)
    middle = np.zeros((1, 3), np.float32)
    check_files([tmp_path / "out" / "x.png"], expected(inputs / "x.png", middle))


def test_examples(tmp_path, workdir, inputs, examples, run_compiled, expected, style_of, tree):
    """Compiled, as in a process of its own."""
    caller(run_compiled, tmp_path, workdir, inputs)(f"--style={examples}")
    out = tmp_path / "out"
    assert tree(out) == ["matrix.png", "sub/y_red.jpg", "sub/y_tiny.jpg",
                         "x_red.png", "x_tiny.png"]  # fmt: skip
    chosen = [style_of(examples / f"{name}.png") for name in ("red", "tiny")]
    check_files([out / "x_red.png", out / "x_tiny.png"], expected(inputs / "x.png", chosen))


def test_the_matrix(tmp_path, inputs, examples, call):
    """Examples above, inputs on the left, and at each crossing the file of both names."""
    # As PNG: what is in a JPEG is no longer what was drawn.
    (inputs / "sub" / "y.jpg").unlink()
    source = Image.open(inputs / "x.png").rotate(90)
    source.save(inputs / "z.png")
    call(f"--style={examples}")
    out = tmp_path / "out"
    rows = [[None, *(decode(examples / f"{e}.png", 3) for e in ("red", "tiny"))]]
    for name in ("x", "z"):
        results = (decode(out / f"{name}_{e}.png", 3) for e in ("red", "tiny"))
        rows.append([decode(inputs / f"{name}.png", 3), *results])
    wanted = image_grid(rows, ["input", "red", "tiny"])
    np.testing.assert_array_equal(decode(out / "matrix.png", 3), wanted)


def test_a_matrix_of_many_shows_evenly_spaced_ones(
    tmp_path, inputs, examples, save_image, call, tree, monkeypatch
):
    monkeypatch.setattr(contact_sheets, "SHEET_SIDE", 2)
    (inputs / "sub" / "y.jpg").unlink()
    for seed, name in enumerate("wz"):
        save_image(inputs / f"{name}.png", seed=20 + seed)
    long = "long" * 8
    save_image(examples / "more" / f"{long}.png", seed=7)
    call(f"--style={examples}")
    out = tmp_path / "out"
    assert len(tree(out)) == 3 * 3 + 1
    rows = [[None, *(decode(examples / f"{e}.png", 3) for e in (f"more/{long}", "tiny"))]]
    for name in "wz":
        results = (decode(out / f"{name}_{e}.png", 3) for e in (f"more-{long}", "tiny"))
        rows.append([decode(inputs / f"{name}.png", 3), *results])
    wanted = image_grid(rows, ["input", "more-longlonglong...", "tiny"])
    np.testing.assert_array_equal(decode(out / "matrix.png", 3), wanted)


def test_one_example(tmp_path, inputs, examples, call, tree):
    call(f"--style={examples / 'red.png'}")
    assert tree(tmp_path / "out") == ["matrix.png", "sub/y_red.jpg", "x_red.png"]


@pytest.mark.slow
def test_examples_have_the_channels_of_their_domain(
    tmp_path, make_workdir, styled, inputs, examples, run_command
):
    workdir = make_workdir("grey", **styled, **{"data.channels_b": 1})
    call = caller(run_command, tmp_path, workdir, inputs)
    for direction, mode in {"a2b": "L", "b2a": "RGB"}.items():
        call(f"--style={examples}", output=direction, direction=direction)
        with Image.open(tmp_path / direction / "x_red.png") as image:
            assert image.mode == mode


def test_a_comma_in_a_name_is_no_separator(tmp_path, examples, call, tree):
    (examples / "red.png").rename(examples / "re,d.png")
    call(f"--style={examples / 're,d.png'}")
    assert "x_re,d.png" in tree(tmp_path / "out")


@pytest.mark.parametrize("folder", [True, False], ids=["folder", "files"])
def test_from_one_example_to_another(
    tmp_path, inputs, examples, call, expected, style_of, tree, folder
):
    """As a folder in the order of names, as files in the order given; both ends are exact."""
    ends = ["red", "tiny"] if folder else ["tiny", "red"]
    named = examples if folder else ",".join(str(examples / f"{e}.png") for e in ends)
    call(f"--style={named}", "--interpolate=3")
    out = tmp_path / "out"
    assert tree(out) == ["strip.png", *(f"sub/y_frame0{k}.jpg" for k in range(3)),
                         *(f"x_frame0{k}.png" for k in range(3))]  # fmt: skip
    first, last = (style_of(examples / f"{e}.png") for e in ends)
    chosen = [first, (first + last) / 2, last]
    files = [out / f"x_frame0{k}.png" for k in range(3)]
    check_files(files, expected(inputs / "x.png", chosen))


def test_from_one_random_style_to_another(tmp_path, inputs, call, expected):
    (inputs / "sub" / "y.jpg").unlink()
    call("--interpolate=5", "--run.seed=4")
    out = tmp_path / "out"
    first, last = np.random.default_rng(4).standard_normal((2, 3), np.float32)
    chosen = np.stack([first + np.float32(k / 4) * (last - first) for k in range(5)])
    files = [out / f"x_frame0{k}.png" for k in range(5)]
    check_files(files, expected(inputs / "x.png", chosen))
    row = [decode(inputs / "x.png", 3), *(decode(file, 3) for file in files)]
    titles = ["input", "style00", "0.25", "0.50", "0.75", "style01"]
    np.testing.assert_array_equal(decode(out / "strip.png", 3), image_grid([row], titles))


def test_the_ends_are_the_given_styles():
    """To the bit, whatever lies between."""
    given = style_requests.SampledStyles(2, 0)
    ends = given.styles(8, None)
    for steps in (2, 7, 100):
        mixed = style_requests._line(given, steps, None).mix(ends)
        assert mixed.shape == (steps, 8) and mixed.dtype == np.float32
        np.testing.assert_array_equal(mixed[[0, -1]], ends)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["num_styles=2", "style=art"], "--num_styles=2: not together with --style"),
        (["num_styles=2", "interpolate=3"], "--num_styles=2: not together with --interpolate"),
        (["run.seed=1", "style=art"], "--run.seed=1: not together with --style"),
        (["run.seed=0"], "--run.seed=0: nothing is sampled without --num_styles or"),
        (["num_styles=0"], "--num_styles=0: 0 is not"),
        (["num_styles=101"], "--num_styles=101: 101 is not"),
        (["num_styles=some"], "--num_styles=some: "),
        (["interpolate=1"], "--interpolate=1: 1 is not"),
        (["interpolate=101"], "--interpolate=101: 101 is not"),
        (["num_styles=2", "run.seed=-1"], "--run.seed=-1: -1 is not"),
        (["interpolate=3", "style=art/red.png"],
         "--interpolate=3: goes from one image to another, but --style=art/red.png names 1"),
        (["interpolate=3", "style=art,in/x.png"], "but --style=art,in/x.png names 3"),
        (["style="], "--style='': no such file or folder"),
        (["style=absent"], "--style=absent: no such file or folder"),
        (["style=art/red.png,absent.png"], "--style=absent.png: no such file or folder"),
        (["style=" + ",".join(["absent.png"] * 999)], "--style=absent.png: no such file or folder"),
        (["style=empty"], "--style=empty: no images in it"),
        (["style=broken"], "1 of 1 images cannot be used: broken/x.png"),
        (["style=broken", "skip_bad"], "1 of 1 images cannot be used: broken/x.png"),
        (["interpolate=3", "style=art/red.png,art/red.png"], "art/red.png names 1"),
        (["style=" + "z" * 300], "file name too long"),
        (["style=art", "output=art"], "--output=art: is where the style lies"),
        (["style=clash"], "both would be written to out/x_red_y.png"),
        # Inputs and examples that lie where results would.
        (["num_styles=1", "input=nested/in", "output=nested"],
         "nested/in/x_style00.png: is an input as well"),
        (["style=held/sub", "output=held"], "held/sub/y_red.jpg: is an input as well"),
        (["style=art", "input=linked", "output=made"], "made/matrix.png: is an input as well"),
        (["interpolate=2", "input=linked/y.png", "output=made"], "made/strip.png: is an input as"),
    ],
)  # fmt: skip
def test_refusals(tmp_path, monkeypatch, workdir, inputs, examples, save_image, refused, tree,
                  arguments, message):  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "x.png").write_text("no image")
    for name in ("in/x_red.png", "clash/y.png", "clash/red_y.png", "nested/in/in/x.png",
                 "nested/in/x_style00.png", "held/sub/y_red.jpg", "held/sub/red.png",
                 "made/matrix.png", "made/strip.png"):  # fmt: skip
        save_image(tmp_path / name)
    (tmp_path / "linked").mkdir()
    for link, file in {"x": "matrix", "y": "strip"}.items():
        (tmp_path / "linked" / f"{link}.png").symlink_to(tmp_path / "made" / f"{file}.png")
    before = tree(tmp_path)
    values = {"workdir": "run", "direction": "a2b", "input": "in", "output": "out"}
    flags = [f"--{k}={v}" for k, v in values.items()]
    assert message in refused(translate, *flags, *(f"--{a}" for a in arguments))
    assert tree(tmp_path) == before


def test_bad_examples_may_be_left_out(tmp_path, workdir, inputs, examples, run_command, tree):
    """But not where two are needed."""
    (examples / "bad.png").write_text("no image")
    arguments = (f"--workdir={workdir}", "--direction=a2b", f"--input={inputs}",
                 f"--output={tmp_path / 'out'}", "--skip_bad")  # fmt: skip
    pair = ",".join(str(examples / name) for name in ("bad.png", "red.png"))
    result = run_command(translate, *arguments, f"--style={pair}", "--interpolate=2")
    assert result.code == 2
    skipped, refusal = result.err.splitlines()
    assert skipped.startswith(f"skipped {examples / 'bad.png'}: ") and "names 1" in refusal
    assert not (tmp_path / "out").exists()
    assert run_command(translate, *arguments, f"--style={examples}").code == 0
    assert "x_red.png" in tree(tmp_path / "out") and "x_bad.png" not in tree(tmp_path / "out")


@pytest.mark.parametrize("flag", ["num_styles=2", "style=art", "interpolate=2"])
def test_methods_without_styles(tmp_path, make_workdir, inputs, refused, flag):
    line = refused(
        translate, f"--workdir={make_workdir()}", "--direction=a2b", f"--input={inputs}",
        f"--output={tmp_path / 'out'}", f"--{flag}",
    )  # fmt: skip
    assert f"--{flag}: method unit has one translation for one image" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "flags",
    ["--num_styles=2 --interpolate=2", "--interpolate=2 --style={bad}", "--style={bad}"],
)
def test_refusals_need_no_tensorflow(tmp_path, workdir, inputs, save_image, flags):
    """Of flags, of folders, and of what is in them."""
    script = (
        "import sys; import unit_tf.cli.translate as command\n"
        "try:\n    command.run()\nexcept SystemExit as end:\n"
        "    print(end.code, 'tensorflow' in sys.modules)"
    )
    bad = save_image(tmp_path / "bad" / "x.png").parent
    (bad / "y.png").write_text("no image")
    process = subprocess.run(
        [sys.executable, "-c", script, f"--workdir={workdir}", "--direction=a2b",
         f"--input={inputs}", f"--output={tmp_path / 'out'}", *flags.format(bad=bad).split()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert process.stdout.split() == ["2", "False"]
    assert process.stderr.count("\n") == 1
