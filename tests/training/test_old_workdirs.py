"""Folders of the time when the defaults of --model.initializer and the average were others."""

import json
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.inference.load import load
from unit_tf.training import loop

RELEASED = {
    "model.initializer": "released", "model.block_norm": "instance", "run.steps": 4,
    "run.checkpoint_every": 2, "optim.ema": 0.9, "optim.ema_warmup": False,
}  # fmt: skip


def as_of_version_1(workdir):
    """Rewrites a folder's configuration as version 1 wrote it."""
    path = workdir / "config.json"
    content = json.loads(path.read_text())
    del content["version"]
    assert content["model"]["initializer"] == "released"
    content["model"]["initializer"] = "default"
    assert content["optim"].pop("ema_warmup") is False
    path.write_text(json.dumps(content))


@pytest.fixture(scope="module")
def trained():
    """Filled by the first test that needs it."""
    return []


@pytest.fixture
def old(trained, small_config, data, state_of, tmp_path_factory, eager_steps):
    """(folder of four steps as version 1 left it, state at the end); no test compiles its steps."""
    if not trained:
        workdir = tmp_path_factory.mktemp("old")
        trained += [workdir, state_of(loop.train(small_config(RELEASED), data, workdir))]
        as_of_version_1(workdir)
    return trained


@pytest.mark.parametrize("asked", [{"model.initializer": "default", "optim.ema_warmup": True}, {}])
def test_it_goes_on_as_it_began(
    old, asked, small_config, data, state_of, assert_same, tmp_path, capsys
):
    """Bit for bit, also where the same command means another start now; and then once more.

    What goes before the command's settings is said.
    """
    workdir, state = old
    shutil.copytree(workdir, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy/checkpoints/000000004")
    config = small_config({**RELEASED, **asked})
    for _ in range(2):
        assert_same(state, state_of(loop.train(config, data, tmp_path / "copy")))
        stored = json.loads((tmp_path / "copy/config.json").read_text())
        assert (stored["version"], stored["model"]["initializer"]) == (2, "released")
        assert stored["optim"]["ema_warmup"] is False
        said = re.findall("as this folder began: (.*)", capsys.readouterr().err)
        kept = ["--model.initializer=released", "--optim.ema_warmup=False"]
        assert said == (kept if asked else [])


def test_a_folder_of_preset_photos_keeps_its_kernels(small_config, data, tmp_path, capsys):
    """The preset had the architecture's own once, 3x3; a folder of today has its 4x4."""
    for stored in (0, 4):
        workdir = tmp_path / str(stored)
        workdir.mkdir()
        theirs = small_config({"model.discriminator_kernel": stored, "run.steps": 1})
        (workdir / "config.json").write_text(theirs.to_json())
        config = small_config({"model.discriminator_kernel": 4, "run.steps": 1})
        trainer = loop.train(config, data, workdir)
        variables = trainer.method.discriminator_variables
        kernels = [v.shape[:2] for v in variables if v.path.endswith("/conv0/conv/kernel")]
        assert set(kernels) == {(stored or 3,) * 2}
        said = re.findall("as this folder began: (.*)", capsys.readouterr().err)
        assert said == ([] if stored else ["--model.discriminator_kernel=0"])


def test_without_a_checkpoint_it_starts_as_it_meant_to(old, small_config, data, tmp_path):
    """Stopped before its first: the old start is sampled, not the new one."""
    shutil.copy(old[0] / "config.json", tmp_path)
    config = small_config({**RELEASED, "model.initializer": "default"})
    found = loop.Loop(config, data, tmp_path).trainer.method
    expected = loop.build_trainer(small_config(RELEASED), tf.distribute.get_strategy()).method
    for a, b in zip(found.weights, expected.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_another_start_by_name_is_another_experiment(old, small_config, data):
    config = small_config({**RELEASED, "model.initializer": "he_normal"})
    with pytest.raises(UserError, match="model.initializer: 'he_normal' != 'released'"):
        loop.Loop(config, data, old[0])


def test_it_loads(old):
    loaded = load(old[0])
    assert loaded.step == 4 and loaded.config.model.initializer == "released"
    assert not any("gain" in v.path for v in loaded.method.variables)


def test_a_new_one_has_gains_where_blocks_are_normed(small_config):
    config = small_config({**RELEASED, "model.initializer": "default"})
    method = loop.build_trainer(config, tf.distribute.get_strategy()).method
    gains = [v for v in method.trainable_variables if v.path.endswith("/gain")]
    # One for each block of each encoder and generator, shared ones once.
    model = config.model
    assert len(gains) == 2 * (2 * model.num_blocks - model.num_shared)
