"""What recipe.py trains: data sets with exact truth, and ways to train on each of them."""

import pathlib
import typing

from unit_tf.config import ExperimentConfig
from unit_tf.presets import preset_config
from unit_tf.presets.base import on_pairs

SIDE = 64


class DataSet(typing.NamedTuple):
    """Images of two domains, whose test images are pairs.

    Attributes:
      title: what becomes what.
      settings: {"section.field": value}.
      emoji: folder below --emoji that holds the images, or "".
      held_back: whether nothing of the recipe may be chosen by it.
    """

    title: str
    settings: dict
    emoji: str = ""
    held_back: bool = False


class Row(typing.NamedTuple):
    """A way to train.

    Attributes:
      title: what it is.
      preset: its name.
      changes: {"section.field": value} on top of it.
      supervised: whether the preset's networks learn from pairs instead.
      scheduled: whether the schedule follows from the number of steps, as the recipe's does.
    """

    title: str
    preset: str = "photos"
    changes: dict = {}
    supervised: bool = False
    scheduled: bool = True


def _faces(attribute):
    return {"data.source": "avatars", "data.attribute": attribute}


def _globe(kind):
    return {"data.source": "blue_marble", "data.map": kind, "data.map_width": 1350}


DATA_SETS = {
    "eyeglasses": DataSet("faces, with eyeglasses to without", _faces("Eyeglasses")),
    "emoji": DataSet("emoji, flat to glossy", {}, "flat_to_3d"),
    "relief": DataSet("satellite image to relief map", _globe("relief")),
    # In three channels: the identity loss needs as many in A as in B.
    "edges": DataSet("line drawing to glossy emoji", {}, "edges_to_3d"),
    "smiling": DataSet("faces, smiling to not", _faces("Smiling"), held_back=True),
    "topography": DataSet(
        "satellite image to topography", _globe("topography"), held_back=True
    ),
}  # fmt: skip

# The old presets are as wide as the recipe: at their own width a training takes hours.
_NARROW = {"model.width": 0.25}
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
TRIED = {
    "no_norm": Row("photos without instance norm",
                   changes={"model.front_norm": "none", "model.block_norm": "none"}),
    "two_blocks": Row("photos with two blocks",
                      changes={"model.num_blocks": 2, "model.num_shared": 2}),
    "gan_at_once": Row("photos, adversarial from the first step",
                       changes={"weights.gan_start": 0}),
}  # fmt: skip


def schedule(steps):
    """{"section.field": value}: D begins after a tenth, the rate falls over the second half."""
    return {
        "run.steps": steps, "weights.gan_start": steps // 10,
        "optim.decay_start": steps // 2, "optim.decay_steps": steps - steps // 2,
    }  # fmt: skip


def settings_of(data_set, row, steps, emoji):
    """Returns (preset, {"section.field": value}) of one training, but for its seed.

    Args:
      data_set: DataSet.
      row: Row.
      steps: how many.
      emoji: folder that tools/prepare_emoji.sh wrote, or None.
    """
    settings = {**data_set.settings, "data.image_size": SIDE, "run.steps": steps}
    if data_set.emoji:
        settings |= {"data.source": "folder", "data.root": str(pathlib.Path(emoji, data_set.emoji))}
    if row.scheduled:
        settings |= schedule(steps)
    settings |= row.changes
    if row.supervised:
        return "", on_pairs({**_preset_settings(row.preset), **settings})
    return row.preset, settings


def _preset_settings(name):
    """{"section.field": value} of what a preset changes, without where its images are."""
    defaults = dict(ExperimentConfig().items())
    items = preset_config(name).items()
    return {k: v for k, v in items if v != defaults[k] and not k.startswith("data.")}
