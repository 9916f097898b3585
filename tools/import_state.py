"""Makes a workdir of what tools/run_lowered.py has trained.

  python tools/import_state.py --program=program --state=run/state.npz --workdir=runs/mine

The checkpoint is one of unit-train's own: unit-translate, unit-evaluate and unit-export read it,
and unit-train goes on from it.
"""

import pathlib
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import UserError

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("program", None, "folder of tools/lower_train_step.py", flag_values=FLAGS)
absl_flags.DEFINE_string("state", None, "state.npz of tools/run_lowered.py", flag_values=FLAGS)
absl_flags.DEFINE_string("workdir", None, "folder to make", flag_values=FLAGS)


def assign(trainer, manifest, values):
    """Gives a trainer's variables the values of a state.

    Raises:
      UserError: this version of unit_tf has other variables; names the first.
    """
    from unit_tf.lowering.named_state import named_variables

    names = named_variables(trainer)
    state = {argument.name: value for argument, value in zip(manifest.state, values, strict=True)}
    # What the step does not read it does not take along either, such as a disabled network.
    unknown = [name for name in state if name not in names]
    wrong = [n for n in state if n in names and tuple(names[n].shape) != state[n].shape]
    if unknown or wrong:
        raise UserError(
            f"--program={FLAGS.program}: of another version of unit_tf; first misfit: "
            f"{(unknown + wrong)[0]}"
        )
    for name, value in state.items():
        names[name].assign(value)


def check_behind(workdir, step):
    """Raises UserError where the workdir has a later checkpoint, which would hide this one."""
    from unit_tf.training.checkpoints import list_checkpoints

    later = [folder for folder in list_checkpoints(workdir) if int(folder.name) > step]
    if later:
        raise UserError(
            f"--workdir={workdir}: has a checkpoint of step {int(later[-1].name)}, and the state "
            f"is of step {step}; give another folder"
        )


def main():
    """Writes the checkpoint and config.json."""
    flags.require(FLAGS, "program", "state", "workdir")
    from unit_tf.lowering import program_folder

    manifest = program_folder.read_manifest(pathlib.Path(FLAGS.program).expanduser())
    values = program_folder.read_state(pathlib.Path(FLAGS.state).expanduser(), manifest)
    workdir, config = pathlib.Path(FLAGS.workdir).expanduser(), manifest.config
    quiet.start_tensorflow()
    import tensorflow as tf

    from unit_tf.files import write_text
    from unit_tf.training import checkpoints, loop
    from unit_tf.training.workdir import CONFIG

    loop.check_workdir(config, workdir)
    check_behind(workdir, int(values[program_folder.position_of(manifest)]))
    trainer = loop.build_trainer(program_folder.on_one_device(config), tf.distribute.get_strategy())
    assign(trainer, manifest, values)
    try:
        if not (workdir / CONFIG).exists():
            write_text(workdir / CONFIG, config.to_json())
        folder = checkpoints.save(trainer, workdir, config.run.keep_checkpoints)
    except OSError as error:
        raise UserError(f"--workdir={workdir}: {error.strerror.lower()}") from None
    print(f"{folder}: step {int(trainer.step.numpy())}")


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
