"""Which alarms are raised, at which step, by trainings made to fail and by good ones.

  python tools/reproduction/health.py --output=runs/health                # every row, 3 seeds
  python tools/reproduction/health.py --output=runs/health --rows=turned,discs --seeds=0

The rows are those of health_faults.py, on top of --preset. Each training has a folder in OUTPUT and
goes on where it was stopped. A finished one leaves a record in --results and is not run again, even
where OUTPUT is gone. Every --section.field is given to all of them. They run in processes of their
own (train_with_fault.py). Then a Markdown table is printed, and written into --document: of each
row the alarms with their steps, whether a right one came in time, by step 500, a tenth of the
training or as soon as it could, and how many were false. It applies today's limits to the numbers
that the trainings left. Blue Marble needs the extra "demo".
"""

import sys

from absl import flags as absl_flags

import grid
import grid_flags
import record_tables as tables
from health_faults import BASE, GROUPS, PLACES, ROWS, write_images
from unit_tf.cli import flags
from unit_tf.config import UserError
from unit_tf.files import write_text
from unit_tf.resolve import resolve
from unit_tf.training.health.base import first_steps
from unit_tf.training.health.registry import SYMPTOMS

TOOL = "health"  # in the markers of a document
FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=FLAGS)
absl_flags.DEFINE_string("results", "results/health", "folder of records", flag_values=FLAGS)
absl_flags.DEFINE_string("preset", "blue_marble_quick", "preset of all rows", flag_values=FLAGS)
absl_flags.DEFINE_list(
    "rows", [*GROUPS], "rows; faulty and good are groups: " + ", ".join(ROWS), flag_values=FLAGS
)
absl_flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "jobs", 1, "trainings at a time; more than one for CPUs alone", lower_bound=1, flag_values=FLAGS
)
absl_flags.DEFINE_string("document", None, "Markdown file with the table", flag_values=FLAGS)
flags.define_config_flags(FLAGS)


def changes_of(name, seed, images):
    """{"section.field": value} of a training on top of the preset.

    Args:
      name: key of ROWS.
      seed: int.
      images: folder of images that this tool makes.

    Raises:
      UserError: a flag that the row sets itself.
    """
    row, given = ROWS[name], flags.config_overrides(FLAGS)
    for key in given.keys() & row.changes.keys():
        raise UserError(f"--{key}={given[key]}: row {name} sets it, to {row.changes[key]}")
    data = {}
    if row.images:
        data = {"data.source": "folder", "data.map_width": 2700, "data.tile_size": 0}
        for domain, kind in zip("ab", row.images, strict=True):
            data[f"data.dir_{domain}"] = str(
                write_images(images / f"{kind}_{domain}", kind, domain == "b")
            )
    return {**BASE, **data, **given, **row.changes, "run.seed": seed}


def training_of(name, seed, where):
    """The grid.Training of a row and a seed."""
    changes, unique = changes_of(name, seed, where.output / "images"), f"{name}_{seed}"
    about, given = {"row": name, "seed": seed}, {"fault": ROWS[name].fault, **changes}
    command = where.command("train_with_fault.py", unique, FLAGS.preset, about, given)
    return grid.Training(unique, resolve(FLAGS.preset, changes), command, {"row": name})


def alarms_of(record):
    """Returns {symptom: step of its first alarm}, by today's limits, in the steps' order.

    Args:
      record: of a training, with its numbers.
    """
    first, found = first_steps(record["steps"], record["settings"]["weights.gan_start"]), {}
    for symptom in SYMPTOMS:
        history = record["values"].get(symptom.name, [])
        for end in range(1, len(history) + 1):
            if symptom.raises_alarm(history[:end], first[symptom.waits_for]):
                found[symptom.name] = history[end - 1][0]
                break
    return dict(sorted(found.items(), key=lambda item: item[1]))


def raised(record):
    """A training's alarms and their steps, and why it ended early, as text."""
    found = [f"{name} {step}" for name, step in alarms_of(record).items()]
    return ", ".join(found + [record["ended"]] * bool(record["ended"])) or "none"


def verdict(record):
    """(whether a right alarm came in time, how many alarms were false).

    A faulty training's other alarms are not counted as false: one fault has many signs. One that
    ended because something was not finite has said what is wrong.
    """
    expected, alarms = ROWS[record["row"]].expected, alarms_of(record)
    if not expected:
        return not alarms, len(alarms)
    told = any(alarms[name] <= deadline(record, name) for name in expected if name in alarms)
    return bool(record["ended"]) or told, 0


def deadline(record, name):
    """The step by which a symptom should be told of: 500, or a tenth of the training.

    Later where it counts in a later part of the training alone: then as soon as that allows.
    """
    symptom = next(symptom for symptom in SYMPTOMS if symptom.name == name)
    settings = record["settings"]
    first = first_steps(record["steps"], settings["weights.gan_start"])[symptom.waits_for]
    soonest = first + symptom.patience * settings["run.health_every"]
    return max(500, record["steps"] // 10, soonest)


def table(records):
    """The lines of a Markdown table, and one that counts."""
    rows = []
    for record in records:
        right, false = verdict(record)
        row = ROWS[record["row"]]
        rows.append([
            record["row"], row.title, str(record["seed"]), str(record["steps"]), raised(record),
            ("in time" if right else "no") if row.expected else "-",
            "-" if row.expected else str(false),
        ])  # fmt: skip
    faulty = [record for record in records if ROWS[record["row"]].expected]
    good = [record for record in records if not ROWS[record["row"]].expected]
    told = sum(verdict(record)[0] for record in faulty)
    ended = sum(bool(record["ended"]) for record in faulty)
    false = sum(verdict(record)[1] for record in good)
    columns = ["row", "training", "seed", "steps", "first alarms", "right alarm", "false alarms"]
    return [
        *tables.markdown(columns, rows), "",
        f"{told} of {len(faulty)} trainings made to fail raised a right alarm in time or ended by "
        f"themselves ({ended}), as a loss was not finite; {false} false alarms in {len(good)} "
        "good trainings.",
    ]  # fmt: skip


def main():
    """Trains what is missing and prints the table."""
    flags.require(FLAGS, "output")
    grid_flags.refuse_own_settings(FLAGS, ("data.source", "data.dir_a", "data.dir_b"))
    names = grid_flags.chosen_rows(FLAGS.rows, ROWS, GROUPS)
    seeds = grid_flags.chosen_seeds(FLAGS.seeds)
    where = grid.Grid(FLAGS.output, FLAGS.results, PLACES)
    where.check_folders()
    trainings = [training_of(name, seed, where) for seed in seeds for name in names]
    code, _ = where.run(trainings, raised, FLAGS.jobs)
    chosen = [grid.read_record(where.record(training.name)) for training in trainings]
    text = "\n".join(table([record for record in chosen if record]))
    print(text)
    if FLAGS.document:
        write_text(FLAGS.document, tables.filled(FLAGS.document, TOOL, {"alarms": text}))
    return code


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
