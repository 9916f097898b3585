"""Settings that contradict one another, and which count beside which: none is swallowed."""

import dataclasses
import inspect

import pytest

from unit_tf import config as config_lib
from unit_tf.config import ConfigError, ExperimentConfig, rules
from unit_tf.data.registry import SOURCES
from unit_tf.methods.registry import METHODS
from unit_tf.presets import PRESETS
from unit_tf.resolve import check, choices, resolve

FIELDS = {name: config_lib.lookup(name) for name in config_lib.field_names()}
DIGITS = {"data.source": "labelled", "data.image_size": 32, "model.architecture": "table5"}
OF_METHODS = [n for n in FIELDS if n.startswith(("model.", "weights.")) and n != "model.method"]
READ = [f"{name} {field}" for name, spec in METHODS.items() for field in sorted(spec.reads)]
UNREAD = [
    f"{name} {field}"
    for name, spec in METHODS.items()
    for field in OF_METHODS
    if field not in spec.reads
]


def test_values_that_were_never_parsed_are_checked(refusal):
    """A dataclass built directly is held to the same bounds and choices."""
    wide = dataclasses.replace(ExperimentConfig(), model=config_lib.ModelConfig(width=9.0))
    assert "--model.width=9.0: must be at least" in refusal(check, wide)
    odd = dataclasses.replace(ExperimentConfig(), data=config_lib.DataConfig(channels=2))
    assert "--data.channels=2: not valid" in refusal(check, odd)


LABELLED = {
    "data.source": "labelled", "data.image_size": 32, "model.method": "source_only",
    "model.architecture": "table5",
}  # fmt: skip
# contradiction -> (settings, a part of the message, settings that mend it)
CONTRADICTIONS = {
    "shared blocks": (
        {"model.num_blocks": 2, "model.num_shared": 3},
        "--model.num_shared=3: at most --model.num_blocks=2",
        {"model.num_shared": 2},
    ),
    "identity across channels": (
        {"weights.identity": 1, "data.channels_a": 1},
        "--weights.identity: needs as many channels in A as in B",
        {"data.channels_b": 1},
    ),
    "resize below the crop": (
        {"data.resize": 300, "data.image_size": "256x512"},
        "--data.resize=300: smaller than the crop; use 512 or more",
        {"data.resize": 512},
    ),
    "a place that the source does not read": (
        {"data.source": "blue_marble", "data.test_dir_a": "mine"},
        "--data.test_dir_a=mine: not read with --data.source=blue_marble",
        {"data.source": "folder"},
    ),
    "labelled images of another size": (
        {**LABELLED, "data.image_size": 256},
        "--data.image_size=256x256: must be 32x32 with --model.method=source_only",
        {"data.image_size": "32"},
    ),
    "labels without a method that learns from them": (
        {"data.source": "labelled", "data.image_size": 32},
        "--model.method=unit: with --data.source=labelled goes one of unit_da, cogan, dann, source",
        {"model.method": "source_only", "model.architecture": "table5"},
    ),
    "both domains through the same layers": (
        {**LABELLED, "data.channels_a": 3, "data.channels_b": 1},
        "--model.method=source_only: reads both domains through the same layers",
        {"data.channels_b": 3},
    ),
    "labels without networks that read them": (
        {**LABELLED, "model.architecture": "table3"},
        "--model.architecture=table3: with --model.method=source_only goes one of table5, ",
        {"model.architecture": "table6"},
    ),
    "nothing to learn by": (
        {**LABELLED, "model.method": "cogan", "weights.gan": 0},
        "--weights.gan=0.0: --model.method=cogan learns by it; above 0",
        {"weights.gan": 1},
    ),
    "a deterministic step that XLA has not": (
        {**LABELLED, "run.jit": True},
        "--run.jit: XLA has no deterministic gradient of max pooling",
        {"run.jit": False},
    ),
    "statistics of a batch that nobody sees whole": (
        {**LABELLED, "model.method": "unit_da", "optim.accumulate": 2},
        "--optim.accumulate=2: --model.method=unit_da normalises over a batch, which parts of one",
        {"optim.accumulate": 1},
    ),
    "layers that would change their statistics twice": (
        {**LABELLED, "model.method": "unit_da", "run.remat": True},
        "--run.remat: --model.method=unit_da has layers that do not compute the same a second time",
        {"run.remat": False},
    ),
    "dropout that would be drawn twice": (
        {"model.architecture": "resnet2017", "model.dropout": 0.5, "run.remat": True},
        "--run.remat: --model.dropout=0.5 samples anew a second time",
        {"model.dropout": 0.0},
    ),
    "a style that nothing takes": (
        {"model.method": "munit", "model.num_blocks": 0, "model.num_shared": 0},
        "--model.num_blocks=0: a style enters through residual blocks; 1 or more",
        {"model.num_blocks": 1},
    ),
    "features of no network": (
        {"model.method": "munit", "weights.perceptual": 1},
        "--model.vgg: --weights.perceptual needs it; a file of weights, or imagenet",
        {"model.vgg": "imagenet"},
    ),
    "features that nothing compares": (
        {"model.method": "munit", "model.vgg": "imagenet"},
        "--model.vgg=imagenet: not read with --weights.perceptual=0",
        {"weights.perceptual": 1},
    ),
    "pairs without a method that learns from them": (
        {"data.paired": True},
        "--data.paired=True: pairs go with --model.method=supervised, and with no other",
        {"data.paired": False},
    ),
    "nothing to learn": (
        {"weights.gan": 0, "weights.reconstruction": 0, "weights.cycle": 0},
        "nothing to learn",
        {"weights.cycle": 1},
    ),
    "scores of no translations": (
        {**LABELLED, "run.score_every": 10},
        "--run.score_every=10: scores translations, and --model.method=source_only is scored by",
        {"run.score_every": 0},
    ),
    "rate zero before the end": (
        {"optim.schedule": "linear", "optim.decay_start": 10, "optim.decay_steps": 80,
         "run.steps": 100},
        "--optim.decay_steps=80: the rate is 0 before --run.steps=100; use 90 or more",
        {"optim.decay_steps": 90},
    ),
    "discriminators of no translator": (
        {"run.init_discriminator": False},
        "--run.init_discriminator=False: not read without --run.init_from",
        {"run.init_from": "blue_marble"},
    ),
    "memory of no choice": (
        {"run.memory_gb": 4},
        "--run.memory_gb=4: not read without --run.minutes",
        {"run.minutes": 20},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_contradictions(refusal, case):
    """Each is refused in one line, and what the line proposes is accepted."""
    settings, message, remedy = CONTRADICTIONS[case]
    config = ExperimentConfig().replace(settings)
    assert message in refusal(check, config)
    mended = config.replace(remedy)
    assert check(mended) is mended


@pytest.mark.parametrize(
    ("name", "value"),
    [("labelled_a", "usps"), ("usps_dir", "x"), ("fit", "frame"), ("invert", True), ("scale", 0.1)],
)
def test_settings_of_labelled_images_are_not_dropped_silently(refusal, name, value):
    """Nor those whose default is not empty."""
    config = ExperimentConfig().replace({f"data.{name}": value})
    assert f"--data.{name}={value}: not read with --data.source=folder" in refusal(check, config)
    check(config.replace(LABELLED))


@pytest.mark.parametrize("method", ["cut"])
def test_a_method_that_shares_nothing_may_have_no_blocks(method):
    """The default of ``model.num_shared``, which it does not read, is no reason to refuse it."""
    config = ExperimentConfig().replace({"model.method": method, "model.num_blocks": 0})
    assert "model.num_shared" not in METHODS[method].reads and check(config) is config


def test_no_rule_is_without_a_case_here():
    """Each ``raise`` of the rules is one of CONTRADICTIONS."""
    assert inspect.getsource(rules).count("raise ConfigError") == len(CONTRADICTIONS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"model.method": "dann"},
            "--model.method=dann: with --data.source=labelled or mnist_over_tiles goes one of",
        ),
        (
            {"data.source": "mnist_over_tiles", "data.image_size": 32},
            "--model.method=unit: with --data.source=mnist_over_tiles goes one of unit_da, cogan,",
        ),
        ({"model.architecture": "table6"}, "--model.architecture=table6: with --model.method=unit"),
    ],
)
def test_methods_need_their_source_and_networks(refusal, settings, message):
    """The other way round from CONTRADICTIONS."""
    assert message in refusal(check, ExperimentConfig().replace(settings))


