"""A folder's choice stands, whatever a later command asks for."""

import pytest

from unit_tf.config import UserError
from unit_tf.resolve import resolve
from unit_tf.training.budget.frozen_choice import CHOSEN, with_frozen_choice

PLACES = {"data.dir_a": "a", "data.dir_b": "b"}
CHOICE = {
    "data.image_size": 128, "model.width": 0.5, "model.discriminator_width": 1.0,
    "optim.batch_size": 2, "run.steps": 7000, "weights.gan_start": 700, "optim.decay_start": 3500,
    "optim.decay_steps": 3500, "optim.schedule": "linear",
}  # fmt: skip


@pytest.fixture
def asked():
    """(**settings) -> (what a command resolves to, names of the settings that it gives)."""

    def ask(**given):
        given = PLACES | {key.replace("__", "."): value for key, value in given.items()}
        return resolve("photos", given), tuple(given)

    return ask


@pytest.fixture
def begun(tmp_path, asked):
    """(minutes, memory) -> a folder that began so, with CHOICE."""

    def begin(minutes=20, memory=0):
        chosen = asked()[0].replace({**CHOICE, "run.minutes": minutes, "run.memory_gb": memory})
        (tmp_path / "config.json").write_text(chosen.to_json())
        return tmp_path, chosen

    return begin


@pytest.mark.parametrize("again", [{"run__minutes": 20}, {}, {"run__minutes": 20.0}])
def test_the_same_command_goes_on_with_minutes_and_without(asked, begun, again):
    folder, chosen = begun()
    assert with_frozen_choice(asked(**again)[0], folder, asked(**again)[1]) == chosen


def test_what_may_be_free_again_is(asked, begun):
    """More steps need a longer slope, as everywhere; a width that is given is another's."""
    folder, chosen = begun()
    more = {"run__steps": 9000, "optim__decay_steps": 5500, "run__keep_checkpoints": 9}
    found = with_frozen_choice(*_with(asked(**more), folder))
    changed = [line.partition(":")[0] for line in found.differences(chosen)]
    assert changed == ["optim.decay_steps", "run.steps", "run.keep_checkpoints"]
    with pytest.raises(UserError, match="the rate is 0 before --run.steps=9000"):
        with_frozen_choice(*_with(asked(run__steps=9000), folder))
    wider = with_frozen_choice(*_with(asked(model__width=1), folder))
    assert (wider.model.width, wider.model.discriminator_width) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("stored", "again", "message"),
    [
        ((20, 0), {"run__minutes": 30}, "was begun with --run.minutes=20, .*--run.minutes=30 out"),
        (
            (20, 4),
            {"run__minutes": 20, "run__memory_gb": 3},
            "was begun with --run.memory_gb=4, .*gb=3 out",
        ),
        (
            (20, 0),
            {"run__minutes": 20, "run__memory_gb": 3},
            "was begun without --run.memory_gb, and .*gb=3 out",
        ),
        ((0, 0), {"run__minutes": 20}, "was begun without --run.minutes=20; leave it out"),
    ],
)
def test_another_number_is_refused(asked, begun, stored, again, message):
    folder, _ = begun(*stored)
    with pytest.raises(UserError, match=f"^--workdir=[^\n]*: {message}[^\n]*$"):
        with_frozen_choice(*_with(asked(**again), folder))


def test_another_experiment_is_refused_as_such(begun):
    """And not for a setting that was frozen, which nobody gave and its method does not read."""
    folder, _ = begun()
    given = {"data.root": "pairs"}
    with pytest.raises(UserError, match="holds another experiment .*model.method"):
        with_frozen_choice(resolve("maps_supervised", given), folder, tuple(given))


@pytest.mark.parametrize("minutes", [0, 20])
def test_a_new_folder_and_one_without_minutes_change_nothing(asked, begun, tmp_path, minutes):
    config, given = asked(run__minutes=minutes)
    assert with_frozen_choice(config, tmp_path / "new", given) is config
    folder, _ = begun(0)
    plain, given = asked(weights__gan_start=1200)
    assert with_frozen_choice(plain, folder, given) is plain


def test_all_that_may_be_chosen_is_frozen(asked):
    from unit_tf.training.budget.candidates import list_candidates

    candidates, _ = list_candidates(asked(run__minutes=20)[0], (), (64, 128))
    schedule = [name for name in CHOSEN if name.startswith(("run.", "optim.", "weights."))]
    assert {*candidates[0].names, *schedule} == set(CHOSEN)


def _with(asked, folder):
    config, given = asked
    return config, folder, given


def test_more_steps_do_not_move_the_start_of_the_discriminators(asked, tmp_path):
    """Preset photos has it follow from the steps, but it is behind a training that goes on."""
    begun = asked(run__steps=1000)[0]
    (tmp_path / "config.json").write_text(begun.to_json())
    more = with_frozen_choice(*_with(asked(run__steps=2000), tmp_path))
    assert (begun.weights.gan_start, more.weights.gan_start) == (400, 400)
    given = with_frozen_choice(*_with(asked(run__steps=2000, weights__gan_start=9), tmp_path))
    assert given.weights.gan_start == 9
