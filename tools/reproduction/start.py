"""How networks start: what becomes of an image's variance on its way through untrained ones.

  python tools/reproduction/start.py [--side=64] [--seeds=3] [--document=docs/architecture.md]

For every architecture of images and each way to start (--model.initializer) it makes networks of
several widths, depths and norms and prints a Markdown table of the extremes: by how much a block
changes the standard deviation of what enters it, the deviation of the output, the share of it
beyond 0.97 of tanh, and the size of the discriminators' logits. The images are clouds of colour,
the same with grain, and discs on a white ground.
"""

import itertools
import pathlib
import sys
import typing

from absl import flags as absl_flags

import record_tables as tables
from unit_tf.cli import flags, quiet
from unit_tf.config import UserError
from unit_tf.files import write_text
from unit_tf.methods.registry import find_method
from unit_tf.models.size_checks import check_image_size

FLAGS = flags.new_flags()
absl_flags.DEFINE_integer("side", 64, "pixels", lower_bound=32, flag_values=FLAGS)
absl_flags.DEFINE_integer("seeds", 3, "starts of each network", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_string("document", None, "Markdown file with the table", flag_values=FLAGS)

ARCHITECTURES = ("table3", "resnet2017", "munit2018")
STARTS = ("released", "he_normal", "default")
WIDTHS, DEPTHS, NORMS = (1 / 16, 1 / 4), (1, 4), ("none", "instance")
KINDS = ("clouds", "grain", "discs")
COUNT = 4  # images of a kind
BEYOND = 0.97


class Signal(typing.NamedTuple):
    """What an untrained method makes of images.

    Attributes:
      kind: of the images, one of KINDS.
      ratios: {"block": standard deviation of its output / of its input}, on the way from an image
        of A to one of B, without the last convolution, whose output is to be small.
      output: standard deviation of the translations.
      beyond: share of their values beyond 0.97 in absolute value.
      logits: root mean square of a discriminator's logits, over all resolutions.
    """

    kind: str
    ratios: dict
    output: float
    beyond: float
    logits: float


def sample_images(kind, side, channels):
    """Returns float32 [COUNT, side, side, channels] in [-1, 1].

    Args:
      kind: one of KINDS.
      side: pixels.
      channels: 1 or 3.
    """
    import numpy as np
    import tensorflow as tf

    rng = np.random.default_rng(7)
    if kind != "discs":
        grid = tf.constant(rng.uniform(-1, 1, (COUNT, 4, 4, channels)), tf.float32)
        clouds = tf.image.resize(grid, (side, side), "bicubic")
        grain = rng.normal(0, 0.2, clouds.shape) if kind == "grain" else 0.0
        return tf.clip_by_value(clouds + grain, -1, 1)
    images = np.ones((COUNT, side, side, channels), np.float32)
    rows, columns = np.mgrid[:side, :side]
    for image in images:
        centre = rng.integers(side // 4, 3 * side // 4, 2)
        disc = np.hypot(rows - centre[0], columns - centre[1]) < side / 4
        image[disc] = rng.uniform(-1, 1, channels)
    return tf.constant(images)


def signal_of(method, kind, side):
    """Returns the Signal of a kind of images of domain A in a method that translates."""
    import tensorflow as tf

    images = sample_images(kind, side, method.channels["a"])
    ratios, x = {}, images
    for name, layer in _path(method):
        entering = x
        if name == "style":
            x = (x, layer(tf.random.stateless_normal((len(images), method.style_size), (1, 2))))
            continue
        x = layer(x)
        if getattr(layer, "activation", None) != "tanh":
            ratios[name] = _deviation(x) / _deviation(entering)
    beyond = tf.reduce_mean(tf.cast(tf.abs(x) > BEYOND, tf.float32))
    logits = 0.0
    if getattr(method, "discriminator", None) is not None:
        found = method.discriminator(images, domain=method.targets[0])
        found = found if isinstance(found, list) else [found.real]
        logits = float(tf.sqrt(tf.add_n([tf.reduce_mean(y**2) for y in found]) / len(found)))
    return Signal(kind, ratios, _deviation(x), float(beyond), logits)


def _path(method):
    """Yields (name, layer) from A's images to B's; ``style`` is where a style comes in."""
    encoder, generator = method.encoder, method.generator
    stack = getattr(generator, "stack", generator)
    chains = [("encoder", encoder.private_a), ("encoder_shared", encoder.shared), None]
    chains += [("generator_shared", stack.shared), ("generator", stack.private_b)]
    for chain in chains:
        if chain is None:
            if stack is not generator:
                yield "style", generator.mlp_b
        elif chain[1] is not None:
            yield from ((f"{chain[0]}/{part.name}", part) for part in chain[1].parts)


def _deviation(x):
    import tensorflow as tf

    return float(tf.math.reduce_std(tf.cast(x[0] if isinstance(x, tuple) else x, tf.float32)))


def signals(settings, seeds, side):
    """Yields the Signal of every seed and kind of image, of freshly made networks.

    Args:
      settings: {"section.field": value}.
      seeds: how many.
      side: pixels.
    """
    from unit_tf.config import ExperimentConfig

    config = ExperimentConfig().replace(settings)
    for seed in range(seeds):
        method = started(config.replace({"run.seed": seed}))
        for kind in KINDS:
            yield signal_of(method, kind, side)


def started(config):
    """The networks as a training begins with them, bit for bit, without its optimizers.

    Args:
      config: ExperimentConfig.

    Returns:
      Method.
    """
    import keras

    from unit_tf.methods.registry import build_method

    keras.utils.set_random_seed(config.run.seed)
    method = build_method(config)
    if config.model.initializer == "default":
        method.rescale()
    return method


def row_of(method, architecture, start, seeds, side):
    """Returns a table's row: the extremes over widths, depths and norms."""
    found = []
    for width, depth, norm in itertools.product(WIDTHS, DEPTHS, NORMS):
        settings = {
            "model.method": method, "model.architecture": architecture,
            "model.initializer": start, "model.width": width, "model.num_blocks": depth,
            "model.num_shared": 1, "model.block_norm": norm, "data.image_size": side,
        }  # fmt: skip
        found += signals(settings, seeds, side)
    ratios = [ratio for signal in found for ratio in signal.ratios.values()]
    spans = [ratios, [s.output for s in found], [s.beyond for s in found]]
    cells = [f"{min(span):.2f} to {max(span):.2f}" for span in spans]
    return [method, architecture, start, *cells, f"{max(s.logits for s in found):.2f}"]


def measured():
    """Returns {method: its architectures that are measured}."""
    return {"unit": ARCHITECTURES, "munit": ("munit2018",)}


def check_side(side):
    """Raises UserError where a network cannot read images of this side."""
    for method, architectures in measured().items():
        for architecture in architectures:
            try:
                check_image_size(architecture, (side, side), styled=find_method(method).styled)
            except ValueError as error:
                raise UserError(f"--side={error}") from None


def main():
    """Prints the table, or puts it into a document."""
    quiet.start_tensorflow()
    check_side(FLAGS.side)
    columns = ["method", "architecture", "start", "block: deviation out / in", "output: deviation",
               "output beyond 0.97", "logits, at most"]  # fmt: skip
    rows = [
        row_of(method, architecture, start, FLAGS.seeds, FLAGS.side)
        for method, architectures in measured().items()
        for architecture in architectures
        for start in STARTS
    ]
    table = "\n".join(tables.markdown(columns, rows))
    print(table)
    if FLAGS.document:
        text = tables.filled(FLAGS.document, "measure_start", {"starts": table})
        write_text(pathlib.Path(FLAGS.document), text)
    return 0


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
