"""Scores a translator on the held-out images of its data, beside what a constant colour gets.

Of a method that classifies it gives accuracies and confusion matrices instead, of both domains.
Of one with styles it also measures how different the translations of one image are: 38 of each of
up to 100 images, for which --limit=10 is quicker. With --inception_weights it adds FID and KID
between translations and real test images of the other domain. Of faces (data.source=avatars) it
tells how many translations show the attribute.

  unit-evaluate --workdir=DIR [--output=DIR] [--limit=N] [--inception_weights=FILE]

Prints a table for each direction and, as the last line, the whole report as JSON. Writes
evaluation.json and grids of images to --output, which a shipped translator needs. The data are
those of the training; if they have moved, say where with --data.*.
"""

import json
import os
import pathlib
import sys

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf.cli import attribute_share, flags, judges, realism
from unit_tf.data.registry import find_source
from unit_tf.resolve import check

FLAGS = flags.new_flags()
absl_flags.DEFINE_string(
    "workdir", None, "folder of a training, or a shipped translator's name", flag_values=FLAGS
)
absl_flags.DEFINE_string("output", None, "folder for the results; --workdir's", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "limit", None, "at most so many images a direction", lower_bound=1, flag_values=FLAGS
)
flags.define_places(FLAGS)
judges.define_flags(FLAGS)
realism.define_flags(FLAGS)


def main():
    """Evaluates what the flags name."""
    flags.require(FLAGS, "workdir")
    judges.check_flags(FLAGS)
    realism.check_flags(FLAGS)
    from unit_tf.cli import classes, quiet, scores
    from unit_tf.data.datasets import open_data
    from unit_tf.files import write_text
    from unit_tf.inference import image_files
    from unit_tf.inference import load as load_lib
    from unit_tf.training import workdir as workdir_lib

    workdir = workdir_lib.resolve_workdir(FLAGS.workdir)
    output = _output(workdir, workdir_lib.PRETRAINED)
    config = workdir_lib.read_config(workdir)
    flags.refuse_styles(FLAGS, judges.NAMES, config.model.method)
    realism.refuse_classifiers(FLAGS, config.model.method)
    config = check(config.replace(flags.config_overrides(FLAGS, "data.")))
    if find_source(config.data.source).needs_tensorflow:
        quiet.start_tensorflow()  # before tensorflow-datasets imports it, with all it says
    data = open_data(config.data, held_out_only=True)
    tests = {"a2b": data.test_a, "b2a": data.test_b}
    if not any(tests.values()):
        raise config_lib.UserError("no test images; name some with --data.test_dir_a or _b")
    realism.require_images(FLAGS, data)
    quiet.start_tensorflow()
    loaded = load_lib.load(workdir)
    judging = judges.open_judges(FLAGS, loaded)
    if loaded.method.classifies:
        return classes.evaluate(config, loaded, data, output, FLAGS.limit)
    networks = realism.open_network(FLAGS), attribute_share.open_classifier(config)
    results = {
        direction: _evaluate(direction, chosen, loaded.method, data, judging, networks, output)
        for direction, chosen in tests.items()
        if chosen
    }
    document = json.dumps(scores.document(config, loaded, results, data.notes), allow_nan=False)
    for direction, result in results.items():
        for name, image in result.grids.items():
            image_files.write_image(output / f"{name}_{direction}.png", image)
    write_text(output / "evaluation.json", document + "\n")
    print(document)


def _evaluate(direction, tests, method, data, judging, networks, output):
    """scores.DirectionResult of one direction, printed, with all that flags and data ask for."""
    from unit_tf.cli import diverse, features, scores
    from unit_tf.inference import image_files

    network, classified = networks
    translate = image_files.image_translator(method, direction)
    if network:
        translate = watched = features.Watched(translate, network)
    if classified:
        translate = classified(translate)
    result = scores.evaluate_direction(tests, translate, direction, FLAGS.limit)
    print(result.text, flush=True)
    if classified:
        result = attribute_share.add_attribute_share(result, translate, tests, direction)
    if network:
        result = realism.add_realism(result, watched, data, direction, FLAGS, output)
    if judging:
        result = diverse.add_diversity(result, method, data, direction, judging)
    return result


def _output(workdir, shipped):
    """The folder for the results; a package's own files are not ours to add to."""
    output = pathlib.Path(FLAGS.output).expanduser() if FLAGS.output else workdir
    if output.exists() and not output.is_dir():
        raise config_lib.UserError(f"--output={output}: not a folder")
    foreign = shipped in workdir.resolve().parents or not os.access(workdir, os.W_OK)
    if foreign and not FLAGS.output:
        raise config_lib.UserError(f"--output is required: {workdir} is not for writing into")
    return output


def run():
    """The command ``unit-evaluate``."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
