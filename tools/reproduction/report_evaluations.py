"""Several evaluations of one test set as a Markdown table, beside the untouched input.

  unit-evaluate --workdir=runs/emoji_0        # for each training
  python tools/reproduction/report_evaluations.py --folders=runs/emoji_0,runs/emoji_1

Reads evaluation.json in each folder and prints a row for each: the translation's scores; the last
rows are the untouched input's and the best constant colour's, which no training changes.
"""

import json
import pathlib
import sys

from absl import flags as absl_flags

import record_tables as tables
from unit_tf.cli import flags
from unit_tf.config import UserError

FLAGS = flags.new_flags()
absl_flags.DEFINE_list("folders", None, "folders with an evaluation.json", flag_values=FLAGS)
absl_flags.DEFINE_string("direction", "a2b", "a2b or b2a", flag_values=FLAGS)

SCORES = {
    "l1": ("L1", 2),
    "accuracy/all_channels": ("accuracy", 3),
    "psnr": ("PSNR, dB", 2),
    "ssim": ("SSIM", 3),
}


def read_scores(folder, direction):
    """One direction's entry of the evaluation.json in ``folder``.

    Raises:
      UserError: there is none with scores; names the file.
    """
    path = pathlib.Path(folder).expanduser() / "evaluation.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["directions"][direction]
        for row in ("translation", *tables.BASELINES):
            [float(found[row][score]) for score in SCORES]
        return found
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror.lower()})") from None
    except (ValueError, TypeError, KeyError):
        raise UserError(f"{path}: not unit-evaluate's scores of {direction} on pairs") from None


def table(found):
    """Lines of Markdown.

    Args:
      found: {folder: as read_scores returns}, at least one.

    Raises:
      UserError: two of them have other baselines, so they are not of one test set.
    """
    first = next(iter(found.values()))
    for folder, scores in found.items():
        if any(scores[row] != first[row] for row in tables.BASELINES):
            raise UserError(f"--folders={folder}: evaluated on other images than the first")
    rows = {pathlib.Path(folder).name: scores["translation"] for folder, scores in found.items()}
    rows |= {title: first[row] for row, title in tables.BASELINES.items()}
    yield f"| | {' | '.join(title for title, _ in SCORES.values())} |"
    yield "| --- |" + " --- |" * len(SCORES)
    for title, scores in rows.items():
        cells = (f"{scores[score]:.{digits}f}" for score, (_, digits) in SCORES.items())
        yield f"| {title} | {' | '.join(cells)} |"


def main():
    """Prints the table."""
    flags.require(FLAGS, "folders")
    direction = flags.choice(FLAGS, "direction", ("a2b", "b2a"))
    print("\n".join(table({folder: read_scores(folder, direction) for folder in FLAGS.folders})))


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
