"""Data sets with exact truth that tables of many trainings share."""

import typing

from unit_tf.config import UserError
from unit_tf.config.user_paths import user_path
from unit_tf.data.image_listing import list_images
from unit_tf.data.images import decode

SIDE = 64
PARTS = ("trainA", "trainB", "testA", "testB")


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
    "goatee": DataSet("faces, with a goatee to without", _faces("Goatee")),
    "blond": DataSet("faces, with blond hair to without", _faces("Blond_Hair")),
    "smiling": DataSet("faces, smiling to not", _faces("Smiling"), held_back=True),
    "topography": DataSet(
        "satellite image to topography", _globe("topography"), held_back=True
    ),
}  # fmt: skip


def check_emoji(folder):
    """Refuses images of tools/prepare_emoji.sh that are not SIDE x SIDE.

    Of larger ones a training would see crops, and of another size every score would be another's.
    All of a folder are of one size, so one of each part is looked at.

    Args:
      folder: path that holds trainA, trainB, testA and testB.

    Raises:
      UserError: one is missing, no image, or of another size.
    """
    folder = user_path("--emoji", folder)
    wanted = f"tools/prepare_emoji.sh EMOJI --size={SIDE} writes them"
    for part in PARTS:
        path = next(iter(list_images(folder / part)), None)
        if path is None:
            raise UserError(f"--emoji: no images in {folder / part}; {wanted}")
        height, width, _ = decode(path, 3).shape
        if (height, width) != (SIDE, SIDE):
            raise UserError(f"--emoji: {path} is {width}x{height}, not {SIDE}x{SIDE}; {wanted}")
