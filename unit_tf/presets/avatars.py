"""UNIT on cartoon faces, whose attributes have exact ground truth."""

from unit_tf.presets.base import Preset

PRESETS = {
    "avatars": Preset(
        "Face attributes, section 4 and Figure 6, on cartoon faces of 64x64: with an attribute "
        "(A) and without (B). Test faces have exact truth both ways. Give --data.attribute, "
        "one of Eyeglasses, Goatee, Blond_Hair and Smiling; pip install 'unit_tf[demo]' renders.",
        {
            "data.source": "avatars",
            "data.image_size": 64,
            "model.architecture": "resnet2017",
            "model.width": 0.25,
            "model.num_blocks": 2,
            "model.num_shared": 2,
            "model.noise": 0,
            "model.same_start": True,
            "model.block_norm": "none",
            "model.up": "nearest",
            "model.discriminator_width": 0.5,
            "model.discriminator_depth": 4,
            "weights.gan": 1,
            "weights.gan_start": 1200,
            "weights.gan_objective": "lsgan",
            "weights.kl": 0.01,
            "weights.cycle_kl": 0.01,
            "weights.reconstruction": 10,
            "weights.cycle": 10,
            "weights.identity": 5,
            "optim.batch_size": 4,
            "optim.learning_rate": 3e-4,
            "optim.schedule": "linear",
            "optim.decay_start": 8_000,
            "optim.decay_steps": 8_000,
            "optim.ema": 0.999,
            "run.steps": 16_000,
        },
    ),
}
