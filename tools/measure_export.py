"""What exported TFLite models cost in quality, size and time: the tables in docs/deploy.md.

  python tools/measure_export.py --workdirs=runs/table3,runs/munit2018 --image_size=256 --output=DIR

For each workdir and quantization: PSNR and differences to the float model over 32 of the data's own
images, size, and time on one and two threads. Times are taken in turns, so that a busy machine
slows all alike, and given as ratios too: to the float32 file, and to the SavedModel on the same two
threads. Rows marked "other form" have doublings the other way than the export writes them.
``--quantizations`` and ``--images`` make it shorter. Prints Markdown; DIR keeps the models and
measures.json.
"""

import functools
import json
import math
import pathlib
import sys
from unittest import mock

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf.cli import flags
from unit_tf.training import workdir as workdir_lib

FLAGS = flags.new_flags()
absl_flags.DEFINE_list("workdirs", None, "trained workdirs", flag_values=FLAGS)
absl_flags.DEFINE_integer("image_size", 256, "side in pixels", flag_values=FLAGS)
absl_flags.DEFINE_string("direction", "a2b", "a2b or b2a", flag_values=FLAGS)
absl_flags.DEFINE_integer("rounds", 9, "timed rounds", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_list(
    "quantizations", None, "those to measure, float32 among them; default: all", flag_values=FLAGS
)
absl_flags.DEFINE_integer(
    "images", None, "to compare and to calibrate on, at most; default: the export's numbers",
    lower_bound=1, flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_string("output", None, "folder", flag_values=FLAGS)
HEADER = (
    "| {} | MB | PSNR, dB | max | mean | ms, 1 thread | ms, 2 threads | x float32 | x SavedModel |"
)


def schemes(method):
    """{row's name: quantize.Scheme}: every quantization, and the other form where there are two."""
    from unit_tf.export.quantize import QUANTIZATIONS

    from unit_tf.layers.blocks import UpBlock

    modes = {x.mode for x in method.generator._flatten_layers() if isinstance(x, UpBlock)}
    other = {}
    for name in ("float32", "dynamic", "int8", "int8_float_norm"):
        scheme = QUANTIZATIONS[name]
        if "transpose" in modes:
            scheme = scheme._replace(subpixel=not scheme.subpixel)
        if "nearest" in modes:
            scheme = scheme._replace(doubling=not scheme.doubling)
        if modes:
            other[f"{name}, other form"] = scheme
    return {**QUANTIZATIONS, **other}


def chosen(rows):
    """Those of the rows that ``--quantizations`` names; all without it.

    Raises:
      UserError: a name is none of theirs, or the ratios' float32 is missing.
    """
    names = FLAGS.quantizations or list(rows)
    for name in names:
        if name not in rows:
            raise config_lib.UserError(
                f"--quantizations={name}: not valid{config_lib.nearest(name, rows)}"
            )
    if "float32" not in names:
        raise config_lib.UserError("--quantizations: float32 must be among them, for the ratios")
    return {name: rows[name] for name in names}


def measure_workdir(workdir, folder):
    """Rows of one workdir: {name: figures}; the SavedModel's has times alone."""
    from unit_tf.export import check_images, parity, quantize, saved_model, task_images, tflite

    from unit_tf.cli import quiet
    from unit_tf.inference import load as load_lib
    from unit_tf.inference.timing import in_turns

    loaded = load_lib.load(workdir)
    size, domain = (FLAGS.image_size,) * 2, FLAGS.direction[0]
    data, few = loaded.config.data, FLAGS.images or math.inf
    compared = check_images.comparison_images(data, domain, size, min(few, check_images.COMPARED))
    if compared.why_random:
        raise config_lib.UserError(f"--workdirs={workdir}: {compared.why_random}")
    guides = check_images.comparison_images(data, FLAGS.direction[2], size, task_images.GUIDES)
    arrays = compared.arrays, guides.arrays
    reference = parity.Reference(loaded.method, FLAGS.direction, *arrays)
    task, crops = (
        reference.task,
        check_images.training_crops(data, domain, size, min(few, check_images.CALIBRATION)),
    )
    calibration = task_images.calibration_inputs(task, crops, size)
    rows, one, two = {}, {}, {}
    inputs = reference.pair(0, (1, *size), task.lite)[0]
    for name, scheme in chosen(schemes(loaded.method)).items():
        path = folder / f"{name.replace(', ', '_').replace(' ', '_')}.tflite"
        table = {**quantize.QUANTIZATIONS, name: scheme}
        with quiet.filtered_stderr(), mock.patch.dict(quantize.QUANTIZATIONS, table):
            artefact = tflite.export_tflite(reference, size, path, name, calibration)
        rows[name] = {"MB": artefact.num_bytes / 1e6, **artefact.parity._asdict()}
        one[name] = functools.partial(tflite.load_tflite(path, 1), **inputs)
        two[name] = functools.partial(tflite.load_tflite(path, 2), **inputs)
        print(f"{workdir}: {name} {artefact.parity.psnr:.1f} dB", file=sys.stderr, flush=True)
    exported = saved_model.export_saved_model(reference, folder)
    model = saved_model.LoadedModel(exported.path)
    two["SavedModel"] = functools.partial(model.run, task.lite, **inputs)
    print(f"{workdir}: timing", file=sys.stderr, flush=True)
    for key, runs in (("ms_1", one), ("ms_2", two)):
        for name, milliseconds in in_turns(runs, FLAGS.rounds).items():
            rows.setdefault(name, {})[key] = milliseconds
    about = f"{loaded.config.model.architecture}, {size[0]}x{size[1]}, step {loaded.step}"
    return {"about": about, "compared_on": compared.origin, "rows": rows}


def markdown(found):
    """The table of one workdir's rows."""
    rows = found["rows"]
    yield HEADER.format(found["about"])
    yield "| --- | " + "--- | " * 8
    float32, served = rows["float32"]["ms_2"], rows["SavedModel"]["ms_2"]
    for name, row in rows.items():
        ratios = f"{row['ms_2'] / float32:.2f} | {row['ms_2'] / served:.2f}"
        if name == "SavedModel":
            yield f"| SavedModel |  |  |  |  |  | {served:.0f} | {ratios} |"
            continue
        yield (
            f"| {name} | {row['MB']:.1f} | {row['psnr']:.1f} | {row['max_difference']:.1e} | "
            f"{row['mean_difference']:.1e} | {row['ms_1']:.0f} | {row['ms_2']:.0f} | {ratios} |"
        )


def main():
    """Measures every workdir."""
    flags.require(FLAGS, "workdirs", "output")
    from unit_tf.cli import quiet

    quiet.start_tensorflow()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    output, found = pathlib.Path(FLAGS.output), {}
    for i, text in enumerate(FLAGS.workdirs):
        workdir = workdir_lib.resolve_workdir(text)
        found[text] = measure_workdir(workdir, output / f"{i}_{workdir.name}")
        print("\n".join(markdown(found[text])), end="\n\n", flush=True)
        (output / "measures.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
