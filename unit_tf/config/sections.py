"""The five sections of a configuration, field by field; ``config`` makes an experiment of them.

Standard library only. Field metadata (help text, choices, bounds) is the single source for the
flags, the validation and the messages; a field added here is a flag ``--section.field`` without
further work.
"""

import dataclasses

from unit_tf.config import face_attributes
from unit_tf.config.fields import setting


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Where the two unpaired sets of images come from, and how they are cropped."""

    source: str = setting("folder", "kind of data set")  # choices: data/registry.py
    dir_a: str = setting("", "domain A: a folder, a .txt list of files, or both, comma-separated")
    dir_b: str = setting("", "domain B: like --data.dir_a")
    test_dir_a: str = setting("", "held-out images of A (optional)")
    test_dir_b: str = setting("", "held-out images of B; same file stems as A's make them pairs")
    root: str = setting("", "a folder in CycleGAN's layout: trainA trainB [testA testB]")
    tfds: str = setting("", "a tensorflow-datasets name, cycle_gan/maps; dir_* are its splits")
    tfds_dir: str = setting("", "prepared tensorflow-datasets directory; given, nothing is fetched")
    attribute: str = setting(
        "",
        "celeb_a, avatars: what A's faces have and B's have not",
        choices=("", *face_attributes.CELEB_A),
    )
    num_faces: int = setting(1000, "avatars: training faces of each domain", low=1, high=20_000)
    num_test_faces: int = setting(200, "avatars: test pairs", low=1, high=5_000)
    faces_seed: int = setting(0, "avatars: which faces there are", low=0, high=2**31 - 1)
    cache_dir: str = setting(
        "",
        "folder: where checks of images are remembered; avatars: rendered faces; off: nowhere; "
        "the user's cache folder",
    )
    image_size: tuple[int, int] = setting((256, 256), "training crop, HxW or one number", low=1)
    resize: int = setting(0, "shortest side before cropping; 0: the crop's", low=0)
    channels: int = setting(3, "colour channels of both domains", choices=(1, 3))
    channels_a: int = setting(0, "channels of domain A; 0: --data.channels", choices=(0, 1, 3))
    channels_b: int = setting(0, "channels of domain B; 0: --data.channels", choices=(0, 1, 3))
    value_range: str = setting(
        "",
        "values of more than 8 bits that are black and white, where files do not say: LOW,HIGH; "
        "auto: by all images of a folder, in new trainings; own: by each image's type",
    )
    max_megapixels: int = setting(89, "millions of pixels that an image may have", low=1)
    flip: bool = setting(True, "mirror training crops left-right at random")
    paired: bool = setting(False, "crops of B show what A's show; method supervised alone")
    skip_bad: bool = setting(False, "train without unreadable files instead of stopping")
    tile_size: int = setting(0, "blue_marble, coast: side of test tiles; 0: the crop's", low=0)
    map_width: int = setting(
        2700, "blue_marble, coast, mnist_over_tiles: pixels around the globe", low=320, high=10800
    )
    map: str = setting(
        "relief",
        "blue_marble: B, a pale relief map or a vivid topography with the sea floor",
        choices=("relief", "topography"),
    )
    labelled_a: str = setting("", "labelled: source, a data set as mnist, usps, svhn_cropped")
    labelled_b: str = setting("", "labelled: target, whose labels are not learned; as labelled_a")
    usps_dir: str = setting("", "labelled: folder of usps.h5, from which usps is prepared once")
    fit: str = setting("pad", "labelled: how to get to 32x32", choices=("pad", "frame", "nearest"))
    invert: bool = setting(False, "labelled: exchange black and white of grey ones at random")
    shift: float = setting(0.0, "labelled: pixels that crops are moved by at most", low=0, high=16)
    rotate: float = setting(0.0, "labelled: degrees that crops are turned by at most", low=0)
    scale: float = setting(0.0, "labelled: fraction by which sizes vary", low=0, high=0.5)

    def domain_channels(self, domain):
        """Number of channels of domain ``"a"`` or ``"b"``."""
        return {"a": self.channels_a, "b": self.channels_b}[domain] or self.channels


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Networks. A 0 for a discriminator's size means the architecture's own."""

    method: str = setting(  # choices: methods/registry.py
        "unit", "what is trained; docs/choosing_a_method.md says which for what"
    )
    architecture: str = setting(
        "table3",
        "network family; table5 and table6 are discriminators of digits, with Table 4's E and G",
        choices=(
            "table3", "resnet2017", "munit2018", "cyclegan2017", "table5", "table5_relu", "table6",
        ),
    )  # fmt: skip
    width: float = setting(1.0, "multiplier of every layer's filters", low=1 / 64, high=8)
    num_blocks: int = setting(4, "residual blocks in each encoder and generator", low=0, high=32)
    num_shared: int = setting(1, "residual blocks shared by both domains, in E and in G", low=0)
    num_downsamples: int = setting(
        0,
        "strided convolutions of each encoder, doublings of each generator; 0: the architecture's; "
        "one more sees twice as far, on larger images",
        low=0,
        high=8,
    )
    noise: float = setting(1.0, "standard deviation of the latent noise in training", low=0)
    same_start: bool = setting(False, "E_a, E_b and G_a, G_b start from the same weights")
    initializer: str = setting(
        "default",
        "how kernels start; default: layer by layer unit variance; released: as the authors' code",
        choices=("default", "released", "he_normal"),
    )
    block_norm: str = setting(
        "default", "normalisation inside residual blocks", choices=("default", "none", "instance")
    )
    front_norm: str = setting(
        "default",
        "normalisation behind the encoders' first convolutions",
        choices=("default", "none", "instance"),
    )
    dropout: float = setting(0.0, "in residual blocks, or behind features", low=0, high=0.95)
    up: str = setting(
        "default", "how generators double the size", choices=("default", "transpose", "nearest")
    )
    style_size: int = setting(8, "munit: numbers in a style", low=1, high=1024)
    vgg: str = setting(
        "", "munit: VGG16 weights for the perceptual loss; 'imagenet' lets Keras fetch them"
    )
    teacher: str = setting("", "student: folder of the translator that it imitates")
    direction: str = setting("a2b", "student: which way it translates", choices=("a2b", "b2a"))
    coordinates: bool = setting(False, "the encoders also read each pixel's place")
    discriminator_width: float = setting(0.0, "its own multiplier; 0: --model.width", low=0, high=8)
    discriminator_depth: int = setting(0, "strided convolutions of a discriminator", low=0, high=8)
    discriminator_kernel: int = setting(
        0, "side of a discriminator's kernels; 0: the architecture's", low=0, high=7
    )
    discriminator_scales: int = setting(0, "resolutions of the discriminators", low=0, high=5)
    discriminator_shared: int = setting(0, "last discriminator convolutions shared", low=0)


