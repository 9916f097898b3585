"""The folder that running a program leaves; no TensorFlow.

FOLDER/config.json    the configuration, by which another training is told
FOLDER/state.npz      every variable after the last step that was saved
FOLDER/losses.csv     the losses, of earlier runs too
FOLDER/samples/       a grid of images for each step that has one
"""

import csv
import io
import math
import pathlib

import numpy as np
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data.image_grids import image_grid
from unit_tf.files import atomic_path, os_reason, write_text
from unit_tf.lowering import program_folder
from unit_tf.training.workdir import CONFIG, other_settings

LOSSES, SAMPLES = "losses.csv", "samples"
_KEPT = "the last state that was saved is kept"


class NotFinite(RuntimeError):
    """A loss or a weight is no longer a finite number."""


class RunFolder:
    """Reads and writes such a folder: every file whole or not there.

    Args:
      folder: to make, or one of the same training to go on with.
      manifest: program_folder.Manifest.

    Raises:
      UserError: it holds another training, or a program.
    """

    def __init__(self, folder, manifest):
        self.folder, self.manifest = pathlib.Path(folder).expanduser(), manifest
        path = self.folder / CONFIG
        if (self.folder / program_folder.MANIFEST).exists():
            raise UserError(f"--output={folder}: holds a program; give another folder")
        wrong = other_settings(manifest.config, path) if path.exists() else []
        if wrong:
            raise UserError(
                f"--output={folder}: holds another training ({'; '.join(wrong)}); give another "
                "folder"
            )
        self._rows = []

    def newest(self, first):
        """(file, step) of the state to begin with: its own or, where there is none yet, ``first``.

        Raises:
          UserError: the program has gone on without it.
        """
        own, begins = self.folder / program_folder.STATE, program_folder.step_of(first)
        if not own.exists():
            return first, begins
        step = program_folder.step_of(own)
        if step < begins:
            raise UserError(
                f"--output={self.folder}: stands at step {step}, and the program begins at "
                f"{begins}; give another folder"
            )
        return own, step

    def read_losses(self, step):
        """Takes up the losses of an earlier run, but for those after ``step``.

        Raises:
          UserError: the file is none of this training.
        """
        path = self.folder / LOSSES
        if not path.exists():
            return
        try:
            rows = [*csv.reader(io.StringIO(path.read_text(encoding="utf-8")))]
            if not rows or rows[0] != ["step", *self.manifest.logs]:
                raise ValueError
            self._rows = [row for row in rows[1:] if int(row[0]) <= step]
        except (OSError, ValueError, IndexError, csv.Error):
            raise UserError(
                f"{path}: damaged; without it the run goes on, and its losses begin anew"
            ) from None

    def begin(self):
        """Makes the folder, and clears it of what a killed run half wrote.

        Raises:
          UserError: it cannot be made.
        """
        try:
            write_text(self.folder / CONFIG, self.manifest.config.to_json())
            for leftover in self.folder.glob(f".{program_folder.STATE}.*"):
                leftover.unlink()
        except OSError as error:
            raise UserError(f"--output={self.folder}: {os_reason(error)}") from None

    def log(self, step, losses):
        """Remembers {name: float} until the next save.

        Raises:
          NotFinite: one of them is not finite.
        """
        bad = [name for name, value in losses.items() if not math.isfinite(value)]
        if bad:
            raise NotFinite(f"step {step}: {bad[0]} is not finite; {_KEPT}")
        self._rows.append([step, *(repr(losses[name]) for name in self.manifest.logs)])

    def save(self, step, values):
        """Writes losses and variables; the state last, so that losses are never behind it.

        Args:
          step: steps done.
          values: the variables as arrays, in the manifest's order.

        Raises:
          NotFinite: a weight is not finite, and nothing is written.
        """
        for argument, value in zip(self.manifest.state, values, strict=True):
            if argument.name.startswith("network/") and not np.isfinite(value).all():
                raise NotFinite(f"step {step}: {argument.name} is not finite; {_KEPT}")
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([["step", *self.manifest.logs], *self._rows])
        write_text(self.folder / LOSSES, text.getvalue())
        program_folder.write_state(self.folder / program_folder.STATE, self.manifest, values)

    def write_sample(self, step, columns):
        """Writes a grid of {title: float32 images in [-1, 1]}."""
        images = [np.uint8(np.clip((x + 1) * 127.5 + 0.5, 0, 255)) for x in columns.values()]
        grid = image_grid([*zip(*images, strict=True)], [*columns])
        with atomic_path(self.folder / SAMPLES / f"{step:09d}.png") as temporary:
            Image.fromarray(grid).save(temporary)
