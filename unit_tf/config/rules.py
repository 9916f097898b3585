"""How settings must agree: with their bounds, with one another, with the method and the source.

Standard library only. A rule reads what is true of a method or a source from its spec
(methods/spec.py, data/spec.py) and names neither; each raises ConfigError, in one line that says
which setting is wrong and what would fit.
"""

from unit_tf.config.experiment_config import ExperimentConfig, lookup
from unit_tf.config.fields import ConfigError, check_value
from unit_tf.config.value_range import parse_value_range


def check_rules(config, method, source, methods, sources):
    """Checks every rule of this file but ``check_fields``, which comes before.

    Args:
      config: ExperimentConfig.
      method: MethodSpec of ``config.model.method``.
      source: SourceSpec of ``config.data.source``.
      methods: every MethodSpec there is, to be proposed.
      sources: every SourceSpec, likewise.

    Raises:
      ConfigError: the first contradiction.
    """
    check_read(config, method, source)
    check_labels(method, source, methods, sources)
    check_networks(config, method)
    check_needed_weights(config, method)
    check_styles(config, method)
    check_blocks(config, method)
    check_domains(config, method, methods)
    parse_value_range(config.data.value_range)
    check_scores(config, method)
    check_training(config)


def check_fields(config):
    """Each setting alone: bounds and choices."""
    for name, value in config.items():
        check_value(name, lookup(name), value)


def unread(config, method, source):
    """The first setting that differs from its default and is not read.

    Returns:
      (name, the setting as a flag that makes it so), or None.
    """
    defaults = dict(ExperimentConfig().items())
    for name, value in config.items():
        section, _, key = name.partition(".")
        if value == defaults[name] or name in ("data.source", "model.method"):
            continue
        if section == "data" and key not in source.reads:
            return name, f"--data.source={source.name}"
        if section in ("model", "weights") and name not in method.reads:
            return name, f"--model.method={method.name}"
    return None


def check_read(config, method, source):
    """A setting that would be ignored is refused, not swallowed."""
    ignored = unread(config, method, source)
    if ignored:
        name, reason = ignored
        raise ConfigError(f"--{name}={dict(config.items())[name]}: not read with {reason}")


def check_labels(method, source, methods, sources):
    """Labelled images and methods that learn from labels go together."""
    if method.labelled != source.labelled:
        fit = ", ".join(m.name for m in methods if m.labelled)
        with_labels = [s.name for s in sources if s.labelled]
        named = source.name if source.labelled else " or ".join(with_labels)
        raise ConfigError(
            f"--model.method={method.name}: with --data.source={named} goes one of {fit}, and "
            "each of them needs such a source"
        )


def check_networks(config, method):
    """What the method's networks take: architecture, size of images, channels, compiler."""
    architecture, size = config.model.architecture, config.data.image_size
    if "model.architecture" in method.reads and architecture not in method.architectures:
        raise ConfigError(
            f"--model.architecture={architecture}: with --model.method={method.name} goes one of "
            f"{', '.join(method.architectures)}"
        )
    if method.image_size and size != method.image_size:
        shown, wanted = ("x".join(map(str, s)) for s in (size, method.image_size))
        raise ConfigError(
            f"--data.image_size={shown}: must be {wanted} with --model.method={method.name}"
        )
    if method.same_channels and not _same_channels(config):
        raise ConfigError(
            f"--model.method={method.name}: reads both domains through the same layers; give "
            "them the same channels"
        )
    if method.batch_statistics and config.optim.accumulate > 1:
        raise ConfigError(
            f"--optim.accumulate={config.optim.accumulate}: --model.method={method.name} "
            "normalises over a batch, which parts of one are not; use --optim.batch_size"
        )
    if config.run.remat and method.labelled:
        raise ConfigError(
            f"--run.remat: --model.method={method.name} has layers that do not compute the same a "
            "second time; take a smaller --optim.batch_size"
        )
    if config.run.remat and config.model.dropout:
        raise ConfigError(
            f"--run.remat: --model.dropout={config.model.dropout} samples anew a second time; "
            "leave one of them out"
        )
    if method.max_pooling and config.run.jit:
        raise ConfigError(
            "--run.jit: XLA has no deterministic gradient of max pooling, which the networks of "
            f"--model.method={method.name} need; leave it out"
        )


def check_needed_weights(config, method):
    """Weights without which the method learns nothing, or not what it is for."""
    settings = dict(config.items())
    for name in method.needs:
        if not settings[name]:
            raise ConfigError(
                f"--{name}={settings[name]}: --model.method={method.name} learns by it; above 0"
            )
    if method.needs_one_of and not any(settings[name] for name in method.needs_one_of):
        names = [name.partition(".")[2] for name in method.needs_one_of]
        listed = ", ".join(names[:-1]) + f" and {names[-1]}"
        raise ConfigError(f"--{method.needs_one_of[0]}: {listed} are all 0; nothing to learn")


def check_styles(config, method):
    """What decoders with styles and the perceptual loss need."""
    model = config.model
    if method.styled and "model.num_blocks" in method.reads and not model.num_blocks:
        raise ConfigError("--model.num_blocks=0: a style enters through residual blocks; 1 or more")
    if config.weights.perceptual and not model.vgg:
        raise ConfigError(
            "--model.vgg: --weights.perceptual needs it; a file of weights, or imagenet to let "
            "Keras fetch them"
        )
    if model.vgg and not config.weights.perceptual:
        raise ConfigError(f"--model.vgg={model.vgg}: not read with --weights.perceptual=0")


def check_blocks(config, method):
    """There are blocks to share, where a method shares any."""
    model = config.model
    if "model.num_shared" in method.reads and model.num_shared > model.num_blocks:
        raise ConfigError(
            f"--model.num_shared={model.num_shared}: at most --model.num_blocks={model.num_blocks}"
        )


def check_domains(config, method, methods):
    """Both domains' images fit the objective and the crop."""
    data = config.data
    if config.weights.identity and not _same_channels(config):
        raise ConfigError("--weights.identity: needs as many channels in A as in B; set it to 0")
    if data.paired != method.paired:
        fit = ", ".join(m.name for m in methods if m.paired)
        raise ConfigError(
            f"--data.paired={data.paired}: pairs go with --model.method={fit}, and with no other"
        )
    if 0 < data.resize < max(data.image_size):
        raise ConfigError(
            f"--data.resize={data.resize}: smaller than the crop; "
            f"use {max(data.image_size)} or more"
        )


def check_scores(config, method):
    """There are translations to score while it trains."""
    if config.run.score_every and (method.labelled or not method.translates):
        raise ConfigError(
            f"--run.score_every={config.run.score_every}: scores translations, and "
            f"--model.method={method.name} is scored by the classes that it reads; leave it out, "
            "unit-evaluate scores it"
        )


def check_training(config):
    """The learning rate is above zero to the last step, and there is a start where one is meant."""
    if not config.run.init_discriminator and not config.run.init_from:
        raise ConfigError("--run.init_discriminator=False: not read without --run.init_from")
    if config.run.memory_gb and not config.run.minutes:
        raise ConfigError(
            f"--run.memory_gb={config.run.memory_gb:g}: not read without --run.minutes"
        )
    optim, steps = config.optim, config.run.steps
    if optim.schedule == "linear" and optim.decay_start + optim.decay_steps < steps:
        raise ConfigError(
            f"--optim.decay_steps={optim.decay_steps}: the rate is 0 before --run.steps={steps}; "
            f"use {steps - optim.decay_start} or more, also to lengthen a training that has begun"
        )


def _same_channels(config):
    return config.data.domain_channels("a") == config.data.domain_channels("b")
