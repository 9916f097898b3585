"""What a pool of images shows and remembers: its rule, chance, state, replicas and parts."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers.latent import part_of_batch
from unit_tf.methods.image_pool import ImagePool
from unit_tf.training.strategy import build_strategy

SHAPE = (2, 2, 1)


def numbered(*numbers):
    """Images that are one number throughout."""
    return tf.reshape(tf.constant(numbers, tf.float32), (-1, 1, 1, 1)) * tf.ones((1, *SHAPE))


def numbers_of(images):
    images = tf.convert_to_tensor(images).numpy()
    assert (images == images[:, :1, :1]).all()
    return [int(x) for x in images[:, 0, 0, 0]]


def exchange(pool, step, *numbers):
    """The numbers that are shown at a step."""
    samples = pool.samples(len(numbers), tf.constant([3, step]))
    return numbers_of(pool.exchange(numbered(*numbers), samples))


def test_an_empty_pool_takes_in_and_shows_all():
    """In places of its own each, until it is full."""
    pool = ImagePool(4, SHAPE)
    assert exchange(pool, 0, 1, 2, 3) == [1, 2, 3]
    assert sorted(numbers_of(pool.images)) == [0, 1, 2, 3] and sum(pool.filled.numpy()) == 3
    assert exchange(pool, 1, 4)[0] == 4
    assert sorted(numbers_of(pool.images)) == [1, 2, 3, 4]


def test_a_full_pool_exchanges_half():
    """What is shown in a new image's place leaves the pool, and the new one is in it."""
    pool = ImagePool(3, SHAPE)
    exchange(pool, 0, 1, 2, 3)
    swapped, rows = 0, 100
    for step in range(1, rows + 1):
        new, before = 10 + step, set(numbers_of(pool.images))
        (shown,) = exchange(pool, step, new)
        after = set(numbers_of(pool.images))
        if shown == new:
            assert after == before
        else:
            swapped += 1
            assert shown in before and after == before - {shown} | {new}
    assert abs(swapped - rows / 2) < 4 * np.sqrt(rows) / 2


def test_every_place_is_chosen():
    pool = ImagePool(3, SHAPE)
    exchange(pool, 0, 1, 2, 3)
    first = {1: 0, 2: 1, 3: 2}
    gone = []
    for seed in range(40):
        pool.images.assign(numbered(1, 2, 3))
        (shown,) = numbers_of(pool.exchange(numbered(9), pool.samples(1, tf.constant([seed, 5]))))
        gone += [first[shown]] if shown != 9 else []
    assert set(gone) == {0, 1, 2}


def test_no_place_twice_and_no_image_lost():
    """Of a batch: together, what is shown and what is inside are what came and was inside."""
    pool = ImagePool(4, SHAPE)
    exchange(pool, 0, 1, 2, 3, 4)
    for step in range(1, 30):
        new = [10 * step + i for i in range(3)]
        before = numbers_of(pool.images)
        shown = exchange(pool, step, *new)
        assert sorted(shown + numbers_of(pool.images)) == sorted(before + new)


def test_more_images_than_places():
    """The last ones are shown themselves."""
    pool = ImagePool(2, SHAPE)
    assert exchange(pool, 0, 1, 2, 3, 4) == [1, 2, 3, 4]
    assert sorted(numbers_of(pool.images)) == [1, 2]
    for step in range(1, 10):
        assert exchange(pool, step, 5, 6, 7, 8)[2:] == [7, 8]


def test_state_and_seed_decide():
    """The same numbers again from the same state: nothing else is remembered."""

    def run(pool, steps):
        return [exchange(pool, step, 100 + step) for step in steps]

    whole, first, second = (ImagePool(3, SHAPE) for _ in range(3))
    expected = run(whole, range(20))
    assert run(first, range(8)) == expected[:8]
    second.set_weights(first.get_weights())
    assert run(second, range(8, 20)) == expected[8:]
    assert any(shown != [100 + step] for step, shown in enumerate(expected))
    assert [v.trainable for v in whole.weights] == [False, False]


def test_in_a_graph_and_compiled():
    """By the same random numbers the same exchange; XLA has no sizes that it does not know."""
    eager, graph, compiled = (ImagePool(3, SHAPE) for _ in range(3))
    in_graph = tf.function(graph.exchange)
    by_xla = tf.function(compiled.exchange, jit_compile=True)
    for step in range(6):
        x, samples = numbered(step, 50 + step), eager.samples(2, tf.constant([1, step]))
        expected = numbers_of(eager.exchange(x, samples))
        assert numbers_of(in_graph(x, samples)) == expected
        assert numbers_of(by_xla(x, samples)) == expected
    for pool in (graph, compiled):
        np.testing.assert_array_equal(pool.images.numpy(), eager.images.numpy())


def test_replicas_show_what_one_device_does(make_replicas):
    """Each its own rows of the global batch, and all have the same pool afterwards."""
    replicas, alone = make_replicas(), ImagePool(3, SHAPE)
    with replicas.scope():
        pool = ImagePool(3, SHAPE)

    @tf.function
    def run(x, seed):
        def one(x):
            return pool.exchange(x, pool.samples(x.shape[0], seed))

        return replicas.run(one, (x,))

    for step in range(6):
        numbers = [10 * step + i for i in range(4)]
        expected = exchange(alone, step, *numbers)
        shares = [numbered(*numbers[:2]), numbered(*numbers[2:])]
        batch = replicas.experimental_distribute_values_from_function(
            lambda context, shares=shares: shares[context.replica_id_in_sync_group]
        )
        shown = replicas.experimental_local_results(run(batch, tf.constant([3, step])))
        assert numbers_of(tf.concat(shown, 0)) == expected
        for copy in replicas.experimental_local_results(pool.images.value):
            np.testing.assert_array_equal(copy, alone.images.numpy())


@pytest.fixture
def make_replicas(monkeypatch):
    """() -> MirroredStrategy over two logical CPU devices."""
    from unit_tf.config import RunConfig

    monkeypatch.setattr(tf.distribute.MirroredStrategy, "_collective_key_base", 77_000_000)
    return lambda: build_strategy(RunConfig(cpu_replicas=2))


def test_parts_have_numbers_of_their_own():
    """A part has the numbers that its rows have in the whole batch."""
    pool, seed = ImagePool(3, SHAPE), tf.constant([1, 2])
    whole = pool.samples(4, seed).numpy()
    for index in range(2):
        with part_of_batch(index, 2):
            np.testing.assert_array_equal(pool.samples(2, seed), whole[2 * index : 2 * index + 2])
