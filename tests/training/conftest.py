"""Tiny experiments over random images in memory."""

import itertools
import os
import pathlib
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from absl import logging
from PIL import Image

from unit_tf.config import ExperimentConfig
from unit_tf.data.base import Data
from unit_tf.data.digit_images import Change
from unit_tf.data.sources.labelled import LabelledDomain
from unit_tf.files import write_text
from unit_tf.methods.registry import METHODS
from unit_tf.resolve import check

KEY_BASES = itertools.count(100_000, 100_000)
ROOT = pathlib.Path(__file__).parents[2]
LABELLED_METHODS = [name for name, spec in METHODS.items() if spec.labelled]
TINY = {
    "model.architecture": "resnet2017", "model.width": 1 / 16, "model.num_blocks": 1,
    "model.discriminator_depth": 2, "data.image_size": 8, "optim.batch_size": 2,
    "optim.learning_rate": 1e-3, "run.steps": 3,
}  # fmt: skip
# Half of the graph, for tests of what surrounds the networks.
NO_CYCLE = {"weights.cycle": 0, "weights.cycle_kl": 0, "model.discriminator_depth": 1}
# Every method by what it needs, on top of TINY or, with labels, on its own.
DIGITS = {
    "data.source": "labelled", "data.image_size": 32, "data.channels": 1, "data.flip": False,
    "model.architecture": "table5", "model.width": 0.05, "optim.batch_size": 4,
    "optim.learning_rate": 1e-3, "run.steps": 3,
}  # fmt: skip
UNIT_DA = {
    "weights.gan": 1, "weights.likelihood": "squared_sum", "weights.kl_reduction": "sum",
    "weights.reconstruction": 0.02, "weights.cycle": 0, "weights.cycle_kl": 0,
    "weights.classification_translated": 1,
}  # fmt: skip
OF_METHOD = {
    "unit": {},
    "munit": {"model.method": "munit", "data.image_size": 16, "weights.gan_objective": "lsgan"},
    "unit_da": {"model.discriminator_width": 0.1, **UNIT_DA},
    "cogan": {"model.discriminator_width": 0.1, "weights.gan": 1},
    "dann": {},
    "source_only": {},
    "cut": {"model.method": "cut", "weights.identity": 1, "weights.nce_flip": True},
    "supervised": {
        "model.method": "supervised",
        "data.paired": True,
        "model.discriminator_depth": 0,
    },
    "student": {"model.method": "student", "model.architecture": "table3"},
}


class Images:
    """A Domain of five random square images.

    Args:
      seed: draws the images.
      side: their pixels along a side.
      on_crop: called before each crop is given.
    """

    def __init__(self, seed, on_crop=lambda: None, side=8):
        shape = (5, side, side, 3)
        self.pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
        self.on_crop = on_crop

    def __len__(self):
        return len(self.pixels)

    def crop(self, index, rng):
        self.on_crop()
        return self.pixels[index, :, :: rng.choice((-1, 1))]


@pytest.fixture
def make_config():
    """(*{"section.field": value}) -> tiny ExperimentConfig; UNIT's without a method."""

    def make(*overrides):
        merged = {k: v for part in overrides for k, v in part.items()}
        base = DIGITS if merged.get("model.method") in LABELLED_METHODS else TINY
        merged = {**base, **merged}
        return check(ExperimentConfig().replace(merged))

    return make


@pytest.fixture
def small_config(make_config):
    """The same without the cycle's half of the graph."""
    return lambda *overrides: make_config(NO_CYCLE, *overrides)


@pytest.fixture
def make_data():
    """(on_crop) -> Data."""
    return lambda **kw: Data(Images(1, **kw), Images(2), [], [])


@pytest.fixture
def data(make_data):
    return make_data()


@pytest.fixture
def data_for(data):
    """config -> data, or labelled digits where it needs those."""
    unchanged = Change(flip=False, invert=False, shift=0, rotate=0, scale=0)
    pixels = np.random.default_rng(3).integers(0, 256, (2, 5, 32, 32, 1), np.uint8)
    domains = [LabelledDomain(part, 1, unchanged) for part in pixels]
    labels = np.array([3, 7, 0, 3, 9], np.int32)
    digits = Data(*domains, [], [], labels_a=labels)

    def choose(config):
        if config.data.source == "labelled":
            return digits
        side = config.data.image_size[0]
        return data if side == 8 else Data(Images(1, side=side), Images(2, side=side), [], [])

    return choose


@pytest.fixture(params=METHODS)
def each_method(request, teacher):
    """Settings of every method in turn."""
    own = {"model.teacher": str(teacher)} if request.param == "student" else {}
    return {**settings_of(request.param), **own}


@pytest.fixture(params=LABELLED_METHODS)
def labelled_method(request):
    """The same of those of digits, for what other tests look at in UNIT."""
    return settings_of(request.param)


def settings_of(name):
    """What make_config needs for a method."""
    labelled = {"model.method": name, **DIGITS} if name in LABELLED_METHODS else {}
    return {**labelled, **OF_METHOD[name]}


@pytest.fixture
def replicas(make_config):
    """MirroredStrategy over two logical CPU devices."""
    from unit_tf.training.strategy import build_strategy

    return build_strategy(make_config({"run.cpu_replicas": 2}).run)


