"""What preset blue_marble_quick learns, on several seeds: the table in docs/results.md.

  python tools/reproduction/quick.py --seeds=0,1,2 --output=runs/quick

Trains each seed in OUTPUT/seed_N (a finished or interrupted run is taken up) and prints a Markdown
table: held-out L1 of a->b before and after training, its ratio, and the L1 of the reconstructions
of both domains, all in the range [-1, 1].
"""

import json
import pathlib
import subprocess
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags
from unit_tf.files import write_text
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds", flag_values=FLAGS)
absl_flags.DEFINE_string("preset", "blue_marble_quick", "preset", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "folder of the runs", flag_values=FLAGS)


def held_out(data):
    """(x_a, x_b): float32 [N, H, W, C] in [-1, 1], the test tiles and their truths."""
    import numpy as np

    from unit_tf.data.images import to_float

    pairs = [(to_float(p.load()), to_float(p.load_truth())) for p in data.test_a]
    return tuple(np.stack(side) for side in zip(*pairs, strict=True))


def scores(method, x_a, x_b):
    """L1 of the translation a->b against the truth, and of both reconstructions."""
    import numpy as np

    columns = [method.preview((x_a[i : i + 8], x_b[i : i + 8])) for i in range(0, len(x_a), 8)]
    images = {k: np.concatenate([np.asarray(c[k]) for c in columns]) for k in columns[0]}
    return {
        "a->b": float(np.abs(images["a->b"] - x_b).mean()),
        "a->a": float(np.abs(images["a->a"] - x_a).mean()),
        "b->b": float(np.abs(images["b->b"] - x_b).mean()),
    }


def one_seed(seed, output):
    """Trains one seed in a process of its own and measures before and after."""
    import tensorflow as tf

    from unit_tf.data.datasets import open_data
    from unit_tf.inference.load import load
    from unit_tf.training import loop

    config = resolve(FLAGS.preset, {"run.seed": seed})
    workdir = pathlib.Path(output) / f"seed_{seed}"
    command = [sys.executable, "-m", "unit_tf.cli.train", f"--preset={FLAGS.preset}"]
    subprocess.run([*command, f"--workdir={workdir}", f"--run.seed={seed}"], check=True)
    tiles = held_out(open_data(config.data))
    untrained = loop.build_trainer(config, tf.distribute.get_strategy())
    before = scores(untrained.method, *tiles)
    loaded = load(workdir)
    after = scores(loaded.method, *tiles)
    return {"seed": seed, "steps": loaded.step, "before": before, "after": after}


def main():
    """Prints the table and writes it as JSON."""
    flags.require(FLAGS, "output")
    rows = [one_seed(int(seed), FLAGS.output) for seed in FLAGS.seeds]
    write_text(pathlib.Path(FLAGS.output) / "quick.json", json.dumps(rows, indent=2) + "\n")
    print("| seed | steps | a->b untrained | a->b trained | ratio | a->a | b->b |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        before, after = row["before"]["a->b"], row["after"]
        print(
            f"| {row['seed']} | {row['steps']} | {before:.3f} | "
            f"{after['a->b']:.3f} | {after['a->b'] / before:.2f} | {after['a->a']:.3f} | "
            f"{after['b->b']:.3f} |"
        )


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
