"""Makes a workdir of a state that a program was run to."""

import pathlib

import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.files import write_text
from unit_tf.lowering import program_folder
from unit_tf.lowering.named_state import named_variables
from unit_tf.training import checkpoints, loop
from unit_tf.training.workdir import CONFIG


def import_state(program, manifest, values, workdir):
    """Writes the checkpoint and config.json, as unit-train would have left them.

    Args:
      program: the program's folder, for messages.
      manifest: its program_folder.Manifest.
      values: from ``program_folder.read_state``.
      workdir: folder to make, or one of the same experiment that stands at an earlier step.

    Returns:
      (path of the checkpoint, its step).

    Raises:
      UserError: the workdir is ahead or of another experiment, cannot be written, or this version
        of unit_tf has other variables.
    """
    workdir, config = pathlib.Path(workdir).expanduser(), manifest.config
    loop.check_workdir(config, workdir)
    check_behind(workdir, int(values[program_folder.position_of(manifest)]))
    # The state has what the training started with, whose source may be gone.
    one = program_folder.on_one_device(config).replace({"run.init_from": ""})
    trainer = loop.build_trainer(one, tf.distribute.get_strategy())
    assign(trainer, program, manifest, values)
    try:
        if not (workdir / CONFIG).exists():
            write_text(workdir / CONFIG, config.to_json())
        folder = checkpoints.save(trainer, workdir, config.run.keep_checkpoints)
    except OSError as error:
        raise UserError(f"--workdir={workdir}: {error.strerror.lower()}") from None
    return folder, int(trainer.step.numpy())


def assign(trainer, program, manifest, values):
    """Gives a trainer's variables the values of a state.

    Args:
      trainer: Trainer.
      program, manifest, values: as ``import_state`` takes them.

    Raises:
      UserError: this version of unit_tf has other variables; names the first.
    """
    names = named_variables(trainer)
    state = {argument.name: value for argument, value in zip(manifest.state, values, strict=True)}
    # What the step does not read it does not take along either, such as a disabled network.
    unknown = [name for name in state if name not in names]
    wrong = [n for n in state if n in names and tuple(names[n].shape) != state[n].shape]
    if unknown or wrong:
        raise UserError(
            f"--program={program}: of another version of unit_tf; first misfit: "
            f"{(unknown + wrong)[0]}"
        )
    for name, value in state.items():
        names[name].assign(value)


def check_behind(workdir, step):
    """Raises UserError where the workdir has a later checkpoint, which would hide this one."""
    later = [path for path in checkpoints.list_checkpoints(workdir) if int(path.name) > step]
    if later:
        raise UserError(
            f"--workdir={workdir}: has a checkpoint of step {int(later[-1].name)}, and the state "
            f"is of step {step}; give another folder"
        )
