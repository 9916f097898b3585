"""Fluent emoji, written by tools/prepare_emoji.sh: flat or line drawings to glossy 3D."""

from unit_tf.presets.base import Preset

_EMOJI = {
    "data.source": "folder",
    "data.image_size": 128,
    "model.width": 0.25,
    "model.num_blocks": 2,
    "model.num_shared": 2,
    "weights.gan": 1,
    "weights.gan_objective": "lsgan",
    "weights.reconstruction": 10,
    "optim.schedule": "linear",
    "optim.ema": 0.999,
}

PRESETS = {
    "emoji_3d": Preset(
        "Flat emoji (A) to glossy 3D ones (B), and back, with pairs to test on. "
        "tools/prepare_emoji.sh emoji writes them; then give --data.root=emoji/flat_to_3d.",
        {
            **_EMOJI,
            "model.architecture": "resnet2017",
            "model.noise": 0,
            "model.same_start": True,
            "model.block_norm": "none",
            "model.up": "nearest",
            "model.discriminator_width": 0.5,
            "model.discriminator_depth": 4,
            "weights.gan_start": 1200,
            "weights.kl": 0.01,
            "weights.cycle_kl": 0.01,
            "weights.cycle": 10,
            "weights.identity": 5,
            "optim.batch_size": 4,
            "optim.learning_rate": 3e-4,
            "optim.decay_start": 8_000,
            "optim.decay_steps": 8_000,
            "run.steps": 16_000,
        },
    ),
    "sketch_to_emoji": Preset(
        "MUNIT from line drawings (A) to glossy 3D emoji (B): many colours for one drawing. "
        "tools/prepare_emoji.sh emoji writes them; then give --data.root=emoji/edges_to_3d. As "
        "munit_edges without a cycle term, on smaller networks.",
        {
            **_EMOJI,
            "data.channels_a": 1,
            "model.method": "munit",
            "model.architecture": "munit2018",
            "model.discriminator_depth": 3,
            "model.discriminator_scales": 2,
            "weights.cycle": 0,
            "optim.l2": 1e-4,
            "optim.batch_size": 8,
            "optim.learning_rate": 1e-3,
            "optim.decay_start": 8_000,
            "optim.decay_steps": 8_000,
            "run.steps": 16_000,
        },
    ),
}
