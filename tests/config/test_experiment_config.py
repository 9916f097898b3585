"""Settings: parsing, bounds, contradictions, and the JSON that a run leaves behind."""

import dataclasses
import json
import typing

import pytest

from unit_tf import config as config_lib
from unit_tf.config import ExperimentConfig
from unit_tf.presets import PRESETS, preset_config

FIELDS = {name: config_lib.lookup(name) for name in config_lib.field_names()}


@pytest.mark.parametrize("name", ["", *PRESETS])
def test_json_round_trip(name):
    """Equal, of the same types, and the same text again."""
    config = preset_config(name) if name else ExperimentConfig()
    text = config.to_json()
    again = ExperimentConfig.from_json(text)
    assert again == config
    assert [type(v) for _, v in again.items()] == [type(v) for _, v in config.items()]
    assert again.to_json() == text
    assert json.loads(text)["preset"] == name


def test_json_keeps_every_kind_of_value():
    """Text, sizes, numbers and booleans that are not the defaults come back."""
    config = ExperimentConfig(preset="mine").replace({
        "data.dir_a": 'a "quoted" é\n', "data.image_size": (480, 640), "data.flip": False,
        "optim.epsilon": 1e-7, "run.seed": 2**31 - 1,
    })  # fmt: skip
    assert ExperimentConfig.from_json(config.to_json()) == config


def test_missing_settings_take_their_defaults():
    """A configuration of an older version lacks the newer fields."""
    config = ExperimentConfig.from_json('{"version": 2, "model": {"width": 0.5}}')
    assert config == ExperimentConfig().replace(
        {
            "model.width": 0.5,
            "run.deterministic": "on",
            "run.subpixel": "off",
        }
    )


@pytest.mark.parametrize(
    ("method", "stored", "start"),
    [
        ("unit", "default", "released"), ("munit", "default", "released"),
        ("unit_da", "default", "released"), ("unit", "he_normal", "he_normal"),
        ("unit", None, "released"), ("dann", "default", "default"), (None, None, "released"),
    ],
)  # fmt: skip
def test_a_start_of_version_1_stays_what_it_was(method, stored, start):
    """Its default was the released one; methods that do not generate read none."""
    model = {"method": method, "initializer": stored}
    text = json.dumps({"model": {k: v for k, v in model.items() if v}})
    assert ExperimentConfig.from_json(text).model.initializer == start


@pytest.mark.parametrize("method", [["unit"], {}, 1])
def test_a_method_of_version_1_that_is_no_text_is_refused(method, refusal):
    text = json.dumps({"model": {"method": method}})
    message = refusal(lambda: ExperimentConfig.from_json(text, "here.json"))
    assert message.startswith(f"here.json: --model.method={method}: ")


def test_what_is_written_has_the_version():
    """And is read as it was meant."""
    config = ExperimentConfig()
    assert json.loads(config.to_json())["version"] == 2
    assert ExperimentConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize("version", [0, 3, -1, "2", None, 1.5, [], True])
