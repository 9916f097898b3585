"""CycleGAN (Zhu, Park, Isola, Efros, 2017), as published."""

from unit_tf.presets.base import Preset
from unit_tf.presets.unit_presets import FOLDERS

# Networks, adversarial loss and optimizer. An epoch is taken as 1,000 images.
_PUBLISHED = {
    "model.architecture": "cyclegan2017",
    "weights.gan": 1,
    "weights.gan_objective": "lsgan",
    "optim.learning_rate": 2e-4,
    "optim.schedule": "linear",
}

PRESETS = {
    "cyclegan": Preset(
        "CycleGAN as published: nothing shared, no code with noise; cycle 10, identity 5, LSGAN, "
        "instance norm everywhere, discriminators of 70x70 pixels that remember 50 translations, "
        "the rate falling linearly over the second half. maps_cyclegan is UNIT's reduction to it "
        "instead, with UNIT's networks. Kernels start as the paper's, N(0, 0.02).",
        {
            **_PUBLISHED,
            "model.initializer": "released",
            "model.num_shared": 0,
            "model.noise": 0,
            "weights.kl": 0,
            "weights.cycle_kl": 0,
            "weights.reconstruction": 0,
            "weights.cycle": 10,
            "weights.identity": 5,
            "weights.gan_pool": 50,
            "optim.decay_start": 100_000,
            "optim.decay_steps": 100_000,
            "run.steps": 200_000,
        },
        task="any two sets of images",
        data="yours",
        needs=FOLDERS,
    ),
}
