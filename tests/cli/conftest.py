"""A working folder with a tiny untrained UNIT in it, and commands run inside this process."""

import typing

import numpy as np
import pytest
from PIL import Image

from unit_tf.cli import flags
from unit_tf.config import ExperimentConfig

TINY = {
    "model.width": 1 / 16, "data.image_size": 32, "model.architecture": "resnet2017",
    "model.num_blocks": 1, "model.discriminator_depth": 2,
}  # fmt: skip


class Result(typing.NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def tiny_methods():
    """(config) -> Method, built when a method is first asked for with such channels."""
    from unit_tf.methods.registry import build_method

    built = {}

    def get(config):
        key = (config.model.method, *(config.data.domain_channels(d) for d in "ab"))
        if key not in built:
            built[key] = build_method(config)
        return built[key]

    return get


@pytest.fixture
def styled():
    """Overrides that make of a tiny UNIT a tiny MUNIT."""
    return {
        "model.method": "munit", "model.style_size": 3, "model.architecture": "munit2018",
        "model.discriminator_scales": 1,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def no_kid_network(monkeypatch):
    """As if the extra ``scores`` were not installed: its network takes seconds to load."""
    from unit_tf.evaluation.features import efficientnet_lite0

    monkeypatch.setattr(efficientnet_lite0, "weights_file", lambda: None)


@pytest.fixture
def make_workdir(tmp_path, monkeypatch, tiny_methods):
    """(name, **overrides) -> folder with a configuration; load gives a tiny translator."""
    from unit_tf.inference import load as load_lib
    from unit_tf.training import workdir as workdir_lib

    def fake_load(workdir, checkpoint="newest"):
        config = workdir_lib.read_config(workdir)
        return load_lib.LoadedTranslator(config, tiny_methods(config), 7, workdir / "weights")

    monkeypatch.setattr(load_lib, "load", fake_load)

    def make(name="run", root=tmp_path, **overrides):
        folder = root / name
        folder.mkdir(parents=True)
        config = ExperimentConfig(preset="tiny").replace(TINY | overrides)
        (folder / "config.json").write_text(config.to_json(), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def run_compiled(capsys):
    """(module, *arguments) -> Result of the command, with flags as in a new process."""

    def run(module, *arguments):
        for name in module.FLAGS:
            module.FLAGS[name].unparse()
        capsys.readouterr()
        argv = ["unit-command", *map(str, arguments)]
        code = flags.run(module.main, module.FLAGS, module.__doc__, argv)
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture
def run_command(run_compiled, eager_steps):
    """The same without compiling networks, which takes longer than they run here."""
    return run_compiled


@pytest.fixture
def refused(run_command):
    """Runs a command that must end with code 2 and one line on stderr; gives that line."""

    def run(module, *arguments):
        result = run_command(module, *arguments)
        assert result.code == 2, result
        assert result.err.count("\n") == 1 and result.err.startswith("unit-command: "), result.err
        return result.err

    return run


@pytest.fixture
def save_image():
    """(path, size, mode="RGB", seed=0) -> the path, with noise of few levels written to it."""

    def save(path, size=(32, 32), mode="RGB", seed=0):
        path.parent.mkdir(parents=True, exist_ok=True)
        shape = (*size, len(mode)) if len(mode) > 1 else size
        pixels = np.random.default_rng(seed).integers(100, 140, shape).astype(np.uint8)
        Image.fromarray(pixels).save(path)
        return path

    return save


@pytest.fixture
def tree():
    """folder -> sorted relative names of all files in it."""

    def names(folder):
        files = (path for path in folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(folder).as_posix() for path in files)

    return names
