"""Makes a workdir of what tools/run_lowered.py has trained.

  python tools/import_state.py --program=program --state=run/state.npz --workdir=runs/mine

The checkpoint is one of unit-train's own: unit-translate, unit-evaluate and unit-export read it,
and unit-train goes on from it.
"""

import pathlib
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.lowering import program_folder

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("program", None, "folder of tools/lower_train_step.py", flag_values=FLAGS)
absl_flags.DEFINE_string("state", None, "state.npz of tools/run_lowered.py", flag_values=FLAGS)
absl_flags.DEFINE_string("workdir", None, "folder to make", flag_values=FLAGS)


def main():
    """Writes the checkpoint and config.json."""
    flags.require(FLAGS, "program", "state", "workdir")
    manifest = program_folder.read_manifest(pathlib.Path(FLAGS.program).expanduser())
    values = program_folder.read_state(pathlib.Path(FLAGS.state).expanduser(), manifest)
    quiet.start_tensorflow()
    from unit_tf.lowering import import_state

    folder, step = import_state.import_state(FLAGS.program, manifest, values, FLAGS.workdir)
    print(f"{folder}: step {step}")


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
