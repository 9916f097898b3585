"""Named experiments. Each says what it is for, its command, and what to expect of it.

unit-train --preset=NAME --workdir=DIR [--SECTION.FIELD=VALUE ...]
"""

import typing

from unit_tf.config import ConfigError, DataConfig, ExperimentConfig, nearest
from unit_tf.relevance import SOURCES


class Preset(typing.NamedTuple):
    """One named experiment.

    Attributes:
      doc: paper row, hardware, expected number.
      overrides: {"section.field": value} on top of the defaults, which are the paper's.
    """

    doc: str
    overrides: dict


# What the released 2017 code used instead of the paper's text (weights, L2).
_RELEASED_2017 = {
    "model.architecture": "resnet2017",
    "weights.gan": 10,
    "weights.kl": 0.1,
    "weights.reconstruction": 100,
    "weights.cycle_kl": 0.1,
    "weights.cycle": 100,
    "optim.l2": 1e-4,
}

# The paper's unpaired sets: training satellites, and the maps of the *validation* set.
_MAPS = {
    "data.source": "tfds",
    "data.tfds": "cycle_gan/maps",
    "data.dir_b": "testB",
    "data.image_size": 256,
}

# Chosen by measurement; docs/results.md says what else was tried.
_BLUE_MARBLE = {
    "data.source": "blue_marble",
    "data.map_width": 1350,
    "data.image_size": 32,
    "data.tile_size": 64,
    "model.architecture": "resnet2017",
    "model.width": 0.25,
    "model.num_blocks": 2,
    "model.num_shared": 2,
    "model.noise": 0,
    "model.same_start": True,
    "model.initializer": "he_normal",
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

# Appendix B. Where it is silent (weights, rate, steps) what was measured here: docs/results.md.
_DIGITS = {
    "data.source": "labelled",
    "data.image_size": 32,
    "data.channels": 1,
    "data.flip": False,
    "model.architecture": "table5_relu",
    "model.dropout": 0.5,
    "weights.classification": 10,
    "optim.batch_size": 64,
    "optim.learning_rate": 1e-3,
    "optim.l2": 5e-4,
    "run.steps": 10000,
}
_SOURCE_ONLY = {"model.method": "source_only"}
# Both questions weigh the same, as in DANN's paper.
_DANN = {"model.method": "dann", "weights.classification": 1}
_COGAN = {
    "model.method": "cogan",
    "model.discriminator_width": 1,
    "model.same_start": True,
    "weights.gan": 1,
    "weights.feature": 0.01,
}
_UNIT_DA = {
    "model.method": "unit_da",
    "model.discriminator_width": 1,
    "model.same_start": True,
    "weights.gan": 1,
    "weights.kl": 1e-3,
    "weights.kl_reduction": "sum",
    "weights.reconstruction": 0.02,
    "weights.likelihood": "squared_sum",
    "weights.cycle_kl": 0,
    "weights.cycle": 0,
    "weights.feature": 0.01,
}
# The paper does not say how large USPS' digits stand in the frame; it decides more than any method.
_FRAMED = {**_DIGITS, "data.fit": "frame"}
_MNIST_USPS = {**_FRAMED, "data.labelled_a": "mnist", "data.labelled_b": "usps"}
_USPS_MNIST = {**_FRAMED, "data.labelled_a": "usps", "data.labelled_b": "mnist"}
_SVHN_MNIST = {
    **_DIGITS,
    "data.labelled_a": "svhn_cropped",
    "data.labelled_b": "mnist",
    "data.channels": 3,
    "data.fit": "nearest",
    "data.invert": True,
    "model.architecture": "table6",
    "optim.learning_rate": 2e-4,
}
# Digits moved a little at random, which looks at no label.
_AUGMENTED = {
    "data.shift": 2,
    "data.rotate": 25,
    "data.scale": 0.2,
    "optim.ema": 0.998,
}
# No label of the target either: the source's, for its translations too.
_UNIT_DA_LABELLED = {**_UNIT_DA, "weights.classification_translated": 1, "optim.ema": 0.998}

# MUNIT as published and released; its lambdas are section 5.1's.
_MUNIT = {
    "model.method": "munit",
    "model.architecture": "munit2018",
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

PRESETS = {
    "maps": Preset(
        "The paper's map experiment, Table 3 and its weights, 100,000 steps on one GPU. Paper: "
        "pixel accuracy 0.600 (mean of 5). tensorflow-datasets drops the file names, so to score "
        "it take the files: --data.root=maps --data.dir_b=maps/testB.",
        _MAPS,
    ),
    "maps_cyclegan": Preset(
        "The paper's reduction to CycleGAN: nothing shared, no KL, a code without noise. Paper: "
        "pixel accuracy 0.569 (Figure 2d, 'no weight sharing').",
        {**_MAPS, "model.num_shared": 0, "model.noise": 0, "weights.kl": 0, "weights.cycle_kl": 0},
    ),
    "maps_no_cycle": Preset(
        "UNIT without the cycle-consistency terms. Paper: pixel accuracy 0.568 (Figure 2d).",
        {**_MAPS, "weights.cycle": 0, "weights.cycle_kl": 0},
    ),
    "resnet2017": Preset(
        "The released 2017 networks and weights, behind the paper's pictures, 500,000 steps at "
        "batch 1. Give --data.dir_a and --data.dir_b.",
        {**_RELEASED_2017, "run.steps": 500_000},
    ),
    "munit2018": Preset(
        "The authors' 2018 rewrite of UNIT, 1,000,000 steps at batch 1, the rate halved every "
        "100,000. Give --data.dir_a and --data.dir_b.",
        {
            "model.architecture": "munit2018",
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
    ),
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
        "munit_scenes with the domain-invariant perceptual term, for pictures of 512 pixels and "
        "more; --model.vgg=FILE instead of Keras' download. Give --data.dir_a and --data.dir_b.",
        {**_MUNIT_SCENES, "weights.perceptual": 1, "model.vgg": "imagenet"},
    ),
    "blue_marble": Preset(
        "Satellite tiles to relief maps, the shipped translator. Two CPU cores; docs/results.md "
        "has the measured scores and all that was tried.",
        {
            **_BLUE_MARBLE,
            "optim.schedule": "linear",
            "optim.decay_start": 8_000,
            "optim.decay_steps": 8_000,
            "optim.ema": 0.999,
            "run.steps": 16_000,
        },
    ),
    "blue_marble_quick": Preset(
        "The same for about five minutes on two cores: shows the whole way, not the best picture.",
        {
            **_BLUE_MARBLE,
            # Short as it is, the game must be won by E and G: a small D that comes late.
            "model.discriminator_width": 0.25,
            "weights.gan": 2,
            "weights.gan_start": 800,
            "run.steps": 1500,
            "run.checkpoint_every": 250,
            "run.image_every": 250,
        },
    ),
    "da_mnist_usps": Preset(
        "UNIT's domain adaptation from MNIST to USPS, Tables 4 and 5. Paper: accuracy 0.9597 "
        "(Table 2). Needs --data.usps_dir (folder of usps.h5).",
        {**_MNIST_USPS, **_UNIT_DA},
    ),
    "da_usps_mnist": Preset(
        "The same from USPS to MNIST. Paper: 0.9358. Needs --data.usps_dir (folder of usps.h5).",
        {**_USPS_MNIST, **_UNIT_DA},
    ),
    "da_svhn_mnist": Preset(
        "UNIT's domain adaptation from SVHN to MNIST, Tables 4 and 6, with the released "
        "lambdas, 200,000 steps on one GPU. Paper: 0.9053. Released width: --model.width=1.5.",
        {
            **_UNIT_DA,
            **_SVHN_MNIST,
            "model.coordinates": True,
            "weights.gan_same": 1,
            "weights.kl": 1e-4,
            "weights.reconstruction": 1e-3,
            "weights.feature": 1e-4,
            "weights.feature_distance": "squared",
            "run.steps": 200_000,
        },
    ),
    "da_mnist_usps_labelled": Preset(
        "da_mnist_usps whose translations of the source are labelled as the source is, and a "
        "moving average. Not in the paper.",
        {**_MNIST_USPS, **_UNIT_DA_LABELLED},
    ),
    "da_usps_mnist_labelled": Preset(
        "da_usps_mnist whose translations of the source are labelled as the source is, and a "
        "moving average. Not in the paper.",
        {**_USPS_MNIST, **_UNIT_DA_LABELLED},
    ),
    "da_mnist_usps_augmented": Preset(
        "da_mnist_usps_labelled with digits moved, turned and scaled at random.",
        {**_MNIST_USPS, **_UNIT_DA_LABELLED, **_AUGMENTED},
    ),
    "da_usps_mnist_augmented": Preset(
        "da_usps_mnist_labelled with digits moved, turned and scaled at random.",
        {**_USPS_MNIST, **_UNIT_DA_LABELLED, **_AUGMENTED},
    ),
    "cogan_mnist_usps": Preset(
        "CoGAN's domain adaptation from MNIST to USPS with the discriminators of da_mnist_usps. "
        "Paper: 0.9565. Needs --data.usps_dir (folder of usps.h5).",
        {**_MNIST_USPS, **_COGAN},
    ),
    "cogan_usps_mnist": Preset(
        "The same from USPS to MNIST. Paper: 0.9315. Needs --data.usps_dir (folder of usps.h5).",
        {**_USPS_MNIST, **_COGAN},
    ),
    "dann_mnist_usps": Preset(
        "Gradient reversal on Table 5's features, MNIST to USPS, for context. Needs "
        "--data.usps_dir (folder of usps.h5).",
        {**_MNIST_USPS, **_DANN},
    ),
    "dann_usps_mnist": Preset(
        "The same from USPS to MNIST. Needs --data.usps_dir (folder of usps.h5).",
        {**_USPS_MNIST, **_DANN},
    ),
    "dann_svhn_mnist": Preset(
        "Gradient reversal on Table 6's features, SVHN to MNIST. Paper: 0.7385 (Table 2, DANN).",
        {**_SVHN_MNIST, **_DANN},
    ),
    "dann_mnist_usps_augmented": Preset(
        "dann_mnist_usps with USPS framed as MNIST is, digits moved at random, and a moving "
        "average.",
        {**_MNIST_USPS, **_DANN, **_AUGMENTED},
    ),
    "dann_usps_mnist_augmented": Preset(
        "dann_usps_mnist with USPS framed as MNIST is, digits moved at random, and a moving "
        "average.",
        {**_USPS_MNIST, **_DANN, **_AUGMENTED},
    ),
    "source_only_mnist_usps": Preset(
        "Table 5's classifier on MNIST alone, read on USPS: what adaptation has to beat. Minutes "
        "on two cores. Needs --data.usps_dir (folder of usps.h5).",
        {**_MNIST_USPS, **_SOURCE_ONLY},
    ),
    "source_only_usps_mnist": Preset(
        "The same from USPS to MNIST. Needs --data.usps_dir (folder of usps.h5).",
        {**_USPS_MNIST, **_SOURCE_ONLY},
    ),
    "source_only_svhn_mnist": Preset(
        "Table 6's classifier on SVHN alone, read on MNIST.",
        {**_SVHN_MNIST, **_SOURCE_ONLY},
    ),
    "source_only_mnist_usps_augmented": Preset(
        "source_only_mnist_usps with USPS framed as MNIST is, digits moved at random, and a "
        "moving average.",
        {**_MNIST_USPS, **_SOURCE_ONLY, **_AUGMENTED},
    ),
    "source_only_usps_mnist_augmented": Preset(
        "source_only_usps_mnist with USPS framed as MNIST is, digits moved at random, and a "
        "moving average.",
        {**_USPS_MNIST, **_SOURCE_ONLY, **_AUGMENTED},
    ),
}


def preset_config(name):
    """The configuration of preset ``name``.

    Raises:
      ConfigError: unknown name; the nearest ones are given.
    """
    if name not in PRESETS:
        raise ConfigError(f"--preset={name}: no such preset{nearest(name, list(PRESETS))}")
    config = ExperimentConfig(preset=name)
    return config.replace(PRESETS[name].overrides)


def resolve(name, overrides):
    """A preset with a user's settings on top, validated.

    Naming folders or a tfds data set turns any preset's data into those, but where the preset's are
    labelled: there dir_a and dir_b name splits.

    Args:
      name: preset, or "" for the defaults.
      overrides: {"section.field": value}.

    Returns:
      ExperimentConfig.
    """
    config = preset_config(name) if name else ExperimentConfig()
    source = overrides.get("data.source")
    moved = source is not None and source != config.data.source
    if source is None and config.data.source != "labelled":
        folders = any(overrides.get(f"data.{key}") for key in ("dir_a", "dir_b", "root"))
        source = "tfds" if overrides.get("data.tfds") else "folder" if folders else None
        moved = source is not None
    if moved:
        # The preset's own places, and what else only its source reads, say nothing about another.
        places = {"dir_a", "dir_b"} | set().union(*SOURCES.values()) - SOURCES[source]
        defaults = {f"data.{key}": getattr(DataConfig(), key) for key in places}
        config = config.replace({**defaults, "data.source": source})
    return config.replace(overrides).validate()
