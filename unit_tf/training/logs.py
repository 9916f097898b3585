"""Output of a training: TensorBoard, and a progress bar or one line a minute."""

import sys
import time

import numpy as np
import tensorflow as tf
from tqdm import tqdm

LINE_EVERY_SECONDS = 60


def preview_grid(columns):
    """Stacks preview columns into one image, a row for each example.

    Args:
      columns: {"title": [N, H, W, 1 or 3] in [-1, 1]}.

    Returns:
      uint8 [1, N * H, columns * W, 3].
    """

    def colour(x):
        x = np.asarray(x, np.float32)
        return np.repeat(x, 3, -1) if x.shape[-1] == 1 else x

    rows = np.concatenate([colour(x) for x in columns.values()], axis=2)
    grid = rows.reshape(1, -1, *rows.shape[2:])
    # Diverged networks make NaN: shown grey; the loop raises Diverged.
    return np.clip(np.round((np.nan_to_num(grid) + 1) * 127.5), 0, 255).astype(np.uint8)


class TensorBoardLog:
    """Scalars and grids under WORKDIR/logs; writes nothing when ``active`` is False.

    Args:
      directory: log folder.
      active: True on the chief.
    """

    def __init__(self, directory, active=True):
        self.writer = tf.summary.create_file_writer(str(directory)) if active else None

    def scalars(self, step, values):
        """Writes {"name": number} at ``step``."""
        if self.writer is None:
            return
        with self.writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(name, value)

    def grid(self, step, columns):
        """Writes a preview grid whose title lists the columns."""
        if self.writer is None:
            return
        with self.writer.as_default(step=step):
            tf.summary.image("grid", preview_grid(columns), description=" | ".join(columns))

    def flush(self):
        """Writes what is waiting, so that who reads the files now finds it."""
        if self.writer is not None:
            self.writer.flush()

    def close(self):
        """Flushes, and ends the file; nothing is written afterwards."""
        if self.writer is not None:
            self.writer.close()
        self.writer = None


class Progress:
    """A bar on a terminal; elsewhere a line a minute, and one at the end.

    Args:
      start: steps already done.
      total: steps in all.
      stream: where to write.
      active: True on the chief; the others say nothing.
    """

    def __init__(self, start, total, stream=None, active=True):
        self.stream = stream or sys.stderr
        self.start, self.total, self.done = start, total, start
        self.begun = self.said = time.monotonic()
        self.bar, self.active = None, active
        if active and self.stream.isatty():
            self.bar = tqdm(
                total=total, initial=start, unit="step", file=self.stream, dynamic_ncols=True
            )

    def update(self, step, logs):
        """Shows ``step`` and the totals among ``logs``."""
        shown = {k.partition("/")[2]: f"{v:.3f}" for k, v in logs.items() if k.startswith("total/")}
        if self.bar is not None:
            self.bar.update(step - self.done)
            self.bar.set_postfix(shown, refresh=False)
        self.done = step
        now = time.monotonic()
        due = now - self.said >= LINE_EVERY_SECONDS or step == self.total
        if self.active and self.bar is None and due:
            self.said = now
            rate = (step - self.start) / max(now - self.begun, 1e-9)
            left = (self.total - step) / max(rate, 1e-9)
            losses = " ".join(f"{k} {v}" for k, v in shown.items())
            print(
                f"step {step}/{self.total}  {rate:.2f} steps/s  {left / 60:.0f} min left  {losses}",
                file=self.stream,
                flush=True,
            )

    def say(self, line):
        """Shows a line of its own, above the bar if there is one."""
        if self.active:
            tqdm.write(line, file=self.stream)
            self.stream.flush()

    def close(self):
        """Ends the bar."""
        if self.bar is not None:
            self.bar.close()
