"""Which settings count beside which: none is read by nobody, none swallowed."""

import pytest

from unit_tf import config as config_lib
from unit_tf.config import ConfigError, ExperimentConfig, relevance
from unit_tf.presets import PRESETS, resolve

FIELDS = {name: config_lib.lookup(name) for name in config_lib.field_names()}
DIGITS = {"data.source": "labelled", "data.image_size": 32, "model.architecture": "table5"}
READ = [f"{method} {name}" for method, names in relevance.METHODS.items() for name in sorted(names)]
OF_METHODS = [name for name in FIELDS if name.split(".")[0] in ("model", "weights")]
UNREAD = [
    f"{method} {name}"
    for method, names in relevance.METHODS.items()
    for name in OF_METHODS
    if name not in names | relevance._ALWAYS
]


def another(name):
    """A valid value of a setting that is not its default."""
    field = FIELDS[name]
    if choices := field.metadata["choices"]:
        return next(c for c in reversed(choices) if c != field.default)
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
    base = DIGITS if method in relevance.LABELLED_METHODS else {}
    return ExperimentConfig().replace({"model.method": method, **base, **dict(settings)})


def unread(config):
    return relevance.unread(config, ExperimentConfig())


def test_the_tables_name_what_there_is():
    """Every source and method, and no setting but those of the configuration."""
    assert set(relevance.SOURCES) == set(FIELDS["data.source"].metadata["choices"])
    assert set(relevance.METHODS) == set(FIELDS["model.method"].metadata["choices"])
    assert {f"data.{key}" for keys in relevance.SOURCES.values() for key in keys} <= set(FIELDS)
    assert relevance._ALWAYS.union(*relevance.METHODS.values()) == set(OF_METHODS)
    assert set(relevance.LABELLED_METHODS) == (
        set(relevance.METHODS) - {"unit", "munit", "supervised"}
    )
    assert relevance.STYLED_METHODS == ("munit",)
    assert relevance.TRANSLATING_METHODS == ("unit", "munit", "unit_da", "supervised")
    assert relevance.PAIRED_METHODS == ("supervised",)
    needed = {(m, f"weights.{k}") for m, keys in relevance.NEEDED_WEIGHTS.items() for k in keys}
    assert all(name in relevance.METHODS[method] for method, name in needed)


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
            config.validate()
        assert str(caught.value) == f"--{name}={value}: not read with --model.method={method}"


@pytest.mark.parametrize("case", READ)
def test_what_a_method_reads_is_let_by(case):
    method, name = case.split()
    assert unread(of_method(method, {name: another(name)})) is None


@pytest.mark.parametrize("source", relevance.SOURCES)
def test_settings_of_other_sources_are_refused(source):
    """All of them, and none of its own nor of those that every source reads."""
    method = "source_only" if source == "labelled" else "unit"
    start = of_method(method, {"data.source": source})
    somewhere = set().union(*relevance.SOURCES.values())
    for name in (n for n in FIELDS if n.startswith("data.") and n != "data.source"):
        key = name.partition(".")[2]
        found = unread(start.replace({name: another(name)}))
        foreign = key in somewhere and key not in relevance.SOURCES[source]
        assert found == ((name, f"--data.source={source}") if foreign else None), name


def test_defaults_are_never_refused():
    """Given or not: a default says nothing."""
    for method in relevance.METHODS:
        assert unread(of_method(method)) is None


@pytest.mark.parametrize("name", PRESETS)
def test_presets_set_nothing_that_is_not_read(name):
    assert unread(resolve(name, {})) is None
