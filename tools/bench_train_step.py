"""How fast a train step is, beside what the same process reaches in a plain matmul.

  python tools/bench_train_step.py --preset=maps
  python tools/bench_train_step.py --preset=da_mnist_usps --model.width=0.125
  python tools/bench_train_step.py --preset=maps --steps=10 --data.image_size=128 --input

Prints a Markdown table: seconds and CPU seconds a step, images a second (of both domains),
multiply-adds counted from the step's own graph, their rate, its share of a 3072^3 matmul's, and the
peak memory of the process, which each row has for itself.
Only ratios of one run compare; the machine may be busy. ``--remat`` measures every row with
run.remat too, ``--subpixel`` with run.subpixel off and on.
``--input`` also measures the input pipeline alone, on a folder of JPEGs that it makes.
"""

import concurrent.futures
import itertools
import multiprocessing
import os
import pathlib
import platform
import resource
import sys
import tempfile
import time

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import UserError
from unit_tf.data.registry import find_source
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("preset", "maps", "preset to measure", flag_values=FLAGS)
absl_flags.DEFINE_integer("steps", 5, "timed steps of each row", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_string(
    "precisions", "float32,mixed_bfloat16", "comma-separated", flag_values=FLAGS
)
absl_flags.DEFINE_bool("remat", False, "measure run.remat too", flag_values=FLAGS)
absl_flags.DEFINE_bool("subpixel", False, "measure run.subpixel off and on", flag_values=FLAGS)
absl_flags.DEFINE_bool("input", False, "measure the input pipeline too", flag_values=FLAGS)
flags.define_config_flags(FLAGS)

MATMUL_SIDE = 3072


def matmul_rate(dtype, repeats=3):
    """Multiply-adds a second of a MATMUL_SIDE^3 matmul; the best of ``repeats``."""
    import tensorflow as tf

    x = tf.random.normal([MATMUL_SIDE, MATMUL_SIDE])
    x = tf.cast(x, dtype)
    multiply = tf.function(lambda a: tf.matmul(a, a))
    multiply(x).numpy()
    best = min(_seconds(lambda: multiply(x).numpy()) for _ in range(repeats))
    return MATMUL_SIDE**3 / best


def _seconds(function):
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def measure(config, steps):
    """(seconds a step, CPU seconds a step, multiply-adds a step) of one configuration.

    Args:
      config: ExperimentConfig.
      steps: how many are timed.
    """
    import keras
    import tensorflow as tf

    from unit_tf.inference.multiply_adds import graph_multiply_adds
    from unit_tf.methods.registry import build_method
    from unit_tf.training.trainer import Trainer

    keras.config.set_dtype_policy(config.run.precision)
    trainer = Trainer(build_method(config), config)
    size = config.optim.images_a_step
    batch = [
        tf.random.uniform([size, *config.data.image_size, config.data.domain_channels(d)], -1, 1)
        for d in "ab"
    ]
    if trainer.method.classifies:
        batch.append(tf.range(size) % 10)
    batch = tuple(batch)
    signature = [tuple(tf.TensorSpec(x.shape, x.dtype) for x in batch)]
    step = tf.function(trainer.train_step, input_signature=signature, jit_compile=config.run.jit)
    work = graph_multiply_adds(step.get_concrete_function().graph)
    for _ in range(2):
        float(step(batch)["total/generator"])
    times, cpu_times = [], []
    for _ in range(steps):
        begin = time.process_time()
        times.append(_seconds(lambda: float(step(batch)["total/generator"])))
        cpu_times.append(time.process_time() - begin)
    return sorted(times)[steps // 2], sorted(cpu_times)[steps // 2], work


def measured_row(config, steps):
    """What a row needs, in a process that does nothing else.

    Args:
      config, steps: as ``measure``'s.

    Returns:
      (seconds a step, CPU seconds a step, multiply-adds a step, those a second of a matmul, peak
      memory in bytes).
    """
    quiet.start_tensorflow()
    seconds, cpu, work = measure(config, steps)
    unit = 1 if sys.platform == "darwin" else 1024
    memory = unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    dtypes = {"mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}
    return seconds, cpu, work, matmul_rate(dtypes.get(config.run.precision, "float32")), memory


def in_own_process(function, *arguments):
    """What a function of this file returns, called in a new process."""
    fresh = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(function, *arguments).result()


def input_rate(config, images=40, seconds=5.0):
    """Images a second (of both domains) that the input pipeline delivers from JPEG files."""
    import numpy as np
    from PIL import Image

    from unit_tf.data.datasets import open_data
    from unit_tf.data.pipeline import training_dataset

    rng = np.random.default_rng(0)
    height, width = config.data.image_size
    with tempfile.TemporaryDirectory() as folder:
        for domain in "ab":
            directory = pathlib.Path(folder, domain)
            directory.mkdir()
            for i in range(images):
                # Smooth noise compresses like a photograph; white noise would not.
                small = rng.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), dtype=np.uint8)
                big = Image.fromarray(small).resize((width + 30, height + 30))
                big.save(directory / f"{i}.jpg", quality=90)
        folders = {
            "data.source": "folder",
            "data.dir_a": f"{folder}/a",
            "data.dir_b": f"{folder}/b",
        }
        config = config.replace(folders)
        iterator = iter(training_dataset(open_data(config.data), config))
        for _ in range(20):
            next(iterator)
        count, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            next(iterator)
            count += 2 * config.optim.images_a_step
        return count / (time.perf_counter() - begin)


def main():
    """Prints the table."""
    config = resolve(FLAGS["preset"].value, flags.config_overrides(FLAGS))
    if find_source(config.data.source).labelled:
        if FLAGS["input"].value:
            raise UserError("--input: measures folders of images; this preset reads labelled ones")
        quiet.prefer_onednn()
    quiet.start_tensorflow()
    import tensorflow as tf

    size = "x".join(map(str, config.data.image_size))
    print(
        f"{FLAGS['preset'].value}: {config.model.architecture}, width {config.model.width}, "
        f"{size}, "
        f"batch {config.optim.batch_size}; {os.cpu_count()} x {platform.processor() or 'CPU'}, "
        f"{len(tf.config.list_physical_devices('GPU'))} GPU; TensorFlow {tf.__version__}\n"
    )
    columns = ["precision", "s a step", "CPU s", "images/s", "10^9 multiply-adds", "10^9/s"]
    columns += ["3072^3 matmul, 10^9/s", "share", "peak GB"]
    print(f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}")
    remats = (False, True) if FLAGS["remat"].value else (config.run.remat,)
    precisions = FLAGS["precisions"].value.split(",")
    forms = ("off", "on") if FLAGS["subpixel"].value else (config.run.subpixel,)
    for precision, remat, form in itertools.product(precisions, remats, forms):
        changes = {"run.precision": precision, "run.remat": remat, "run.subpixel": form}
        one, steps = config.replace(changes), FLAGS["steps"].value
        seconds, cpu, work, peak, memory = in_own_process(measured_row, one, steps)
        cells = [
            f"{precision}{', remat' * remat}{f', sub-pixel {form}' * FLAGS['subpixel'].value}",
            f"{seconds:.3f}", f"{cpu:.3f}", f"{2 * one.optim.images_a_step / seconds:.1f}",
            f"{work / 1e9:.2f}", f"{work / seconds / 1e9:.1f}", f"{peak / 1e9:.1f}",
            f"{work / seconds / peak:.2f}", f"{memory / 1e9:.2f}",
        ]  # fmt: skip
        print(f"| {' | '.join(cells)} |", flush=True)
        if FLAGS["input"].value and precision == "float32" and not remat and form == forms[0]:
            rate = input_rate(config)
            step_rate = 2 * config.optim.images_a_step / seconds
            print(
                f"\ninput pipeline alone: {rate:.0f} images/s, {rate / step_rate:.0f} times "
                f"the {step_rate:.2f} images/s of the step\n",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
