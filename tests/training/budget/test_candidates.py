import pytest

from unit_tf.resolve import resolve
from unit_tf.training.budget.candidates import list_candidates

FOLDERS = {"data.dir_a": "a", "data.dir_b": "b", "run.minutes": 20}


def shapes(crops=(), preset="photos", **given):
    """(["SIDExBATCH@WIDTH", ...], the one that is probed first)."""
    given = {key.replace("__", "."): value for key, value in given.items()}
    candidates, start = list_candidates(resolve(preset, FOLDERS | given), tuple(given), crops)
    found = [
        f"{r.config.data.image_size[0]}x{r.config.optim.batch_size}@{r.config.model.width:g}"
        for r in candidates
    ]
    return found, found[start]


def test_images_grow_before_networks_do_and_batches_shrink_last():
    found, start = shapes((64, 128, 256))
    assert found == [
        "64x1@0.125", "64x2@0.125", "64x4@0.125", "64x4@0.25", "128x4@0.25", "256x4@0.25",
        "256x4@0.375", "256x4@0.5", "256x4@1",
    ]  # fmt: skip
    assert start == "64x4@0.25"


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ({"data__image_size": 96}, lambda c: c.data.image_size == (96, 96)),
        ({"model__width": 0.3}, lambda c: c.model.width == 0.3),
        ({"optim__batch_size": 6}, lambda c: c.optim.batch_size == 6),
        ({"model__discriminator_width": 0.7}, lambda c: c.model.discriminator_width == 0.7),
        ({"run__init_from": "blue_marble"}, lambda c: c.model.width == 0.25),
    ],
)
def test_what_is_given_stays_and_is_not_named(given, same):
    names = {key.replace("__", "."): value for key, value in given.items()}
    config = resolve("photos", FOLDERS | names)
    candidates, _ = list_candidates(config, tuple(names), (64, 96, 128))
    assert all(same(candidate.config) for candidate in candidates) and len(candidates) > 1
    assert not any(set(names) & set(candidate.names) for candidate in candidates)


def test_discriminators_stay_as_much_wider():
    candidates, _ = list_candidates(resolve("photos", FOLDERS), (), (64,))
    models = [candidate.config.model for candidate in candidates]
    assert {model.discriminator_width / model.width for model in models} == {2}
    assert "model.discriminator_width" in candidates[0].chosen


@pytest.mark.parametrize("preset", ["da_mnist_usps", "maps_supervised"])
def test_a_method_reads_all_that_is_chosen(preset):
    """That of digits has images of one size; one that learns from pairs has no discriminator."""
    config = resolve(preset, {"run.minutes": 5})
    candidates, _ = list_candidates(config, (), ())
    assert {c.config.data.image_size for c in candidates} == {config.data.image_size}
    assert len({candidate.config.model.width for candidate in candidates}) == 5
    assert config.weights.gan_start == 0


def test_sizes_that_the_networks_do_not_take_are_left_out():
    found, _ = shapes((64, 96, 128), data__resize=96)
    assert {shape.partition("x")[0] for shape in found} == {"64", "96"}


def test_every_replica_has_a_share():
    found, _ = shapes(run__cpu_replicas=2, run__strategy="mirrored")
    assert found[:2] == ["64x2@0.125", "64x4@0.125"]


def test_steps_are_not_given_beside_minutes(refusal):
    message = refusal(resolve, "photos", {**FOLDERS, "run.steps": 5000})
    assert message.startswith("--run.steps=5000: not together with --run.minutes=20")
    assert resolve("photos", {"run.steps": 5000, "optim.decay_steps": 9000, "run.minutes": 0})
