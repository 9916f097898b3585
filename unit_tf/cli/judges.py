"""What unit-evaluate judges styles by: its flags, and the files that they name.

Importing it, defining flags and checking them needs neither TensorFlow nor numpy, so ``--help`` is
quick.
"""

import pathlib
import typing

from absl import flags as absl_flags

from unit_tf.cli.flags import STYLE_SEED, define_style_seed
from unit_tf.config import UserError
from unit_tf.weight_files import FETCHED

FILES = {"lpips_weights": (".npz",), "vgg_weights": (".npz", ".h5"), "classifier": (".keras",)}
NAMES = (STYLE_SEED, *FILES)


class Distance(typing.NamedTuple):
    """A measure of how different two images are.

    Attributes:
      label: what it is, in words.
      function: (uint8 [N, H, W, C], uint8 [N, H, W, C]) -> float [N].
    """

    label: str
    function: typing.Callable


class Judges(typing.NamedTuple):
    """What the flags ask for.

    Attributes:
      inputs: how many images of a direction are translated for them, at most.
      seed: of the styles.
      distances: {name: Distance}, ``"pixel"`` always among them.
      classify: uint8 [N, H, W, C] -> float64 [N, K], rows that sum to 1; or None.
      classifier: the file that ``classify`` came from; or None.
    """

    inputs: int
    seed: int
    distances: dict
    classify: typing.Callable | None = None
    classifier: str | None = None


def define_flags(values):
    """Defines the flags of methods with styles; those not given are None."""
    define_style_seed(values)
    for name, text in {
        "lpips_weights": "LPIPS' linear weights, .npz of tools/convert_lpips.sh",
        "vgg_weights": "VGG16 for LPIPS: torchvision's weights, .npz of tools/convert_lpips.sh; or "
        f"Keras' own, .h5 or {FETCHED} to let Keras download them, which give other numbers",
        "classifier": "Keras model (.keras) with a softmax over the target domain's classes, for "
        "the Inception Scores; reads images in [0, 1]",
    }.items():
        absl_flags.DEFINE_string(name, None, f"methods with styles: {text}", flag_values=values)


def check_flags(values):
    """Raises UserError for a file that is not there, is of another kind or lacks its companion."""
    for name, extensions in FILES.items():
        check_file(name, values[name].value, extensions, fetched=name == "vgg_weights")
    if values["lpips_weights"].value and not values["vgg_weights"].value:
        raise UserError("--lpips_weights: needs --vgg_weights, the network that they belong to")


def check_file(name, value, extensions, fetched):
    """Raises UserError for a file that is not there or is of another kind.

    Args:
      name: of the flag.
      value: the flag's; None where it is not given.
      extensions: tuple of str.
      fetched: whether FETCHED will do instead of a file.
    """
    if value is None or (fetched and value == FETCHED):
        return
    if not value.endswith(extensions):
        word = f", or the word {FETCHED}" if fetched else ""
        raise UserError(f"--{name}={value}: expected a file {' or '.join(extensions)}{word}")
    if not pathlib.Path(value).expanduser().is_file():
        raise UserError(f"--{name}={value}: no such file")


def open_judges(values, loaded):
    """Reads what the flags name.

    Args:
      values: FlagValues with ``define_flags``' flags, checked, and ``limit``.
      loaded: inference.load.LoadedTranslator.

    Returns:
      Judges; None for a method without styles.

    Raises:
      UserError: a file cannot be used.
    """
    from unit_tf.evaluation.metrics.diversity import INPUTS, pixel_distance

    if not loaded.method.style_size:
        return None
    distances = {"pixel": Distance("mean |x - y| of values in [0, 1]", pixel_distance)}
    if values["vgg_weights"].value:
        distances.update(_vgg_distance(values))
    path = values["classifier"].value
    return Judges(
        inputs=min(values["limit"].value or INPUTS, INPUTS),
        seed=values[STYLE_SEED].value or 0,
        distances=distances,
        classify=load_classifier(path) if path else None,
        classifier=path,
    )


def _vgg_distance(values):
    """{name: Distance} of VGG16's features."""
    from unit_tf.evaluation.features import lpips
    from unit_tf.models import vgg16

    linear, flag = None, "vgg_weights"
    try:
        vgg = vgg16.load_vgg(values[flag].value)
        if values["lpips_weights"].value:
            flag = "lpips_weights"
            linear = lpips.read_linear(values[flag].value)
    except ValueError as error:
        raise UserError(f"--{flag}={error}") from None
    distance = lpips.Lpips(vgg, linear)
    return {distance.name: Distance(distance.label, distance)}


def load_classifier(path):
    """A classifier of images; code that a file may hold is not run.

    Args:
      path: a ``.keras`` file with one input [N, h, w, 1 or 3] in [0, 1] (h and w may be open) and
        softmax outputs [N, K].

    Returns:
      function: uint8 [N, H, W, 1 or 3] -> float64 [N, K]. Images are resized, antialiased, and
      grey and RGB turned into what it reads.

    Raises:
      UserError: it does not load, or is no such model.
    """
    import keras
    import numpy as np

    from unit_tf.evaluation.metrics.inception_score import checked_probabilities

    try:
        model = keras.models.load_model(
            pathlib.Path(path).expanduser(), compile=False, safe_mode=True
        )
    except Exception as error:  # zip, h5py, JSON and Keras have no common one
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"--classifier={path}: Keras does not load it ({reason})") from None
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[-1] not in (1, 3):
        raise UserError(f"--classifier={path}: reads {shape}; expected images [N, h, w, 1 or 3]")
    size = shape[1:3]

    def classify(images):
        found = model(_resized(images, size, shape[-1]), training=False)
        given = getattr(found, "shape", None)
        if given is None or len(given) != 2:
            kind = f"{type(found).__name__} of outputs" if given is None else f"shape {given}"
            raise UserError(f"--classifier={path}: gives {kind}; expected one softmax [N, classes]")
        try:
            return checked_probabilities(np.asarray(found))
        except ValueError as error:
            raise UserError(f"--classifier={path}: {error}") from None

    # Now, not after an hour of translations; noise, since zeros may give logits that sum to 1.
    sides = [side or 64 for side in size]
    classify(np.random.default_rng(0).integers(0, 256, (2, *sides, shape[-1]), np.uint8))
    return classify


def _resized(images, size, channels):
    """uint8 [N, H, W, C] -> float32 [N, *size, channels] in [0, 1]; an open size is left alone."""
    import tensorflow as tf

    x = tf.constant(images.astype("float32") / 255)
    if x.shape[-1] != channels:
        x = tf.image.rgb_to_grayscale(x) if channels == 1 else tf.image.grayscale_to_rgb(x)
    wanted = [side or has for side, has in zip(size, x.shape[1:3], strict=True)]
    return x if wanted == list(x.shape[1:3]) else tf.image.resize(x, wanted, antialias=True)
