"""A training as an XLA program is unit-train's, and comes home as one.

tools/lower_train_step.py, tools/run_lowered.py and tools/import_state.py in turn.
"""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.cli import train
from unit_tf.data.datasets import open_data
from unit_tf.data.pipeline import training_dataset
from unit_tf.data.sources.blue_marble import band_columns
from unit_tf.inference.load import load
from unit_tf.lowering import program_folder
from unit_tf.lowering.named_state import named_variables
from unit_tf.training import checkpoints, loop
from unit_tf.training.workdir import read_config


@pytest.fixture(scope="module")
def ordinary(program, tmp_path_factory):
    """(Trainer, its first weights): STEPS steps of unit-train's own loop with --run.jit."""
    manifest = program_folder.read_manifest(program)
    config = program_folder.on_one_device(manifest.config).replace({"run.jit": True})
    first = named_variables(loop.build_trainer(config, tf.distribute.get_strategy()))
    first = {name: variable.numpy() for name, variable in first.items()}
    workdir = tmp_path_factory.mktemp("ordinary") / "run"
    return loop.train(config, open_data(config.data), workdir), first


@pytest.fixture(scope="module")
def imported(load_tool, call, program, trained, tmp_path_factory):
    """The workdir made of it."""
    folder = tmp_path_factory.mktemp("imported") / "run"
    state = trained / program_folder.STATE
    tool = load_tool("import_state")
    assert call(tool, f"--program={program}", f"--state={state}", f"--workdir={folder}") == 0
    return folder


def test_twenty_steps_are_the_trainers(program, trained, ordinary):
    """Every variable to 1e-4: weights, averages, moments, counters and dropouts' seeds."""
    trainer, first = ordinary
    manifest = program_folder.read_manifest(program)
    state = program_folder.read_state(trained / program_folder.STATE, manifest)
    found = {a.name: value for a, value in zip(manifest.state, state, strict=True)}
    expected = {name: variable.numpy() for name, variable in named_variables(trainer).items()}
    assert set(found) == set(expected)
    for name, value in found.items():
        np.testing.assert_allclose(value, expected[name], rtol=0, atol=1e-4, err_msg=name)
    moved = [np.abs(expected[n] - first[n]).max() for n in expected if n.startswith("network/")]
    assert len(moved) > 20 and np.median(moved) > 3e-4 and max(moved) > 1e-3


def test_the_batches_are_the_trainers(program):
    config = program_folder.read_manifest(program).config
    streams = program_folder.read_crops(program / program_folder.IMAGES, config)
    dataset = training_dataset(open_data(config.data), config, start_step=3)
    for step, batch in zip((3, 4), dataset.as_numpy_iterator(), strict=False):
        for stream, images in zip(streams.values(), batch, strict=True):
            np.testing.assert_array_equal(stream.batch(step, config.optim.batch_size), images)


def test_no_test_tile_goes_along(program):
    """The bands that are dealt to neither domain are black in both images."""
    config = program_folder.read_manifest(program).config
    arrays = program_folder.read_arrays(program / program_folder.IMAGES)
    for first, end in band_columns("*", config.data.map_width):
        assert not arrays["globe_a"][:, first:end].any()
        assert not arrays["globe_b"][:, first:end].any()
    assert arrays["globe_a"].any() and arrays["globe_b"].any()


def test_the_imported_workdir_is_one(call, tiny, steps, imported, program, eager_steps):
    """unit-translate's loader reads the averages; unit-train goes on from it."""
    loaded = load(imported)
    assert loaded.step == steps
    config = read_config(imported)
    assert config == program_folder.read_manifest(program).config
    batch = next(iter(training_dataset(open_data(config.data), config)))
    twin = loop.build_trainer(program_folder.on_one_device(config), tf.distribute.get_strategy())
    assert checkpoints.restore_newest(twin, imported).name == f"{steps:09d}"
    for variable, average in checkpoints.average_pairs(twin):
        variable.assign(average)
    expected = twin.method.translate(batch[0], "a2b")
    np.testing.assert_array_equal(loaded.method.translate(batch[0], "a2b"), expected)
    assert (config.run.strategy, config.run.jit) == ("auto", False)
    longer = [argument for argument in tiny if not argument.startswith("--run.steps")]
    assert call(train, *longer, f"--run.steps={steps + 1}", f"--workdir={imported}") == 0


