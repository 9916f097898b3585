"""A training with a linear schedule can be lengthened, in one command that says what it does."""

import pytest

from unit_tf.config import UserError
from unit_tf.resolve import check
from unit_tf.training import loop

LINEAR = {
    "optim.schedule": "linear", "optim.decay_start": 1, "optim.decay_steps": 2, "run.steps": 2,
    "run.checkpoint_every": 1,
}  # fmt: skip


@pytest.fixture
def begun(small_config, data, tmp_path, eager_steps):
    """The configuration of a training at step 2 in tmp_path."""
    config = small_config(LINEAR)
    loop.train(config, data, tmp_path)
    return config


def test_more_steps_alone_name_the_setting(begun):
    with pytest.raises(UserError, match="--optim.decay_steps=2: .*; use 5 or more, also to") as e:
        check(begun.replace({"run.steps": 6}))
    assert "\n" not in str(e.value)


def test_that_setting_does_it(begun, data, tmp_path, capsys):
    """From step 2 on the rate is the new line's: 1 - (2 - 1) / 5 of the first."""
    config = check(begun.replace({"run.steps": 3, "optim.decay_steps": 5}))
    capsys.readouterr()
    trainer = loop.train(config, data, tmp_path)
    assert int(trainer.step.numpy()) == 3
    said = capsys.readouterr().err
    wanted = "from there on the learning rate follows --optim.decay_steps=5 instead of 2"
    assert said.splitlines().count(wanted) == 1
    rate = trainer.generator_optimizer._learning_rate(2)
    assert float(rate) == pytest.approx(config.optim.learning_rate * 0.8, rel=1e-5)
    assert loop.Loop(config, data, tmp_path).new_length == []  # the folder's own by now


def test_other_schedules_stay_as_they_are(small_config, data, tmp_path, eager_steps):
    config = small_config(LINEAR, {"optim.schedule": "step", "run.steps": 1})
    loop.train(config, data, tmp_path)
    with pytest.raises(UserError, match="another experiment .optim.decay_steps: 9 != 2"):
        loop.Loop(config.replace({"optim.decay_steps": 9}), data, tmp_path)
