"""Every setting of an experiment: frozen dataclasses, validation, JSON round trip.

Standard library only, so that ``--help`` and flag errors answer without importing TensorFlow. The
settings themselves are in ``sections``.
"""

import dataclasses
import json

from unit_tf.config import relevance
from unit_tf.config.fields import (
    ConfigError,
    check_value,
    nearest,
    parse_value,
)
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
        except json.JSONDecodeError as error:
            raise ConfigError(f"{where}: not JSON ({error})") from None
        if not isinstance(raw, dict) or not all(isinstance(raw.get(s, {}), dict) for s in SECTIONS):
            raise ConfigError(
                f"{where}: not an experiment; expected sections {', '.join(SECTIONS)}"
            )
        version = raw.pop("version", 1)
        if type(version) is not int or not 1 <= version <= VERSION:
            raise ConfigError(
                f"{where}: version {version!r}, of another unit_tf; this one reads 1 to {VERSION}"
            )
        stray = sorted(set(raw) - set(SECTIONS) - {"preset"})
        if stray:
            raise ConfigError(f"{where}: unknown section {stray[0]!r}{nearest(stray[0], SECTIONS)}")
        flat = {f"{s}.{k}": v for s in SECTIONS for k, v in raw.get(s, {}).items()}
        if version == 1:
            flat = _from_version_1(flat)
        try:
            return cls(preset=str(raw.get("preset", ""))).replace(flat)
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from None

    def validate(self):
        """Checks settings against one another; returns self.

        Raises:
          ConfigError: the first contradiction, in one line.
        """
        for name, value in self.items():
            check_value(name, lookup(name), value)
        model, data, optim = self.model, self.data, self.optim
        ignored = relevance.unread(self, ExperimentConfig())
        if ignored:
            name, reason = ignored
            value = dict(self.items())[name]
            raise ConfigError(f"--{name}={value}: not read with {reason}")
        self._validate_labelled()
        self._validate_styled()
        if model.num_shared > model.num_blocks:
            raise ConfigError(
                f"--model.num_shared={model.num_shared}: at most "
                f"--model.num_blocks={model.num_blocks}"
            )
        if self.weights.identity and data.domain_channels("a") != data.domain_channels("b"):
            raise ConfigError(
                "--weights.identity: needs as many channels in A as in B; set it to 0"
            )
        if data.paired != (model.method in relevance.PAIRED_METHODS):
            raise ConfigError(
                f"--data.paired={data.paired}: --model.method=supervised learns from pairs, and no "
                "other does"
            )
        if 0 < data.resize < max(data.image_size):
            raise ConfigError(
                f"--data.resize={data.resize}: smaller than the crop; "
                f"use {max(data.image_size)} or more"
            )
        if not self.weights.gan and not self.weights.reconstruction and not self.weights.cycle:
            raise ConfigError(
                "--weights.gan: gan, reconstruction and cycle are all 0; nothing to learn"
            )
        if optim.schedule == "linear" and optim.decay_start + optim.decay_steps < self.run.steps:
            raise ConfigError(
                f"--optim.decay_steps={optim.decay_steps}: the rate is 0 before --run.steps="
                f"{self.run.steps}; use {self.run.steps - optim.decay_start} or more"
            )
        return self

    def _validate_labelled(self):
        """Digits have data, methods and networks of their own, which go together."""
        model, data = self.model, self.data
        wanted = data.source == "labelled"
        for name, value, valid in (
            ("method", model.method, relevance.LABELLED_METHODS),
            ("architecture", model.architecture, relevance.LABELLED_ARCHITECTURES),
        ):
            if wanted != (value in valid):
                raise ConfigError(
                    f"--model.{name}={value}: with --data.source=labelled goes one of "
                    f"{', '.join(valid)}, and each of them needs that source"
                )
        if wanted and data.image_size != relevance.LABELLED_SIZE:
            raise ConfigError(
                f"--data.image_size={'x'.join(map(str, data.image_size))}: must be 32 with "
                "--data.source=labelled"
            )
        alike = data.domain_channels("a") == data.domain_channels("b")
        if model.method in ("dann", "source_only") and not alike:
            raise ConfigError(
                f"--model.method={model.method}: reads both domains through the same layers; give "
                "them the same channels"
            )
        for weight in relevance.NEEDED_WEIGHTS.get(model.method, ()):
            if not getattr(self.weights, weight):
                raise ConfigError(
                    f"--weights.{weight}=0.0: --model.method={model.method} learns by it; above 0"
                )
        if wanted and self.run.jit:
            raise ConfigError(
                "--run.jit: XLA has no deterministic gradient of max pooling, which digits' "
                "networks need; leave it out"
            )

    def _validate_styled(self):
        """What MUNIT's decoders and its perceptual term need."""
        model = self.model
        if model.method in relevance.STYLED_METHODS and not model.num_blocks:
            raise ConfigError(
                "--model.num_blocks=0: a style enters through residual blocks; 1 or more"
            )
        if self.weights.perceptual and not model.vgg:
            raise ConfigError(
                "--model.vgg: --weights.perceptual needs it; a file of weights, or imagenet to let "
                "Keras fetch them"
            )
        if model.vgg and not self.weights.perceptual:
            raise ConfigError(f"--model.vgg={model.vgg}: not read with --weights.perceptual=0")


def _from_version_1(settings):
    """Returns {"section.field": value} with what version 1 meant by its defaults.

    Kernels started as released, and the moving average's decay did not grow.
    """
    settings = {"optim.ema_warmup": False, **settings}
    name = "model.initializer"
    if settings.get(name, "default") != "default":
        return settings
    method = settings.get("model.method", ModelConfig().method)
    # What is no text is refused later, with the setting's name.
    reads = isinstance(method, str) and name in relevance.METHODS.get(method, ())
    return {**settings, name: "released"} if reads else settings


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
    raise ConfigError(f"--{name}: no such setting{nearest(name, field_names())}")
