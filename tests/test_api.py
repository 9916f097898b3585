"""What the functions of ``import unit_tf`` refuse of their arguments, each in one line."""

import pathlib

import pytest

import unit_tf
from unit_tf.config import UserError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", "work", "run.steps=3"), "settings='run.steps=3': expected {'section.field': value}"),
        (("", "work", {3: 3}), "--3: no such setting"),
        (("", "work", {"run.stepz": 3}), "--run.stepz: no such setting; did you mean run.steps"),
        ((3, "work"), "--preset=3: no such preset"),
        (("", "work", {"data.dir_a": pathlib.Path("absent")}), "--data.dir_a=absent: no such fold"),
        (("", "work", {"data.dir_a": "x" * 300}), f"--data.dir_a={'x' * 300}: file name too long"),
        (("", "work", {"data.dir_a": "~nobody-of-this-name"}), "--data.dir_a=~nobody-of-this-name"),
        (("", None), "--workdir=None: expected a path"),
        (("", "x" * 300), f"--workdir={'x' * 300}: file name too long"),
        (("", ""), "--workdir is required"),
    ],
)
def test_train(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        unit_tf.train(*arguments, data__image_size=64)
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "arguments", "option", "message"),
    [
        ("evaluate", ("work",), "limits", "limits: no such option; did you mean limit"),
        ("evaluate", ("work",), "nope", "nope: no such option; valid: output, limit, data, "),
        ("export", ("work", "out"), "format", "format: no such option; did you mean formats"),
    ],
)
def test_an_option_that_there_is_not(name, arguments, option, message):
    with pytest.raises(UserError) as caught:
        getattr(unit_tf, name)(*arguments, **{option: 3})
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


@pytest.mark.parametrize("checkpoint", ["best", 7, "last"])
def test_a_checkpoint_of_what_has_none(checkpoint):
    """Before TensorFlow is imported; a shipped translator is the newest of itself."""
    with pytest.raises(UserError, match=f"^--checkpoint={checkpoint}: [^\n]*$"):
        unit_tf.load("blue_marble", checkpoint)


def test_what_minutes_do_not_choose(monkeypatch):
    """``train`` says which settings it was given."""
    from unit_tf.training import run

    def fake(config, workdir, given, **hooks):
        raise UserError(f"{config.run.minutes:g} {sorted(given)}")

    monkeypatch.setattr(run, "train", fake)
    given = {"data.dir_a": "a", "data.dir_b": "b"}
    with pytest.raises(UserError) as caught:
        unit_tf.train("photos", "work", given, run__minutes=20)
    assert str(caught.value) == f"20 {sorted([*given, 'run.minutes'])}"
