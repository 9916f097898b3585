"""Folders of the time when the defaults of --model.initializer and the average were others."""

import dataclasses
import json
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.inference.load import load
from unit_tf.presets import preset_config
from unit_tf.resolve import resolve
from unit_tf.training import loop, run
from unit_tf.training.workdir import CHANGED_PRESETS, with_stored_start

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


KERNEL = "model.discriminator_kernel"


@pytest.fixture
def of_photos(small_config):
    """(kernel, steps) -> a small configuration that says it is of preset photos, for images."""

    def make(kernel, steps):
        config = small_config({KERNEL: kernel, "run.steps": steps})
        return dataclasses.replace(config, preset="photos")

    return make


def test_a_folder_of_preset_photos_keeps_its_kernels(
    of_photos, data, state_of, assert_same, tmp_path, capsys, eager_steps
):
    """It had the architecture's own when there was no such setting; the same command goes on."""
    assert preset_config("photos").model.discriminator_kernel == 4
    loop.train(of_photos(0, 1), data, tmp_path)
    copy = shutil.copytree(tmp_path, f"{tmp_path}_copy")
    expected = state_of(loop.train(of_photos(0, 2), data, copy))
    path = tmp_path / "config.json"
    content = json.loads(path.read_text())
    del content["model"]["discriminator_kernel"]
    path.write_text(json.dumps(content))
    capsys.readouterr()
    assert_same(expected, state_of(loop.train(of_photos(4, 2), data, tmp_path)))
    said = re.findall("as this folder began: (.*)", capsys.readouterr().err)
    assert said == [f"--{KERNEL}=0"]


@pytest.mark.parametrize("preset", list(CHANGED_PRESETS))
def test_a_folder_of_a_preset_that_has_changed_goes_on_as_it_began(preset, tmp_path):
    then, now = ({k: pair[i] for k, pair in CHANGED_PRESETS[preset].items()} for i in (0, 1))
    today = preset_config(preset)
    assert now.items() <= dict(today.items()).items()
    (tmp_path / "config.json").write_text(today.replace(then).to_json())
    assert then.items() <= dict(with_stored_start(today, tmp_path).items()).items()


def test_a_schedule_that_an_old_folder_keeps_is_checked_too(tmp_path):
    """Its rates end at step 16,000; more steps would be trained at rate 0."""
    settings = {"data.root": str(tmp_path / "x"), "run.steps": 16_000}
    today = resolve("sketch_to_emoji", settings)
    then = {k: before for k, (before, _) in CHANGED_PRESETS["sketch_to_emoji"].items()}
    (tmp_path / "config.json").write_text(today.replace(then).to_json())
    with pytest.raises(UserError, match="optim.decay"):
        run.train(today.replace({"run.steps": 24_000}), tmp_path)


def test_other_kernels_are_another_experiment(of_photos, data, tmp_path):
    """A folder of today's preset, a kernel that was asked for, and another preset."""
    (tmp_path / "config.json").write_text(of_photos(4, 1).to_json())
    with pytest.raises(UserError, match=f"{KERNEL}: 0 != 4"):
        loop.Loop(of_photos(0, 1), data, tmp_path)
    for stored, asked, preset in ((3, 4, "photos"), (0, 3, "photos"), (0, 4, "resnet2017")):
        theirs = dataclasses.replace(of_photos(stored, 1), preset=preset)
        (tmp_path / "config.json").write_text(theirs.to_json())
        with pytest.raises(UserError, match=f"{KERNEL}: {asked} != {stored}"):
            loop.Loop(dataclasses.replace(of_photos(asked, 1), preset=preset), data, tmp_path)


def test_an_old_folder_is_scored_with_its_own_networks(of_photos, data, tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text(of_photos(0, 1).to_json())
    monkeypatch.setattr(run, "open_data", lambda config: data)
    seen = []
    run.train(of_photos(4, 1), tmp_path, make_scorer=lambda config, _: seen.append(config))
    assert [config.model.discriminator_kernel for config in seen] == [0]


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
