"""How well --run.minutes and --run.memory_gb are kept: trains as they choose, and looks at the end.

  python tools/measure_budget.py --preset=photos --data.root=emoji/flat_to_3d --run.minutes=4

  taskset -c 0 python tools/measure_budget.py --clock=cpu --preset=photos ... --run.minutes=4

Runs unit-train with these flags in a folder that is thrown away, and prints a row of a Markdown
table: minutes asked for and taken, the largest memory of any of its processes (of the CPU; what a
GPU's allocator took does not show here), what was chosen, and the CPU time. Where others keep the
machine busy, --clock=cpu counts the minutes in CPU time; see tools/cpu_clock.py.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from absl import flags as absl_flags

from unit_tf.cli import flags
from unit_tf.config import UserError
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("preset", "photos", "preset to train", flag_values=FLAGS)
absl_flags.DEFINE_enum(
    "clock", "wall", ["wall", "cpu"], "what minutes are counted by", flag_values=FLAGS
)
flags.define_config_flags(FLAGS)
TRAINS = {
    "wall": ["-m", "unit_tf.cli.train"],
    "cpu": [str(pathlib.Path(__file__).with_name("cpu_clock.py"))],
}
HEAD = (
    "| clock | minutes asked | taken | ratio | GB allowed | taken | chosen | CPU minutes |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def run(command):
    """Returns (seconds, CPU seconds, bytes of the largest process) of a command.

    Raises:
      UserError: it failed.
    """
    begun = time.monotonic()
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise UserError(f"unit-train ended with status {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, unit * used.ru_maxrss


def row(clock, minutes, memory, used, chosen):
    """A row under HEAD.

    Args:
      clock: "wall" or "cpu".
      minutes, memory: asked for; 0 GB for any number.
      used: from ``run``.
      chosen: what the training's config.json holds.
    """
    seconds, cpu, peak = used
    taken = {"wall": seconds, "cpu": cpu}[clock] / 60
    height, width = chosen["data"]["image_size"]
    shape = f"{height}x{width}, width {chosen['model']['width']:g}, {chosen['run']['steps']} steps"
    allowed = f"{memory:g}" if memory else ""
    numbers = f"{minutes:g} | {taken:.2f} | {taken / minutes:.2f} | {allowed} | {peak / 1e9:.2f}"
    return f"| {clock} | {numbers} | {shape} | {cpu / 60:.2f} |"


def main():
    """Prints the table."""
    given = flags.config_overrides(FLAGS)
    asked = resolve(FLAGS.preset, given).run
    if not asked.minutes:
        raise UserError("--run.minutes is required; see --help")
    with tempfile.TemporaryDirectory() as folder:
        workdir = pathlib.Path(folder, "run")
        command = [sys.executable, *TRAINS[FLAGS.clock], f"--preset={FLAGS.preset}"]
        command += [f"--workdir={workdir}", *(f"--{name}={given[name]}" for name in given)]
        used = run(command)
        chosen = json.loads((workdir / "config.json").read_text(encoding="utf-8"))
    print(HEAD)
    print(row(FLAGS.clock, asked.minutes, asked.memory_gb, used, chosen))
    return 0


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