def test_other_versions_are_refused(version, refusal):
    text = json.dumps({"version": version})
    message = refusal(ExperimentConfig.from_json, text, "here.json")
    assert message == f"here.json: version {version!r}, of another unit_tf; this one reads 1 to 2"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("{", ["here.json: not JSON"]),
        ("", ["here.json: not JSON"]),
        ("[]", ["here.json: not an experiment", "data, model, weights, optim, run"]),
        ('{"model": 3}', ["here.json: not an experiment"]),
        ('{"modle": {}}', ["unknown section 'modle'", "did you mean model?"]),
        ('{"model": {"widht": 1}}', ["here.json: --model.widht: no such setting", "model.width"]),
        ('{"model": {"width": "wide"}}', ["--model.width=wide: expected a finite number"]),
        ('{"model": {"width": null}}', ["--model.width=None: expected a finite number"]),
        ('{"model": {"width": NaN}}', ["--model.width=nan: expected a finite number"]),
        ('{"model": {"width": 1' + "0" * 400 + "}}", ["expected a finite number"]),
        ('{"run": {"steps": Infinity}}', ["--run.steps=inf: expected a whole number"]),
        ("[" * 100_000, ["here.json: not an experiment; ", "nested too deeply"]),
        ('{"preset": ' * 100_000, ["here.json: not an experiment; ", "nested too deeply"]),
        ('{"run": {"steps": ' + "9" * 5000 + "}}", ["here.json: not JSON"]),
        ('{"run": {"steps": "' + "9" * 5000 + '"}}', ["--run.steps=999", "...: expected a whole"]),
        ('{"run": {"steps": ' + "9" * 30 + "}}", ["expected a whole number"]),
        ('{"run": {"steps": ' + "[" * 500 + "]" * 500 + "}}", ["expected a whole number"]),
        ('{"data": {"flip": ' + "[" * 500 + "]" * 500 + "}}", ["expected true or false"]),
        ('{"data": {"' + "x" * 9999 + '": 1}}', ["--data.xxx", "...: no such setting"]),
        ('{"' + "x" * 9999 + '": 1}', ["unknown section 'xxx"]),
        ('{"version": ' + "9" * 4000 + "}", ["version 999", "of another unit_tf"]),
        ('{"preset": []}', ["here.json: preset []: expected text"]),
        (r'{"data": {"dir_a": "\ud800"}}', [r"--data.dir_a=\ud800: expected text"]),
        (r'{"data": {"dir_a": "a\u0000"}}', [r"--data.dir_a=a\x00: expected text"]),
        (r'{"data": {"map": "a\n\u001b[1m"}}', [r"a\n\x1b[1m: not valid"]),
        ('{"data": {"image_size": {}}}', ["expected a size such as 256 or 480x640"]),
    ],
)
def test_json_that_is_refused(refusal, text, parts):
    """Where, what, and the nearest valid name, in one line."""
    message = refusal(ExperimentConfig.from_json, text, "here.json")
    assert all(part in message for part in parts), message
    assert len(message) < 3000


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("model.widht", ["--model.widht: no such setting; did you mean", "model.width"]),
        ("width", ["--width: no such setting", "model.width"]),
        ("models.width", ["no such setting; did you mean model.width"]),
        ("model", ["--model: no such setting"]),
        ("model.width.x", ["no such setting"]),
        ("preset", ["--preset: no such setting"]),
    ],
)
def test_unknown_settings_are_refused(refusal, name, parts):
    """With the nearest names."""
    message = refusal(ExperimentConfig().replace, {name: 1})
    assert all(part in message for part in parts), message


def test_differences():
    """One entry a setting, mine before theirs, in order; none between equals."""
    config = ExperimentConfig()
    changed = config.replace({"run.steps": 7, "data.image_size": 32})
    assert config.differences(ExperimentConfig(preset="other name")) == []
    assert changed.differences(config) == [
        "data.image_size: (32, 32) != (256, 256)", "run.steps: 7 != 100000",
    ]  # fmt: skip
    assert config.differences(changed)[1] == "run.steps: 100000 != 7"


def test_replace_leaves_the_original_and_the_rest():
    config = ExperimentConfig(preset="mine")
    changed = config.replace({"model.width": 0.5, "model.noise": 0})
    assert (config.model.width, config.model.noise) == (1.0, 1.0)
    assert (changed.model.width, changed.model.noise) == (0.5, 0.0)
    assert changed.preset == "mine"
    assert changed.differences(config) == ["model.width: 0.5 != 1.0", "model.noise: 0.0 != 1.0"]


def test_domain_channels():
    """0 means the common number."""
    data = config_lib.DataConfig(channels=1, channels_b=3)
    assert [data.domain_channels(d) for d in "ab"] == [1, 3]


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_described_and_consistent(name):
    """Help in one line; a default of the declared type that passes the field's own checks."""
    field = FIELDS[name]
    metadata = field.metadata
    assert metadata["help"] and "\n" not in metadata["help"]
    assert type(field.default) is (typing.get_origin(field.type) or field.type)
    config_lib.check_value(name, field, field.default)
    assert config_lib.parse_value(name, field, field.default) == field.default


def test_configurations_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ExperimentConfig().model.width = 2
