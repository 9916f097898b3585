"""CycleGAN (Zhu, Park, Isola, Efros, 2017) and CUT (Park and others, 2020), as published."""

from unit_tf.presets.base import Preset
from unit_tf.presets.unit_presets import FOLDERS

# Networks, adversarial loss and optimizer of both papers. An epoch is taken as 1,000 images.
_PUBLISHED = {
    "model.architecture": "cyclegan2017",
    "weights.gan": 1,
    "weights.gan_objective": "lsgan",
    "optim.learning_rate": 2e-4,
    "optim.schedule": "linear",
}
_CUT = {**_PUBLISHED, "model.method": "cut"}

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
    "cut": Preset(
        "CUT as published, A to B alone: patches instead of a cycle, weight 1, and the same for "
        "images of B, weight 1; CycleGAN's networks, and one of each.",
        {
            **_CUT,
            "weights.nce": 1,
            "weights.identity": 1,
            "optim.decay_start": 200_000,
            "optim.decay_steps": 200_000,
            "run.steps": 400_000,
        },
        task="any two sets of images, A to B alone",
        data="yours",
        needs=FOLDERS,
    ),
    "fastcut": Preset(
        "FastCUT as published: cut with weight 10 for patches, without their loss for images of B, "
        "half of the images translated mirrored, half as long.",
        {
            **_CUT,
            "weights.nce": 10,
            "weights.nce_flip": True,
            "optim.decay_start": 150_000,
            "optim.decay_steps": 50_000,
            "run.steps": 200_000,
        },
        task="any two sets of images, A to B alone",
        data="yours",
        needs=FOLDERS,
    ),
}
