"""Every setting of an experiment: frozen dataclasses and their JSON round trip.

Standard library only, so that ``--help`` and flag errors answer without importing TensorFlow. The
settings themselves are in ``sections``, how they must agree in ``rules``. What ``replace`` and
``from_json`` make is checked setting by setting; ``unit_tf.resolve.check`` checks the whole.
"""

import dataclasses
import json
from collections.abc import Mapping

from unit_tf.config.fields import ConfigError, nearest, parse_value, shown
from unit_tf.config.sections import (
    DataConfig,
    ModelConfig,
    OptimConfig,
    RunConfig,
    WeightsConfig,
)

SECTIONS = ("data", "model", "weights", "optim", "run")
# Of config.json. A file without one is of version 1.
VERSION = 2
# What a file says that is older than a setting, where that is not today's default.
OLDER_THAN = {"run.deterministic": "on", "run.subpixel": "off"}
# The methods of version 1 that read where kernels start; the list is closed.
_RELEASED_IN_VERSION_1 = ("unit", "munit", "unit_da", "cogan", "supervised")


@dataclasses.dataclass(frozen=True)
class ExperimentConfig:
    """One experiment, whole.

    Example:
      >>> config = ExperimentConfig().replace({"model.width": "0.25", "run.steps": 10})
      >>> ExperimentConfig.from_json(config.to_json()) == config
      True
    """

    preset: str = ""
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    weights: WeightsConfig = WeightsConfig()
    optim: OptimConfig = OptimConfig()
    run: RunConfig = RunConfig()

    def replace(self, overrides):
        """A copy with ``{"section.field": value}`` set; strings are parsed to the field's type.

        Raises:
          ConfigError: an unknown name or a value that does not fit, in one line.
        """
        changed = {}
        for name, value in overrides.items():
            field = lookup(name)
            section, key = name.split(".")
            changed.setdefault(section, {})[key] = parse_value(name, field, value)
        parts = {s: dataclasses.replace(getattr(self, s), **kv) for s, kv in changed.items()}
        return dataclasses.replace(self, **parts)

    def items(self):
        """``("section.field", value)`` for every setting, in order."""
        for section in SECTIONS:
            part = getattr(self, section)
            for field in dataclasses.fields(part):
                yield f"{section}.{field.name}", getattr(part, field.name)

    def differences(self, other):
        """``["section.field: mine != theirs"]`` for every setting in which the two differ."""
        theirs = dict(other.items())
        return [f"{k}: {v!r} != {theirs[k]!r}" for k, v in self.items() if v != theirs[k]]

    def to_json(self):
        """JSON text, stable in order."""
        return json.dumps({"version": VERSION, **dataclasses.asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text, where="config"):
        """The experiment that ``to_json`` wrote.

        Raises:
          ConfigError: the text is not such JSON; unknown settings are named.
        """
        try:
            raw = json.loads(text)
        except RecursionError:
            raise ConfigError(
                f"{where}: not an experiment; its JSON is nested too deeply"
            ) from None
        except ValueError as error:  # also of an integer of too many digits
            raise ConfigError(f"{where}: not JSON ({str(error).partition(';')[0]})") from None
        if not isinstance(raw, dict) or not all(isinstance(raw.get(s, {}), dict) for s in SECTIONS):
            raise ConfigError(
                f"{where}: not an experiment; expected sections {', '.join(SECTIONS)}"
            )
        version = raw.pop("version", 1)
        if type(version) is not int or not 1 <= version <= VERSION:
            raise ConfigError(
                f"{where}: version {_quoted(version)}, of another unit_tf; "
                f"this one reads 1 to {VERSION}"
            )
        stray = sorted(set(raw) - set(SECTIONS) - {"preset"})
        if stray:
            name = shown(stray[0])
            raise ConfigError(f"{where}: unknown section {name!r}{nearest(name, SECTIONS)}")
        if not isinstance(raw.get("preset", ""), str):
            raise ConfigError(f"{where}: preset {shown(raw['preset'])}: expected text")
        flat = {f"{s}.{k}": v for s in SECTIONS for k, v in raw.get(s, {}).items()}
        flat = {**OLDER_THAN, **flat}
        if version == 1:
            flat = _from_version_1(flat)
        try:
            return cls(preset=raw.get("preset", "")).replace(flat)
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from None


def _from_version_1(settings):
    """Returns {"section.field": value} with what version 1 meant by its defaults.

    Kernels started as released, and the moving average's decay did not grow.
    """
    settings = {"optim.ema_warmup": False, **settings}
    name = "model.initializer"
    if settings.get(name, "default") != "default":
        return settings
    released = settings.get("model.method", ModelConfig().method) in _RELEASED_IN_VERSION_1
    return {**settings, name: "released"} if released else settings


def named_settings(argument, settings, sections=SECTIONS):
    """Settings as a Python caller gives them, each checked by itself.

    Args:
      argument: what a message calls it.
      settings: {"section.field": value}.
      sections: those that may be set.

    Returns:
      the same, with values of the fields' types.

    Raises:
      ConfigError: it is no mapping, or a name or a value in it does not fit.
    """
    if not isinstance(settings, Mapping):
        raise ConfigError(f"{argument}={settings!r}: expected {{'section.field': value}}")
    parsed = {}
    for name, value in ((str(key), value) for key, value in settings.items()):
        field = lookup(name)
        if name.partition(".")[0] not in sections:
            kinds = " and ".join(f"{section}.*" for section in sections)
            raise ConfigError(f"--{name}: not for {argument}, which takes {kinds} alone")
        parsed[name] = parse_value(name, field, value)
    return parsed


def _quoted(value):
    """A value as JSON's reader gave it, in a message; text stands between quotes."""
    return repr(shown(value)) if isinstance(value, str) else shown(value)


def section_class(section):
    """The dataclass of a section."""
    return type(getattr(ExperimentConfig, section))


def field_names():
    """Every ``section.field``, in order."""
    return [name for name, _ in ExperimentConfig().items()]


def lookup(name):
    """The dataclass field called ``section.field``.

    Raises:
      ConfigError: there is none; the nearest valid names are given.
    """
    section, _, key = name.partition(".")
    if section in SECTIONS:
        for field in dataclasses.fields(section_class(section)):
            if field.name == key:
                return field
    name = shown(name)
    raise ConfigError(f"--{name}: no such setting{nearest(name, field_names())}")
