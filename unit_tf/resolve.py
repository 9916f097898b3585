"""The one way to an experiment: preset, settings, and every check, before TensorFlow is imported.

Whoever builds or reads an experiment (command, tool, script, export) comes through here.
"""

import dataclasses

from unit_tf.config import ConfigError, DataConfig, ExperimentConfig, lookup, rules, user_path
from unit_tf.config.step_schedule import schedule_for
from unit_tf.config.value_range import AUTO
from unit_tf.data.registry import SOURCES, find_source
from unit_tf.methods.registry import METHODS, find_method
from unit_tf.models.architectures import ARCHITECTURES
from unit_tf.models.size_checks import check_image_size, check_shared
from unit_tf.presets import PRESETS, preset_config
from unit_tf.weight_files import FETCHED


def resolve(preset, overrides, data=None):
    """A new experiment: a preset with a user's settings on top, checked.

    Naming folders or a tfds data set turns any preset's data into those, but where the preset's are
    labelled: there dir_a and dir_b name splits.

    Args:
      preset: name, or "" for the defaults.
      overrides: {"section.field": value}; text is parsed to the field's type.
      data: DataConfig of another experiment, which takes the place of the preset's; or None.

    Returns:
      ExperimentConfig.

    Raises:
      ConfigError: names the setting that is wrong, and what would fit.
    """
    config = preset_config(preset) if preset else ExperimentConfig()
    if data is not None:
        config = dataclasses.replace(config, data=data)
    config = check(_scheduled(_new(_moved(config, overrides).replace(overrides)), overrides))
    # Not in ``check``: a finished training is read where its file may be gone.
    vgg = config.model.vgg
    if vgg not in ("", FETCHED) and not user_path("--model.vgg", vgg).is_file():
        raise ConfigError(f"--model.vgg={vgg}: no such file; {FETCHED} lets Keras fetch it")
    return config


def check(config):
    """Checks an experiment by every rule: fields, method, source, and networks that fit the images.

    Args:
      config: ExperimentConfig.

    Returns:
      the same.

    Raises:
      ConfigError: names the setting that is wrong, and what would fit.
    """
    rules.check_fields(config)
    method, source = find_method(config.model.method), find_source(config.data.source)
    rules.check_rules(config, method, source, METHODS.values(), SOURCES.values())
    if "model.architecture" in method.reads and config.model.architecture in ARCHITECTURES:
        _check_size(config, method)
    if method.smallest_crop:
        _check_crop(config, method)
    return config


def choices(name):
    """The valid values of a setting, or None where there are no such.

    Args:
      name: "section.field".
    """
    registries = {"model.method": METHODS, "data.source": SOURCES}
    return tuple(registries[name]) if name in registries else lookup(name).metadata["choices"]


def overrides_from_keywords(settings):
    """Settings as Python's keywords have them, as ``resolve`` takes them.

    Args:
      settings: {"section__field" or "section.field": value}.

    Returns:
      {"section.field": value}.

    Raises:
      ConfigError: no such setting, with the nearest names; or one is given in both spellings.

    Example:
      >>> overrides_from_keywords({"run__steps": 100, "data.flip": False})
      {'run.steps': 100, 'data.flip': False}
    """
    overrides = {}
    for key, value in settings.items():
        name = key.replace("__", ".", 1)
        lookup(name)
        if name in overrides:
            raise ConfigError(f"--{name}: given twice")
        overrides[name] = value
    return overrides


def _moved(config, overrides):
    """A preset whose data are another source's now, if the overrides name one."""
    source = overrides.get("data.source")
    if source is None and not find_source(config.data.source).labelled:
        folders = any(overrides.get(f"data.{key}") for key in ("dir_a", "dir_b", "root"))
        source = "tfds" if overrides.get("data.tfds") else "folder" if folders else None
    elif source == config.data.source:
        source = None
    return config if source is None else _with_source(config, source)


