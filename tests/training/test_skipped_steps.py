"""A step that is not finite changes nothing but the step; many in a row end the run."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.data.base import Data
from unit_tf.training import checkpoints, loop
from unit_tf.training.skipped_steps import MOST_IN_A_ROW, NAMED_STEPS, SkippedSteps

FULL = {"optim.ema": 0.9, "optim.l2": 1e-2}
# An optimizer's own scale of the loss reacts to what it skips.
SCALE = ("dynamic_scale", "step_counter", "seed_generator_state")


def batch(value=None):
    """(x_a, x_b) for small_config, with one number of A replaced."""
    x_a, x_b = np.random.default_rng(0).uniform(-1, 1, (2, 2, 8, 8, 3)).astype(np.float32)
    if value is not None:
        x_a[1, 3, 3, 0] = value
    return tf.constant(x_a), tf.constant(x_b)


CLIPPED, IN_PARTS = {"optim.clip_norm": 1.0}, {"optim.accumulate": 2}
# Each value and each way is there.
CASES = [(np.nan, {}), (np.inf, CLIPPED), (1e25, {}), (1e25, IN_PARTS)]
FURTHER = [(np.inf, {}), (np.nan, CLIPPED), (1e25, CLIPPED), (np.nan, IN_PARTS), (np.inf, IN_PARTS)]


@pytest.mark.parametrize(
    ("value", "way"),
    [*CASES, *(pytest.param(*case, marks=pytest.mark.slow) for case in FURTHER)],
    ids=str,
)
def test_only_the_step_counts_on(value, way, small_config, make_trainer, state_of, moved):
    """1e25 is finite, and so are its losses: the square of a gradient is not."""
    trainer = make_trainer(small_config(FULL, way))
    trainer.train_step(batch())
    before = state_of(trainer)
    logs = trainer.train_step(batch(value))
    assert np.isnan(logs["total/generator"]) and np.isnan(logs["total/discriminator"])
    assert moved(before, state_of(trainer)) == {"step"}
    logs = trainer.train_step(batch())
    assert np.isfinite(list(logs.values())).all()
    assert len(moved(before, state_of(trainer))) > 10


DIGITS = {
    "model.method": "unit_da", "model.discriminator_width": 0.1, "weights.gan": 1,
    "weights.likelihood": "squared_sum", "weights.cycle": 0, "weights.cycle_kl": 0,
}  # fmt: skip


def test_statistics_of_batches_are_taken_back(make_config, make_trainer, state_of, moved):
    config = make_config(DIGITS)
    trainer = make_trainer(config)
    side, rows = config.data.image_size[0], config.optim.batch_size
    x = np.zeros((rows, side, side, 1), np.float32)
    x[0, 0, 0] = np.nan
    before = state_of(trainer)
    trainer.train_step((tf.constant(x), tf.constant(x), tf.range(rows)))
    changed = {name for name in moved(before, state_of(trainer)) if not name.endswith(SCALE)}
    assert changed == {"step"}
    assert any("moving_mean" in name for name in before)


def test_two_replicas_skip_together(small_config, replicas, make_trainer):
    config = small_config(FULL, {"run.cpu_replicas": 2})
    trainer = make_trainer(config, replicas)
    start = [v.numpy() for v in trainer.method.trainable_variables]
    x_a, x_b = batch(np.nan)  # in the second row, which is the second replica's

    @tf.function(autograph=False)
    def step():
        def one_replica():
            row = tf.distribute.get_replica_context().replica_id_in_sync_group
            return trainer.train_step((x_a[row : row + 1], x_b[row : row + 1]))

        return replicas.run(one_replica)

    step()
    for variable, before in zip(trainer.method.trainable_variables, start, strict=True):
        for copy in replicas.experimental_local_results(variable.value):
            np.testing.assert_array_equal(copy.numpy(), before)


class Poisoned:
    """A Domain whose image 2 is not finite, as the pipeline gives it."""

    def __init__(self, domain):
        self._domain = domain

    def __len__(self):
        return len(self._domain)

    def name(self, index):
        return f"summer/{index}.png"

    def crop(self, index, rng):
        crop = self._domain.crop(index, rng).astype(np.float32)
        return np.full_like(crop, np.nan) if index == 2 else crop


@pytest.fixture
def poisoned(data, monkeypatch):
    """Data with that image in A."""
    monkeypatch.setattr("unit_tf.data.streams.to_float", lambda x: np.float32(x) / 127.5 - 1)
    return Data(Poisoned(data.train_a), data.train_b, [], [])


def test_the_images_are_named_and_a_resume_goes_past_them(
    poisoned, small_config, tmp_path, capsys, eager_steps, state_of, assert_same
):
    """Five images, one a step: each epoch of five steps has the bad one once."""
    settings = {"optim.batch_size": 1, "run.checkpoint_every": 1, "run.keep_checkpoints": 20}
    config = small_config(settings, {"run.steps": 7})
    trainer = loop.train(config, poisoned, tmp_path)
    said = [line for line in capsys.readouterr().err.splitlines() if "is not finite" in line]
    assert 1 <= len(said) <= 2
    assert all("skipped (A: summer/2.png; B: image " in line for line in said)
    bad = int(said[0].split()[1].rstrip(":"))
    saved = [int(folder.name) for folder in checkpoints.list_checkpoints(tmp_path)]
    assert bad not in saved and bad + 1 in saved
    for folder in checkpoints.list_checkpoints(tmp_path):
        if int(folder.name) >= bad:
            checkpoints.shutil.rmtree(folder)
    assert_same(state_of(trainer), state_of(loop.train(config, poisoned, tmp_path)))


def test_ten_in_a_row_end_the_run(small_config, data, tmp_path, eager_steps, monkeypatch):
    config = small_config({"run.steps": 100, "run.checkpoint_every": 1})
    experiment = loop.Loop(config, data, tmp_path)
    step = experiment.trainer.train_step
    finite_until = 2

    def poisoned(batch):
        logs = step(batch)
        late = int(experiment.trainer.step.numpy()) > finite_until
        return {**logs, "kl/a": tf.constant(np.nan)} if late else logs

    monkeypatch.setattr(experiment.trainer, "train_step", poisoned)
    with pytest.raises(loop.Diverged) as error:
        experiment.run()
    assert str(error.value) == (
        f"step 3: {MOST_IN_A_ROW} steps in a row from here on, kl/a is not finite; last good "
        f"checkpoint: {tmp_path / 'checkpoints' / '000000002'}"
    )
    assert int(experiment.trainer.step.numpy()) == 2 + MOST_IN_A_ROW


def test_lines_are_few(small_config, data):
    """After twenty of them the steps are counted alone."""
    skipped = SkippedSteps(small_config(), data)
    lines = []
    for step in range(1, 100):
        lines.append(skipped.look(step, {"kl/a": np.nan}))
        assert skipped.look(step, {"kl/a": 1.0}) is None
        assert skipped.in_a_row == 0 and not skipped.too_many(step)
    said = [line for line in lines if line]
    assert len(said) == NAMED_STEPS and said[-1].endswith("further ones are only counted")
    assert skipped.summary() == "99 steps were skipped, as they were not finite"


@pytest.mark.parametrize(
    ("row", "step", "ends"), [(9, 50, False), (10, 50, True), (2, 100, False), (3, 100, True)]
)
def test_when_a_run_ends(row, step, ends, small_config, data):
    skipped = SkippedSteps(small_config({"run.steps": 100}), data)
    for number in range(step - row + 1, step + 1):
        skipped.look(number, {"kl/a": np.inf})
    assert skipped.too_many(step) is ends
