"""A training whose settings were chosen for it goes on as it began. Imports no TensorFlow."""

from unit_tf.config import ConfigError
from unit_tf.resolve import check, follows_steps
from unit_tf.training.claim_workdir import check_workdir
from unit_tf.training.workdir import CONFIG, WorkdirError, stored_config, with_stored_start

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
            begun = f"with --{name}={values[name]:g}" if values[name] else f"without --{name}"
            raise WorkdirError(
                f"--workdir={workdir}: was begun {begun}, and its choice stands; leave "
                f"--{name}={asked:g} out to go on, or use another folder"
            )
    names = [name for name in (*CHOSEN, *MINUTES) if name not in given or name in MINUTES]
    return _checked(config.replace({name: values[name] for name in names}), workdir)


def _checked(config, workdir):
    """The same; where a frozen setting does not fit another experiment, that is what is refused."""
    try:
        return check(config)
    except ConfigError:
        check_workdir(with_stored_start(config, workdir), workdir)
        raise


def _with_frozen_start(config, stored, given):
    """The same where D's start follows from the steps, of which there may be more now."""
    if GAN_START in given or not follows_steps(config) or stored.preset != config.preset:
        return config
    return check(config.replace({GAN_START: stored.weights.gan_start}))
