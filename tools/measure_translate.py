"""Times unit-translate of two checkouts on the same photographs in turns; compares the results.

  python tools/measure_translate.py --before=../main [--count=200] [--rounds=3] [--workdir=DIR]

It makes ``count`` seeded files that look like photographs to a codec (smooth shapes with grain,
256 to 1,024 pixels a side, JPEG and PNG), has each checkout translate them as a command of its own,
one after the other in every round, and prints each round's wall and CPU seconds, the ratios of the
best rounds, how many files differ in a byte (profiles and compression may), and how far pixels
are apart. Networks that sum in another order round a value now and then to the next level, and a
JPEG's coefficients carry that on; exits with 1 where a value of a PNG is more than one level off,
or one of a JPEG more than eight.
"""

import filecmp
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
import typing

import numpy as np
from absl import flags as absl_flags
from PIL import Image

from unit_tf.cli import flags
from unit_tf.config import UserError

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("before", None, "checkout to compare this one with", flag_values=FLAGS)
absl_flags.DEFINE_string("workdir", "blue_marble", "translator of both", flag_values=FLAGS)
absl_flags.DEFINE_string("direction", "a2b", "a2b or b2a", flag_values=FLAGS)
absl_flags.DEFINE_integer("count", 200, "photographs", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_integer("rounds", 3, "runs of each checkout", lower_bound=1, flag_values=FLAGS)

HERE = pathlib.Path(__file__).resolve().parents[1]
SIDES = (256, 1024)
ROUNDING = {".png": 1, ".jpg": 8}  # levels of 255


class Seconds(typing.NamedTuple):
    """What a run of a command takes.

    Attributes:
      wall: from start to end.
      cpu: of all its threads.
    """

    wall: float
    cpu: float


def photograph(rng):
    """Returns uint8 [H, W, 3]: clouds of colour at three scales, and grain."""
    height, width = rng.integers(SIDES[0], SIDES[1] + 1, 2)
    image = np.zeros((height, width, 3), np.float32)
    for cells in (4, 16, 64):
        noise = rng.integers(0, 256, (cells, cells, 3), np.uint8)
        clouds = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
        image += np.asarray(clouds, np.float32) / 3
    grain = rng.normal(0, 3, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def write_photographs(folder, count, seed=0):
    """Writes ``count`` files, three JPEGs to a PNG."""
    for k in range(count):
        image = Image.fromarray(photograph(np.random.default_rng((seed, k))))
        if k % 4:
            image.save(folder / f"{k:04d}.jpg", quality=92)
        else:
            image.save(folder / f"{k:04d}.png")


def run(checkout, source, output):
    """Translates a folder by a checkout's own command; returns Seconds.

    Raises:
      UserError: the command failed.
    """
    command = [
        sys.executable, "-m", "unit_tf.cli.translate", f"--workdir={FLAGS.workdir}",
        f"--direction={FLAGS.direction}", f"--input={source}", f"--output={output}",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise UserError(f"{checkout}: {done.stderr.strip().splitlines()[-1]}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Seconds(wall, cpu)


def different(one, other):
    """Relative names of the files that are not the same in two folders."""
    names = {p.relative_to(f) for f in (one, other) for p in f.rglob("*") if p.is_file()}
    both = {n for n in names if (one / n).is_file() and (other / n).is_file()}
    equal = {n for n in both if filecmp.cmp(one / n, other / n, shallow=False)}
    return sorted(map(str, names - equal))


def levels_apart(first, second):
    """Absolute differences of two images' pixels, uint8 [H, W, C]; None without two of one size."""
    if not (first.is_file() and second.is_file()):
        return None
    with Image.open(first) as a, Image.open(second) as b:
        if (a.size, a.mode) != (b.size, b.mode):
            return None
        a, b = np.asarray(a, np.int16), np.asarray(b, np.int16)
    return np.abs(a - b).astype(np.uint8)


def compare(one, other, names):
    """Compares the images of some names in two folders.

    Returns:
      (names of those further apart than ROUNDING, text that says how far all are apart).
    """
    wrong, counts = [], np.zeros(256, np.int64)
    for name in names:
        levels = levels_apart(one / name, other / name)
        if levels is None or levels.max() > ROUNDING[pathlib.Path(name).suffix]:
            wrong.append(name)
        if levels is not None:
            counts += np.bincount(levels.ravel(), minlength=256)
    share, most = counts[1:].sum() / max(1, counts.sum()), max(np.flatnonzero(counts), default=0)
    return wrong, f"{share:.2e} of their values are other ones, by at most {most} of 255"


def main():
    """Prints the times; 1 where pixels differ."""
    flags.require(FLAGS, "before")
    before = pathlib.Path(FLAGS.before).expanduser().resolve()
    if not (before / "unit_tf").is_dir():
        raise UserError(f"--before={FLAGS.before}: no checkout of unit_tf")
    checkouts, taken = {"before": before, "now": HERE}, {"before": [], "now": []}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "in").mkdir()
        write_photographs(folder / "in", FLAGS.count)
        for k in range(FLAGS.rounds):
            for name, checkout in checkouts.items():
                spent = run(checkout, folder / "in", folder / name)
                taken[name].append(spent)
                print(f"round {k} {name}: {spent.wall:.1f} s, CPU {spent.cpu:.1f} s", flush=True)
        other = different(folder / "before", folder / "now")
        wrong, apart = compare(folder / "before", folder / "now", other)
    for field in Seconds._fields:
        best = {name: min(getattr(s, field) for s in runs) for name, runs in taken.items()}
        print(f"{field}: {best['before']:.1f} s / {best['now']:.1f} s = "
              f"{best['before'] / best['now']:.2f}")  # fmt: skip
    print(f"files of other bytes: {len(other)}; {apart}; too far: {', '.join(wrong) or 'none'}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
