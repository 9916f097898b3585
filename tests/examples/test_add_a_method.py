"""The method of the example does all that ours do, without an edit outside its file."""

import inspect
import json

import keras
import numpy as np
import pytest
from PIL import Image
from unit_tf.export import cli as export_cli

from unit_tf.cli import evaluate, flags, translate
from unit_tf.inference.load import load
from unit_tf.methods.registry import METHODS
from unit_tf.resolve import resolve
from unit_tf.training import run, workdir

SIDE = 16
SMALL = {
    "model.width": 1 / 16, "model.num_blocks": 1, "data.image_size": SIDE, "optim.batch_size": 2,
    "run.log_every": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def example(load_example):
    module = load_example("add_a_method")
    yield module
    del METHODS[module.SPEC.name]


@pytest.fixture(scope="module")
def images(tmp_path_factory, write_pairs):
    """A folder in CycleGAN's layout; its test images are pairs."""
    return write_pairs(tmp_path_factory.mktemp("images"), SIDE)


@pytest.fixture(scope="module")
def config_of(example, images):
    """(steps) -> ExperimentConfig."""
    settings = {**example.SETTINGS, **SMALL, "data.root": str(images)}
    return lambda steps: resolve("", {**settings, "run.steps": steps})


@pytest.fixture(scope="module")
def train(eagerly):
    """run.train without compiling; main, below, does compile."""

    def train(config, folder):
        with eagerly():
            return run.train(config, folder)

    return train


@pytest.fixture(scope="module")
def trained(train, config_of, tmp_path_factory):
    """(folder, Trainer) of three steps, trained in two parts."""
    folder = tmp_path_factory.mktemp("run")
    train(config_of(1), folder)
    return folder, train(config_of(3), folder)


def command(capsys, module, *arguments):
    """What a command prints as its result; it must succeed."""
    for name in module.FLAGS:
        module.FLAGS[name].unparse()
    capsys.readouterr()
    argv = ["unit-command", *map(str, arguments)]
    assert flags.run(module.main, module.FLAGS, module.__doc__, argv) == 0
    return capsys.readouterr().out


def size_of(path):
    with Image.open(path) as image:
        return image.size


def test_a_training_goes_on_bit_for_bit(train, trained, config_of, tmp_path):
    _, resumed = trained
    whole = train(config_of(3), tmp_path)
    assert int(resumed.step.numpy()) == int(whole.step.numpy()) == 3
    for one, other in zip(resumed.method.variables, whole.method.variables, strict=True):
        assert np.array_equal(one.numpy(), other.numpy()), one.path


def test_every_variable_learns(example, trained, config_of):
    """None is left without a gradient."""
    config = config_of(3)
    keras.utils.set_random_seed(config.run.seed)
    start = example.ColourKeeper(config)
    _, trainer = trained
    pairs = zip(start.trainable_variables, trainer.method.trainable_variables, strict=True)
    still = [a.path for a, b in pairs if np.array_equal(a.numpy(), b.numpy())]
    assert still == []
    assert len(start.trainable_variables) > 10


def test_it_is_loaded_as_it_was_trained(trained):
    folder, trainer = trained
    loaded = load(folder)
    assert loaded.step == 3 and loaded.method.directions == ("a2b",)
    x = np.random.default_rng(1).uniform(-1, 1, (1, SIDE, SIDE, 3)).astype(np.float32)
    expected = trainer.method.translate(x, "a2b")
    assert np.array_equal(loaded.method.translate(x, "a2b"), expected)


def test_its_folder_says_what_it_is(trained, refusal, example, monkeypatch):
    """Where its file was not imported, the folder is refused by the name of the method."""
    folder, _ = trained
    assert json.loads((folder / "config.json").read_text())["model"]["method"] == "colour_keeper"
    monkeypatch.delitem(METHODS, "colour_keeper")
    line = refusal(workdir.read_config, folder)
    assert line.startswith(f"{folder}/config.json: --model.method=colour_keeper: not valid")


def test_translate(trained, images, tmp_path, capsys):
    folder, _ = trained
    command(
        capsys, translate, f"--workdir={folder}", "--direction=a2b", f"--input={images}/testA",
        f"--output={tmp_path}",
    )  # fmt: skip
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0.png", "1.png", "2.png"]
    assert size_of(tmp_path / "0.png") == (SIDE + 3, SIDE)


def test_evaluate(trained, images, tmp_path, capsys):
    """In the direction that it has."""
    folder, _ = trained
    command(capsys, evaluate, f"--workdir={folder}", f"--output={tmp_path}")
    document = json.loads((tmp_path / "evaluation.json").read_text())
    assert list(document["directions"]) == ["a2b"]


def test_export(trained, tmp_path, capsys):
    """In every format, each compared with the method by the export itself."""
    folder, _ = trained
    command(
        capsys, export_cli, f"--workdir={folder}", f"--output={tmp_path}",
        "--formats=saved_model,tflite", f"--image_size={SIDE}",
    )  # fmt: skip
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert {entry["direction"] for entry in manifest["artefacts"].values()} == {"a2b"}
    assert {path.name for path in tmp_path.iterdir()} >= {"serving", "tflite"}


def test_colours_are_compared_and_details_are_not(example, config_of):
    """The loss sees what a blur leaves: not how pixels of a square are arranged."""
    method = example.ColourKeeper(config_of(1))
    x_a = np.random.default_rng(2).uniform(-1, 1, (1, SIDE, SIDE, 3)).astype(np.float32)
    squares = x_a.reshape(2, 8, 2, 8, 3)
    arranged = squares[:, ::-1, :, ::-1].reshape(x_a.shape)

    def colour_loss(x_ab):
        outputs = example.Outputs({"a": x_a, "b": x_a}, {"a": x_ab})
        return float(method.generator_terms(outputs)["reconstruction/b"])

    assert colour_loss(arranged) < 1e-6
    assert colour_loss(x_a + 0.1) == pytest.approx(0.1, rel=1e-4)


def test_as_it_stands_in_its_text(example, images, tmp_path, monkeypatch):
    """main, with fewer steps and smaller networks."""
    monkeypatch.setattr(example, "SETTINGS", {**example.SETTINGS, **SMALL, "run.steps": 1})
    output = tmp_path / "out.png"
    folders = (f"{images}/{name}" for name in ("trainA", "trainB"))
    example.main(*folders, f"{images}/testA/0.png", str(output), str(tmp_path / "run"))
    assert size_of(output) == (SIDE + 3, SIDE)


def test_settings_that_it_does_not_read_are_refused(example, refusal):
    settings = {**example.SETTINGS, "weights.cycle": 1}
    message = refusal(resolve, "", settings)
    assert message == "--weights.cycle=1.0: not read with --model.method=colour_keeper"
    grey = {**example.SETTINGS, "data.channels_a": 1}
    assert "give them the same channels" in refusal(resolve, "", grey)


def test_it_is_short(example):
    """Two pages, to be read from top to bottom."""
    assert len(inspect.getsource(example).splitlines()) < 120
