"""tools/reproduction/recipe.py: what it trains, and the table of its records."""

import json

import pytest
from PIL import Image

import grid
import recipe_rows
import set_records
import set_trainings
from unit_tf.config import UserError
from unit_tf.resolve import resolve


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduction/recipe")


@pytest.fixture
def report(load_tool):
    return load_tool("reproduction/report_recipe")


@pytest.fixture
def jobs(tool, tmp_path):
    """jobs(*flags) -> {training's name: grid.Training}."""

    def jobs(*arguments):
        for name in tool.FLAGS:
            tool.FLAGS[name].unparse()
        tool.FLAGS(["recipe", "--output=x", *arguments])
        where = grid.Grid(tmp_path, tmp_path)
        values, rows = tool.FLAGS, tool.ALL_ROWS
        found = set_trainings.chosen_jobs(values, rows)
        trainings = [set_trainings.training_of(values, rows, job, where) for job in found]
        return {training.name: training for training in trainings}

    return jobs


def test_every_row_trains_on_every_set(jobs, emoji):
    found = jobs(f"--emoji={emoji}", f"--rows={','.join(recipe_rows.ROWS)}", "--seeds=1,2")
    assert len(found) == 2 * len(recipe_rows.ROWS) * len(recipe_rows.SETS)
    assert {training.config.data.image_size for training in found.values()} == {(64, 64)}
    assert found["emoji_photos_1"].config.data.root == f"{emoji}/flat_to_3d"


def test_nothing_but_the_images_differs_between_sets(jobs, emoji):
    found = [t.config for t in jobs(f"--emoji={emoji}", "--rows=photos", "--seeds=0").values()]
    changed = {line.partition(":")[0] for c in found for line in c.differences(found[0])}
    assert changed and all(name.startswith("data.") for name in changed)


def test_pairs_train_the_same_networks(jobs):
    found = jobs("--rows=photos,pairs", "--sets=eyeglasses", "--seeds=0", "--steps=100")
    photos, pairs = (found[f"eyeglasses_{row}_0"].config for row in ("photos", "pairs"))
    assert pairs.model.method == "supervised" and pairs.data.paired
    changed = [line.partition(":")[0] for line in pairs.differences(photos)]
    shown = {name for name in changed if name.startswith("model.")}
    assert shown <= {
        "model.method", "model.num_shared", "model.noise", "model.same_start",
        "model.discriminator_width", "model.discriminator_depth",
        "model.discriminator_kernel",
    }  # fmt: skip
    assert pairs.optim == photos.optim and photos.weights.gan_start == 40


def test_held_back_sets_are_not_for_choosing(jobs):
    with pytest.raises(UserError, match="held back"):
        jobs("--rows=normed", "--sets=smiling")
    with pytest.raises(UserError, match="--emoji: needed for --sets=emoji"):
        jobs("--sets=emoji")
    with pytest.raises(UserError, match="--sets=emojis: no such name.*emoji"):
        jobs("--sets=emojis")


def test_emoji_of_another_size_are_refused(jobs, emoji):
    """A training would see crops of larger ones, and be scored on other images than the rest."""
    path = emoji / "flat_to_3d" / "trainB" / "0.png"
    Image.new("RGB", (128, 128)).save(path)
    with pytest.raises(UserError, match="0.png is 128x128, not 64x64; .*--size=64"):
        jobs(f"--emoji={emoji}", "--sets=emoji")
    path.write_text("no image")
    with pytest.raises(UserError, match="trainB/0.png: not a png, jpeg"):
        jobs(f"--emoji={emoji}", "--sets=emoji")
    path.unlink()
    with pytest.raises(UserError, match="--emoji: no images in .*flat_to_3d/trainB"):
        jobs(f"--emoji={emoji}", "--sets=emoji")


def test_the_home_folder_of_emoji_is_found(jobs, emoji, monkeypatch):
    monkeypatch.setenv("HOME", str(emoji.parent))
    assert len(jobs("--emoji=~/emoji", "--sets=emoji", "--rows=photos", "--seeds=0")) == 1


def record(seed, l1, **scores):
    scores = {"accuracy/all_channels": 0.5, "l1": l1, "ssim": 0.7, "colour_order": 0.2, **scores}
    return {
        "group": "relief", "row": "photos", "title": "preset photos", "paper": None, "seed": seed,
        "steps": 10, "overrides": {}, "commit": "c", "date": "d", "hardware": "h",
        "tensorflow": "2", "settings": dict(resolve("photos", {"data.root": "x"}).items()),
        "readings": [{"step": 10, "a2b": scores}],
        "references": {"a2b": {"constant": {"l1": 20.0}, "identity": {"l1": 90.0}}},
    }  # fmt: skip


def test_the_table_counts_dead_and_swapped_trainings(report):
    found = [
        record(0, 15.0, land_contrast=1.0),
        record(1, 21.0, land_contrast=1.0),  # worse than one colour
        record(2, 16.0, land_contrast=-0.5),  # land painted as sea
        record(3, 17.0, land_contrast=1.0, colour_order=-0.2),
    ]
    for one in found:
        assert set_records.complaint(json.loads(json.dumps(one))) is None
    lines = report.table(found).splitlines()
    row = next(line for line in lines if "preset photos" in line)
    assert "| 17.25 ± 2.63 |" in row and "| 1 of 4 | 2 of 4 | 10 |" in row
    assert any("untouched input | 90.00" in line for line in lines)


def test_faces_have_their_own_columns(report):
    shares = {"outside/l1": 1.5, "inside/l1": 30.0, "attribute_share": 0.25}
    shares |= {"identity/outside/l1": 0.1, "identity/inside/l1": 80.0}
    found = [{**record(0, 15.0, **shares), "group": "eyeglasses"}]
    lines = report.table(found).splitlines()
    assert "| 1.50 | 30.0 | 0.25 | 0 of 1 |  |" in next(x for x in lines if "photos |" in x)
    assert "| 0.10 | 80.0 |" in next(x for x in lines if "untouched" in x)


def test_a_foreign_record_is_refused():
    assert "group" in set_records.complaint({**record(0, 1.0), "group": "cats"})
