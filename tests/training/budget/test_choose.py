"""What is chosen on machines that are made up."""

import pytest

from unit_tf.config import DataConfig, UserError
from unit_tf.resolve import resolve
from unit_tf.training.budget import choose as choose_lib
from unit_tf.training.budget.candidates import ENOUGH, FEWEST

CPU, FAST, SLOW, GPU = 8.0, 40.0, 1.0, 4000.0


@pytest.fixture
def choose(monkeypatch, capsys):
    """(machine, minutes, crops=..., **settings) -> (chosen ExperimentConfig, what was said)."""

    def run(machine, minutes, crops=(64, 96, 128, 192, 256), preset="photos", **given):
        given = {key.replace("__", "."): value for key, value in given.items()}
        places = {"data.dir_a": "a", "data.dir_b": "b", "run.minutes": minutes}
        monkeypatch.setattr(choose_lib, "allowed_crops", lambda data: list(crops))
        monkeypatch.setattr(choose_lib, "open_data", lambda data: None)
        config = resolve(preset, places | given)
        given = (*given, "run.minutes")
        chosen = choose_lib.choose(config, given, 100.0, machine.probe, machine.clock)
        return chosen, capsys.readouterr().err

    return run


@pytest.mark.parametrize("speed", [SLOW, CPU, FAST, GPU])
@pytest.mark.parametrize("minutes", [2, 4, 20, 120])
@pytest.mark.parametrize("read", [0.0, 0.2])
def test_a_training_ends_in_time(choose, make_machine, speed, minutes, read):
    machine = make_machine(speed, read=read)
    chosen, _ = choose(machine, minutes)
    assert 0.85 < machine.train(chosen) / (60 * minutes) <= 1
    probes = machine.now - 100
    assert len(machine.probed) == 1 or probes < 0.3 * 60 * minutes
    assert chosen.data.image_size in [config.data.image_size for config in machine.probed]


def test_more_time_makes_more_of_a_training(choose, make_machine):
    sizes, steps = [], []
    for minutes in (2, 4, 20, 60, 240, 1000):
        chosen, _ = choose(make_machine(CPU), minutes)
        sizes.append((chosen.data.image_size[0], chosen.model.width))
        steps.append(chosen.run.steps)
    assert sizes == sorted(sizes) and len(set(sizes)) > 3
    assert all(n >= ENOUGH for n, size in zip(steps, sizes, strict=True) if size[0] > 64)


def test_a_fast_machine_soon_finds_the_largest(choose, make_machine):
    machine = make_machine(10 * GPU)
    chosen, _ = choose(machine, 60)
    assert (chosen.data.image_size, chosen.model.width) == ((256, 256), 1.0)
    assert len(machine.probed) <= 4


def test_images_that_take_long_to_read_do_not_keep_the_crop_small(choose, make_machine):
    """A larger crop of the same file is read as fast."""
    chosen, _ = choose(make_machine(GPU, read=0.2), 60)
    assert chosen.data.image_size == (256, 256)


def test_the_choice_is_said_as_flags_and_gives_the_same_experiment(choose, make_machine):
    chosen, said = choose(make_machine(CPU), 20)
    line = next(line for line in said.splitlines() if " chose " in line)
    flags = dict(flag[2:].split("=") for flag in line.partition(" chose ")[2].split())
    pasted = resolve("photos", {"data.dir_a": "a", "data.dir_b": "b", **flags})
    assert pasted.differences(chosen) == ["run.minutes: 0.0 != 20.0"]
    assert said.count("probed ") == len(said.splitlines()) - 1


def test_a_narrow_network_where_the_usual_one_gets_too_few_steps(choose, make_machine):
    chosen, _ = choose(make_machine(1.5), 10, crops=(64,))
    assert chosen.model.width == 0.125


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("model__width", 0.375), ("data__image_size", (96, 96)), ("optim__batch_size", 2),
        ("optim__decay_steps", 500), ("weights__gan_start", 3), ("optim__schedule", "linear"),
    ],
)  # fmt: skip
def test_flags_go_before_the_choice(choose, make_machine, given, value):
    chosen, said = choose(make_machine(CPU), 60, **{given: value})
    name = given.replace("__", ".")
    assert dict(chosen.items())[name] == value
    assert f"--{name}" not in said


