"""Trainings that start with the networks of a trained translator."""

import re
import shutil

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.cli import flags
from unit_tf.cli import train as cli
from unit_tf.config import ExperimentConfig, UserError
from unit_tf.methods.growth import passing
from unit_tf.methods.weights import half_floats, write_weights
from unit_tf.resolve import check, resolve
from unit_tf.training import checkpoints, loop
from unit_tf.training import run as training_run
from unit_tf.training.optimizers import average_variables
from unit_tf.training.workdir import PRETRAINED, TRANSLATOR

SETTINGS = {"model.dropout": 0.5, "optim.ema": 0.9}
FRESH = {"run.init_discriminator": False}


@pytest.fixture
def source(trained, save_workdir, tmp_path):
    """(*settings) -> folder of a training at step 7 whose weights are no start's."""

    def make(*settings):
        save_workdir(trained(*settings, step=7), tmp_path / "source")
        return tmp_path / "source"

    return make


@pytest.fixture
def started(small_config, make_trainer):
    """(folder, *settings) -> Trainer that starts with its networks."""

    def make(folder, *settings):
        config = small_config(SETTINGS, {"run.init_from": str(folder), "run.seed": 3}, *settings)
        return make_trainer(check(config))

    return make


def arrays(variables):
    return {v.path: v.numpy() for v in variables}


def assert_equal(found, expected):
    for path, value in found.items():
        np.testing.assert_array_equal(value, expected[path], err_msg=path)


def test_all_networks_start_there_and_the_optimizers_anew(source, started):
    """E and G with the averages, which translate."""
    folder = source()
    trainer = started(folder)
    place = folder / "checkpoints/000000007"
    with np.load(place / TRANSLATOR) as file:
        assert_equal(arrays(trainer.method.weights), dict(file))
    assert trainer.start == f"starting with the networks of {place}, step 7"
    assert int(trainer.step.numpy()) == 0
    for optimizer in (trainer.generator_optimizer, trainer.discriminator_optimizer):
        assert int(optimizer.iterations.numpy()) == 0
        assert not any(np.any(m.numpy()) for m in (*optimizer._momentums, *optimizer._velocities))


def test_new_discriminators_are_those_of_the_seed(source, started, small_config, make_trainer):
    """Also where the translator's have another size."""
    folder = source({"model.discriminator_width": 1 / 8})
    trainer = started(folder, FRESH)
    assert trainer.start.endswith("step 7; the discriminators are new")
    without = make_trainer(small_config(SETTINGS, {"run.seed": 3})).method
    own = arrays(without.discriminator_variables)
    assert_equal(arrays(trainer.method.discriminator_variables), own)
    with np.load(folder / "checkpoints/000000007" / TRANSLATOR) as file:
        assert_equal(arrays(trainer.method.generator_variables), dict(file))


def test_a_translator_without_discriminators(source, trained, started):
    """As the shipped ones are; in half floats."""
    folder = source()
    method = trained(step=7).method
    write_weights(folder / TRANSLATOR, half_floats(method), 9, compressed=True)
    trainer = started(folder)
    end = "step 9; it has no discriminators, so they are new"
    assert trainer.start == f"starting with the networks of {folder}, {end}"
    assert_equal(arrays(trainer.method.generator_variables), arrays(method.generator_variables))


@pytest.mark.parametrize("more", [1, 2])
def test_networks_grow_around_those_that_downsample_less(source, started, more):
    """Layers within are the translator's; new ones pass their input on, in every network."""
    folder = source()
    trainer = started(folder, {"model.num_downsamples": 2 + more, "data.image_size": 16})
    said = f"step 7; trained at 8x8; more downsamples, new at the outside: {more}"
    assert trainer.start.endswith(said)
    own = arrays(trainer.method.weights)
    with np.load(folder / "checkpoints/000000007" / TRANSLATOR) as file:
        theirs = dict(file)
    shifted = {name: name for name in theirs if not re.match("encoder_[ab]/conv", name)}
    for d in "ab":
        for kind in ("kernel", "bias"):
            for i, j in {0: 0, 1: 1 + more, 2: 2 + more}.items():
                here = f"encoder_{d}/conv{j}/conv/{kind}"
                shifted[f"encoder_{d}/conv{i}/conv/{kind}"] = here
    del shifted["step"]
    assert_equal({name: own[shifted[name]] for name in shifted}, theirs)
    new = own.keys() - set(shifted.values())
    layers = {"/".join(name.split("/")[:2]) for name in new}
    assert layers == {
        f"{network}_{d}/{layer}"
        for d in "ab"
        for i in range(more)
        for network, layer in (("encoder", f"conv{1 + i}"), ("generator", f"up{2 + i}"))
    }
    assert_equal({name: own[name] for name in new}, {n: passing(n, own[n].shape) for n in new})


