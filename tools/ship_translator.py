"""Makes a folder to ship from a training: its configuration and its translator's weights.

  python tools/ship_translator.py --workdir=runs/blue_marble --output=unit_tf/pretrained/blue_marble

The weights are the moving averages, where there are any, as half floats without pickling.
"""

import pathlib
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import UserError

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", None, "folder of a training", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "folder to make", flag_values=FLAGS)


def main():
    """Writes config.json and the weights."""
    flags.require(FLAGS, "workdir", "output")
    quiet.start_tensorflow()
    from unit_tf.files import atomic_path, write_text
    from unit_tf.inference.load import load
    from unit_tf.methods.weights import half_floats, write_weights
    from unit_tf.training import workdir

    loaded = load(workdir.resolve_workdir(FLAGS.workdir))
    if loaded.method.classifies:
        raise UserError(
            f"--workdir={FLAGS.workdir}: classifies, and a shipped folder holds a translator's "
            "weights alone"
        )
    output = pathlib.Path(FLAGS.output)
    weights = output / workdir.TRANSLATOR
    with atomic_path(weights) as temporary:
        write_weights(temporary, half_floats(loaded.method), loaded.step, compressed=True)
    write_text(output / workdir.CONFIG, loaded.config.to_json())
    print(f"{weights}: step {loaded.step}, {weights.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
