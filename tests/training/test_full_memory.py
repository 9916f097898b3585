"""What a training says that found no memory."""

import pytest
import tensorflow as tf

from unit_tf.training.full_memory import FullMemory, full_memory

OUT = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[9,9]")
OTHERS = "a smaller --data.image_size, a smaller --model.width"
IN_HALVES = "--optim.batch_size=2 --optim.accumulate=2 (as many images a step)"
IN_THIRDS = "--optim.batch_size=3 --optim.accumulate=6 (as many images a step)"
REMAT = "--run.remat (the same step, slower)"


@pytest.mark.parametrize("error", [OUT, MemoryError()])
@pytest.mark.parametrize(
    ("settings", "less"),
    [
        ({"optim.batch_size": 4}, f"{IN_HALVES}, {REMAT}, {OTHERS}"),
        ({"optim.batch_size": 9, "optim.accumulate": 2}, f"{IN_THIRDS}, {REMAT}, {OTHERS}"),
        ({"optim.batch_size": 4, "run.remat": True}, f"{IN_HALVES}, {OTHERS}"),
        ({"optim.batch_size": 1}, f"{REMAT}, {OTHERS}"),
        # Dropout would be sampled anew.
        ({"optim.batch_size": 1, "model.dropout": 0.5}, OTHERS),
    ],
)
def test_what_takes_less(error, settings, less, small_config):
    found = full_memory(error, small_config(settings), None)
    assert isinstance(found, FullMemory)
    assert str(found).endswith(f"What takes less, in another --workdir: {less}")
    assert "checkpoint" not in str(found)


def test_the_newest_checkpoint_is_named(small_config):
    said = str(full_memory(OUT, small_config({"optim.batch_size": 1}), "runs/1/checkpoints/7"))
    assert said.startswith("out of memory in a step of 1 image of 8x8 a domain")
    assert "earlier steps fitted" in said and "newest checkpoint: runs/1/checkpoints/7. " in said


@pytest.mark.parametrize(
    "error", [ValueError("out of memory"), tf.errors.InternalError(None, None, "x"), OSError(28)]
)
def test_other_failures_are_none_of_memory(error, small_config):
    assert full_memory(error, small_config(), None) is None
