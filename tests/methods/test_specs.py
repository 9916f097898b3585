"""What is stated of each method is true of its class, and is stated without TensorFlow."""

import inspect
import re
import subprocess
import sys
import types

import pytest

from unit_tf.config import ConfigError, ExperimentConfig, field_names
from unit_tf.methods import registry
from unit_tf.methods.base import Method
from unit_tf.methods.registry import METHODS, build_method, find_method, register_method
from unit_tf.methods.spec import DIRECTIONS, MethodSpec


@pytest.fixture
def own_registry(monkeypatch):
    """What a test registers is gone afterwards."""
    monkeypatch.setattr(registry, "METHODS", dict(METHODS))
    return registry.METHODS


def test_what_there_is():
    """One line for each fact by which methods differ."""

    def having(fact):
        return [name for name, spec in METHODS.items() if fact(spec)]

    assert list(METHODS) == [
        "unit", "munit", "unit_da", "cogan", "dann", "source_only", "supervised",
        "cut", "student",
    ]  # fmt: skip
    translating = ["unit", "munit", "unit_da", "supervised", "cut", "student"]
    assert having(lambda s: s.translates) == translating
    assert having(lambda s: s.directions == ("a2b",)) == ["cut"]
    assert having(lambda s: "model.direction" in s.reads) == ["student"]
    assert having(lambda s: s.labelled) == ["unit_da", "cogan", "dann", "source_only"]
    assert having(lambda s: s.largest_side == 32) == having(lambda s: s.labelled)
    assert having(lambda s: s.styled) == ["munit"]
    assert having(lambda s: s.paired) == ["supervised"]
    assert having(lambda s: s.tileable) == ["unit", "munit", "supervised", "cut", "student"]
    assert having(lambda s: s.same_channels) == ["dann", "source_only", "cut"]


def test_every_setting_of_the_networks_and_the_objective_is_read_by_some_method():
    fields = {n for n in field_names() if n.startswith(("model.", "weights."))} - {"model.method"}
    assert set().union(*(spec.reads for spec in METHODS.values())) == fields


@pytest.mark.parametrize("name", METHODS)
def test_a_class_agrees_with_its_spec(name):
    """Where it states the same as an attribute."""
    spec, kind = METHODS[name], METHODS[name].load_factory()
    assert issubclass(kind, Method)
    assert kind.directions == spec.directions
    assert kind.classifies == spec.labelled
    writes_style = "self.style_size = " in inspect.getsource(kind)
    assert spec.styled == (writes_style or bool(kind.style_size))
    if spec.styled:
        assert "model.style_size" in spec.reads
    assert spec.translates == (kind.translate is not Method.translate)
    assert spec.labelled == (kind.classify is not Method.classify)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"reads": {"weights.ganb"}}, "reads 'weights.ganb': no such setting; did you mean w"),
        ({"reads": {"run.steps"}}, "reads 'run.steps': no such setting"),
        ({"needs": ("weights.gan",)}, "needs 'weights.gan', which it does not read"),
        ({"needs_one_of": ("weights.gan",)}, "needs 'weights.gan', which it does not read"),
        ({"directions": ("b2c",)}, "no direction 'b2c'; valid: a2b, b2a"),
    ],
)  # fmt: skip
def test_specs_that_are_refused(facts, message):
    with pytest.raises(ValueError, match=message):
        MethodSpec("mine", factory=dict, **facts)


def test_finding(refusal):
    assert find_method("unit") is METHODS["unit"]
    assert refusal(find_method, "unti").startswith(
        "--model.method=unti: not valid; did you mean unit"
    )
    assert "--model.method=['unit']: not valid" in refusal(find_method, ["unit"])


def made(config, **facts):
    """Something with a Method's facts, in place of one."""
    usual = dict(directions=DIRECTIONS, classifies=False, style_size=0)
    return types.SimpleNamespace(name=config.model.method, **{**usual, **facts})


def test_registering(own_registry):
    """The last of a name counts, as in a notebook whose cell runs again; ours stay ours."""
    spec = MethodSpec("mine", factory=made)
    register_method(MethodSpec("mine", factory=dict))
    register_method(spec)
    assert registry.find_method("mine") is spec
    config = ExperimentConfig().replace({"model.method": "mine"})
    assert build_method(config).name == "mine"
    with pytest.raises(ValueError, match="method 'unit': the name is taken"):
        register_method(MethodSpec("unit", factory=dict))
    assert set(own_registry) == {*METHODS, "mine"}


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"directions": ("a2b",)}, "directions is ('a2b', 'b2a') in its spec and ('a2b',) in its"),
        ({"classifies": True}, "labelled is False in its spec and True in its class"),
        ({"style_size": 8}, "styled is False in its spec and True in its class"),
    ],
)
def test_a_class_that_contradicts_its_spec_is_refused(own_registry, facts, message):
    register_method(MethodSpec("mine", factory=lambda config: made(config, **facts)))
    with pytest.raises(ValueError, match=re.escape(f"method 'mine': {message}")):
        build_method(ExperimentConfig().replace({"model.method": "mine"}))


def test_no_method_of_another_name_is_built():
    with pytest.raises(ConfigError, match="--model.method=none: not valid"):
        build_method(ExperimentConfig().replace({"model.method": "none"}))


def test_specs_need_no_tensorflow():
    code = (
        "import sys, unit_tf.methods.registry;"
        "sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