@pytest.mark.parametrize(
    ("method", "weight"),
    [(name, weight) for name, spec in METHODS.items() for weight in spec.needs],
)
def test_a_weight_that_a_method_learns_by(refusal, method, weight):
    spec = METHODS[method]
    data = LABELLED if spec.labelled else {"data.paired": spec.paired}
    config = check(ExperimentConfig().replace({**data, "model.method": method}))
    message = refusal(check, config.replace({weight: 0}))
    assert message == f"--{weight}=0.0: --model.method={method} learns by it; above 0"


def another(name):
    """A valid value of a setting that is not its default."""
    field = FIELDS[name]
    if valid := choices(name):
        return next(c for c in reversed(valid) if c != field.default)
    if isinstance(field.default, bool):
        return not field.default
    if isinstance(field.default, str):
        return "there"
    if isinstance(field.default, tuple):
        return (7, 7)
    if isinstance(field.default, float):
        return field.default / 2 or 0.25
    return field.default + 1


def of_method(method, settings=()):
    base = DIGITS if METHODS[method].labelled else {}
    return ExperimentConfig().replace({"model.method": method, **base, **dict(settings)})


def unread(config):
    method, source = METHODS[config.model.method], SOURCES[config.data.source]
    return rules.unread(config, method, source)


@pytest.mark.parametrize("case", UNREAD)
def test_what_a_method_does_not_read_is_refused(case):
    """By the setting's name and the method's, in one line."""
    method, name = case.split()
    config = of_method(method, {name: another(name)})
    assert unread(of_method(method)) is None
    assert unread(config) == (name, f"--model.method={method}")
    if name != "model.architecture":
        value = dict(config.items())[name]
        with pytest.raises(ConfigError) as caught:
            check(config)
        assert str(caught.value) == f"--{name}={value}: not read with --model.method={method}"


@pytest.mark.parametrize("case", READ)
def test_what_a_method_reads_is_let_by(case):
    method, name = case.split()
    assert unread(of_method(method, {name: another(name)})) is None


@pytest.mark.parametrize("source", SOURCES)
def test_settings_of_other_sources_are_refused(source):
    """All of them, and none of its own."""
    method = "source_only" if source == "labelled" else "unit"
    start = of_method(method, {"data.source": source})
    for name in (n for n in FIELDS if n.startswith("data.") and n != "data.source"):
        found = unread(start.replace({name: another(name)}))
        foreign = name.partition(".")[2] not in SOURCES[source].reads
        assert found == ((name, f"--data.source={source}") if foreign else None), name


def test_defaults_are_never_refused():
    """Given or not: a default says nothing."""
    for method in METHODS:
        assert unread(of_method(method)) is None


@pytest.mark.parametrize("name", PRESETS)
def test_presets_set_nothing_that_is_not_read(name):
    assert unread(resolve(name, {})) is None