@dataclasses.dataclass(frozen=True)
class WeightsConfig:
    """The lambdas of Eq. 2-8. A weight of zero removes its loss from the graph."""

    gan: float = setting(10.0, "lambda_0, Eq. 5-6", low=0)
    kl: float = setting(0.1, "lambda_1, Eq. 3-4", low=0)
    reconstruction: float = setting(100.0, "lambda_2, Eq. 3-4", low=0)
    cycle_kl: float = setting(0.1, "lambda_3, Eq. 7-8", low=0)
    cycle: float = setting(100.0, "lambda_4, Eq. 7-8", low=0)
    content: float = setting(1.0, "contents of translations; munit", low=0)
    style: float = setting(1.0, "styles of translations; munit", low=0)
    perceptual: float = setting(0.0, "VGG features of translations; munit", low=0)
    gan_same: float = setting(0.0, "GAN loss of reconstructions too, as released", low=0)
    classification: float = setting(10.0, "labels of A, Appendix B", low=0)
    classification_translated: float = setting(0.0, "of A's translations; not in the paper", low=0)
    feature: float = setting(0.01, "distance of pairs' features, Section 4", low=0)
    feature_distance: str = setting("l1", "its kind", choices=("l1", "squared"))
    domain: float = setting(1.0, "gradient reversal, of method dann", low=0)
    domain_steps: int = setting(10000, "steps over which that weight rises", low=1)
    gan_start: int = setting(0, "step at which adversarial training begins", low=0)
    gan_pool: int = setting(
        0, "earlier translations that a discriminator is shown, too; 0: none", low=0, high=1000
    )
    identity: float = setting(
        0.0, "G_b(E_a(x_b)) = x_b and the reverse, not in the paper; cut: by patches", low=0
    )
    nce: float = setting(1.0, "patches of translations are their images' patches; cut", low=0)
    nce_flip: bool = setting(False, "half of the images are translated mirrored for it; cut")
    distillation: float = setting(10.0, "translations are the teacher's; student", low=0)
    code: float = setting(1.0, "what they are made of is the teacher's code; student", low=0)
    gan_objective: str = setting("bce", "adversarial loss", choices=("bce", "lsgan", "hinge"))
    likelihood: str = setting("l1", "reconstruction loss", choices=("l1", "squared_sum"))
    kl_reduction: str = setting("mean", "over the code's elements", choices=("mean", "sum"))


