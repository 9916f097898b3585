"""Ways to train on the sets of image_sets.py: what recipe.py and compare_methods.py run."""

import pathlib
import typing

import image_sets
from map_rows import NO_CYCLE, NO_SHARING
from unit_tf.config import ExperimentConfig
from unit_tf.presets import preset_config
from unit_tf.presets.base import on_pairs
from unit_tf.resolve import schedule_of


class Row(typing.NamedTuple):
    """A way to train.

    Attributes:
      title: what it is.
      preset: its name.
      changes: {"section.field": value} on top of it.
      supervised: whether the preset's networks learn from pairs instead.
      scheduled: whether the schedule follows from the number of steps, as the recipe's does.
      waits: share of the steps for which the adversarial loss then waits; None: as the schedule
        has it.
      factor: how many times as many steps it has as others, as its batch is smaller.
    """

    title: str
    preset: str = "photos"
    changes: dict = {}
    supervised: bool = False
    scheduled: bool = True
    waits: float | None = None
    factor: int = 1


# The data sets of the recipe's table.
SETS = ("eyeglasses", "emoji", "relief", "edges", "smiling", "topography")
# The old presets are as wide as the recipe: at their own width a training takes hours.
_NARROW = {"model.width": 0.25}
# What methods of other presets have of photos: start, generators' size, batch, rate and average.
_AS_PHOTOS = {
    **_NARROW, "model.initializer": "default", "model.num_blocks": 2, "optim.batch_size": 4,
    "optim.learning_rate": 3e-4, "optim.l2": 0, "optim.schedule": "constant", "optim.ema": 0.999,
    "optim.decay_start": 0, "optim.decay_steps": 100_000,
}  # fmt: skip
_MUNIT = {**_AS_PHOTOS, "model.discriminator_width": 0.5, "model.discriminator_depth": 4}
ROWS = {
    "photos": Row("preset photos"),
    "pairs": Row("the same networks on pairs", supervised=True),
    "blue_marble": Row("preset blue_marble", "blue_marble"),
    "maps": Row("preset maps, a quarter as wide", "maps", _NARROW, scheduled=False),
    "resnet2017": Row("preset resnet2017, a quarter as wide", "resnet2017", _NARROW,
                      scheduled=False),
    "munit2018": Row("preset munit2018, a quarter as wide", "munit2018", _NARROW, scheduled=False),
}  # fmt: skip
# Tried while the recipe was chosen, on data that are not held back.
_NORMS = {"model.front_norm": "instance", "model.block_norm": "instance"}
_DEEPER = {"model.num_blocks": 4, "model.num_shared": 4}
_FALLING = {"optim.schedule": "linear", "optim.decay_start": 1500, "optim.decay_steps": 1500}
TRIED = {
    "normed": Row("photos with instance norm", changes=_NORMS),
    "normed_early": Row("the same, adversarial after a tenth of the steps", changes=_NORMS,
                        waits=0.1),
    "block_normed": Row("photos with instance norm in the residual blocks",
                        changes={"model.block_norm": "instance"}),
    "early": Row("photos, adversarial after a tenth of the steps", waits=0.1),
    "sooner": Row("photos, adversarial after a quarter of the steps", waits=0.25),
    "deeper": Row("photos with four blocks", changes=_DEEPER),
    "falling": Row("photos at a rate that falls from step 1,500 of 3,000 on", changes=_FALLING),
    "faster": Row("photos at twice the rate", changes={"optim.learning_rate": 6e-4}),
    "odd_kernels": Row("photos with discriminators of 3x3 kernels",
                       changes={"model.discriminator_kernel": 0}),
    "no_identity": Row("photos without the identity loss", changes={"weights.identity": 0}),
    "half_batch": Row("photos, half the batch for twice the steps",
                      changes={"optim.batch_size": 2}, factor=2),
}  # fmt: skip
# Methods beside each other on the same images, as many steps, batch and rate as the recipe's.
METHODS = {
    "photos": ROWS["photos"]._replace(title="UNIT: preset photos"),
    "no_cycle": Row("UNIT without cycle consistency", changes=NO_CYCLE),
    "no_sharing": Row("UNIT without weight sharing (CycleGAN)", changes=NO_SHARING),
    "munit": Row("MUNIT, of the recipe's size", "munit_scenes", _MUNIT),
    # Losses and discriminators are their papers'.
    "cyclegan": Row("CycleGAN, of the recipe's size", "cyclegan", _AS_PHOTOS, waits=0),
    "cut": Row("CUT, of the recipe's size", "cut", _AS_PHOTOS),
    "fastcut": Row("FastCUT, of the recipe's size", "fastcut", _AS_PHOTOS),
    "pairs": ROWS["pairs"],
}


def settings_of(data_set, row, steps, emoji):
    """Returns (preset, {"section.field": value}) of one training, but for its seed.

    Args:
      data_set: image_sets.DataSet.
      row: Row.
      steps: how many.
      emoji: folder that tools/prepare_emoji.sh wrote, or None.
    """
    steps *= row.factor
    settings = {**data_set.settings, "data.image_size": image_sets.SIDE, "run.steps": steps}
    if data_set.emoji:
        settings |= {"data.source": "folder", "data.root": str(pathlib.Path(emoji, data_set.emoji))}
    if row.scheduled:
        settings |= schedule_of(preset_config(row.preset).replace(row.changes), steps, ())
        if row.waits is not None:
            settings["weights.gan_start"] = round(row.waits * steps)
    settings |= row.changes
    if row.supervised:
        return "", on_pairs({**_preset_settings(row.preset), **settings})
    return row.preset, settings


def _preset_settings(name):
    """{"section.field": value} of what a preset changes, without where its images are."""
    defaults = dict(ExperimentConfig().items())
    items = preset_config(name).items()
    return {k: v for k, v in items if v != defaults[k] and not k.startswith("data.")}