@pytest.mark.slow
def test_a_workdir_can_be_lowered_and_go_on(
    load_tool, call, run, steps, program, trained, imported, tmp_path
):
    """The steps from a workdir's checkpoint are the run's own next steps, bit for bit.

    And come back into it.
    """
    workdir = shutil.copytree(imported, tmp_path / "workdir")
    for folder in checkpoints.list_checkpoints(workdir):
        if int(folder.name) > steps:
            shutil.rmtree(folder)
    lower = load_tool("lower_train_step")
    assert call(lower, f"--workdir={workdir}", f"--output={tmp_path / 'p'}", "--rows=2") == 0
    again = shutil.copytree(trained, tmp_path / "again")
    for source, output in ((program, again), (tmp_path / "p", tmp_path / "new")):
        code, _, err = run(
            f"--program={source}", f"--output={output}", f"--steps={steps + 2}"
        )  # fmt: skip
        assert code == 0, err
    manifest = program_folder.read_manifest(program)
    one, two = (
        program_folder.read_state(p / program_folder.STATE, manifest)
        for p in (again, tmp_path / "new")
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    home = [f"--state={tmp_path / 'new' / program_folder.STATE}", f"--workdir={workdir}"]
    assert call(load_tool("import_state"), f"--program={tmp_path / 'p'}", *home) == 0
    assert checkpoints.list_checkpoints(workdir)[-1].name == f"{steps + 2:09d}"
    # A program that begins where the run has not yet been would be passed over.
    code, _, err = run(f"--program={tmp_path / 'p'}", f"--output={copy_at(trained, 8, tmp_path)}")
    assert code == 2 and "stands at step 8, and the program begins at 20" in err


def copy_at(trained, step, tmp_path):
    """A run's folder whose state says another step."""
    folder = shutil.copytree(trained, tmp_path / f"at_{step}")
    arrays = program_folder.read_arrays(folder / program_folder.STATE)
    program_folder.write_arrays(
        folder / program_folder.STATE, {**arrays, program_folder.STEP: np.int64(step)}
    )
    return folder


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --preset and settings, or --workdir alone"),
        (["--preset=maps", "--workdir=x"], "give --preset and settings, or --workdir alone"),
        (["--preset=maps"], "--data.source=tfds: cannot be carried along"),
        (["--workdir=missing"], "--workdir=missing: no config.json there"),
        (["--preset=blue_marble", "--output={program}"], "not empty; give another folder"),
        (["--preset=blue_marble", "--output={program}/manifest.json"], "not a directory"),
        (
            ["{tiny}", "--data.image_size=18"],
            "--data.image_size=18x18: table3 needs multiples of 8",
        ),
        (["{tiny}", "--rows=1000000"], "--rows=1000000: at most "),
        (["--workdir={bare}"], "no checkpoint there to go on from"),
    ],
)
def test_what_cannot_be_lowered(
    load_tool, call, tiny, program, tmp_path, capfd, arguments, message
):
    bare = tmp_path / "bare"
    bare.mkdir()
    config = program_folder.read_manifest(program).config
    (bare / "config.json").write_text(config.to_json())
    first = tiny if arguments[:1] == ["{tiny}"] else []
    rest = [argument.format(program=program, bare=bare) for argument in arguments[bool(first) :]]
    code = call(load_tool("lower_train_step"), f"--output={tmp_path / 'p'}", *first, *rest)
    err = capfd.readouterr().err
    assert code == 2 and message in err and err.count("\n") == 1
    assert not (tmp_path / "p").exists()


def test_what_cannot_be_imported(
    load_tool, call, steps, program, trained, imported, tmp_path, capfd
):
    """A program of other variables, a workdir that is ahead, and one of another experiment."""
    tool, state = load_tool("import_state"), trained / program_folder.STATE
    workdir = shutil.copytree(imported, tmp_path / "ahead")
    newest = checkpoints.list_checkpoints(workdir)[-1]
    ahead = newest.with_name(f"{steps + 9:09d}")
    newest.rename(ahead)
    config = json.loads((program / "manifest.json").read_text())
    config["state"][1]["name"] = "network/other"
    other = shutil.copytree(program, tmp_path / "other")
    (other / "manifest.json").write_text(json.dumps(config))
    arrays = program_folder.read_arrays(state)
    renamed = {
        "network/other": arrays.pop(program_folder.read_manifest(program).state[1].name),
        **arrays,
    }
    program_folder.write_arrays(tmp_path / "renamed.npz", renamed)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    text = program_folder.read_manifest(program).config.replace({"run.seed": 7}).to_json()
    (foreign / "config.json").write_text(text)
    cases = [
        ((other, tmp_path / "renamed.npz", tmp_path / "w"), "of another version of unit_tf; first"),
        ((program, state, foreign), "holds another experiment (run.seed"),
        ((program, state, workdir), f"has a checkpoint of step {steps + 9}"),
        ((other, state, tmp_path / "w"), "first misfit: network/other"),
        ((program, tmp_path / "none.npz", tmp_path / "w"), "none.npz: no such file"),
    ]
    for (source, file, folder), message in cases:
        code = call(tool, f"--program={source}", f"--state={file}", f"--workdir={folder}")
        err = capfd.readouterr().err
        assert code == 2 and message in err and err.count("\n") == 1
    assert not (tmp_path / "w").exists()
