"""Tiny translators of every architecture, with styles too, tiny classifiers, and images for them.

Each is built once a process. So are its SavedModels and TFLite models, as tests read them alone.
"""

import dataclasses
import functools
import json

import numpy as np
import pytest

from unit_tf.config import ExperimentConfig

# name -> settings of a translator.
TRANSLATORS = {
    **{name: {"model.architecture": name} for name in ("table3", "resnet2017", "munit2018")},
    "munit": {"model.method": "munit", "model.architecture": "munit2018", "model.style_size": 3},
}
SIZE = (32, 32)


@functools.cache
def build(name, channels_a=3, channels_b=1):
    from unit_tf.methods.registry import build_method

    settings = {
        **TRANSLATORS[name],
        "model.width": 1 / 16,
        "model.num_blocks": 1,
        "model.discriminator_depth": 3,  # deeper ones need larger images
        "data.image_size": SIZE,
        "data.channels_a": channels_a,
        "data.channels_b": channels_b,
    }
    return randomised(build_method(ExperimentConfig().replace(settings)))


@functools.cache
def build_digits(name):
    from unit_tf.methods.registry import build_method

    settings = {
        "model.method": name,
        "model.architecture": "table5",
        "model.width": 0.1,
        "data.source": "labelled",
        "data.labelled_a": "mnist",
        "data.labelled_b": "usps",
        "data.image_size": SIZE,
        "data.channels": 1,
    }
    return randomised(build_method(ExperimentConfig().replace(settings)))


def randomised(method):
    """Fresh weights of 0.02 give grey images, which any translator would agree on."""
    rng = np.random.default_rng(0)
    for variable in method.generator_variables + method.discriminator_variables:
        if variable.name == "gain":
            continue  # a residual branch's share, without which a style would hardly show
        scale = (2 / np.prod(variable.shape[:-1])) ** 0.5 if len(variable.shape) > 1 else 0.1
        variable.assign(rng.normal(0, scale, variable.shape))
    # Batch normalisation's, which an export must carry though nothing trains them.
    for variable in method.non_trainable_variables:
        if variable.name == "moving_mean":
            variable.assign(rng.normal(0, 0.3, variable.shape))
        elif variable.name == "moving_variance":
            variable.assign(rng.uniform(0.5, 2, variable.shape))
    return method


@pytest.fixture(params=TRANSLATORS)
def method(request):
    """A Method with 3 channels in A and 1 in B; shared, so tests must not change it."""
    return build(request.param)


@pytest.fixture
def tiny():
    """The same, of the smallest architecture alone."""
    return build("table3")


@pytest.fixture
def normalised():
    """The same, of an architecture with instance and layer norm."""
    return build("munit2018")


@pytest.fixture
def styled():
    """The same, of a method with styles."""
    return build("munit")


@pytest.fixture(scope="session")
def translator():
    """Callable: name in TRANSLATORS -> a Method with 3 channels in A and 1 in B; shared."""
    return build


@pytest.fixture(scope="session")
def digits():
    """Callable: method's name -> a Method of 32x32 grey images that classifies; shared."""
    return build_digits


@pytest.fixture(scope="session")
def call():
    """Callable: arguments of unit-export -> its exit code."""
    from unit_tf.export import cli

    from unit_tf.cli import flags

    def run(*arguments):
        cli.FLAGS.unparse_flags()
        for name in cli.FLAGS:
            cli.FLAGS[name].unparse()
        return flags.run(cli.main, cli.FLAGS, cli.__doc__, ["unit-export", *arguments])

    return run


@pytest.fixture
def workdir_of(tmp_path, monkeypatch):
    """Callable: method -> a folder with its configuration; loading it gives the method."""
    from unit_tf.inference import load as load_lib

    def make(method):
        folder = tmp_path / "work"
        folder.mkdir()
        (folder / "config.json").write_text(method.config.to_json())
        loaded = load_lib.LoadedTranslator(method.config, method, 1, folder)
        monkeypatch.setattr(load_lib, "load", lambda *_: loaded)
        return folder

    return make


