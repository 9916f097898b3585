"""tools/reproduction/maps.py: rows that can be trained, and one that is, on small images."""

import json

import numpy as np
import pytest
from PIL import Image

import grid
import map_rows
from unit_tf.cli import flags
from unit_tf.presets import PRESETS

TINY = [
    "--data=cycle_gan/maps", "--run.steps=2", "--seeds=0", "--model.architecture=resnet2017",
    "--data.image_size=16", "--model.width=0.0625", "--model.discriminator_depth=2",
    "--model.num_blocks=1",
]  # fmt: skip


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduction/maps")


@pytest.fixture
def run(tool, tmp_path, capfd):
    """run(*flags) -> (exit code, stdout, stderr)."""

    def run(*arguments):
        argv = ["maps", f"--output={tmp_path / 'runs'}"]
        argv += [f"--results={tmp_path / 'records'}", *arguments]
        for name in tool.FLAGS:
            tool.FLAGS[name].unparse()
        code = flags.run(tool.main, tool.FLAGS, tool.__doc__, argv)
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def maps(tmp_path):
    """A folder in CycleGAN's layout, whose test images are pairs.

    Of few levels: the search for the best constant colour takes seconds among all 256^3.
    """
    rng = np.random.default_rng(0)
    for part, suffix in (("trainA", "A"), ("trainB", "B"), ("testA", "A"), ("testB", "B")):
        folder = tmp_path / "maps" / part
        folder.mkdir(parents=True)
        for i in range(3):
            pixels = rng.integers(96, 160, (20, 20, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{i}_{suffix}.png")
    return tmp_path / "maps"


@pytest.mark.parametrize("data", ["blue_marble", "cycle_gan/maps"])
def test_every_row_can_be_trained(tool, tmp_path, data):
    """Its preset is there, its changes are settings that it reads, and names are unique."""
    source = map_rows.SOURCES[data]
    groups = map_rows.groups_of(source)
    tool.FLAGS(["x", "--output=x", f"--data={data}", f"--rows={','.join(groups)}", "--seeds=1,2"])
    where = grid.Grid(tmp_path, tmp_path)
    trainings = [tool.training_of(job, where) for job in tool.chosen_jobs(source)]
    rows = {name: row for group in groups.values() for name, row in group.items()}
    assert not groups.keys() & rows.keys()
    assert len({training.name for training in trainings}) == len(trainings)
    only_here = (4 if source.long_steps else 0) + (6 if source.start else 0)
    assert len(trainings) == 2 * (5 + 1 + 3 + 5 + 4 + 16 + 9 + only_here)
    for training in trainings:
        changes = rows[training.name.rpartition("_")[0]].changes
        settings = dict(training.config.items())
        assert {key: settings[key] for key in changes} == changes


def test_rows_start_as_when_they_were_trained(tool):
    """But for those that are about the start, which are the same rows otherwise."""
    groups = map_rows.groups_of(map_rows.SOURCES["blue_marble"])
    start = {"model.initializer": "he_normal", "optim.ema_warmup": False}
    assert groups["figure_2d"]["full"].changes == start
    for name, row in {**groups["figure_2d"], **groups["ceiling"]}.items():
        again = groups["started"][f"started_{name}"]
        assert again.changes == {**row.changes, **map_rows.START}
        assert (again.supervised, again.steps) == (row.supervised, row.steps)


@pytest.mark.parametrize(
    ("row", "settings"),
    [
        ("full", {"weights.cycle": 10, "weights.cycle_kl": 0.01, "model.num_shared": 1,
                  "weights.identity": 0, "model.front_norm": "default", "model.same_start": True,
                  "run.steps": 4000}),
        ("no_cycle", {"weights.cycle": 0, "weights.cycle_kl": 0, "model.num_shared": 1}),
        ("no_sharing", {"model.num_shared": 0, "weights.kl": 0, "weights.cycle": 10}),
        ("identity", {"weights.identity": 5}),
        ("munit2018", {"model.architecture": "munit2018", "model.num_shared": 0}),
        ("apart", {"model.same_start": False, "weights.identity": 0}),
        ("apart_identity", {"model.same_start": False, "weights.identity": 5}),
        ("apart_norm", {"model.same_start": False, "model.front_norm": "instance"}),
        ("normed_full", {"model.front_norm": "instance", "model.block_norm": "instance",
                         "run.steps": 4000}),
        ("normed_no_cycle", {"model.front_norm": "instance", "weights.cycle": 0}),
        ("normed_no_sharing", {"model.front_norm": "instance", "model.num_shared": 0}),
        ("normed_identity", {"model.block_norm": "instance", "weights.identity": 5}),
        ("normed_supervised", {"model.method": "supervised", "model.front_norm": "instance"}),
        ("norm_first", {"model.front_norm": "instance", "model.block_norm": "none",
                        "run.steps": 1600}),
        ("norm_blocks", {"model.front_norm": "default", "model.block_norm": "instance"}),
        ("norm_apart", {"model.same_start": False, "model.block_norm": "instance"}),
        ("bare2018", {"model.architecture": "munit2018", "model.front_norm": "none",
                      "model.block_norm": "none", "run.steps": 1600}),
        ("shared3_depth5", {"model.num_shared": 3, "model.discriminator_depth": 5,
                            "model.front_norm": "instance", "run.steps": 1600}),
        ("long_no_cycle", {"model.front_norm": "instance", "weights.cycle": 0, "run.steps": 12_000,
                           "optim.decay_start": 6000, "optim.decay_steps": 6000}),
        ("long_identity", {"model.block_norm": "instance", "weights.identity": 5}),
        ("kl0.1_likelihood10", {"weights.kl": 0.1, "weights.cycle_kl": 0.1, "weights.cycle": 10,
                                "weights.reconstruction": 10, "model.front_norm": "instance"}),
    ],
)  # fmt: skip
def test_a_row_is_what_its_title_says(tool, tmp_path, row, settings):
    tool.FLAGS(["x", "--output=x", f"--rows={row}", "--seeds=4"])
    (job,) = tool.chosen_jobs(map_rows.SOURCES["blue_marble"])
    found = dict(tool.training_of(job, grid.Grid(tmp_path, tmp_path)).config.items())
    assert {name: found[name] for name in settings} == settings and found["run.seed"] == 4


def test_every_row_of_2d_has_one_length(tool):
    """And batch, and images; the paper's numbers are Figure 2 (d)'s."""
    base = PRESETS[map_rows.SOURCES["blue_marble"].preset].overrides
    shared = ("run.steps", "optim.batch_size", "data.image_size", "model.width")
    assert all(name in base for name in shared)
    assert not any(name in row.changes for row in map_rows.FIGURE_2D.values() for name in shared)
    rows = (*map_rows.FIGURE_2D.values(), *map_rows.NORMED.values())
    assert all(row.steps is None for row in rows)
    assert [row.paper for row in map_rows.FIGURE_2D.values()] == [0.600, 0.568, 0.569, None, None]


def test_a_row_from_nothing(run, in_process, maps, tmp_path):
    """Trained, scored in both directions and drawn; the second time it is there."""
    with in_process():
        code, out, err = run(*TINY, "--rows=no_cycle", f"--data.root={maps}")
    assert (code, err) == (0, "")
    assert (
        out.startswith("no_cycle_0: pixel accuracy 0.")
        and "| no cycle consistency | 0.568 |" in out
    )
    record = json.loads((tmp_path / "records" / "no_cycle_0.json").read_text())
    assert [reading["step"] for reading in record["readings"]] == [1, 2]
    last = record["readings"][-1]
    assert last["images_per_second"] > 0 and -1 <= last["b2a"]["colour_order"] <= 1
    assert record["settings"]["data.dir_b"] == str(maps / "testB")  # as the paper has it
    with Image.open(tmp_path / "records" / "no_cycle_0.png") as strip:
        assert strip.size == (3 * 64, 3 * 64)
    code, out, _ = run(*TINY, "--rows=no_cycle", f"--data.root={maps}")
    assert code == 0 and " min" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rows=no_cycle", "--weights.cycle=3"],
         "--weights.cycle=3: row no_cycle sets it, to 0"),
        (["--rows=ful"], "--rows=ful: no such row; did you mean full"),
        (["--data=maps"], "--data=maps: not valid"),
        (["--data=cycle_gan/maps"], "--data.root: needed with --data=cycle_gan/maps, to score"),
        (["--run.seed=3"], "--run.seed: set by this tool"),
        (["--run.checkpoint_every=3"], "--run.checkpoint_every: set by this tool\n"),
        (["--data.source=coast"], "--data.source: set by this tool"),
        (["--data.tfds=cycle_gan/maps"], "--data.tfds: set by this tool"),
        (["--data.root=maps"], "--data.root=maps: --data=blue_marble reads no folder"),
        (["--data.dir_b=maps"], "--data.dir_b=maps: --data=blue_marble reads no folder"),
        (["--rows=supervised", "--weights.gan=-3"], "--weights.gan=-3.0: must be at least 0"),
        (["--seeds="], "--seeds: none"),
        (["--document=missing.md"], "--document=missing.md: no such file"),
        (["--output="], "--output is required"),
        ([f"--output={__file__}"], "test_maps.py is no folder to write to"),
        (["--data.image_size=30"], "--data.image_size=30x30: resnet2017 needs multiples of 4"),
        (["--model.width=x"], "--model.width=x: expected a finite number"),
    ],
)  # fmt: skip
def test_refusals(run, tmp_path, arguments, message):
    code, out, err = run(*arguments)
    assert code == 2 and message in err and err.count("\n") == 1 and out == ""
    assert list(tmp_path.iterdir()) == []


def test_test_images_without_truth_are_refused(run, in_process, maps, tmp_path):
    (maps / "testB" / "0_B.png").unlink()
    with in_process():
        code, _, err = run(*TINY, "--rows=full", f"--data.root={maps}")
    assert code == 2 and "--data.test_dir_a: test images without truth" in err
    assert not (tmp_path / "runs" / "full_0").exists()
