"""Measures how calm translated clips are, how true and how fast, by what calms them.

  python tools/measure_flicker.py [--workdir=blue_marble] [--clips=8] [--frames=16]

The scenes are satellite images of the bands of the globe that no training sees (data.source
blue_marble). Of each there are two clips: in one the camera moves by a pixel a frame, down and to
the right; in the other it rests, and its sensor adds grain of standard deviation 1.5 of 255. Prints
for each way of translating them: the flicker of the moving clips along the motion and of the
resting ones (evaluation/metrics/flicker.py), the mean difference of the moving ones from the true
map, all in levels of 255, and the milliseconds of CPU time that a frame of 192x48 pixels takes.
"""

import functools
import sys
import time

import numpy as np
from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import UserError
from unit_tf.data.images import to_float
from unit_tf.data.sources.blue_marble import (
    MAPS,
    SATELLITE,
    band_columns,
    land_mask,
    load_globe,
    tile_corners,
)
from unit_tf.evaluation.metrics.flicker import Flicker, flicker
from unit_tf.training.workdir import read_config, resolve_workdir

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", "blue_marble", "translator", flag_values=FLAGS)
absl_flags.DEFINE_integer("clips", 8, "scenes", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_integer("frames", 16, "of each clip", lower_bound=2, flag_values=FLAGS)
absl_flags.DEFINE_float("smoothing", 0.8, "--temporal_smoothing of the rows that have it",
                        lower_bound=0, upper_bound=1, flag_values=FLAGS)  # fmt: skip

SIZE = (192, 48)  # as wide as a band leaves room for
GRAIN = 1.5
MOTION = (-1, -1)  # of the scene, where the camera goes down and to the right


def moving(globe, corner, count):
    """Frames uint8 [count, *SIZE, 3] of a camera that starts at a corner of the globe."""
    row, column = corner
    return np.stack([
        globe[row + k : row + k + SIZE[0], column + k : column + k + SIZE[1]] for k in range(count)
    ])  # fmt: skip


def resting(image, count, rng):
    """Frames uint8 [count, H, W, 3] of one image, with grain."""
    grain = rng.normal(0, GRAIN, (count, *image.shape))
    return np.clip(np.rint(image + grain), 0, 255).astype(np.uint8)


def open_scenes(config):
    """A list of (moving satellite frames, the true map's, resting satellite frames)."""
    width, count = config.data.map_width, FLAGS.frames
    satellite, truth = (load_globe(n, width) for n in (SATELLITE, MAPS[config.data.map]))
    whole = SIZE[0] + count - 1, SIZE[1] + count - 1
    corners = tile_corners(land_mask(satellite), band_columns("*", width), whole, 2)
    if not len(corners):
        raise UserError(f"--frames={count}: no band is as wide; take fewer")
    chosen = np.linspace(0, len(corners) - 1, FLAGS.clips).astype(int)
    scenes = []
    for k, corner in enumerate(corners[chosen]):
        frames = moving(satellite, corner, count)
        still = resting(frames[0], count, np.random.default_rng(k))
        scenes.append((frames, moving(truth, corner, count), still))
    return scenes


def measure(translate, smoothing, scenes):
    """(flicker of the moving, of the resting clips, difference from the map, CPU ms a frame)."""
    from unit_tf.inference.clips import steadied

    def run(frames):
        return np.stack(list(steadied(((x, translate(x)) for x in frames), smoothing, Flicker())))

    run(scenes[0][0][:2])  # compiles
    start = time.process_time()
    results = [(run(frames), run(still)) for frames, _, still in scenes]
    spent = 1000 * (time.process_time() - start) / (2 * FLAGS.frames * len(scenes))
    scores = [
        (
            flicker(frames, moved, MOTION)[0],
            flicker(still, rested)[0],
            np.abs(moved.astype(np.int16) - truth).mean(),
        )
        for (frames, truth, still), (moved, rested) in zip(scenes, results, strict=True)
    ]
    return *np.mean(scores, 0), spent


def ways(method):
    """{name: (translation of a frame uint8 -> float32 [H, W, C], temporal smoothing)}."""
    from unit_tf.inference.compiled_networks import compiled_translation, run_network
    from unit_tf.inference.shift_average import over_shifts

    def translated(run, x):
        return run_network(run, to_float(x)[None], "frame")[0]

    compiled, found = compiled_translation(method, "a2b", any_size=True), {}
    for smoothing in (0.0, FLAGS.smoothing):
        for shifts in (1, 2, 4):
            averaged = over_shifts(compiled, method.stride, shifts)
            given = [f"`--shifts={shifts}`"] * (shifts > 1)
            given += [f"`--temporal_smoothing={smoothing:g}`"] * (smoothing > 0)
            found[" ".join(given) or "none"] = (functools.partial(translated, averaged), smoothing)
    return found


def main():
    """Prints the table."""
    workdir = resolve_workdir(FLAGS.workdir)
    config = read_config(workdir)
    if config.data.source != "blue_marble" or config.data.domain_channels("b") != 3:
        raise UserError(f"--workdir={FLAGS.workdir}: not trained on blue_marble in colour")
    scenes = open_scenes(config)
    quiet.start_tensorflow()
    from unit_tf.inference.load import load

    print("| | flicker, moving | flicker, resting | from the map | CPU ms a frame |")
    print("| --- | --- | --- | --- | --- |")
    for name, (translate, smoothing) in ways(load(workdir).method).items():
        *levels, spent = measure(translate, smoothing, scenes)
        print(f"| {name} | {' | '.join(f'{v:.2f}' for v in levels)} | {spent:.0f} |", flush=True)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
