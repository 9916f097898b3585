"""CUT as its user has it, in one direction: trained, resumed, loaded, scored and exported."""

import json

import numpy as np
import pytest
import tensorflow as tf
import unit_tf.export

import unit_tf
from unit_tf.cli import evaluate, flags, translate
from unit_tf.resolve import resolve
from unit_tf.training import run
from unit_tf.training.loop import build_trainer

pytestmark = pytest.mark.usefixtures("compare_few")

SIDE = 32
SMALL = {
    "model.width": 1 / 16, "model.num_blocks": 1, "model.discriminator_depth": 1,
    "data.image_size": SIDE, "optim.batch_size": 2, "optim.decay_start": 0, "run.log_every": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def images(tmp_path_factory, write_pairs):
    """A folder in CycleGAN's layout; its test images are pairs."""
    return write_pairs(tmp_path_factory.mktemp("images"), SIDE, wider=5)


@pytest.fixture(scope="module", params=["cut", pytest.param("fastcut", marks=pytest.mark.slow)])
def settings(request, images):
    """(steps) -> (preset, settings)."""
    return lambda steps: (request.param, {**SMALL, "data.root": str(images), "run.steps": steps})


@pytest.fixture(scope="module")
def train(eagerly, settings):
    """(steps, folder) -> Trainer, without compiling."""

    def train(steps, folder):
        with eagerly():
            return run.train(resolve(*settings(steps)), folder)

    return train


@pytest.fixture(scope="module")
def trained(train, tmp_path_factory):
    """(folder, Trainer) of two steps, trained one by one."""
    folder = tmp_path_factory.mktemp("run")
    train(1, folder)
    return folder, train(2, folder)


@pytest.fixture
def command(capsys):
    """(module, arguments): what a command prints as its result; it must succeed."""

    def call(module, *arguments):
        for name in module.FLAGS:
            module.FLAGS[name].unparse()
        capsys.readouterr()
        argv = ["unit-command", *map(str, arguments)]
        assert flags.run(module.main, module.FLAGS, module.__doc__, argv) == 0
        return capsys.readouterr().out

    return call


def arrays_of(trainer):
    """Everything that a checkpoint holds."""
    owners = trainer.method, trainer.generator_optimizer, trainer.discriminator_optimizer
    return [v.numpy() for owner in owners for v in owner.variables]


def test_a_training_goes_on_bit_for_bit(train, trained, tmp_path):
    """Its heads, and their moments, included."""
    _, resumed = trained
    whole = train(2, tmp_path)
    assert int(resumed.step.numpy()) == int(whole.step.numpy()) == 2
    for one, other in zip(arrays_of(resumed), arrays_of(whole), strict=True):
        assert np.array_equal(one, other)
    heads = [v for v in resumed.method.generator_variables if v.path.startswith("head")]
    assert len(heads) == 4 * 4  # pixels, two strided convolutions, one block


def test_heads_are_in_the_state_and_in_no_translator(trained, tmp_path):
    """Of a checkpoint, and of what is saved from it."""
    folder, trainer = trained
    checkpoint = sorted((folder / "checkpoints").iterdir())[-1]
    shapes = tf.train.load_checkpoint(str(checkpoint / "state")).get_variable_to_shape_map()
    assert [3, 256] in shapes.values()  # the pixels' head
    translator = unit_tf.load(folder)
    translator.save(tmp_path / "saved")
    for place in (checkpoint, tmp_path / "saved"):
        with np.load(place / "translator.npz") as file:
            names = {name.partition("/")[0] for name in file.files}
        assert names - {"discriminator0_b"} == {"step", "encoder_a", "generator_b"}, place


def test_python_api(trained, images, tmp_path):
    """What is loaded translates as what was trained, and the other way is refused in one line."""
    folder, trainer = trained
    translator = unit_tf.load(folder)
    result = translator.translate(images / "testA/0.png", direction="a2b")
    assert result.size == (SIDE + 5, SIDE)
    x = np.random.default_rng(1).uniform(-1, 1, (1, SIDE, SIDE, 3)).astype(np.float32)
    expected = trainer.method.translate(x, "a2b")
    assert np.array_equal(translator.method.translate(x, "a2b"), expected)
    with pytest.raises(unit_tf.UserError, match="^[^\n]*b2a[^\n]*$"):
        translator.translate(images / "testB/0.png", direction="b2a")


def test_translate_command(trained, images, tmp_path, command):
    folder, _ = trained
    command(
        translate, f"--workdir={folder}", "--direction=a2b", f"--input={images}/testA",
        f"--output={tmp_path}",
    )  # fmt: skip
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0.png", "1.png", "2.png"]


def test_evaluate_command(trained, tmp_path, command):
    """In the direction that it has."""
    folder, _ = trained
    command(evaluate, f"--workdir={folder}", f"--output={tmp_path}")
    document = json.loads((tmp_path / "evaluation.json").read_text())
    assert list(document["directions"]) == ["a2b"]


def test_every_export(trained, sham, tmp_path):
    """SavedModel, LiteRT and web page, each compared with the method by the export itself."""
    folder, trainer = trained
    out = tmp_path / "out"
    report = unit_tf.export(
        folder, out, formats=("saved_model", "tflite", "web"), litert=sham, image_size=SIDE
    )
    kinds = {name.partition("/")[0] for name in report.artefacts}
    assert kinds == {"serving", "tflite", "web"}
    models = json.loads((out / "web/models.json").read_text())["models"]
    assert [model["direction"] for model in models] == ["a2b"]
    variables = out / "serving/a2b/1/variables/variables"
    shapes = dict(tf.train.list_variables(str(variables)))
    kept = sum(v.numpy().size for v in trainer.method.generator_variables)
    kept -= sum(v.numpy().size for v in trainer.method.training_state)
    floats = sum(int(np.prod(s)) for name, s in shapes.items() if "VARIABLE_VALUE" in name)
    assert floats == kept


def test_a_start_from_it(trained, settings):
    """With its networks, the discriminator too; the heads begin anew."""
    folder, trainer = trained
    preset, own = settings(1)
    config = resolve(preset, {**own, "run.init_from": str(folder)})
    started = build_trainer(config, tf.distribute.get_strategy())
    pairs = zip(started.method.trainable_variables, trainer.method.trainable_variables, strict=True)
    for one, other in pairs:
        if not one.path.startswith("head"):
            assert np.array_equal(one.numpy(), other.numpy()), one.path
        elif one.name == "kernel":
            assert not np.array_equal(one.numpy(), other.numpy()), one.path
