"""UNIT on cartoon faces, whose attributes have exact ground truth."""

from unit_tf.presets.base import Preset
from unit_tf.presets.unit_presets import SMALL_LONG

PRESETS = {
    "avatars": Preset(
        "Face attributes, section 4 and Figure 6, on cartoon faces: with an attribute (A) and "
        "without (B). Test faces have exact truth both ways. --data.attribute is one of "
        "Eyeglasses, Goatee, Blond_Hair and Smiling; pip install 'unit_tf[demo]' renders.",
        {**SMALL_LONG, "data.source": "avatars", "data.image_size": 64},
        task="faces with an attribute to faces without",
        data="cartoon faces, rendered",
        needs="--data.attribute=Eyeglasses",
    ),
}
