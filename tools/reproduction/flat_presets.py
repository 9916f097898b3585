"""Whether flat images end a training: every preset that translates, on a folder of them.

  python tools/reproduction/flat_presets.py --output=runs/flat [--steps=300] [--document=docs/...]

A holds white, black and two-valued images and one with a single dark pixel, B noise and white ones.
Each preset gives its method, networks, weights and optimizer; all train at 64x64 with a quarter of
the filters, one image of each domain a step, and adversarial from the first step on. Presets that
come out equal are trained once. A row holds how many steps a training lasted, and what was not
finite where one ended early. The tool goes on where it was stopped.
"""

import json
import pathlib
import sys

from absl import flags as absl_flags

import record_tables as tables
from unit_tf.cli import flags, quiet
from unit_tf.config import ConfigError
from unit_tf.files import write_text
from unit_tf.methods.registry import find_method
from unit_tf.presets import PRESETS, preset_config
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=FLAGS)
absl_flags.DEFINE_integer("steps", 300, "of each training", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_string("document", None, "Markdown file with the table", flag_values=FLAGS)

SIDE = 64
COUNT = 8  # images of a domain
SECTIONS = ("model", "weights", "optim")
CHANNELS = ("data.channels", "data.channels_a", "data.channels_b")
SMALL = {
    "model.width": 0.25, "data.image_size": SIDE, "optim.batch_size": 1, "run.checkpoint_every": 50,
}  # fmt: skip


def write_images(folder):
    """Writes the flat images of A and the others of B as PNGs; returns the settings of both."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    two_valued = np.full((SIDE, SIDE, 3), 255, np.uint8)
    two_valued[:, SIDE // 2 :] = 0
    one_pixel = np.full((SIDE, SIDE, 3), 255, np.uint8)
    one_pixel[20, 20] = 0
    flat = [np.full((SIDE, SIDE, 3), level, np.uint8) for level in (255, 0)]
    noise = rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    for domain, kinds in {"a": [*flat, two_valued, one_pixel], "b": [noise, flat[0]]}.items():
        place = folder / domain
        place.mkdir(parents=True, exist_ok=True)
        for index in range(COUNT):
            Image.fromarray(kinds[index % len(kinds)]).save(place / f"{index}.png")
    return {"data.dir_a": str(folder / "a"), "data.dir_b": str(folder / "b")}


def settings_of(preset):
    """Returns {"section.field": value} of what a preset says about networks and training."""
    items = dict(preset_config(preset).items())
    kept = {k: v for k, v in items.items() if k.partition(".")[0] in SECTIONS or k in CHANNELS}
    method = find_method(kept["model.method"])
    if "weights.gan_start" in method.reads:
        kept["weights.gan_start"] = 0
    if method.paired:
        kept["data.paired"] = True
    return {**kept, **SMALL}


def experiments(steps, folders):
    """Returns ({presets' names: ExperimentConfig}, {preset: why it is left out})."""
    found, left_out = {}, {}
    for preset in PRESETS:
        config = preset_config(preset)
        method = find_method(config.model.method)
        if method.labelled or not method.directions:
            continue  # they read digits
        if config.weights.perceptual:
            left_out[preset] = "its perceptual loss needs weights that Keras fetches"
            continue
        try:
            config = resolve("", {**settings_of(preset), **folders, "run.steps": steps})
        except ConfigError as error:
            left_out[preset] = str(error)
            continue
        found.setdefault(config, []).append(preset)
    return {", ".join(names): config for config, names in found.items()}, left_out


def trained(config, workdir):
    """Trains, or goes on; returns (steps that it lasted, "finite" or what was not)."""
    from unit_tf.data.datasets import open_data
    from unit_tf.training import loop

    record = workdir / "lasted.json"
    if record.exists():
        return json.loads(record.read_text(encoding="utf-8"))
    run, end = loop.Loop(config, open_data(config.data), workdir), "finite"
    try:
        run.run()
    except loop.Diverged as error:
        end = str(error)
    result = [int(run.trainer.step.numpy()), end]
    write_text(record, json.dumps(result) + "\n")
    return result


def main():
    """Trains every preset and prints the table, or puts it into a document."""
    flags.require(FLAGS, "output")
    output = pathlib.Path(FLAGS.output)
    found, left_out = experiments(FLAGS.steps, write_images(output / "images"))
    quiet.start_tensorflow()
    rows, is_whole = [], True
    for names, config in found.items():
        steps, end = trained(config, output / names.partition(",")[0])
        is_whole = is_whole and end == "finite"
        rows.append([names, str(steps), end])
        print(" | ".join(rows[-1]), flush=True)
    for preset, why in left_out.items():
        print(f"left out: {preset}: {why}", file=sys.stderr)
    table = tables.markdown(["presets", "steps", "end"], rows)
    if FLAGS.document:
        text = tables.filled(FLAGS.document, "flat_presets", {"flat": "\n".join(table)})
        write_text(pathlib.Path(FLAGS.document), text)
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
