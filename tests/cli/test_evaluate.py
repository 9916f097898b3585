"""unit-evaluate: scores beside baselines for pairs, grids alone without, one line for bad input."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from unit_tf.cli import evaluate, scores
from unit_tf.config import ExperimentConfig
from unit_tf.data.base import TestImage as Held  # pytest would collect a name with Test
from unit_tf.inference import load as load_lib
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


def test_paired_folders(tmp_path, make_workdir, pairs, run_command, tree):
    workdir = make_workdir(**folder_settings(pairs))
    result = run_command(evaluate, f"--workdir={workdir}")
    assert (result.code, result.err) == (0, "")
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
    assert lines[0] == "a2b: 3 images without truth; a grid and no scores"
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


def test_bad_input(tmp_path, make_workdir, pairs, save_image, refused, tree):
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
    save_image(pairs / "testB" / "1_B.png", (9, 41))
    assert "1_A.png: 9x40 pixels, but 9x41 in its truth" in line()
    (pairs / "testA" / "0_A.png").write_bytes(b"broken")
    assert "0_A.png" in line()


def test_training_images_are_not_touched(make_workdir, pairs, run_command):
    """They may be many, elsewhere or broken; a score needs none of them."""
    workdir = make_workdir(**folder_settings(pairs))
    (pairs / "trainA" / "x.png").write_bytes(b"broken")
    shutil.rmtree(pairs / "trainB")
    result = run_command(evaluate, f"--workdir={workdir}")
    assert result.code == 0
    assert json.loads(result.out.splitlines()[-1])["notes"] == []


def test_bad_images_can_be_left_out(make_workdir, pairs, refused, run_command):
    """What the refusal proposes is a flag of this command."""
    workdir = make_workdir(**folder_settings(pairs))
    (pairs / "testA" / "0_A.png").write_bytes(b"broken")
    assert "--data.skip_bad" in refused(evaluate, f"--workdir={workdir}")
    result = run_command(evaluate, f"--workdir={workdir}", "--data.skip_bad")
    document = json.loads(result.out.splitlines()[-1])
    assert document["directions"]["a2b"]["images"] == 2
    assert "skipped 1 of" in document["notes"][0]


def test_folders_for_a_source_that_reads_none(make_workdir, pairs, refused):
    """Not scores of other images than the named ones."""
    workdir = make_workdir(**{"data.source": "blue_marble"})
    line = refused(evaluate, f"--workdir={workdir}", f"--data.test_dir_a={pairs / 'testA'}")
    assert "not read with --data.source=blue_marble" in line


def test_no_test_images(tmp_path, make_workdir, save_image, refused):
    for domain in "ab":
        save_image(tmp_path / domain / "x.png")
    workdir = make_workdir(**{"data.dir_a": str(tmp_path / "a"), "data.dir_b": str(tmp_path / "b")})
    assert "no test images" in refused(evaluate, f"--workdir={workdir}")


def test_scores_are_those_of_the_translations():
    """A translator that is right for every image but one, against hand-made figures."""
    truths = [np.full((12, 12, 3), 20 * i, np.uint8) for i in range(10)]
    tests = [
        Held(f"{i}.png", lambda i=i: np.full((12, 12, 1), i, np.uint8), lambda t=t: t)
        for i, t in enumerate(truths)
    ]
    translated = []

    def translate(image, name):
        translated.append(name)
        index = int(image[0, 0, 0])
        return truths[index] if index else truths[9]

    result = scores.evaluate_direction(tests, translate, "a2b")
    assert translated == [f"{i}.png" for i in range(10)]
    assert result.figures["translation"]["accuracy/all_channels"] == 0.9
    assert result.figures["translation"]["l1"] == pytest.approx(18)
    assert result.figures["constant"]["accuracy/all_channels"] == 0.2
    assert result.grid.shape[0] > scores.GRID_ROWS * 128
    limited = scores.evaluate_direction(tests, translate, "a2b", limit=3)
    assert limited.figures["images"] == 3
    assert translated[10:] == ["0.png", "4.png", "9.png"]


@pytest.mark.parametrize(("rows", "shown"), [(1, True), (6, True), (7, False), (12, False)])
def test_scores_of_the_changed_region_are_shown_for_local_edits(rows, shown):
    """Where it is most of the image, they say what the other scores do."""
    image = np.full((12, 12, 3), 40, np.uint8)
    truth = image.copy()
    truth[:rows] = 200
    tests = [Held("x.png", lambda: image, lambda: truth)]
    result = scores.evaluate_direction(tests, lambda image, name: image, "a2b")
    assert result.figures["local_edits"]["changed"] == rows / 12
    assert ("\nchanged region: " in result.text) == shown


@pytest.mark.parametrize("name", ["relief", "topography"])
def test_the_document_names_another_map(name):
    """The default one is not named, as in evaluations of before there were two."""
    config = ExperimentConfig().replace({"data.source": "blue_marble", "data.map": name})
    loaded = load_lib.LoadedTranslator(config, None, 7, "weights")
    named = {} if name == "relief" else {"map": name}
    found = scores.document(config, loaded, {}, ())
    assert found["data"] == {"source": "blue_marble", **named}


def test_unpaired_translates_only_what_it_shows():
    translated = []

    def translate(image, name):
        translated.append(name)
        return image

    image = np.zeros((4, 4, 3), np.uint8)
    tests = [Held(f"{i}", lambda: image) for i in range(50)]
    result = scores.evaluate_direction(tests, translate, "b2a")
    assert len(translated) == scores.GRID_ROWS
    assert result.figures == {"images": 50, "paired": False}


def test_the_seed_of_styles(make_workdir, pairs, styled, run_command):
    """It is drawn by, and told; the data's settings stay those of the training."""
    workdir = make_workdir(**folder_settings(pairs), **styled)

    def diversity(*more):
        result = run_command(evaluate, f"--workdir={workdir}", "--limit=1", *more)
        assert (result.code, result.err) == (0, "")
        return json.loads(result.out.splitlines()[-1])["directions"]["a2b"]["diversity"]

    unsaid, zero, one = diversity(), diversity("--run.seed=0"), diversity("--run.seed=1")
    assert unsaid == zero
    assert (zero["seed"], one["seed"]) == (0, 1)
    assert zero["distances"] != one["distances"]


def test_no_seed_without_styles(make_workdir, pairs, refused):
    line = refused(evaluate, f"--workdir={make_workdir(**folder_settings(pairs))}", "--run.seed=1")
    assert "--run.seed=1: method unit has one translation for one image" in line
