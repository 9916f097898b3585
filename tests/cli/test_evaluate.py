"""unit-evaluate: scores beside baselines for pairs, grids alone without, one line for bad input."""

import importlib.util
import json
import shutil

import pytest
from PIL import Image

from unit_tf.cli import evaluate
from unit_tf.data.images import decode
from unit_tf.data.scaling import scale_to_cover
from unit_tf.training import workdir as workdir_lib


@pytest.fixture
def pairs(tmp_path, save_image):
    """A CycleGAN-layout folder; three test pairs of different sizes."""
    root = tmp_path / "data"
    for domain in "AB":
        save_image(root / f"train{domain}" / "x.png", (40, 40))
        for i, size in enumerate([(32, 32), (9, 40), (33, 17)]):
            save_image(root / f"test{domain}" / f"{i}_{domain}.png", size, seed=ord(domain) + i)
    return root


def folder_settings(root):
    return {"data.source": "folder", "data.root": str(root)}


def test_paired_folders(tmp_path, make_workdir, pairs, run_compiled, tree):
    workdir = make_workdir(**folder_settings(pairs))
    result = run_compiled(evaluate, f"--workdir={workdir}")
    assert (result.code, result.err) == (0, "test A: 3 images, test B: 3 images\n")
    lines = result.out.splitlines()
    document = json.loads(lines[-1])
    assert json.loads((workdir / "evaluation.json").read_text()) == document
    assert (document["step"], document["preset"]) == (7, "tiny")
    assert document["data"] == {"source": "folder", "root": str(pairs)}
    assert list(document["directions"]) == ["a2b", "b2a"]
    for direction, figures in document["directions"].items():
        assert (figures["paired"], figures["images"]) == (True, 3)
        assert figures["headline"] == "accuracy/all_channels"
        for name in ("translation", "constant", "identity"):
            assert 0 <= figures[name]["accuracy/all_channels"] <= 1
        assert f"{direction}: mean over 3 images with truth" in lines
        assert 0 < figures["local_edits"]["changed"] < 1
        with Image.open(workdir / f"grid_{direction}.png") as grid:
            assert grid.width > 3 * 128 and grid.height > 3 * 64
    assert tree(workdir) == ["config.json", "evaluation.json", "grid_a2b.png", "grid_b2a.png"]


def test_other_channels_have_no_identity(make_workdir, pairs, run_command):
    workdir = make_workdir(**folder_settings(pairs), **{"data.channels_b": 1})
    result = run_command(evaluate, f"--workdir={workdir}", "--limit=2")
    for figures in json.loads(result.out.splitlines()[-1])["directions"].values():
        assert figures["images"] == 2
        assert "identity" not in figures and "local_edits" not in figures
    assert "identity" not in result.out


def test_unpaired(make_workdir, pairs, run_command, tree):
    """Names that do not match are no pairs; one direction without images is left out."""
    for path in (pairs / "testB").iterdir():
        path.unlink()
    (pairs / "testB").rmdir()
    workdir = make_workdir(**folder_settings(pairs))
    result = run_command(evaluate, f"--workdir={workdir}")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == "a2b: 3 images without truth; a grid, and no scores against truth"
    assert json.loads(lines[-1])["directions"] == {"a2b": {"images": 3, "paired": False}}
    assert tree(workdir) == ["config.json", "evaluation.json", "grid_a2b.png"]


def test_output_folder_and_moved_data(tmp_path, make_workdir, pairs, run_command, tree):
    workdir = make_workdir(**folder_settings("/gone"))
    output = tmp_path / "results" / "deep"
    result = run_command(
        evaluate, f"--workdir={workdir}", f"--output={output}", f"--data.root={pairs}"
    )
    assert result.code == 0
    assert tree(workdir) == ["config.json"]
    assert tree(output) == ["evaluation.json", "grid_a2b.png", "grid_b2a.png"]
    assert json.loads(result.out.splitlines()[-1])["data"]["root"] == str(pairs)


def test_shipped_needs_output(
    tmp_path, monkeypatch, make_workdir, pairs, refused, run_command, tree
):
    monkeypatch.setattr(workdir_lib, "PRETRAINED", tmp_path / "package")
    workdir = make_workdir("word", root=tmp_path / "package", **folder_settings(pairs))
    for text in ("word", workdir):
        assert "--output is required" in refused(evaluate, f"--workdir={text}")
    assert run_command(evaluate, "--workdir=word", f"--output={tmp_path / 'out'}").code == 0
    assert tree(workdir) == ["config.json"]


