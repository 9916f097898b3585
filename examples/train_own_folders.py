"""Trains a translator on two folders of your own images, looks at it, and exports it.

  python examples/train_own_folders.py FOLDER_A FOLDER_B WORKDIR

The two folders hold unpaired images of 64 pixels a side or more. The settings below suit a first
try on a CPU: 64-pixel crops and small networks. Stop it with Ctrl-C whenever you like; the same
command goes on.
"""

import pathlib
import sys

import unit_tf
from unit_tf.data.image_listing import list_images

SETTINGS = {
    "data.image_size": 64,
    "run.steps": 3000,
    "run.checkpoint_every": 250,
    "run.image_every": 250,  # TensorBoard's grids: tensorboard --logdir=WORKDIR/logs
}


def main(folder_a, folder_b, workdir, **settings):
    """Trains, translates the first image of A, and writes a model for phones."""
    folders = {"data.dir_a": str(folder_a), "data.dir_b": str(folder_b)}
    workdir = pathlib.Path(workdir)
    translator = unit_tf.train("blue_marble", workdir, {**SETTINGS, **folders, **settings})
    first = list_images(folder_a)[0]
    translator.translate(first, direction="a2b").save(workdir / "first.png")
    report = unit_tf.export(workdir, workdir / "exported", formats=["tflite"], direction="a2b")
    print(*report.paths, sep="\n")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except unit_tf.UserError as error:  # a mistake of the caller's: its one line, no traceback
        print(error, file=sys.stderr)
        sys.exit(2)