HE_NORMAL = {"model.initializer": "he_normal"}
# With the defaults of what small_config changes and cut does not read.
_DEFAULTS = dict(ExperimentConfig().items())
CUT = {
    "model.method": "cut",
    **{name: _DEFAULTS[name] for name in ("weights.cycle", "weights.cycle_kl")},
}


@pytest.mark.parametrize(
    ("theirs", "ours", "said"),
    [
        (
            {"model.width": 1 / 8}, FRESH,
            ", model.width is 0.125 there and 0.0625 here; first misfit: "
            "encoder_a/conv0/conv/kernel is 7x7x3x8, expected 7x7x3x4",
        ),
        (
            {"model.width": 1 / 8}, {"model.num_downsamples": 3, **FRESH},
            ", model.width is 0.125 there and 0.0625 here; first misfit: "
            "encoder_a/conv0/conv/kernel is 7x7x3x8, expected 7x7x3x4",
        ),
        (
            {"model.num_downsamples": 3}, {},
            ", model.num_downsamples is 3 there and 0 here; first misfit: "
            "encoder_a/conv1/conv/kernel is 3x3x4x4, expected 3x3x4x8",
        ),
        (
            {"model.discriminator_width": 1 / 8}, {},
            ", model.discriminator_width is 0.125 there and 0.0 here; first misfit: "
            "discriminator0_a/conv0/conv/kernel is 3x3x3x8, expected 3x3x3x4; "
            "--run.init_discriminator=false leaves its discriminators out",
        ),
        (
            {}, {"model.discriminator_kernel": 4},
            ", model.discriminator_kernel is 0 there and 4 here; first misfit: "
            "discriminator0_a/conv0/conv/kernel is 3x3x3x4, expected 4x4x3x4; "
            "--run.init_discriminator=false leaves its discriminators out",
        ),
        (
            {"model.discriminator_scales": 2}, {},
            ", model.discriminator_scales is 2 there and 0 here; first misfit: "
            "discriminator1_a/conv0/conv/bias is of no layer; "
            "--run.init_discriminator=false leaves its discriminators out",
        ),
        # No word of model.num_shared, which cut does not read.
        (
            {"model.num_shared": 0}, CUT,
            ", model.method is unit there and cut here; first misfit: "
            "discriminator0_a/conv0/conv/bias is of no layer; "
            "--run.init_discriminator=false leaves its discriminators out",
        ),
        # The same shapes, and another network.
        (
            HE_NORMAL, {**HE_NORMAL, "model.block_norm": "none", "run.init_discriminator": False},
            ": model.block_norm is default there and none here",
        ),
        (
            {"model.num_blocks": 2, "model.num_shared": 2},
            {"model.num_blocks": 0, "model.num_shared": 0, "run.init_discriminator": False},
            ": model.num_blocks is 2 there and 0 here, model.num_shared is 2 there and 0 here",
        ),
    ],
    ids=[
        "generators", "growing", "downsamples", "discriminators", "kernels", "scales", "method",
        "norm", "blocks",
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(theirs, ours, said, source, started):
    folder = source(theirs)
    with pytest.raises(UserError) as error:
        started(folder, ours)
    assert str(error.value) == f"--run.init_from={folder}: has other networks{said}"


def test_cut_starts_with_one_direction_of_a_translator_that_shares_nothing(source, started):
    folder = source({"model.num_shared": 0})
    trainer = started(folder, CUT, FRESH)
    assert trainer.start.endswith("step 7; the discriminators are new")
    own = {**arrays(trainer.method.encoder.weights), **arrays(trainer.method.generator.weights)}
    with np.load(folder / "checkpoints/000000007" / TRANSLATOR) as file:
        assert_equal(own, dict(file))


def test_equal_settings_in_other_words_are_no_misfit(source, started):
    """The norm that an architecture has by itself, by its name."""
    trainer = started(source(HE_NORMAL), HE_NORMAL, {"model.block_norm": "instance"})
    assert trainer.start


def test_broken_and_old_checkpoints(source, started, trained, save_workdir, warnings_seen):
    folder = source()
    newest = save_workdir(trained(step=8), folder, keep=2)
    (newest / TRANSLATOR).write_bytes(b"")
    assert started(folder).start.endswith("checkpoints/000000007, step 7")
    assert len(warnings_seen) == 1
    (folder / "checkpoints/000000007" / TRANSLATOR).write_bytes(b"")
    with pytest.raises(UserError, match="^--run.init_from=.*: no whole checkpoint there$"):
        started(folder)
    for place in checkpoints.list_checkpoints(folder):
        (place / TRANSLATOR).unlink()
    with pytest.raises(UserError, match=r"are old; unit_tf.load\(.*\).save\(FOLDER\) writes one"):
        started(folder)


@pytest.fixture
def real_source(small_config, make_trainer, save_workdir, tmp_path):
    """Folder of a translator whose weights can be trained on."""
    save_workdir(make_trainer(small_config(SETTINGS, {"run.seed": 9})), tmp_path / "source")
    return tmp_path / "source"


@pytest.fixture
def config_of(small_config):
    """(folder, steps) -> ExperimentConfig of a training that starts there."""

    def make(folder, steps):
        run = {"run.init_from": str(folder), "run.steps": steps, "run.checkpoint_every": 3}
        return small_config(SETTINGS, FRESH, run)

    return make


def test_a_resume_does_not_read_the_translator_again(
    real_source, config_of, data, tmp_path, state_of, assert_same, eager_steps, capsys
):
    """Not before its own first checkpoint either: bit for bit as if nothing had happened."""
    whole = state_of(loop.train(config_of(real_source, 3), data, tmp_path / "whole"))
    begun = tmp_path / "begun"
    trainer = loop.train(config_of(real_source, 1), data, begun)
    assert capsys.readouterr().err.count("starting with the networks of ") == 2
    with np.load(real_source / "checkpoints/000000000" / TRANSLATOR) as file:
        for variable, average in zip(
            trainer.method.generator_variables,
            average_variables(trainer.generator_optimizer),
            strict=True,
        ):
            # One step away: no new weights are in the average.
            np.testing.assert_allclose(average.numpy(), file[variable.path], rtol=0, atol=2e-3)
    shutil.rmtree(begun / "checkpoints/000000001")  # killed before it
    shutil.rmtree(real_source)
    resumed = loop.train(config_of(real_source, 3), data, begun)
    assert "starting with" not in capsys.readouterr().err
    assert_same(whole, state_of(resumed))
    with pytest.raises(UserError, match="holds another experiment .run.init_from: 'elsewhere' !="):
        loop.Loop(config_of("elsewhere", 3), data, begun)


@pytest.fixture
def command(monkeypatch, capsys, small_config):
    """(data, folder, workdir, *settings) -> (exit code, stderr) of ``unit-train``."""

    def run(data, folder, workdir, *settings):
        monkeypatch.setattr(training_run, "open_data", lambda _: data())
        config = small_config(SETTINGS, {"run.init_from": str(folder)}, *settings)
        pairs = [
            (k, "x".join(map(str, v)) if isinstance(v, tuple) else v) for k, v in config.items()
        ]
        for name in cli.FLAGS:
            cli.FLAGS[name].unparse()
        argv = ["unit-train", f"--workdir={workdir}", *(f"--{k}={v}" for k, v in pairs)]
        code = flags.run(cli.main, cli.FLAGS, cli.__doc__, argv)
        return code, capsys.readouterr().err

    yield run
    for name in cli.FLAGS:
        cli.FLAGS[name].unparse()


def test_what_is_no_translator_is_refused_before_data_are_read(command, tmp_path):
    (tmp_path / "empty").mkdir()

    def fail():
        raise AssertionError("data were read")

    found = [command(fail, tmp_path / name, tmp_path / "run") for name in ("empty", "none")]
    assert [code for code, _ in found] == [2, 2]
    start = "unit-train: --run.init_from="
    assert found[0][1].splitlines() == [
        f"{start}{tmp_path}/empty: no config.json there; name a training's folder"
    ]
    assert found[1][1].splitlines() == [
        f"{start}{tmp_path}/none: no such folder; shipped translators: "
        + ", ".join(sorted(path.name for path in PRETRAINED.iterdir()))
    ]
    assert not (tmp_path / "run").exists()


def test_a_misfit_is_one_line_and_leaves_no_folder(command, data, source, tmp_path):
    code, said = command(lambda: data, source({"model.width": 1 / 8}), tmp_path / "run")
    (line,) = said.splitlines()
    assert code == 2 and line.startswith("unit-train: --run.init_from=")
    assert "first misfit: encoder_a/conv0/conv/kernel is 7x7x3x8, expected 7x7x3x4" in line
    assert not (tmp_path / "run").exists()


def test_the_shipped_translator_fits_its_preset():
    """What docs/training.md starts from it."""
    config = resolve("blue_marble", {"run.init_from": "blue_marble", "data.map": "topography"})
    trainer = loop.build_trainer(config, tf.distribute.get_strategy())
    assert trainer.start.endswith("step 16000; it has no discriminators, so they are new")
    with np.load(PRETRAINED / "blue_marble" / TRANSLATOR) as file:
        assert_equal(arrays(trainer.method.generator_variables), dict(file))


def test_replicas_start_alike(source, started, small_config, make_trainer, replicas):
    folder = source()
    one = started(folder).method
    config = small_config(SETTINGS, {"run.init_from": str(folder), "run.cpu_replicas": 2})
    mirrored = make_trainer(config, replicas).method
    assert_equal(arrays(mirrored.weights), arrays(one.weights))
    for variable in mirrored.generator_variables:
        first, second = (value.numpy() for value in variable.value.values)
        np.testing.assert_array_equal(first, second)
