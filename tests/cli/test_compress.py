"""unit-compress: a student of a budget, a stop and a resume, and refusals in one line."""

import shutil

import numpy as np
import pytest

import unit_tf
from unit_tf.cli import compress, translate
from unit_tf.config import ExperimentConfig

FLAGS = (
    "--budget_gmac=0.0005", "--size=32", "--model.num_blocks=1", "--model.discriminator_depth=2",
    "--run.health_every=0", "--optim.batch_size=2",
)  # fmt: skip
CUT = {"model.method": "cut", "model.architecture": "resnet2017"}


@pytest.fixture
def images(tmp_path, save_image):
    """Flags of two folders of three images."""
    for d in "ab":
        for i in range(3):
            save_image(tmp_path / d / f"{i}.png", (16, 16), seed=i)
    return [f"--data.dir_{d}={tmp_path / d}" for d in "ab"]


def other_weights(teacher, folder):
    """A teacher of the same settings; one of its arrays differs."""
    with np.load(teacher / "translator.npz") as file:
        arrays = {name: file[name] for name in file.files}
    name = next(name for name in arrays if name != "step")
    arrays[name] = arrays[name] + np.float32(1e-3)
    shutil.copytree(teacher, folder / "other")
    np.savez(folder / "other" / "translator.npz", **arrays)
    return folder / "other"


def test_a_student_is_a_training_like_any_other(run_command, teacher, images, tmp_path):
    """It goes on after a stop, by no other teacher; translates without one; says what it costs."""
    output = tmp_path / "student"
    command = [f"--workdir={teacher}", f"--output={output}", *images, *FLAGS, "--run.steps=2"]
    first = run_command(compress, *command, "--run.checkpoint_every=1")
    assert first.code == 0 and f"{output}: trained to step 2" in first.out, first
    assert "multiply-adds at 32x32" in first.err
    config = unit_tf.load(output).config
    assert config.model.method == "student" and config.data.image_size == (16, 16)
    other = run_command(compress, f"--workdir={other_weights(teacher, tmp_path)}", *command[1:])
    assert other.code == 2 and other.err.splitlines()[-1].endswith(
        f"--output={output}: holds a student of another teacher, or of another step of it than 7; "
        f"--workdir={output / 'teacher'} goes on with that one"
    )
    kept = f"--workdir={output / 'teacher'}"
    again = run_command(compress, kept, *command[1:], "--run.checkpoint_every=1")
    assert again.code == 0 and "trained to step 2" in again.out
    (output / "teacher" / "translator.npz").rename(tmp_path / "gone.npz")
    arguments = (f"--workdir={output}", "--direction=a2b", f"--input={tmp_path / 'a'}")
    done = run_command(translate, *arguments, f"--output={tmp_path / 'out'}")
    assert done.code == 0 and len(list((tmp_path / "out").glob("*.png"))) == 3


def test_the_other_direction(run_command, refused, teacher, images, tmp_path):
    """Under its own name alone; a folder goes on in the direction that it began in."""
    output = tmp_path / "student"
    command = [f"--workdir={teacher}", f"--output={output}", *images, *FLAGS, "--run.steps=1"]
    assert "--direction=b2c: not valid" in refused(compress, *command, "--direction=b2c")
    line = refused(compress, *command, "--model.direction=b2a")
    assert "--model.direction: follows from --direction" in line
    assert run_command(compress, *command, "--direction=b2a").code == 0
    assert unit_tf.load(output).directions == ("b2a",)
    assert f"--output={output}: holds another experiment (model.dir" in refused(compress, *command)
    places = f"--workdir={output}", f"--input={tmp_path / 'b'}", f"--output={tmp_path / 'out'}"
    assert "translates b2a alone" in refused(translate, *places, "--direction=a2b")
    assert run_command(translate, *places, "--direction=b2a").code == 0


def test_a_teacher_that_does_not_translate_so(refused, images, tmp_path):
    (tmp_path / "config.json").write_text(ExperimentConfig().replace(CUT).to_json())
    line = refused(compress, f"--workdir={tmp_path}", f"--output={tmp_path / 'student'}", *images,
                   "--direction=b2a")  # fmt: skip
    assert "method cut does not translate from B to A, as the student would; it trans" in line


def test_a_teacher_whose_stride_does_not_divide_the_crop(refused, images, tmp_path):
    """It would fail in the first step."""
    (tmp_path / "config.json").write_text(
        ExperimentConfig().replace({"data.image_size": 64}).to_json()
    )
    line = refused(compress, f"--workdir={tmp_path}", f"--output={tmp_path / 'student'}", *images,
                   "--data.image_size=68")  # fmt: skip
    assert "networks need multiples of 8, at least 8; --data.image_size is 68x68" in line


def test_refusals(refused, teacher, images, tmp_path):
    """Before TensorFlow and before anything is written."""
    output = tmp_path / "student"
    command = [f"--workdir={teacher}", f"--output={output}", *images]
    assert "--workdir is required" in refused(compress)
    assert "no such" in refused(compress, f"--workdir={tmp_path / 'x'}", f"--output={output}")
    line = refused(compress, *command, "--budget_gmac=0.001")
    assert "--budget_gmac=0.001: too little for any student at 256x256" in line
    assert "--model.up" in refused(compress, *command, "--model.up=nearest")
    line = refused(compress, *command, "--budget_gmac=0.01", "--model.width=4")
    assert "--model.width=4: takes " in line and "than --budget_gmac=0.01; leave one out" in line
    line = refused(compress, *command, "--data.image_size=66")
    assert "--data.image_size=66x66: method student needs multiples of 4" in line
    assert not output.exists()


def test_nothing_is_written_before_the_training_may_begin(refused, teacher, images, tmp_path):
    """Into no folder of another training, and none without images; lines name the own flag."""
    other, command = tmp_path / "other", [f"--workdir={teacher}", "--data.image_size=16"]
    other.mkdir()
    (other / "config.json").write_text((teacher / "config.json").read_text())
    line = refused(compress, *command, *images, *FLAGS, f"--output={other}")
    assert f"--output={other}: holds another experiment" in line
    assert [path.name for path in other.iterdir()] == ["config.json"]
    nowhere = [f"--data.dir_{d}={tmp_path / 'nowhere'}" for d in "ab"]
    assert "no such folder" in refused(
        compress, *command, *nowhere, *FLAGS, f"--output={tmp_path / 'new'}"
    )
    assert not (tmp_path / "new").exists()
    line = refused(compress, *command, *images, f"--output={other}", "--model.teacher=x")
    assert "--model.teacher: follows from --workdir" in line


def test_another_teacher_in_the_same_folder(refused, teacher, images, tmp_path):
    kept = tmp_path / "student" / "teacher"
    kept.mkdir(parents=True)
    (kept.parent / "config.json").write_text("{}")  # a student has begun
    text = (teacher / "config.json").read_text().replace('"num_blocks": 1', '"num_blocks": 2')
    (kept / "config.json").write_text(text)
    command = [f"--workdir={teacher}", f"--output={tmp_path / 'student'}", *images]
    assert "holds a student of another teacher (model.num_blocks" in refused(compress, *command)
