"""A training whose settings were chosen for it goes on as it began. Imports no TensorFlow."""

from unit_tf.resolve import check, follows_steps
from unit_tf.training.workdir import CONFIG, WorkdirError, stored_config

MINUTES = ("run.minutes", "run.memory_gb")
GAN_START = "weights.gan_start"
# What may be chosen. The folder's own word goes before these settings' defaults and presets.
CHOSEN = (
    "data.image_size", "model.width", "model.discriminator_width", "optim.batch_size",
    "run.steps", GAN_START, "optim.schedule", "optim.decay_start", "optim.decay_steps",
)  # fmt: skip


def has_begun(workdir):
    """Whether a folder holds an experiment, which is not chosen anew."""
    return (workdir / CONFIG).is_file()


def with_frozen_choice(config, workdir, given):
    """Returns an experiment with what its folder says was chosen when it began.

    Args:
      config: ExperimentConfig.
      workdir: pathlib.Path; need not exist.
      given: names of the settings that the user gave; those stay.

    Returns:
      ExperimentConfig.

    Raises:
      UserError: the folder began otherwise, or its configuration cannot be read.
    """
    if not has_begun(workdir):
        return config
    stored = stored_config(workdir / CONFIG)
    if config.run.minutes and not stored.run.minutes:
        raise WorkdirError(
            f"--workdir={workdir}: was begun without --run.minutes={config.run.minutes:g}; leave "
            "it out to go on, or use another folder"
        )
    if not stored.run.minutes:
        return _with_frozen_start(config, stored, given)
    values = dict(stored.items())
    for name, asked in zip(MINUTES, (config.run.minutes, config.run.memory_gb), strict=True):
        if asked and asked != values[name]:
            raise WorkdirError(
                f"--workdir={workdir}: was begun with --{name}={values[name]:g}, whose choice "
                f"stands; leave --{name}={asked:g} out to go on, or use another folder"
            )
    names = [name for name in (*CHOSEN, *MINUTES) if name not in given or name in MINUTES]
    return check(config.replace({name: values[name] for name in names}))


def _with_frozen_start(config, stored, given):
    """The same where D's start follows from the steps, of which there may be more now."""
    if GAN_START in given or not follows_steps(config) or stored.preset != config.preset:
        return config
    return check(config.replace({GAN_START: stored.weights.gan_start}))
