"""Domain adaptation between sets of digits: Table 2 of the paper, and what goes beyond it."""

from unit_tf.presets.base import Preset

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
    "model.initializer": "released",  # with which docs/results.md was measured
    "model.discriminator_width": 1,
    "model.same_start": True,
    "weights.gan": 1,
    "weights.feature": 0.01,
}
_UNIT_DA = {
    "model.method": "unit_da",
    "model.initializer": "released",
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

PRESETS = {
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
        "dann_mnist_usps with digits moved, turned and scaled at random, and a moving average.",
        {**_MNIST_USPS, **_DANN, **_AUGMENTED},
    ),
    "dann_usps_mnist_augmented": Preset(
        "dann_usps_mnist with digits moved, turned and scaled at random, and a moving average.",
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
        "source_only_mnist_usps with digits moved, turned and scaled at random, and a moving "
        "average.",
        {**_MNIST_USPS, **_SOURCE_ONLY, **_AUGMENTED},
    ),
    "source_only_usps_mnist_augmented": Preset(
        "source_only_usps_mnist with digits moved, turned and scaled at random, and a moving "
        "average.",
        {**_USPS_MNIST, **_SOURCE_ONLY, **_AUGMENTED},
    ),
}