@pytest.fixture
def make_trainer():
    """(config, strategy=one device) -> Trainer with the weights of run.seed."""
    from unit_tf.training.loop import build_trainer

    return lambda config, strategy=None: build_trainer(
        config, strategy or tf.distribute.get_strategy()
    )


@pytest.fixture
def state_of():
    """trainer -> {"optimizer or method: path": array} of everything that a checkpoint must hold."""

    def variables(trainer):
        yield "step", trainer.step
        for part in ("method", "generator_optimizer", "discriminator_optimizer"):
            owner = getattr(trainer, part)
            for i, variable in enumerate(owner.variables if owner else ()):
                # Keras counts optimizers and seeds: coupled_adam_7/iteration is _8 the next time.
                path = variable.path if variable.trainable else variable.path.rpartition("/")[2]
                yield f"{part} {i}: {path}", variable

    return lambda trainer: {k: np.array(v.value.numpy()) for k, v in variables(trainer)}


@pytest.fixture
def assert_same():
    """(state, state, atol=0) fails, naming the variable, unless two states agree."""

    def check(one, two, atol=0.0):
        assert one.keys() == two.keys() and len(one) > 10
        for name, value in one.items():
            np.testing.assert_allclose(two[name], value, rtol=0, atol=atol, err_msg=name)

    return check


@pytest.fixture
def moved():
    """(state before, state after) -> names of the variables that changed."""
    return lambda old, new: {k for k in old if not np.array_equal(old[k], new[k])}


@pytest.fixture
def image_folders(tmp_path):
    """Flags of the command line for a tiny experiment over folders of PNG files."""
    for domain in "ab":
        folder = tmp_path / "images" / domain
        folder.mkdir(parents=True)
        for i, pixels in enumerate(Images(ord(domain)).pixels):
            Image.fromarray(pixels).save(folder / f"{i}.png")
    settings = TINY | NO_CYCLE | {
        "data.dir_a": str(tmp_path / "images" / "a"),
        "data.dir_b": str(tmp_path / "images" / "b"), "model.architecture": "table3",
    }  # fmt: skip
    return settings


@pytest.fixture
def wait_for():
    """wait_for(condition, seconds=5) returns once a condition holds, or after that time."""

    def wait(condition, seconds=5):
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            time.sleep(0.01)

    return wait


@pytest.fixture
def train_process():
    """(settings, workdir, **environment) -> a running ``unit-train``; killed after the test."""
    started = []

    def start(settings, workdir, **environment):
        command = [sys.executable, "-m", "unit_tf.cli.train", f"--workdir={workdir}"]
        command += [f"--{name}={value}" for name, value in settings.items()]
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def stored():
    """workdir -> (step, {name: array}) of its newest checkpoint, read without our code."""

    def read(workdir):
        folder = sorted((workdir / "checkpoints").iterdir())[-1]
        reader = tf.train.load_checkpoint(str(folder / "state"))
        names = [n for n in reader.get_variable_to_shape_map() if not n.startswith("_CHECK")]
        return int(folder.name), {n: np.array(reader.get_tensor(n)) for n in names}

    return read


@pytest.fixture
def rewritten_graphs():
    """TensorFlow rewrites graphs before it runs them, as in a command's process.

    For what must be a command's result to the bit: tests do without, see tests/conftest.py.
    """
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


@pytest.fixture(autouse=True)
def float32_afterwards():
    """No test may leave another precision behind for the next."""
    yield
    left = keras.config.dtype_policy().name
    keras.config.set_dtype_policy("float32")
    assert left == "float32"


@pytest.fixture(autouse=True)
def own_collectives(monkeypatch):
    """Each test's replicas meet under keys of their own.

    A process' second MirroredStrategy would count them from the start, where TensorFlow still
    remembers the shapes of the first.
    """
    kind = tf.distribute.MirroredStrategy
    monkeypatch.setattr(kind, "_collective_key_base", next(KEY_BASES))


@pytest.fixture(scope="module")
def built():
    """{config: Trainer}, as building takes longer than most of these tests."""
    return {}


@pytest.fixture
def trained(small_config, make_trainer, built, fill):
    """(settings, step) -> the settings' one Trainer, its variables filled anew for each step."""

    def make(*settings, step=7):
        config = small_config({"model.dropout": 0.5, "optim.ema": 0.9}, *settings)
        if config not in built:
            built[config] = make_trainer(config)
        fill(built[config], step)
        return built[config]

    return make


@pytest.fixture(scope="session")
def fill():
    """(trainer, step): gives every variable numbers of its own, other than those of its start."""

    def run(trainer, step):
        rng = np.random.default_rng(step)
        for part in (trainer.method, trainer.generator_optimizer, trainer.discriminator_optimizer):
            for variable in part.variables if part else ():
                variable.assign(rng.integers(2, 1000, variable.shape).astype(variable.dtype))
        trainer.step.assign(step)

    return run


@pytest.fixture
def warnings_seen(monkeypatch):
    """The lines that were logged as warnings."""
    seen = []
    monkeypatch.setattr(logging, "warning", lambda text, *values: seen.append(text % values))
    return seen


@pytest.fixture(scope="session")
def save_workdir():
    """(trainer, workdir, keep=1): saves as a training does; returns the checkpoint's folder."""
    from unit_tf.training import checkpoints
    from unit_tf.training.workdir import CONFIG

    def run(trainer, workdir, keep=1):
        write_text(workdir / CONFIG, trainer.config.to_json())
        return checkpoints.save(trainer, workdir, keep)

    return run
