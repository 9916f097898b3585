"""What an evaluation is asked for. Standard library only, so that a command refuses at once."""

import dataclasses
import operator
import pathlib
import types
import typing

from unit_tf.config import UserError, named_settings, user_path
from unit_tf.config.image_scale import parse_resize
from unit_tf.weight_files import FETCHED

FEWEST = 2  # images that have a covariance


def _file(*extensions, fetched=False):
    """A field that holds the path of a file, or None."""
    about = {"extensions": extensions, "fetched": fetched}
    return dataclasses.field(default=None, metadata=about)


@dataclasses.dataclass(frozen=True)
class EvaluationRequest:
    """What to evaluate, and by which networks.

    Attributes:
      workdir: folder of a training, or a shipped translator's name.
      output: folder for the results; None for the workdir.
      limit: at most this many images a direction; None for all.
      data: {"data.field": value}, where the training's images are now if they have moved.
      seed: of the sampled styles; None for 0. Only for methods with styles, as the next three.
      lpips_weights: LPIPS' linear weights, .npz of tools/convert_lpips.sh.
      vgg_weights: VGG16 for LPIPS: .npz of tools/convert_lpips.sh, Keras' .h5, or ``"imagenet"``.
      classifier: Keras model (.keras) for the Inception Scores.
      inception_weights: Keras' InceptionV3 for FID and KID, .h5 or ``"imagenet"``.
      evaluators: names in ``EVALUATORS``, those to run; None for all that apply.
      checkpoint: of a training: ``"newest"``, ``"best"``, or a step.
      resize: how held-out images are scaled first: pixels of the shorter side, or ``"trained"``
        for as training did; None for as they are.
    """

    workdir: str | pathlib.Path
    output: str | pathlib.Path | None = None
    limit: int | None = None
    data: typing.Mapping = dataclasses.field(default_factory=lambda: types.MappingProxyType({}))
    seed: int | None = None
    lpips_weights: str | None = _file(".npz")
    vgg_weights: str | None = _file(".npz", ".h5", fetched=True)
    classifier: str | None = _file(".keras")
    inception_weights: str | None = _file(".h5", fetched=True)
    evaluators: tuple[str, ...] | None = None
    checkpoint: str | int = "newest"
    resize: str | int | None = None

    def check(self):
        """Raises UserError for what is wrong whatever the method: a missing file, a bad limit."""
        named_settings("data", self.data, ("data",))
        _check_count("limit", self.limit, 1)
        _check_count("run.seed", self.seed, 0)
        parse_resize(self.resize)
        for field in dataclasses.fields(self):
            if field.metadata:
                check_file(field.name, getattr(self, field.name), **field.metadata)
        if self.lpips_weights and not self.vgg_weights:
            raise UserError("--lpips_weights: needs --vgg_weights, the network that they belong to")
        if self.limit is not None and self.inception_weights is not None and self.limit < FEWEST:
            raise UserError(
                f"--limit={self.limit}: FID and KID (--inception_weights) need {FEWEST} or more"
            )


def _check_count(name, value, least):
    """Raises UserError unless a value is None or a whole number from ``least`` on."""
    if value is None:
        return
    try:
        good = not isinstance(value, bool) and operator.index(value) >= least
    except TypeError:
        good = False
    if not good:
        raise UserError(f"--{name}={value}: expected a whole number, {least} or more")


def check_file(name, value, extensions, fetched):
    """Raises UserError for a file that is not there or is of another kind.

    Args:
      name: of the field, which is the flag's too.
      value: path; None where it is not given.
      extensions: tuple of str.
      fetched: whether FETCHED will do instead of a file.
    """
    if value is None or (fetched and value == FETCHED):
        return
    if not str(value).endswith(extensions):
        word = f", or the word {FETCHED}" if fetched else ""
        raise UserError(f"--{name}={value}: expected a file {' or '.join(extensions)}{word}")
    if not user_path(f"--{name}", value).is_file():
        raise UserError(f"--{name}={value}: no such file")
