"""What is said of a training that the memory does not hold."""

import pytest
import tensorflow as tf

from unit_tf.training.full_memory import FullMemory, full_memory

OUT = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[9,9]")
SIZE, WIDTH = "a smaller --data.image_size", "a smaller --model.width"
IN_HALVES = "--optim.batch_size=2 --optim.accumulate=2 (as many images a step)"
IN_THIRDS = "--optim.batch_size=3 --optim.accumulate=6 (as many images a step)"
REMAT = "--run.remat (the same step, slower)"


@pytest.mark.parametrize("error", [OUT, MemoryError()])
@pytest.mark.parametrize(
    ("settings", "less"),
    [
        ({"optim.batch_size": 4}, [IN_HALVES, REMAT, SIZE, WIDTH]),
        ({"optim.batch_size": 9, "optim.accumulate": 2}, [IN_THIRDS, REMAT, SIZE, WIDTH]),
        ({"optim.batch_size": 4, "run.remat": True}, [IN_HALVES, SIZE, WIDTH]),
        ({"optim.batch_size": 1}, [REMAT, SIZE, WIDTH]),
        # Dropout would be sampled anew; a start from a translator has its width.
        ({"optim.batch_size": 1, "model.dropout": 0.5}, [SIZE, WIDTH]),
        ({"optim.batch_size": 1, "run.init_from": "blue_marble"}, [REMAT, SIZE]),
    ],
)
def test_what_takes_less(error, settings, less, small_config):
    found = full_memory(error, small_config({"data.image_size": 16}, settings))
    assert isinstance(found, FullMemory)
    assert str(found).endswith(f"What takes less, in another --workdir: {', '.join(less)}")
    assert "checkpoint" not in str(found)


def test_what_the_method_refuses_is_not_named(make_config):
    """Networks of digits have one size, and normalise over a batch that parts of it are not."""
    config = make_config(
        {"model.method": "unit_da", "data.source": "labelled", "data.image_size": 32,
         "data.channels": 1, "data.flip": False, "optim.batch_size": 8}
    )  # fmt: skip
    said = str(full_memory(OUT, config))
    assert said.endswith(f"in another --workdir: --optim.batch_size=4, {WIDTH}")


@pytest.mark.parametrize(
    ("batch", "less"),
    [(8, f"--optim.batch_size=4, {REMAT}"), (12, f"--optim.batch_size=6, {REMAT}"), (2, REMAT)],
)
def test_a_batch_is_divided_among_replicas(batch, less, small_config):
    config = small_config({"data.image_size": 16, "optim.batch_size": batch})
    said = str(full_memory(OUT, config, replicas=2))
    assert said.endswith(f"in another --workdir: {less}, {SIZE}, {WIDTH}")


def test_the_newest_checkpoint_is_named(small_config):
    config = small_config({"optim.batch_size": 1})
    said = str(full_memory(OUT, config, "runs/1/checkpoints/7"))
    assert said.startswith("out of memory with a batch of 1 image of 8x8 a domain; newest check")
    assert "goes on: runs/1/checkpoints/7. " in said


@pytest.mark.parametrize(
    "error",
    [
        ValueError("out of memory"),
        tf.errors.InternalError(None, None, "x"),
        OSError(28),
        tf.errors.ResourceExhaustedError(None, None, "/x/0.png; Too many open files"),
    ],
)
def test_other_failures_are_not_explained(error, small_config):
    assert full_memory(error, small_config()) is None
