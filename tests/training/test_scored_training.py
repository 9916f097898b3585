"""A real training that is scored: the best is kept, and not a bit of it changes."""

import numpy as np

from unit_tf.data.base import TestImage as Held  # pytest would collect a name with Test
from unit_tf.evaluation.checkpoint_scores import scorer_for
from unit_tf.inference.load import load
from unit_tf.training import loop
from unit_tf.training.checkpoint_choice import read_best
from unit_tf.training.score_watch import read_scores
from unit_tf.training.workdir import list_checkpoints

SETTINGS = {
    "model.dropout": 0.5, "optim.ema": 0.9, "run.steps": 4, "run.checkpoint_every": 1,
    "run.keep_checkpoints": 1, "run.health_every": 0, "run.image_every": 99,
}  # fmt: skip


def test_the_best_is_kept_and_a_resume_is_exact(
    small_config, data, state_of, assert_same, tmp_path, eager_steps
):
    images = np.random.default_rng(5).integers(0, 256, (2, 8, 8, 3), np.uint8)
    tests = [Held(f"{i}.png", lambda x=x: x, lambda x=x: x[::-1]) for i, x in enumerate(images)]
    data = data._replace(test_a=tests)
    config = small_config(SETTINGS, {"run.score_every": 2})
    plain = state_of(loop.train(small_config(SETTINGS), data, tmp_path / "plain"))

    scorer, taken = scorer_for(config, data), {}

    def rising(folder):  # so that step 2 is the best, whatever the networks do
        name, found = scorer(folder)
        taken[int(folder.name)] = found["l1_a2b"]
        return name, {**found, name: float(folder.name)}

    half = tmp_path / "half"
    loop.train(config.replace({"run.steps": 3}), data, half, scorer=rising)
    assert [int(path.name) for path in list_checkpoints(half)] == [2, 3]
    whole = loop.train(config, data, half, scorer=rising)
    assert_same(plain, state_of(whole))
    assert sorted(taken) == [2, 3, 4] and len(set(taken.values())) == 3
    assert [e["step"] for e in read_scores(half) if e["name"] == "l1"] == [2, 3, 4]
    assert [int(path.name) for path in list_checkpoints(half)] == [2, 4]
    assert read_best(half)["step"] == load(half, "best").step == 2
    assert load(half, 4).step == load(half).step == 4
    weights = [load(half, step).method.generator_variables[0].numpy() for step in (2, 4)]
    assert not np.array_equal(*weights)
