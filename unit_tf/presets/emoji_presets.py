"""Fluent emoji, written by tools/prepare_emoji.sh: flat or line drawings to glossy 3D."""

from unit_tf.presets.base import Preset
from unit_tf.presets.munit_presets import SMALL_SCENES
from unit_tf.presets.unit_presets import SMALL_LONG

# Not mirrored: emoji hold letters, digits and clocks.
_FOLDER = {"data.source": "folder", "data.image_size": 128, "data.flip": False}

PRESETS = {
    "emoji_3d": Preset(
        "Flat emoji (A) to glossy 3D ones (B), and back, with pairs to test on. "
        "tools/prepare_emoji.sh emoji writes them.",
        {**SMALL_LONG, **_FOLDER},
        task="flat emoji to glossy ones",
        data="Fluent emoji, by npm",
        needs="--data.root=emoji/flat_to_3d",
        expected="not measured; the shipped translator of this name is preset photos at 128x128: "
        "pixel accuracy 0.625, untouched input 0.569",
    ),
    "sketch_to_emoji": Preset(
        "MUNIT from line drawings (A) to glossy 3D emoji (B): many colours for one drawing. "
        "tools/prepare_emoji.sh emoji writes them. munit_scenes at the size, batch, rate and "
        "moving average of photos.",
        {
            **SMALL_SCENES,
            **_FOLDER,
            "data.image_size": 64,  # docs/training.md, Larger images: how they grow to 128
            "data.channels_a": 1,
            "run.steps": 16_000,
        },
        task="line drawings to glossy emoji, many styles",
        data="Fluent emoji and HED's edges, by npm and PyPI",
        needs="--data.root=emoji/edges_to_3d",
        runtime="20 CPU minutes for 3,000 steps, AMD EPYC, mixed_bfloat16",
        expected="in three channels, with flips, 3,000 steps, seed 0: L1 34.8 (UNIT 45.2, on "
        "pairs 23.2)",
    ),
}
