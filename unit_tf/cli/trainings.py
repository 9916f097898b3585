"""What commands that train have in common."""

import sys

from unit_tf.cli import quiet
from unit_tf.config import printable


def train(config, workdir, given, command, prepare=lambda: None):
    """Trains an experiment and tells how it ended.

    Args:
      config: ExperimentConfig.
      workdir: folder of checkpoints and logs.
      given: names of the settings that the user gave.
      command: the command's name, before what it says on stderr.
      prepare: as ``training.run.train`` takes it.

    Returns:
      the exit code.

    Raises:
      UserError: the data or the folder cannot be used.
    """
    from unit_tf.data.checks.first_look import summarise
    from unit_tf.evaluation.checkpoint_scores import scorer_for
    from unit_tf.report.write_report import report_writer
    from unit_tf.training import run as training  # numpy and Pillow take their time, too

    hooks = report_writer(workdir), quiet.start_tensorflow, scorer_for, summarise
    try:
        trainer = training.train(config, workdir, *hooks, given=given, prepare=prepare)
    except training.Diverged as error:
        print(f"{command}: {printable(error)}", file=sys.stderr)
        return 1
    except training.Stopped as stop:
        print(f"{command}: stopped; run the same command again to go on", file=sys.stderr)
        return 128 + stop.signal_number
    # Also where there was nothing left to do, which would otherwise look like a failure.
    print(f"{printable(workdir)}: trained to step {int(trainer.step.numpy())}")
    return 0