def test_pairs_of_two_sizes(make_workdir, pairs, save_image, run_command, tree):
    """Found at work, so behind the line about the images."""
    workdir = make_workdir(**folder_settings(pairs))
    save_image(pairs / "testB" / "1_B.png", (9, 41))
    result = run_command(evaluate, f"--workdir={workdir}")
    assert result.code == 2 and tree(workdir) == ["config.json"]
    assert result.err.splitlines() == [
        "test A: 3 images, test B: 3 images",
        "unit-command: 1_A.png: 9x40 pixels, but 9x41 in its truth",
    ]


def test_bad_input(tmp_path, make_workdir, pairs, refused, tree):
    workdir = make_workdir(**folder_settings(pairs))

    def line(*more):
        found = refused(evaluate, f"--workdir={workdir}", *more)
        assert tree(workdir) == ["config.json"]
        return found

    assert "--workdir is required" in refused(evaluate)
    assert "no such folder" in refused(evaluate, "--workdir=/absent")
    assert "not a folder" in line(f"--output={pairs / 'trainA' / 'x.png'}")
    assert "limit" in line("--limit=0")
    assert "--data.root=/absent" in line("--data.root=/absent")
    (pairs / "testA" / "0_A.png").write_bytes(b"broken")
    assert "0_A.png" in line()


def test_training_images_are_not_touched(make_workdir, pairs, run_command):
    """They may be many, elsewhere or broken; a score needs none of them."""
    workdir = make_workdir(**folder_settings(pairs))
    (pairs / "trainA" / "x.png").write_bytes(b"broken")
    shutil.rmtree(pairs / "trainB")
    result = run_command(evaluate, f"--workdir={workdir}")
    assert result.code == 0
    (note,) = json.loads(result.out.splitlines()[-1])["notes"]
    assert note == "test A: 3 images, test B: 3 images"


def test_bad_images_can_be_left_out(make_workdir, pairs, refused, run_command):
    """What the refusal proposes is a flag of this command."""
    workdir = make_workdir(**folder_settings(pairs))
    (pairs / "testA" / "0_A.png").write_bytes(b"broken")
    assert "--data.skip_bad" in refused(evaluate, f"--workdir={workdir}")
    result = run_command(evaluate, f"--workdir={workdir}", "--data.skip_bad")
    document = json.loads(result.out.splitlines()[-1])
    assert document["directions"]["a2b"]["images"] == 2
    assert "skipped 1 of" in document["notes"][1]
    assert result.err.splitlines() == document["notes"]


OTHER_SOURCES = [
    {"data.source": "blue_marble", "data.map": "topography", "data.map_width": 640},
    {"data.source": "avatars", "data.attribute": "Smiling", "data.flip": False},
]


@pytest.mark.parametrize("settings", OTHER_SOURCES)
def test_training_folders_for_a_source_that_reads_none(make_workdir, pairs, refused, settings):
    """Not scores of other images than the named ones."""
    workdir = make_workdir(**settings)
    line = refused(evaluate, f"--workdir={workdir}", f"--data.dir_a={pairs / 'trainA'}")
    assert f"not read with --data.source={settings['data.source']}" in line


@pytest.mark.parametrize("settings", OTHER_SOURCES)
def test_test_folders_for_a_source_that_reads_none(make_workdir, pairs, run_command, settings):
    """A shipped translator may be scored on images of one's own."""
    workdir = make_workdir(**settings)
    places = [f"--data.test_dir_{d}={pairs / 'test'}{d.upper()}" for d in "ab"]
    for arguments, directions in ((places[:1], ["a2b"]), (places, ["a2b", "b2a"])):
        result = run_command(evaluate, f"--workdir={workdir}", *arguments)
        assert result.code == 0, result.err
        document = json.loads(result.out.splitlines()[-1])
        assert list(document["directions"]) == directions
        assert document["data"]["source"] == "folder"
        assert document["directions"]["a2b"]["images"] == 3


def test_a_root_for_a_source_that_reads_none(make_workdir, pairs, run_command):
    workdir = make_workdir(**OTHER_SOURCES[0])
    result = run_command(evaluate, f"--workdir={workdir}", f"--data.root={pairs}")
    assert json.loads(result.out.splitlines()[-1])["directions"]["b2a"]["paired"] is True


def test_no_test_images(tmp_path, make_workdir, save_image, refused):
    for domain in "ab":
        save_image(tmp_path / domain / "x.png")
    workdir = make_workdir(**{"data.dir_a": str(tmp_path / "a"), "data.dir_b": str(tmp_path / "b")})
    assert "no test images" in refused(evaluate, f"--workdir={workdir}")


