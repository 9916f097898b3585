"""Trainings made to fail, and what they and good ones are trained on.

tools/reproduction/health.py says which are run; train_with_fault.py runs one.
"""

import pathlib
import typing

import numpy as np
from PIL import Image

SIDE, COUNT = 32, 64
# Where images lie that health.py makes: what they are follows from the row.
PLACES = ("data.dir_a", "data.dir_b")
# Small networks, in which adversarial training begins early enough for an alarm by step 500.
BASE = {"weights.gan_start": 100, "run.health_every": 50}
BLANK = ("blank_images",)
DISCRIMINATOR = ("discriminator_wins", "discriminator_diverges", "discriminator_dead",
                 "weights_discriminator", "gradients_discriminator")  # fmt: skip
GENERATOR = ("weights_generator", "gradients_generator", "ignores_input", "saturated")


class Row(typing.NamedTuple):
    """One way to train.

    Attributes:
      title: what is wrong with it, or what it is trained on.
      changes: {"section.field": value} on top of the preset.
      expected: symptoms, one of which must be raised; () for a good training, which must raise
        none.
      fault: key of FAULTS, or "".
      images: (kind of A, kind of B) of KINDS in place of the preset's data, or None.
    """

    title: str
    changes: dict = {}
    expected: tuple = ()
    fault: str = ""
    images: tuple | None = None


ROWS = {
    "old_start": Row(
        "he_normal start, six blocks",
        {"model.initializer": "he_normal", "model.num_blocks": 6},
        ("saturated", "ignores_input", "reconstruction"),
        "", ("white_discs", "grey_on_white"),
    ),
    "fast_discriminator": Row("D's rate x 100", {}, DISCRIMINATOR, "fast_discriminator"),
    "strong_discriminator": Row(
        "D twice as wide as G, and G hardly hears it",
        {"weights.gan": 0.001, "model.discriminator_width": 0.5}, DISCRIMINATOR,
    ),
    "fast": Row("every rate x 100", {"optim.learning_rate": 0.03}, (*GENERATOR, *DISCRIMINATOR)),
    "turned": Row(
        "B's networks begin negated, no D", {"weights.gan": 0, "weights.identity": 0},
        ("brightness_turned", "hue_turned"), "turned", ("bright_discs", "other_bright_discs"),
    ),
    "unfilled": Row(
        "outlines to filled discs, no D", {"weights.gan": 0}, ("brightness_missed",), "",
        ("outlines", "filled_discs"),
    ),
    "blank_a": Row("A is one grey", {}, BLANK, "", ("blank", "discs")),
    "blank_b": Row("B is one grey", {}, BLANK, "", ("discs", "blank")),
    "checkered": Row(
        "transposed convolutions, uneven", {"model.up": "transpose"}, ("checkerboard",),
        "checkered",
    ),
    "relief": Row("Blue Marble, relief"),
    "topography": Row("Blue Marble, topography", {"data.map": "topography"}),
    "transposed": Row("the same with transposed convolutions", {"model.up": "transpose"}),
    "discs": Row("discs on dark and on grey ground", images=("discs", "grey_discs")),
    "negatives": Row("discs and negatives of others", images=("discs", "negative_discs")),
}  # fmt: skip
GROUPS = {
    "faulty": [name for name, row in ROWS.items() if row.expected],
    "good": [name for name, row in ROWS.items() if not row.expected],
}


def on_white(rng, filled):
    """Returns uint8 [SIDE, SIDE, 3]: the outline of a disc on white, or a dark disc too."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    radius, outer = np.hypot(rows, columns), rng.uniform(0.35, 0.45) * SIDE
    image = np.full((SIDE, SIDE, 3), 255, np.uint8)
    if filled:
        image[radius < outer] = rng.integers(40, 160, 3)
    image[np.abs(radius - outer) < 1] = 0
    return image


def discs(rng, ground):
    """Returns uint8 [SIDE, SIDE, 3]: a bright disc of some colour on a ground of -1 to 1."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    centre, radius = rng.integers(SIDE // 4, 3 * SIDE // 4, 2), rng.integers(4, SIDE // 3)
    inside = np.hypot(rows - centre[0], columns - centre[1]) < radius
    image = np.full((SIDE, SIDE, 3), float(ground)) + rng.normal(0, 0.02, (SIDE, SIDE, 1))
    image[inside] = rng.uniform(0, 1, 3)
    return np.uint8(np.clip((image + 1) * 127.5, 0, 255))


KINDS = {
    "discs": lambda rng: discs(rng, -0.8),
    "grey_discs": lambda rng: discs(rng, -0.4),
    "bright_discs": lambda rng: discs(rng, -0.8),
    "other_bright_discs": lambda rng: discs(rng, -0.7),
    "negative_discs": lambda rng: 255 - discs(rng, -0.8),
    "white_discs": lambda rng: discs(rng, 1.0),
    "grey_on_white": lambda rng: discs(rng, 1.0) // 3 * 2 + 85,
    "outlines": lambda rng: on_white(rng, filled=False),
    "filled_discs": lambda rng: on_white(rng, filled=True),
    "blank": lambda rng: np.full((SIDE, SIDE, 3), 128, np.uint8),
}


def write_images(folder, kind, seed):
    """Writes COUNT images of a kind into a folder, unless they are there; returns its path."""
    folder, rng = pathlib.Path(folder), np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(COUNT):
        pixels, path = KINDS[kind](rng), folder / f"{i:03}.png"
        if not path.exists():
            Image.fromarray(pixels).save(path)
    return folder


def fast_discriminator(trainer):
    """Multiplies the discriminators' rate by 100; before the first step."""
    schedule = trainer.discriminator_optimizer._learning_rate  # DelayedStart of a number
    schedule.schedule *= 100


def turned(trainer):
    """Negates what B's encoder reads and its generator writes, so that both fit negatives."""
    method = trainer.method
    method.encoder.copy_private()
    method.generator.copy_private()
    ends = [kernels(method.encoder.private_b)[0], kernels(method.generator.private_b)[-1]]
    for kernel in ends:
        kernel.assign(-kernel.value)


def checkered(trainer):
    """Makes a transposed convolution's outputs uneven: one of four places gets four times more."""
    for domain in "ab":
        for kernel in kernels(getattr(trainer.method.generator, f"private_{domain}")):
            if kernel.shape[0] == 3 and "up" in kernel.path:
                scale = np.ones(kernel.shape, np.float32)
                scale[1, 1] = 4
                kernel.assign(kernel.value * scale)


def kernels(layer):
    """Returns a layer's kernels of convolutions, first to last."""
    return [v for v in layer.trainable_variables if len(v.shape) == 4]


# Those that a fresh training alone gets, and those that every process must set again.
START_FAULTS = {"turned": turned, "checkered": checkered}
LASTING_FAULTS = {"fast_discriminator": fast_discriminator}
FAULTS = {**START_FAULTS, **LASTING_FAULTS}
