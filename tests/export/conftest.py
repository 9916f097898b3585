"""Tiny translators of every architecture, with styles too, tiny classifiers, and images for them.

Built once a process.
"""

import functools

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
        # Discriminators that fit SIZE, as every stored experiment's must.
        "model.discriminator_depth": 4,
        "model.discriminator_scales": 1,
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
    """Callable: method -> a folder with its configuration, of which loading gives the method."""
    from unit_tf.inference import load as load_lib

    def make(method):
        folder = tmp_path / "work"
        folder.mkdir()
        (folder / "config.json").write_text(method.config.to_json())
        loaded = load_lib.LoadedTranslator(method.config, method, 1, folder)
        monkeypatch.setattr(load_lib, "load", lambda _: loaded)
        return folder

    return make


@pytest.fixture
def images():
    """Two uint8 images [48, 40, 3], of A."""
    return list(np.random.default_rng(5).integers(0, 256, (2, 48, 40, 3), np.uint8))


@pytest.fixture
def guides():
    """Two uint8 images [36, 44, 1], of B."""
    return list(np.random.default_rng(6).integers(0, 256, (2, 36, 44, 1), np.uint8))


@pytest.fixture
def tree():
    """Callable: folder -> sorted relative paths of everything in it."""
    return lambda folder: sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))