def test_the_seed_of_styles(make_workdir, pairs, styled, run_command):
    """Styles are sampled from it and the report has it; the training's own seed is another."""
    workdir = make_workdir(**folder_settings(pairs), **styled)

    def diversity(*more):
        result = run_command(evaluate, f"--workdir={workdir}", "--limit=1", *more)
        assert (result.code, result.err) == (0, "test A: 3 images, test B: 3 images\n")
        return json.loads(result.out.splitlines()[-1])["directions"]["a2b"]["diversity"]

    unsaid, zero, one = diversity(), diversity("--run.seed=0"), diversity("--run.seed=1")
    assert unsaid == zero
    assert (zero["seed"], one["seed"]) == (0, 1)
    assert zero["distances"] != one["distances"]


def test_no_seed_without_styles(make_workdir, pairs, refused):
    line = refused(evaluate, f"--workdir={make_workdir(**folder_settings(pairs))}", "--run.seed=1")
    assert "--run.seed=1: method unit has one translation for one image" in line


@pytest.mark.parametrize(
    "flag",
    ["run.seed=0", "vgg_weights=imagenet", "classifier={file}.keras", "lpips_weights={file}.npz"],
)
def test_no_flags_of_styles_without_styles(tmp_path, make_workdir, pairs, refused, flag):
    for extension in (".keras", ".npz"):
        (tmp_path / f"it{extension}").touch()
    flag = flag.format(file=tmp_path / "it")
    more = ["--vgg_weights=imagenet"] if flag.startswith("lpips") else []
    workdir = make_workdir(**folder_settings(pairs))
    line = refused(evaluate, f"--workdir={workdir}", f"--{flag}", *more)
    assert f"--{flag}: method unit has one translation for one image" in line
    assert line.endswith("only for methods with styles (munit)\n")


def test_faces(make_workdir, run_command, tmp_path):
    for name in ("python_avatars", "resvg_py"):
        if not importlib.util.find_spec(name):
            pytest.skip(f"{name} is not installed")
    workdir = make_workdir(**{
        "data.source": "avatars", "data.attribute": "Eyeglasses", "data.num_test_faces": 6,
        "data.cache_dir": str(tmp_path / "cache"),
    })  # fmt: skip
    result = run_command(evaluate, f"--workdir={workdir}", "--limit=5")
    assert result.code == 0, result.err
    document = json.loads(result.out.splitlines()[-1])
    for direction, figures in document["directions"].items():
        share, target = figures["attribute_share"], int(direction == "b2a")
        assert (share["attribute"], share["images"], share["target"]) == ("Eyeglasses", 5, target)
        assert (share["identity"], share["real"], share["accuracy"]) == (1 - target, target, 1)
        assert f"{direction}: share with Eyeglasses" in result.out
        assert 0 < figures["local_edits"]["changed"] < 0.2
        assert figures["local_edits"]["outside"]["identity"]["l1"] < 0.1


def test_resized_first(tmp_path, make_workdir, pairs, run_command):
    """As with images that had this size before; the report says so."""
    workdir, small = make_workdir(**folder_settings(pairs)), tmp_path / "small"
    for path in pairs.rglob("*.png"):
        target = small / path.relative_to(pairs)
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(scale_to_cover(decode(path, 3), (32, 32), 0)).save(target)
    found = []
    for more in (["--resize=trained"], [f"--data.root={small}"]):
        result = run_command(evaluate, f"--workdir={workdir}", *more)
        assert result.code == 0
        found.append(json.loads(result.out.splitlines()[-1]))
    scaled, expected = found
    assert scaled["directions"] == expected["directions"]
    line = "test images are scaled first: they just cover 32x32 pixels"
    assert line in scaled["notes"] and line not in expected["notes"]


def test_resized_images_may_be_too_large(make_workdir, pairs, run_command):
    workdir = make_workdir(**folder_settings(pairs))
    result = run_command(evaluate, f"--workdir={workdir}", "--resize=20000")
    said = "0_A.png: --resize makes it 20000x20000 pixels: more than 89 million pixels"
    assert result.code == 2 and said in result.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("settings", "given", "said"),
    [
        ({}, "x", "--resize=x: expected trained, or the pixels of the shorter side"),
        ({"data.source": "blue_marble"}, "trained", "images of data.source=blue_marble; "),
    ],
)
def test_a_scale_that_cannot_be(make_workdir, refused, settings, given, said):
    workdir = make_workdir(**settings)
    assert said in refused(evaluate, f"--workdir={workdir}", f"--resize={given}")


def test_the_scale_of_training_is_that_of_its_own_images(tmp_path, make_workdir, pairs, refused):
    """Tiles of maps are not scaled in training, whatever folder is scored now."""
    workdir = make_workdir(**{"data.source": "blue_marble"})
    folders = [f"--data.test_dir_{d.lower()}={pairs}/test{d}" for d in "AB"]
    line = refused(evaluate, f"--workdir={workdir}", *folders, "--resize=trained")
    assert "training does not scale images of data.source=blue_marble" in line
