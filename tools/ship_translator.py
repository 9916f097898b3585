"""Makes a folder to ship from a training: its configuration, its translator's weights and a card.

  python tools/ship_translator.py --workdir=runs/maps --output=unit_tf/pretrained/maps --what=WHAT
      --licence=LICENCE [--checkpoint=best] [--note=NOTE]

The weights are the moving averages, where there are any, as half floats without pickling. Paths of
this machine are left out of config.json. MODEL_CARD.md says what the translator is for, how it was
made, on which machine, the licence of its images, and the last and the best of the scores that
--run.score_every took. Each --note is a line of its own. The folder appears whole or not at all,
and must be a new one.
"""

import hashlib
import os
import pathlib
import shlex
import sys
import tempfile

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import UserError, output_path

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", None, "folder of a training", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "folder to make", flag_values=FLAGS)
absl_flags.DEFINE_string("checkpoint", "newest", "newest, best or a step", flag_values=FLAGS)
absl_flags.DEFINE_string("what", None, "which images become which", flag_values=FLAGS)
absl_flags.DEFINE_string(
    "licence", None, "licence of the images, and where they come from", flag_values=FLAGS
)
absl_flags.DEFINE_multi_string("note", [], "a line for the card", flag_values=FLAGS)
CARD = "MODEL_CARD.md"
# Settings that are, or may be, paths on the machine that trained.
WHERE = (
    "data.dir_a", "data.dir_b", "data.test_dir_a", "data.test_dir_b", "data.root", "data.tfds_dir",
    "data.usps_dir", "data.cache_dir", "model.vgg", "model.teacher", "run.init_from",
)  # fmt: skip


def main():
    """Writes config.json, the weights and the card."""
    flags.require(FLAGS, "workdir", "output", "what", "licence")
    output = output_path(FLAGS.output)
    if output.is_dir() and any(output.iterdir()):
        raise UserError(f"--output={FLAGS.output}: is not empty; name a new folder")
    quiet.start_tensorflow()
    from unit_tf.files import os_reason
    from unit_tf.inference.load import load
    from unit_tf.training import workdir

    source = workdir.resolve_workdir(FLAGS.workdir)
    loaded = load(source, FLAGS.checkpoint)
    if loaded.method.classifies:
        raise UserError(
            f"--workdir={FLAGS.workdir}: classifies, and a shipped folder holds a translator's "
            "weights alone"
        )
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as beside:
            new = pathlib.Path(beside, output.name)
            size = write(new, loaded, source)
            os.rename(new, output)
    except OSError as error:
        raise UserError(f"--output={FLAGS.output}: {os_reason(error)}") from None
    print(f"{output / workdir.TRANSLATOR}: step {loaded.step}, {size / 1e6:.2f} MB")


def write(folder, loaded, source):
    """Fills a new folder; returns the bytes of its weights.

    Args:
      folder: pathlib.Path, named as the translator.
      loaded: LoadedTranslator.
      source: pathlib.Path, the training's folder.
    """
    from unit_tf.files import write_text
    from unit_tf.methods.weights import half_floats, write_weights
    from unit_tf.training import workdir

    folder.mkdir()
    weights, arrays = folder / workdir.TRANSLATOR, half_floats(loaded.method)
    write_weights(weights, arrays, loaded.step, compressed=True)
    shipped = loaded.config.replace({name: "" for name in paths_in(loaded.config)})
    write_text(folder / workdir.CONFIG, shipped.to_json())
    write_text(folder / CARD, card_of(folder.name, loaded, source, arrays, weights))
    return weights.stat().st_size


def paths_in(config):
    """The settings of WHERE that hold paths; a shipped translator's name is none."""
    from unit_tf.training.workdir import PRETRAINED

    values, shipped = dict(config.items()), {path.name for path in PRETRAINED.iterdir()}
    return [name for name in WHERE if values[name] and values[name] not in shipped]


def card_of(name, loaded, source, arrays, weights):
    """The card, Markdown.

    Args:
      name: of the translator.
      loaded: LoadedTranslator.
      source: pathlib.Path, the training's folder.
      arrays: {name: array} that are shipped.
      weights: pathlib.Path of their file.
    """
    from unit_tf.export.provenance import provenance

    config, made = loaded.config, provenance()
    rows = {
        "method": f"{config.model.method}, preset {config.preset or 'none'}",
        "licence of the images": FLAGS.licence,
        "weights": f"{sum(a.size for a in arrays.values()):,} numbers, half floats, "
        f"{weights.stat().st_size / 1e6:.2f} MB, "
        f"sha256 {hashlib.sha256(weights.read_bytes()).hexdigest()}",
        "training": f"seed {config.run.seed}, step {loaded.step:,} of {config.run.steps:,}, "
        f"batches of {config.optim.batch_size}, {config.run.precision}",
        "shipped at": f"commit {made['commit']}, {made['date']}, {made['hardware']}, "
        f"TensorFlow {made['tensorflow']}",
        **score_rows(source),
    }
    table = ["| | |", "| --- | --- |", *(f"| {what} | {text} |" for what, text in rows.items())]
    parts = [f"# {name}", FLAGS.what, "\n".join(table), f"    {command_of(name, config)}"]
    return "\n\n".join([*parts, *FLAGS.note]) + "\n"


def score_rows(source):
    """{"last score": text, "best score": text} of a training's folder; empty without scores."""
    from unit_tf.training.checkpoint_choice import read_best
    from unit_tf.training.score_watch import read_scores

    scores, best = read_scores(source), read_best(source)
    if not scores or not best:
        return {}
    last = max(score["step"] for score in scores)
    steps = {"last score": last, "best score": best["step"]}

    def shown(step):
        found = [f"{s['name']} {s['value']:.4g}" for s in scores if s["step"] == step]
        return f"step {step:,}: {', '.join(found)} (the lower the better)"

    return {what: shown(step) for what, step in steps.items()}


def command_of(name, config):
    """The command that trains such a translator; PATH and TEACHER stand for folders."""
    from unit_tf.report.facts import changed_settings

    hidden, given = paths_in(config), {key: value for key, value, _ in changed_settings(config)}
    command = ["unit-train", *([f"--preset={config.preset}"] if config.preset else [])]
    command += [f"--workdir=runs/{name}"]
    if config.model.method == "student":
        command = ["unit-compress", "--workdir=TEACHER", f"--output=runs/{name}"]
        command += [f"--direction={config.model.direction}"]
        given = {k: v for k, v in given.items() if k not in ("model.teacher", "model.direction")}
    flag = [f"--{key}={'PATH' if key in hidden else value}" for key, value in given.items()]
    return shlex.join([*command, *flag])


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
