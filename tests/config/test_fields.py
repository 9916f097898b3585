"""Values of settings: what is parsed to what, choices and bounds."""

import pathlib

import numpy as np
import pytest

from unit_tf import config as config_lib
from unit_tf.config import ExperimentConfig, UserError

FIELDS = {name: config_lib.lookup(name) for name in config_lib.field_names()}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("data.image_size", "64", (64, 64)),
        ("data.image_size", "48x64", (48, 64)),
        ("data.image_size", "48X64", (48, 64)),
        ("data.image_size", 64, (64, 64)),
        ("data.image_size", [48, 64], (48, 64)),
        ("data.image_size", np.int64(64), (64, 64)),
        ("data.flip", "False", False),
        ("data.flip", "no", False),
        ("data.flip", "1", True),
        ("data.flip", True, True),
        ("model.width", "0.25", 0.25),
        ("model.width", 2, 2.0),
        ("optim.learning_rate", "1e-4", 1e-4),
        ("run.steps", "10", 10),
        ("run.steps", 10.0, 10),
        ("data.dir_a", "3", "3"),
        ("data.dir_a", pathlib.Path("photos"), "photos"),
        ("data.attribute", "Goatee", "Goatee"),
        ("data.attribute", "", ""),
    ],
)
def test_values_are_parsed(name, text, value):
    """Flags give text, JSON and Python give values; the field's own type comes out."""
    found = dict(ExperimentConfig().replace({name: text}).items())[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("data.image_size", "64x", "--data.image_size=64x: expected a size such as"),
        ("data.image_size", "64x64x3", "expected a size such as"),
        ("data.image_size", "6.5", "expected a size such as"),
        ("data.image_size", True, "expected a size such as"),
        ("data.image_size", 1.5, "expected a size such as"),
        ("data.image_size", "0x64", "--data.image_size=0x64: must be at least 1"),
        ("data.flip", "maybe", "--data.flip=maybe: expected true or false"),
        ("data.channels", "2", "--data.channels=2: not valid; valid: 1, 3"),
        ("data.dir_a", 3, "--data.dir_a=3: expected text"),
        ("data.attribute", "Blonde", "=Blonde: not valid; did you mean Blond_Hair or Bald?"),
        ("data.attribute", "glasses", "=glasses: not valid; did you mean Eyeglasses?"),
        ("data.attribute", "zz", "=zz: not valid; valid: 5_o_Clock_Shadow, Arched_Eyebrows, Attr"),
        ("model.width", "nan", "--model.width=nan: expected a finite number"),
        ("model.width", "inf", "--model.width=inf: expected a finite number"),
        ("model.width", True, "--model.width=True: expected a finite number"),
        ("model.width", "", "--model.width=: expected a finite number"),
        ("model.num_blocks", "2.5", "--model.num_blocks=2.5: expected a whole number"),
        ("model.num_blocks", 2.5, "--model.num_blocks=2.5: expected a whole number"),
        ("model.num_blocks", True, "--model.num_blocks=True: expected a whole number"),
        ("model.architecture", "resnet201", "not valid; did you mean resnet2017"),
        ("model.noise", "-1", "--model.noise=-1.0: must be at least 0"),
        ("weights.gan_objective", "lsgn", "not valid; did you mean lsgan?"),
        ("run.precision", "bfloat16", "did you mean mixed_bfloat16"),
    ],
)
def test_values_that_are_refused(refusal, name, value, message):
    """The flag as it was given, and what was expected."""
    assert message in refusal(ExperimentConfig().replace, {name: value})


def test_a_message_is_one_line_whatever_the_name():
    r"""Names of files may hold line ends and what terminals take for commands."""
    assert str(UserError("a\nb\x1b[31m ünï")) == r"a\nb\x1b[31m ünï"


def test_nearest_lists_everything_when_nothing_is_near():
    assert config_lib.nearest("zzz", ["one", "two"]) == "; valid: one, two"
    assert config_lib.nearest("ones", ["one", "two"]) == "; did you mean one?"


def bounded(bound):
    return [name for name, field in FIELDS.items() if field.metadata[bound] is not None]


@pytest.mark.parametrize("name", bounded("low"))
def test_lower_bounds(refusal, name):
    """The bound itself is allowed, less is not, neither when parsed nor when validated."""
    low = FIELDS[name].metadata["low"]
    if FIELDS[name].metadata["choices"] is None:
        ExperimentConfig().replace({name: low})
    message = refusal(ExperimentConfig().replace, {name: low - 1})
    assert message.startswith(f"--{name}=")
    assert f"must be at least {low}" in message


@pytest.mark.parametrize("name", bounded("high"))
def test_upper_bounds(refusal, name):
    """The bound itself is allowed, more is not."""
    high = FIELDS[name].metadata["high"]
    ExperimentConfig().replace({name: high})
    assert f"at most {high}" in refusal(ExperimentConfig().replace, {name: high + 1})


def test_size_bounds_hold_for_both_sides(refusal):
    for size in ("0x64", "64x0"):
        assert "must be at least 1" in refusal(
            ExperimentConfig().replace, {"data.image_size": size}
        )


@pytest.mark.parametrize("text", ["1e5", "100000", "1E+5"])
def test_whole_numbers_may_have_an_exponent(text):
    assert ExperimentConfig().replace({"run.steps": text}).run.steps == 100_000