def test_too_few_steps_are_told(choose, make_machine):
    machine = make_machine(SLOW)
    chosen, said = choose(machine, 2)
    assert chosen.run.steps < FEWEST and len(machine.probed) == 1
    last = said.splitlines()[-1]
    enough = int(last.split()[-2])
    assert last.startswith(f"--run.minutes=2: {chosen.run.steps} steps are few")
    again, said = choose(make_machine(SLOW), enough)
    assert again.run.steps >= FEWEST and "are few" not in said


def test_no_time_for_a_step(choose, make_machine):
    with pytest.raises(UserError, match=r"^--run.minutes=0.5: too short; .* takes 15 s here$"):
        choose(make_machine(CPU), 0.5)


@pytest.mark.parametrize("memory", [1.3, 2.0, 6.0])
def test_the_memory_is_kept(choose, make_machine, memory):
    machine = make_machine(GPU)
    chosen, _ = choose(machine, 60, run__memory_gb=memory)
    assert machine.truth(chosen).peak <= memory * 1e9
    unlimited, _ = choose(make_machine(GPU), 60)
    assert machine.truth(unlimited).peak > memory * 1e9


def test_a_smaller_batch_where_the_memory_is_short(choose, make_machine):
    chosen, said = choose(make_machine(CPU), 20, run__memory_gb=0.7)
    assert (chosen.model.width, chosen.optim.batch_size) == (0.125, 1)
    assert ", too much for 0.7 GB, " in said


def test_nothing_fits(choose, make_machine):
    with pytest.raises(UserError) as caught:
        choose(make_machine(CPU), 20, run__memory_gb=0.4)
    assert str(caught.value) == (
        "--run.memory_gb=0.4: nothing fits; the smallest that was tried (64x64, width 0.125, "
        "batch 1) took 0.59 GB, and a long training takes a tenth more"
    )


@pytest.mark.parametrize("smallest", [True, False])
def test_a_probe_that_the_memory_does_not_suffice_for(choose, make_machine, smallest):
    machine = make_machine(GPU)

    def probe(config, seconds):
        found = machine.probe(config, seconds)
        return found if config.data.image_size == (64, 64) and not smallest else None

    small_machine = make_machine(GPU)
    small_machine.probe = probe
    if smallest:
        with pytest.raises(UserError, match="did not fit into this machine's memory$"):
            choose(small_machine, 60)
        return
    chosen, said = choose(small_machine, 60)
    assert chosen.data.image_size == (64, 64) and "does not fit into the memory" in said


@pytest.mark.parametrize(
    ("environment", "strategy"), [('{"cluster": {}}', "auto"), ("", "multiworker")]
)
def test_workers_do_not_choose_each_by_itself(
    choose, make_machine, monkeypatch, environment, strategy
):
    monkeypatch.setenv("TF_CONFIG", environment)
    with pytest.raises(UserError, match=r"^--run.minutes=5: not with several workers [^\n]*$"):
        choose(make_machine(CPU), 5, run__strategy=strategy)


@pytest.mark.parametrize(
    ("sides", "settings", "crops"),
    [
        ([70, 130, 300], {}, [64]),
        ([130, 300], {}, [64, 96, 128]),
        ([300], {}, [64, 96, 128, 192, 256]),
        ([10, 60], {}, []),
        ([10, 60, 130], {"skip_bad": True}, [64, 96, 128]),
        ([10, 60, 130], {"resize": 100}, [64, 96]),
        ([], {"resize": 100}, []),
    ],
)
def test_crops_are_no_larger_than_the_images(monkeypatch, sides, settings, crops):
    monkeypatch.setattr(choose_lib, "training_sides", lambda config: sides)
    assert choose_lib.allowed_crops(DataConfig(**settings)) == crops
