"""Writes a training as StableHLO, to be run where there is XLA and no TensorFlow.

  python tools/lower_train_step.py --preset=blue_marble --output=program
  python tools/lower_train_step.py --workdir=runs/mine --output=program

The train step, with both its tapes and optimizers, becomes one XLA program; all variables are its
arguments and results. With --workdir it starts where that training stands. Beside it come the
variables, the images and a manifest; unit_tf/lowering/program_folder.py lists the files.
tools/run_lowered.py runs them, tools/import_state.py makes a workdir of what comes out.
"""

import pathlib
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import UserError
from unit_tf.lowering import program_folder
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("preset", "", "named experiment", flag_values=FLAGS)
absl_flags.DEFINE_string("workdir", "", "or a training to go on with", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "folder to make", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "rows", 4, "images of each domain in a sample", lower_bound=1, flag_values=FLAGS
)
flags.define_config_flags(FLAGS)


def resolved_config():
    """The configuration of --preset and the flags, or --workdir's.

    Raises:
      UserError: both or neither, settings beside --workdir, or data that cannot be carried along.
    """
    overrides = flags.config_overrides(FLAGS)
    if bool(FLAGS.preset or overrides) == bool(FLAGS.workdir):
        raise UserError("give --preset and settings, or --workdir alone, which has them")
    if FLAGS.workdir:
        from unit_tf.training.workdir import read_config

        config = read_config(pathlib.Path(FLAGS.workdir).expanduser())
    else:
        config = resolve(FLAGS.preset, overrides)
    program_folder.check_source(config)
    return config


def restore(trainer):
    """Takes up the training in --workdir.

    Raises:
      UserError: it has no checkpoint, as a shipped translator has none.
    """
    from unit_tf.training.checkpoints import restore_newest

    if not restore_newest(trainer, pathlib.Path(FLAGS.workdir).expanduser()):
        raise UserError(f"--workdir={FLAGS.workdir}: no checkpoint there to go on from")


def main():
    """Writes the folder."""
    flags.require(FLAGS, "output")
    config, output = resolved_config(), pathlib.Path(FLAGS.output).expanduser()
    program_folder.check_empty(output)
    quiet.start_tensorflow()
    import tensorflow as tf
    from unit_tf.export.provenance import provenance

    from unit_tf.data.datasets import open_data
    from unit_tf.lowering import write_program
    from unit_tf.training import loop

    data = open_data(config.data)
    write_program.check_rows(FLAGS.rows, data)
    one = program_folder.on_one_device(config)
    trainer = loop.build_trainer(one, tf.distribute.get_strategy(), fresh=not FLAGS.workdir)
    if FLAGS.workdir:
        restore(trainer)
    commit = provenance()["commit"]
    manifest = write_program.write_program(output, trainer, config, data, FLAGS.rows, commit)
    size = sum(path.stat().st_size for path in output.iterdir()) / 2**20
    step, count = int(trainer.step.numpy()), len(manifest.state)
    print(f"{output}: step {step}, {count} variables, {size:.1f} MiB")


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
