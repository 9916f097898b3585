"""tools/run_lowered.py; its own process can import neither TensorFlow nor Keras nor absl."""

import csv
import json
import shutil
import signal

import numpy as np
import pytest
from PIL import Image

from unit_tf.lowering import program_folder


def test_what_a_run_leaves(program, trained):
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


def test_a_resumed_run_is_an_uninterrupted_one(run, steps, program, trained, tmp_path):
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
    assert (code, out, err) == (0, f"{tmp_path / 'run'}: trained to step {steps}\n", "")


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_signal_saves(runner, program, tmp_path, number):
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
def test_what_is_not_finite_is_not_saved(run, program, tmp_path, cadence):
    broken = shutil.copytree(program, tmp_path / "program")
    manifest = program_folder.read_manifest(broken)
    values = program_folder.read_state(broken / program_folder.STATE, manifest)
    program_folder.write_state(broken / program_folder.STATE, manifest, [np.full_like(v, np.nan)
                        if v.dtype == np.float32 else v for v in values])  # fmt: skip
    code, out, err = run(f"--program={broken}", f"--output={tmp_path / 'run'}", *cadence)
    step = 1 if len(cadence) == 1 else 4
    assert code == 1 and out == "" and f"step {step}: " in err and "is not finite" in err
    assert "Traceback" not in err and not (tmp_path / "run" / program_folder.STATE).exists()


def test_measure(run, program):
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
def test_a_damaged_program_is_refused(run, program, tmp_path, damage, message):
    folder = shutil.copytree(program, tmp_path / "program")
    damage(folder)
    code, out, err = run(f"--program={folder}", f"--output={tmp_path / 'run'}")
    assert code == 2 and out == "" and message in err and err.splitlines()[-1].startswith("run_")
    assert "Traceback" not in err and not (tmp_path / "run").exists()


def test_without_jax(run_alone, program, tmp_path):
    flags = f"--program={program}", f"--output={tmp_path / 'run'}"
    code, out, err = run_alone(*flags, absent=("jax",))
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
def test_the_runners_flags(run, arguments, message):
    code, out, err = run(*arguments)
    assert code == 2 and out == "" and message in err and "Traceback" not in err


def test_another_trainings_folder_is_refused(run, program, trained, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "run")
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace('"seed": 0', '"seed": 1'))
    code, _, err = run(f"--program={program}", f"--output={folder}")
    assert code == 2 and "holds another training" in err
    code, _, err = run(f"--program={program}", f"--output={program}")
    assert code == 2 and "holds a program" in err


@pytest.mark.parametrize("text", ["", "step,a\nabc,1\n", "step\n"])
def test_damaged_losses_are_refused(run, program, trained, tmp_path, text):
    folder = shutil.copytree(trained, tmp_path / "run")
    (folder / "losses.csv").write_text(text)
    code, _, err = run(f"--program={program}", f"--output={folder}")
    assert code == 2 and "losses.csv: damaged" in err and err.count("\n") == 1
