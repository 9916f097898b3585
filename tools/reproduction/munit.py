"""What preset munit_digits learns, beside ablations and UNIT: the table in docs/results.md.

  python tools/reproduction/munit.py --output=runs/munit --data.tfds_dir=DIR
  python tools/reproduction/munit.py ... --rows=munit --seeds=0,1,2

Each training is unit-train's, in OUTPUT/ROW_SEED, and goes on where it was stopped. What it scores
is left in --results and not measured again; the table is of all that lies there. Every
--section.field is given to all trainings. OUTPUT/classifier.keras reads digits of B, and serves
unit-evaluate's --classifier too.

Of held-out grey digits (A), translated into colours (B):

  kept       share that the classifier reads as the digit that was translated. It was trained on B's
             training half with its labels, and nothing else ever sees these.
  colours    mean difference from the example's two colours, as a fraction of the range; a
             translation's colours are fitted to it by the source's grey levels
  diversity  mean pixel distance of 19 pairs of translations of each of 100 digits. UNIT has no
             styles: its pairs differ by the noise of its code, as in training.
"""

import json
import pathlib
import subprocess
import sys

from absl import flags as absl_flags

import digit_classifier
import munit_scores
import record_tables as tables
import records as record_files
from unit_tf import config as config_lib
from unit_tf.cli import flags, quiet
from unit_tf.config import PLACES
from unit_tf.resolve import resolve

PRESET = "munit_digits"
ROWS = {
    "munit": ("MUNIT", {}),
    "no_image": ("MUNIT without image reconstruction", {"weights.reconstruction": 0}),
    "no_content": ("MUNIT without content reconstruction", {"weights.content": 0}),
    "no_style": ("MUNIT without style reconstruction", {"weights.style": 0}),
    # The same trunk; the weights of preset munit2018.
    "unit": (
        "UNIT",
        {
            "model.method": "unit", "weights.cycle": 10, "weights.kl": 0.02,
            "weights.cycle_kl": 0.02,
        },
    ),
}  # fmt: skip
COLUMNS = {
    "kept": "kept", "kept_guided": "kept, guided", "colour_error": "colours' error, guided",
    "diversity": "diversity",
}  # fmt: skip

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=FLAGS)
absl_flags.DEFINE_string("results", "results/munit", "folder of records", flag_values=FLAGS)
absl_flags.DEFINE_list("rows", list(ROWS), "rows to train", flag_values=FLAGS)
absl_flags.DEFINE_list("seeds", ["0"], "seeds", flag_values=FLAGS)
flags.define_config_flags(FLAGS)


def train(row, seed, workdir):
    """One training, in a process of its own; returns its exit code."""
    settings = {**flags.config_overrides(FLAGS), **ROWS[row][1], "run.seed": seed}
    command = [sys.executable, "-m", "unit_tf.cli.train", f"--preset={PRESET}"]
    command += [f"--workdir={workdir}", *(f"--{k}={v}" for k, v in settings.items())]
    return subprocess.run(command, check=False).returncode


def write_record(name, record):
    """Adds where and when a record was made, and writes it."""
    from unit_tf.export.provenance import provenance

    path = pathlib.Path(FLAGS.results).expanduser() / f"{name}.json"
    record_files.write(path, {**record, **provenance()})


def table(records):
    """Markdown: a line for each row, means over its seeds.

    Args:
      records: list of dict, as ``write_record`` writes them.
    """
    titles = ["real images of B", *(title for title, _ in ROWS.values())]
    lines = [f"| | {' | '.join(COLUMNS.values())} | steps | seeds |"]
    lines.append("|" + " --- |" * (len(COLUMNS) + 3))
    for title in titles:
        found = [r for r in records if r["title"] == title]
        if found:
            cells = [_cell([r["scores"][key] for r in found]) for key in COLUMNS]
            cells += [str(found[0].get("steps", "")), str(len(found))]
            lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *origins(records)])


def origins(records):
    """A line for each way in which rows came about."""
    kinds = {}
    for r in records:
        key = tuple(str(r.get(name)) for name in ("commit", "date", "hardware", "tensorflow"))
        given = " ".join(f"--{k}={v}" for k, v in r.get("overrides", {}).items())
        kinds.setdefault((*key, given), []).append(r["title"])
    return [
        f"{', '.join(dict.fromkeys(titles))}: commit {commit}, {date}, {hardware}, "
        f"TensorFlow {version}{given and ', '}{given}."
        for (commit, date, hardware, version, given), titles in kinds.items()
    ]


def _cell(values):
    if None in values:
        return ""
    return tables.mean(values)


def chosen(names, valid, flag):
    """Names of a list flag, each once.

    Raises:
      UserError: one is not valid.
    """
    for name in names:
        if name not in valid:
            raise config_lib.UserError(
                f"--{flag}={name}: not valid{config_lib.nearest(name, valid)}"
            )
    return list(dict.fromkeys(names))


def main():
    """Trains and measures what is missing, and prints the table; returns the exit code."""
    flags.require(FLAGS, "output")
    rows = chosen(FLAGS.rows, list(ROWS), "rows")
    seeds = [
        config_lib.parse_value("seeds", config_lib.lookup("run.seed"), seed) for seed in FLAGS.seeds
    ]
    given = flags.config_overrides(FLAGS)
    config = resolve(PRESET, given)
    results, output = (pathlib.Path(p).expanduser() for p in (FLAGS.results, FLAGS.output))
    quiet.start_tensorflow()
    from unit_tf.data.datasets import open_data
    from unit_tf.inference.load import load

    data = open_data(config.data, held_out_only=True)
    classify = digit_classifier.load_classifier(output / "classifier.keras", config)
    if not (results / "real.json").exists():
        scores = munit_scores.references(data, classify)
        write_record("real", {"title": "real images of B", "scores": scores})
    for seed in seeds:
        for row in rows:
            name = f"{row}_{seed}"
            if (results / f"{name}.json").exists():
                continue
            code = train(row, seed, output / name)
            if code:  # it has said why
                return code
            loaded = load(output / name)
            record = {
                "title": ROWS[row][0], "seed": seed, "steps": loaded.step,
                "scores": munit_scores.scores(loaded.method, data, classify),
                "overrides": {k: v for k, v in given.items() if k not in PLACES},
            }  # fmt: skip
            write_record(name, record)
    print(table([json.loads(path.read_text()) for path in sorted(results.glob("*.json"))]))
    return 0


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
