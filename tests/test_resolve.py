"""The one way to an experiment: what comes through is whole, and what does not says why."""

import pytest

from unit_tf import config as config_lib
from unit_tf.config import ConfigError, ExperimentConfig
from unit_tf.data.registry import SOURCES
from unit_tf.methods.registry import METHODS
from unit_tf.resolve import check, choices, overrides_from_keywords, resolve


def test_check_gives_back_what_it_was_given():
    config = ExperimentConfig()
    assert check(config) is config


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model.method": "gan"}, "--model.method=gan: not valid; "),
        ({"model.method": "unti"}, "--model.method=unti: not valid; did you mean unit"),
        ({"data.source": "folders"}, "--data.source=folders: not valid; did you mean folder or tf"),
        ({"model.num_shared": 9}, "--model.num_shared=9: at most --model.num_blocks=4"),
        ({"data.image_size": 100}, "--data.image_size=100x100: table3 needs multiples of 8"),
        ({"data.image_size": 32}, "--data.image_size=32x32: table3 needs multiples of 8, at least"),
        (
            {"model.num_downsamples": 2},
            "--model.num_downsamples=2: this architecture has 3 at least",
        ),
        (
            {"model.num_downsamples": 8, "data.image_size": 64},
            "--data.image_size=64x64: table3 with 8 downsamples needs multiples of 256, at least",
        ),
        ({"model.discriminator_shared": 5}, "--model.discriminator_shared=5: at most 4 of 5"),
    ],
)
def test_every_door_refuses_the_same(refusal, settings, message):
    """A new experiment, and one that was read."""
    assert message in refusal(resolve, "", settings)
    assert message in refusal(check, ExperimentConfig().replace(settings))


def test_styles_need_larger_images(refusal):
    settings = {
        "model.method": "munit", "data.image_size": 12, "model.architecture": "resnet2017",
        "model.discriminator_depth": 1,
    }  # fmt: skip
    assert "--data.image_size=12x12: resnet2017 needs" in refusal(resolve, "", settings)
    del settings["model.method"]
    assert resolve("", settings).data.image_size == (12, 12)


@pytest.mark.parametrize("size", ["18x16", "32x50"])
def test_crops_that_no_student_takes(refusal, size):
    """Whose networks are of no architecture."""
    settings = {"data.image_size": size, "model.teacher": "x", "data.root": "x"}
    assert refusal(resolve, "student", settings) == (
        f"--data.image_size={size}: method student needs multiples of 4, at least 4"
    )


def test_a_file_of_weights_is_looked_for_only_at_the_start(tmp_path, refusal):
    """A finished training is read where its file may be gone."""
    missing = {"model.vgg": str(tmp_path / "vgg.h5")}
    message = refusal(resolve, "munit_perceptual", missing)
    assert message == f"--model.vgg={tmp_path}/vgg.h5: no such file; imagenet lets Keras fetch it"
    check(resolve("munit_perceptual", {}).replace(missing))
    (tmp_path / "vgg.h5").touch()
    resolve("munit_perceptual", missing)


def test_an_unknown_source_is_refused_before_a_presets_data_move(refusal):
    message = refusal(resolve, "maps", {"data.source": "foldr"})
    assert message == "--data.source=foldr: not valid; did you mean folder?"


def test_choices():
    """Those of methods and sources are what there is; the others' are the field's."""
    assert choices("model.method") == tuple(METHODS)
    assert choices("data.source") == tuple(SOURCES)
    assert choices("weights.gan_objective") == ("bce", "lsgan", "hinge")
    assert choices("run.steps") is None
    names = [n for n in config_lib.field_names() if choices(n)]
    assert all(config_lib.lookup(n).default in choices(n) for n in names)


def test_keywords():
    """With dots or double underscores; values stay as they are."""
    settings = {"run__steps": 100, "data.flip": False, "data__image_size": (32, 48)}
    overrides = overrides_from_keywords(settings)
    assert overrides == {"run.steps": 100, "data.flip": False, "data.image_size": (32, 48)}
    assert overrides_from_keywords({}) == {}
    config = resolve("maps", overrides_from_keywords({"run__steps": 7}))
    assert config.run.steps == 7


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"run__stepz": 1}, "--run.stepz: no such setting; did you mean run.steps"),
        ({"steps": 1}, "--steps: no such setting"),
        ({"model__width__x": 1}, "--model.width__x: no such setting; did you mean model.width"),
        ({"run__steps": 1, "run.steps": 2}, "--run.steps: given twice"),
    ],
)
def test_keywords_that_are_refused(refusal, settings, message):
    assert refusal(overrides_from_keywords, settings).startswith(message)


def test_values_are_parsed_as_flags_are():
    assert resolve("", {"model.width": "0.5"}).model.width == 0.5
    with pytest.raises(ConfigError, match="--model.width=wide: expected a finite number"):
        resolve("", {"model.width": "wide"})


def test_without_a_discriminator_its_size_asks_for_nothing():
    """Which has to have an output at 40 pixels; networks trained on pairs have none."""
    settings = {"model.architecture": "table3", "data.image_size": 8}
    with pytest.raises(ConfigError, match="at least 40"):
        resolve("", settings)
    pairs = {"model.method": "supervised", "data.paired": True, "data.root": "maps"}
    assert resolve("", {**settings, **pairs}).data.image_size == (8, 8)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"data.dir_a": "a", "data.dir_b": "b"}, "auto"),
        ({"data.tfds": "cycle_gan/maps"}, "auto"),
        ({"data.dir_a": "a", "data.dir_b": "b", "data.value_range": "own"}, "own"),
        ({"data.dir_a": "a", "data.dir_b": "b", "data.value_range": "-1,1/auto"}, "-1,1/auto"),
        ({"data.source": "blue_marble"}, ""),
    ],
)
def test_new_experiments_look_for_the_range_of_their_folders(overrides, expected):
    assert resolve("", overrides).data.value_range == expected


@pytest.mark.parametrize(
    "text", ["1", "1,2,3", "2,1", "1,1", "nan,1", "0,inf", "x,y", "0,1/0,1/0,1"]
)
def test_ranges_that_are_none(text):
    with pytest.raises(ConfigError, match=f"^--data.value_range={text}: expected LOW,HIGH"):
        resolve("", {"data.dir_a": "a", "data.dir_b": "b", "data.value_range": text})


def test_steps_alone_change_the_schedule_of_photos():
    folders = {"data.dir_a": "a", "data.dir_b": "b"}
    short = resolve("photos", {**folders, "run.steps": 1000})
    assert (short.weights.gan_start, short.optim.schedule) == (400, "constant")
    given = resolve("photos", {**folders, "run.steps": "1000", "weights.gan_start": 30})
    assert (given.weights.gan_start, given.optim.schedule) == (30, "constant")
    falling = resolve("photos", {**folders, "run.steps": 1000, "optim.decay_start": 600})
    assert (falling.optim.schedule, falling.optim.decay_steps) == ("linear", 400)
    whole = resolve("photos", folders)
    assert whole == resolve("photos", {**folders, "run.steps": whole.run.steps})
    other = {"data.root": "x", "run.steps": 4000}
    assert resolve("maps", other).optim.schedule == "constant"