def with_test_folders(config, overrides):
    """A trained experiment whose test images are in folders, if the overrides name some.

    Args:
      config: ExperimentConfig.
      overrides: {"data.field": value}, which are not set here.

    Returns:
      ExperimentConfig of the source ``folder``, where its own reads no such folders; else the same.
    """
    source = find_source(config.data.source)
    given = {key for key in ("test_dir_a", "test_dir_b", "root") if overrides.get(f"data.{key}")}
    if source.labelled or given <= source.reads:
        return config
    return _with_source(config, "folder")


def _with_source(config, source):
    """The same experiment with the data of another source, whose places are yet to be named."""
    # Its own places, and what else only its own source reads, say nothing about another.
    kept = find_source(source).reads - {"dir_a", "dir_b"} | {"source"}
    defaults = dataclasses.asdict(DataConfig())
    dropped = {f"data.{key}": value for key, value in defaults.items() if key not in kept}
    return config.replace({**dropped, "data.source": source})


def _new(config):
    """What is the default of new experiments alone, since it would change what stored ones read."""
    read = "value_range" in find_source(config.data.source).reads
    return config.replace({"data.value_range": config.data.value_range or AUTO}) if read else config


def _scheduled(config, overrides):
    """An experiment whose schedule follows its steps, where minutes or a user choose these.

    Raises:
      ConfigError: both are given.
    """
    steps, minutes = "run.steps" in overrides, config.run.minutes
    if steps and minutes:
        raise ConfigError(
            f"--run.steps={config.run.steps}: not together with --run.minutes={minutes:g}, which "
            "chooses it; give one"
        )
    if minutes or steps and follows_steps(config):
        return config.replace(schedule_of(config, config.run.steps, overrides))
    return config


def follows_steps(config):
    """Whether a user who gives an experiment's steps alone changes its schedule, too."""
    return config.preset in PRESETS and PRESETS[config.preset].follows_steps


def schedule_of(config, steps, given):
    """What follows from a number of steps for an experiment: {"section.field": value}.

    Args:
      config: ExperimentConfig, whose method may read no such setting.
      steps: how many.
      given: names of the settings that the user gave, which stay.
    """
    settings = dict(config.items())
    given = {name: settings[name] for name in given if name in settings}
    chosen = schedule_for(steps, given, averaged=config.optim.ema > 0)
    unread = "weights.gan_start" not in find_method(config.model.method).reads
    return {k: v for k, v in chosen.items() if not (unread and k == "weights.gan_start")}


def accepts(config, settings):
    """Whether an experiment passes every check with some other settings.

    Args:
      config: ExperimentConfig.
      settings: {"section.field": value}.

    Returns:
      bool.
    """
    try:
        check(config.replace(settings))
    except ConfigError:
        return False
    return True


def _check_crop(config, method):
    """Whether networks that no architecture names fit the training's crops."""
    size, stride = config.data.image_size, method.geometry_of(config.model).stride
    smallest = method.smallest_crop(config.model)
    if min(size) < smallest or any(side % stride for side in size):
        raise ConfigError(
            f"--data.image_size={'x'.join(map(str, size))}: method {method.name} needs multiples "
            f"of {stride}, at least {smallest}"
        )


def _check_size(config, method):
    """Whether networks of convolutions fit the images; those of digits have one size."""
    model = config.model
    try:
        depth = model.discriminator_depth or ARCHITECTURES[model.architecture].discriminator_depth
        check_shared(depth, model.discriminator_shared)
    except ValueError as error:
        raise ConfigError(f"--model.discriminator_shared={error}") from None
    try:
        ARCHITECTURES[model.architecture].downsampled(model.num_downsamples)
    except ValueError as error:
        raise ConfigError(f"--model.num_downsamples={error}") from None
    try:
        check_image_size(
            model.architecture,
            config.data.image_size,
            model.discriminator_depth,
            model.discriminator_scales,
            method.styled,
            "model.discriminator_depth" in method.reads,
            model.discriminator_kernel,
            model.num_downsamples,
        )
    except ValueError as error:
        raise ConfigError(f"--data.image_size={error}") from None
