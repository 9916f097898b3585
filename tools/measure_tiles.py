"""Translates a large image in tiles by unit-translate, and prints how long and in how much memory.

  python tools/measure_tiles.py --side=20000 [--workdir=DIR] [--format=tif] [--max_memory_gb=1.5]

It writes a seeded image of coloured clouds and grain, ``side`` pixels a side, by rows. Another
process translates it, whose lines are passed on; its time and peak memory are printed. The exit
code is 1 where the peak is above 2 GB.
"""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
from absl import flags as absl_flags
from PIL import Image

from unit_tf.cli import flags
from unit_tf.inference.row_writer import row_writer

FLAGS = flags.new_flags()
absl_flags.DEFINE_integer("side", 20_000, "pixels", lower_bound=64, flag_values=FLAGS)
absl_flags.DEFINE_string("workdir", "blue_marble", "translator", flag_values=FLAGS)
absl_flags.DEFINE_string("direction", "a2b", "a2b or b2a", flag_values=FLAGS)
absl_flags.DEFINE_enum("format", "tif", ["tif", "png", "jpg"], "of both files", flag_values=FLAGS)
absl_flags.DEFINE_float("max_memory_gb", 1.5, "as of unit-translate", flag_values=FLAGS)
absl_flags.DEFINE_string("folder", None, "where to write; default: a temporary one",
                         flag_values=FLAGS)  # fmt: skip

HERE = pathlib.Path(__file__).resolve().parents[1]
MOST = 2e9  # bytes
CELL = 500  # pixels between two colours of a cloud
ROWS = 256


def write_clouds(path, side, seed=0):
    """Writes an RGB image of ``side`` x ``side`` pixels, in the format of its extension."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 256, (side // CELL + 2, side // CELL + 2, 3), np.uint8)
    clouds = Image.fromarray(cells)
    scale = (cells.shape[0] - 1) / side
    grain = rng.integers(-8, 9, (ROWS, side, 3), np.int16)
    with row_writer(path, (side, side), 3) as write:
        for first in range(0, side, ROWS):
            rows = min(ROWS, side - first)
            box = (0, first * scale, side * scale, (first + rows) * scale)
            band = np.asarray(clouds.resize((side, rows), Image.Resampling.BILINEAR, box), np.int16)
            write(np.clip(band + grain[:rows], 0, 255).astype(np.uint8))


def command(source, output):
    """The command line of unit-translate."""
    pixels = FLAGS.side**2 // 10**6 + 1
    return [
        sys.executable, "-m", "unit_tf.cli.translate", f"--workdir={FLAGS.workdir}",
        f"--direction={FLAGS.direction}", f"--input={source}", f"--output={output}",
        f"--max_megapixels={pixels}", f"--max_memory_gb={FLAGS.max_memory_gb}",
    ]  # fmt: skip


def translate(source, output):
    """Runs unit-translate; returns (exit code, seconds, CPU seconds, peak memory in bytes)."""
    start, arguments = time.monotonic(), command(source, output)
    process = subprocess.Popen(arguments, cwd=HERE, env={**os.environ, "PYTHONPATH": str(HERE)})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # which it has not waited for
    wall, cpu = time.monotonic() - start, usage.ru_utime + usage.ru_stime
    return process.returncode, wall, cpu, usage.ru_maxrss * 1024


def main():
    """Prints the figures; 1 where there is no translation, or it took too much memory."""
    with contextlib.ExitStack() as stack:
        folder = FLAGS.folder or stack.enter_context(tempfile.TemporaryDirectory())
        folder = pathlib.Path(folder).expanduser()
        source = folder / "in" / f"clouds.{FLAGS.format}"
        write_clouds(source, FLAGS.side)
        print(f"{source.name}: {source.stat().st_size / 1e6:,.0f} MB", flush=True)
        code, wall, cpu, peak = translate(source, folder / "out")
        if code:
            return 1
        size = (folder / "out" / source.name).stat().st_size
    print(f"{FLAGS.side}x{FLAGS.side} pixels, {FLAGS.workdir}: {wall:.0f} s, CPU {cpu:.0f} s, "
          f"peak {peak / 1e9:.2f} GB of memory, result {size / 1e6:,.0f} MB")  # fmt: skip
    return int(peak > MOST)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