@functools.cache
def build_one_sided():
    from unit_tf.methods.registry import find_method
    from unit_tf.methods.translation.unit import Unit

    class OneSided(Unit):
        """UNIT without its way back."""

        directions = ("a2b",)

        def translate(self, x, direction):
            assert direction in self.directions, direction
            return super().translate(x, direction)

    config = build("table3").config.replace({"model.method": "one_sided"})
    spec = dataclasses.replace(
        find_method("unit"), name="one_sided", factory=OneSided, directions=OneSided.directions
    )
    return spec, randomised(OneSided(config))


@pytest.fixture
def one_sided(monkeypatch):
    """A registered Method that translates a2b alone, 3 channels to 1; shared."""
    from unit_tf.methods.registry import METHODS

    spec, method = build_one_sided()
    monkeypatch.setitem(METHODS, spec.name, spec)
    return method


def noise(seed, *shape):
    return list(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))


@pytest.fixture
def images():
    """Two uint8 images [48, 40, 3], of A."""
    return noise(5, 2, 48, 40, 3)


@pytest.fixture
def guides():
    """Two uint8 images [36, 44, 1], of B."""
    return noise(6, 2, 36, 44, 1)


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """Callable: translator -> parity.Artefact of its a2b as a SavedModel, exported once.

    It was compared on ``images`` and ``guides``, and lies in a folder of its own.
    """
    from unit_tf.export.parity import Reference
    from unit_tf.export.saved_model import export_saved_model

    @functools.cache
    def export(method):
        reference = Reference(method, "a2b", noise(5, 2, 48, 40, 3), noise(6, 2, 36, 44, 1))
        return export_saved_model(reference, tmp_path_factory.mktemp("saved"))

    return export


@pytest.fixture(scope="session")
def shared_convert():
    """``tflite.convert`` that converts each model once: the same task gives the same bytes."""
    from unit_tf.export import tflite

    convert, known = tflite.convert, {}

    def once(task, image_size, quantization="float32", calibration=()):
        arrays = b"".join(array.tobytes() for row in calibration for array in row.values())
        key = id(task.method), task.name, image_size, quantization, hash(arrays)
        if key not in known:  # the method is kept with it, or another could get its id
            found = convert(task, image_size, quantization, calibration)
            known[key] = task.method, found
        return known[key][1]

    return once


@pytest.fixture
def convert_once(shared_convert, monkeypatch):
    """``shared_convert``, which ``export_tflite`` calls too now."""
    from unit_tf.export import tflite

    monkeypatch.setattr(tflite, "convert", shared_convert)
    return shared_convert


@pytest.fixture
def compare_few(monkeypatch):
    """Exports are compared on 4 images of each task, in place of 32 or of a classifier's 256."""
    from unit_tf.export import tasks

    for task in (tasks.Task, tasks.Classification):
        monkeypatch.setattr(task, "compared", 4)


@pytest.fixture
def sham(tmp_path):
    """An npm prefix with packages of the names and files of LiteRT.js, but nothing in them."""
    litertjs = tmp_path / "npm/node_modules/@litertjs"
    source = 'import { x } from "@litertjs/wasm-utils";\nx;\n//# sourceMappingURL=index.js.map\n'
    for name, text in (("core", source), ("wasm-utils", "export const x = 1;\n")):
        (litertjs / name / "dist").mkdir(parents=True)
        about = {"name": f"@litertjs/{name}", "version": "2.5.3", "license": "Apache-2.0"}
        (litertjs / name / "package.json").write_text(json.dumps(about))
        (litertjs / name / "dist/index.js").write_text(text)
        (litertjs / name / "dist/index.js.map").write_text("{}")
    (litertjs / "core/wasm").mkdir()
    from unit_tf.export.web import writer

    for name in writer.WASM:
        (litertjs / "core/wasm" / name).write_text(name)
    return tmp_path / "npm"


@pytest.fixture
def tree():
    """Callable: folder -> sorted relative paths of everything in it."""
    return lambda folder: sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))