@dataclasses.dataclass(frozen=True)
class OptimConfig:
    """Adam with coupled L2, learning-rate policy, averaging."""

    batch_size: int = setting(1, "images of each domain a step, over all replicas", low=1)
    accumulate: int = setting(
        1, "batches a step, one after the other; as a batch so many times larger", low=1, high=1024
    )
    learning_rate: float = setting(1e-4, "Adam's step size", low=0)
    beta_1: float = setting(0.5, "Adam's first momentum", low=0, high=0.9999)
    beta_2: float = setting(0.999, "Adam's second momentum", low=0, high=0.999999)
    epsilon: float = setting(1e-8, "Adam's epsilon", low=0)
    l2: float = setting(0.0, "L2 added to the gradient (coupled weight decay)", low=0)
    schedule: str = setting("constant", "rate policy", choices=("constant", "step", "linear"))
    decay_steps: int = setting(100000, "step: every how many; linear: length of the slope", low=1)
    decay_factor: float = setting(0.5, "step: multiplies the rate", low=0, high=1)
    decay_start: int = setting(0, "linear: step at which the slope to zero begins", low=0)
    ema: float = setting(
        0.0, "decay of the moving average of what is used later; 0: none", low=0, high=0.99999
    )
    ema_warmup: bool = setting(True, "let that decay grow: min(ema, step / (9 + step))")
    clip_norm: float = setting(0.0, "global gradient norm limit; 0: none", low=0)

    @property
    def images_a_step(self):
        """Images of each domain that a step learns from, over all replicas."""
        return self.batch_size * self.accumulate


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """How long, where and how the run executes."""

    steps: int = setting(100000, "training steps", low=1)
    minutes: float = setting(
        0.0,
        "how long all may take: a probe of this machine chooses crop, width, batch, steps and "
        "schedule, those that are not given; 0: as they are set",
        low=0,
    )
    memory_gb: float = setting(
        0.0, "with run.minutes: gigabytes that a training may take; 0: any number", low=0
    )
    seed: int = setting(0, "seed of weights, data order, crops and noise", low=0, high=2**31 - 1)
    init_from: str = setting("", "start with a trained translator's networks: a workdir or a name")
    init_discriminator: bool = setting(
        True, "with run.init_from: its discriminators too, where it has some"
    )
    checkpoint_every: int = setting(1000, "steps between checkpoints", low=1)
    keep_checkpoints: int = setting(3, "newest checkpoints kept", low=1)
    log_every: int = setting(50, "steps between TensorBoard scalars", low=1)
    image_every: int = setting(1000, "steps between TensorBoard image grids", low=1)
    health_every: int = setting(100, "steps between checks of health; 0: none", low=0)
    score_every: int = setting(
        0, "steps between scores on held-out images, which find the best checkpoint; 0: none", low=0
    )
    on_alarm: str = setting(
        "warn", "at an alarm of health: say so, or save and stop", choices=("warn", "stop")
    )
    strategy: str = setting(
        "auto", "devices", choices=("auto", "single", "mirrored", "multiworker")
    )
    cpu_replicas: int = setting(1, "logical CPU devices for mirrored", low=1, high=64)
    precision: str = setting(
        "float32", "compute type", choices=("float32", "mixed_bfloat16", "mixed_float16")
    )
    jit: bool = setting(False, "compile the train step with XLA")
    remat: bool = setting(
        False, "keep fewer activations and compute them again: less memory, more time"
    )
    deterministic: str = setting(
        "auto", "the same weights, bit for bit, every time; auto: not on GPUs, which it slows down",
        choices=("auto", "on", "off"),
    )  # fmt: skip
    subpixel: str = setting(
        "auto", "compute nearest doublings in the small image, equal but for rounding; auto: on "
        "CPUs, where it is faster", choices=("auto", "on", "off"),
    )  # fmt: skip
    accept_changed_images: bool = setting(
        False, "go on although training images changed since the folder began"
    )
