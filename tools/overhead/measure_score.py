"""What a score of --run.score_every costs, beside a train step in the same process.

  python tools/overhead/measure_score.py --workdir=runs/mine [--rounds=5]

Takes a training's folder with a checkpoint, its settings and its images, and writes nothing there.
Prints the medians of a step and of a score of its newest checkpoint, in wall and CPU seconds, each
after it was compiled, and how many steps a score is worth. Both take turns, so that a busy machine
slows both.
"""

import sys

from absl import flags as absl_flags

from in_turns import medians_in_turns
from unit_tf.cli import flags, quiet
from unit_tf.config import UserError
from unit_tf.training.workdir import list_checkpoints, read_config, resolve_workdir

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", None, "folder of a training", flag_values=FLAGS)
absl_flags.DEFINE_integer("rounds", 5, "scores, and steps", lower_bound=1, flag_values=FLAGS)


def measure(config, folder, rounds):
    """Returns (medians of (wall, CPU) seconds of a step, the same of a score, which score).

    Args:
      config: ExperimentConfig.
      folder: pathlib.Path of a checkpoint.
      rounds: how many of each.
    """
    import tensorflow as tf

    from unit_tf.data.datasets import open_data
    from unit_tf.data.pipeline import training_dataset
    from unit_tf.evaluation.checkpoint_scores import scorer_for
    from unit_tf.training import loop

    data, strategy = open_data(config.data), tf.distribute.get_strategy()
    scorer = scorer_for(config.replace({"run.score_every": 1}), data)
    trainer = loop.build_trainer(config, strategy)
    step, batches = loop.make_step(trainer, strategy), iter(training_dataset(data, config))
    kinds = []
    medians = medians_in_turns(
        lambda: float(step(batches)["total/generator"]),
        lambda: kinds.append(scorer(folder)[0]),
        rounds,
    )
    return *medians, kinds[-1]


def main():
    """Prints the table."""
    flags.require(FLAGS, "workdir")
    workdir = resolve_workdir(FLAGS.workdir)
    config, checkpoints = read_config(workdir), list_checkpoints(workdir)
    if not checkpoints:
        raise UserError(f"--workdir={workdir}: no checkpoints there to score")
    quiet.start_tensorflow()
    with quiet.filtered_stderr():
        step, score, kind = measure(config, checkpoints[-1], FLAGS.rounds)
    size = "x".join(map(str, config.data.image_size))
    print(f"{workdir.name}: {kind}, crops of {size}, batch {config.optim.batch_size}")
    print("| | s a step | s a score | steps that a score is worth |\n| --- | --- | --- | --- |")
    for clock, one, other in zip(("wall", "CPU"), step, score, strict=True):
        print(f"| {clock} | {one:.3f} | {other:.3f} | {other / one:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
