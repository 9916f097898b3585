"""Resuming asks whether the images are those of before, not whether they lie where they lay."""

import json
import pathlib
import shutil

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data.base import Content
from unit_tf.data.datasets import open_data
from unit_tf.training import claim_workdir, loop, trained_images, workdir
from unit_tf.training.trained_images import (
    describe_changes,
    refuse_changed_images,
    store_images,
    stored_images,
)


def contents(a, b="x"):
    """{"a", "b": list of Content} of names; a letter's content is its first two characters."""
    return {
        d: [Content(name[:1] + ".png", 7, name[:2]) for name in names.split()]
        for d, names in {"a": a, "b": b}.items()
    }


SAVED = contents("p q r s t")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (SAVED, ""),
        (contents("p q r s"), "A: 1 removed: t.png"),
        (contents("p q r s t u", "y"), "A: 1 added: u.png; B: 1 added, 1 removed: y.png, x.png"),
        (contents("p q r s tt"), "A: 1 changed: t.png"),
        (contents("v w p2"), "A: 2 added, 4 removed, 1 changed: v.png, w.png, q.png and 4 more"),
        (contents("t q r s p"), "A: the same images in another order"),
        (contents("p q r s t t"), "A: 1 added: t.png"),
    ],
)
def test_what_changed_is_said_in_a_line(now, said):
    assert describe_changes(SAVED, now) == said


def test_names_alone_are_no_change():
    renamed = {d: [i._replace(name="n" + i.name) for i in images] for d, images in SAVED.items()}
    assert describe_changes(SAVED, renamed) == ""


def test_names_are_escaped():
    now = {**SAVED, "a": [*SAVED["a"], Content("\n\x1b.png", 1, "z")]}
    assert describe_changes(SAVED, now) == r"A: 1 added: \n\x1b.png"


@pytest.fixture
def folder(tmp_path):
    """A training's folder at step 3."""
    (tmp_path / "checkpoints/000000003").mkdir(parents=True)
    store_images(tmp_path, SAVED)
    return tmp_path


def test_what_is_stored_is_read(folder):
    assert stored_images(folder) == SAVED and stored_images(folder / "none") is None


def test_changed_images_are_refused_or_accepted(folder, small_config):
    config = small_config({"run.steps": 9})
    assert refuse_changed_images(config, folder, SAVED) == ""
    now = contents("p q r s")
    with pytest.raises(UserError) as raised:
        refuse_changed_images(config, folder, now)
    message = str(raised.value)
    assert message.startswith(f"--workdir={folder}: training images have changed")
    assert "(A: 1 removed: t.png)" in message and "--run.accept_changed_images" in message
    accepted = config.replace({"run.accept_changed_images": True})
    assert "(A: 1 removed: t.png)" in refuse_changed_images(accepted, folder, now)


def test_where_nothing_goes_on_nothing_is_compared(folder, small_config):
    """A finished training, one of a source that knows no files, one of before, one not begun."""
    other = contents("z")
    assert refuse_changed_images(small_config({"run.steps": 3}), folder, other) == ""
    config = small_config({"run.steps": 9})
    assert refuse_changed_images(config, folder, None) == ""
    (folder / workdir.IMAGES).unlink()
    assert refuse_changed_images(config, folder, other) == ""
    store_images(folder, SAVED)
    shutil.rmtree(folder / "checkpoints")
    assert refuse_changed_images(config, folder, other) == ""


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b'{"version": 1, "a": []}', b'{"version": 2}',
                b'{"version": 1, "a": [[1]], "b": []}', b"[" * 100_000,
                b'{"version": 1, "a": [[[], 2, 3]], "b": []}',
                b'{"version": 1, "a": [], "b": [["x", 2, 3]]}'],
)  # fmt: skip
def test_a_damaged_file_is_named(folder, content):
    (folder / workdir.IMAGES).write_bytes(content)
    with pytest.raises(UserError, match=f"{workdir.IMAGES}: damaged.*; remove it") as raised:
        stored_images(folder)
    assert "\n" not in str(raised.value)


@pytest.fixture
def places(tmp_path):
    """Two folders of three images; {"data.dir_a", "data.dir_b": path}."""
    found = {f"data.dir_{d}": tmp_path / "images" / d for d in "ab"}
    for i, place in enumerate(found.values()):
        place.mkdir(parents=True)
        for k in range(3):
            pixels = np.random.default_rng([i, k]).integers(0, 256, (10, 12, 3), np.uint8)
            Image.fromarray(pixels).save(place / f"{k}.png")
    return {name: str(place) for name, place in found.items()}


def begin(config, folder):
    return loop.Loop(config, open_data(config.data), folder)


def release(experiment):
    experiment._release()


def test_moved_folders_go_on_and_changed_ones_do_not(small_config, places, tmp_path, eager_steps):
    folder = tmp_path / "run"
    config = small_config(places, {"run.steps": 9})
    first = begin(config, folder)
    first._save(0)
    release(first)
    manifest = folder / workdir.IMAGES
    before = manifest.read_bytes()
    assert [name for name, *_ in json.loads(before)["b"]] == ["0.png", "1.png", "2.png"]

    moved = {name: shutil.move(place, place + "_moved") for name, place in places.items()}
    config = config.replace(moved)
    release(begin(config, folder))
    assert json.loads((folder / "config.json").read_text())["data"]["dir_a"] == moved["data.dir_a"]
    assert manifest.read_bytes() == before

    pathlib.Path(moved["data.dir_a"], "1.png").write_bytes(b"")
    config = config.replace({"data.skip_bad": True})
    with pytest.raises(UserError, match=r"\(A: 1 removed: 1.png\)"):
        begin(config, folder)
    assert manifest.read_bytes() == before
    accepted = begin(config.replace({"run.accept_changed_images": True}), folder)
    assert "(A: 1 removed: 1.png)" in accepted.changed_images
    release(accepted)
    release(begin(config, folder))  # they are those of before now


def test_a_folder_of_before_is_strict_about_places(small_config, places, tmp_path):
    """Nobody can tell whether the images are the same."""
    config = small_config(places)
    (tmp_path / "config.json").write_text(config.to_json())
    moved = config.replace({"data.dir_a": "elsewhere"})
    with pytest.raises(UserError, match="data.dir_a: 'elsewhere' != "):
        claim_workdir.check_workdir(moved, tmp_path)
    store_images(tmp_path, SAVED)
    claim_workdir.check_workdir(moved, tmp_path)


def test_what_cannot_be_written_is_one_line(small_config, places, tmp_path, monkeypatch):
    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(trained_images, "write_text", full)
    with pytest.raises(UserError, match=r"--workdir=.*cannot write to it \(no space left"):
        begin(small_config(places), tmp_path / "run")
