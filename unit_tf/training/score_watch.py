"""Which checkpoint is the best: scores on held-out images, taken when a checkpoint is saved.

WORKDIR/scores.jsonl has every score, one JSON object a line:

  {"step": 3000, "name": "l1", "value": 21.5, "lower_is_better": true}

It is written anew each time, whole or not at all. The checkpoint with the lowest score is named in
WORKDIR/best.json and stays beside the newest ones.
"""

import sys

from unit_tf.config import UserError, printable
from unit_tf.files import write_text
from unit_tf.training import checkpoints
from unit_tf.training.checkpoint_choice import BEST_FILE, best_checkpoint, read_best
from unit_tf.training.json_lines import read_entries, text_of

SCORES = "scores.jsonl"
FIELDS = {"step": int, "name": str, "value": (int, float), "lower_is_better": bool}


class ScoreWatch:
    """Scores a training's checkpoints. The training is the same bit for bit with it and without.

    A checkpoint is scored that is the first at or after a multiple of ``run.score_every``, and the
    last one of the training.

    Args:
      config: ExperimentConfig.
      workdir: folder of the training.
      scorer: (checkpoint's folder) -> (name of the score that counts, {name: float}), lower ones
        better; it raises UserError where it cannot. None: nothing is scored.
      step: where the training stands; scores of later steps are removed, as those come again.
      chief: whether this process writes.

    Raises:
      UserError: there is a folder in place of a file.
    """

    def __init__(self, config, workdir, scorer, step, chief=True):
        self.run, self.workdir, self.scorer = config.run, workdir, scorer
        self.every = config.run.score_every if chief and scorer else 0
        if not self.every:
            return
        for name in (SCORES, BEST_FILE):
            if (workdir / name).is_dir():
                raise UserError(f"{workdir / name}: a folder; training writes a file of that name")
        self.entries = [entry for entry in read_scores(workdir) if entry["step"] <= step]
        self.best = self._standing_best()

    def look(self, step, folder, log):
        """Scores a checkpoint where it is time.

        Args:
          step: int, the checkpoint's.
          folder: pathlib.Path of the checkpoint, which is whole.
          log: TensorBoardLog.
        """
        if not self.every or not self._is_due(step):
            return
        try:
            name, values = self.scorer(folder)
        except UserError as error:
            self._say(f"step {step}: no score: {error}")
            return
        entries = [_entry(step, *item) for item in values.items()]
        # The best first: after a kill between the two the step may be missing from the scores, but
        # no score is there that the best does not know.
        if self.best is None or self.best["name"] != name or values[name] < self.best["value"]:
            self.best = _entry(step, name, values[name])
            write_text(self.workdir / BEST_FILE, text_of([self.best]))
        self.entries += entries
        write_text(self.workdir / SCORES, text_of(self.entries))
        log.scalars(step, {f"score/{entry['name']}": entry["value"] for entry in entries})
        checkpoints.drop_old(self.workdir, self.run.keep_checkpoints)

    def _is_due(self, step):
        last = max((entry["step"] for entry in self.entries), default=0)
        return step // self.every > last // self.every or last < step == self.run.steps

    def _standing_best(self):
        """What best.json says, where its checkpoint is there."""
        best = read_best(self.workdir)
        if best and best_checkpoint(self.workdir) is None:
            self._say(f"the best checkpoint, step {best['step']}, is gone; the best is sought anew")
            return None
        return best

    def _say(self, line):
        print(printable(line), file=sys.stderr, flush=True)


def read_scores(workdir):
    """The scores in a folder.

    Args:
      workdir: pathlib.Path of a folder.

    Returns:
      list of dict with the keys of FIELDS, oldest first, without lines that are none; empty
      without a file.
    """
    return read_entries(workdir / SCORES, FIELDS)


def _entry(step, name, value):
    return {"step": step, "name": name, "value": value, "lower_is_better": True}
