"""What is true of a method, stated beside it; no TensorFlow."""

import dataclasses
import math
import typing

from unit_tf.config import field_names, nearest
from unit_tf.config.references import load_reference
from unit_tf.methods.sizes import family_geometry
from unit_tf.models.architectures import ARCHITECTURES

DIRECTIONS = ("a2b", "b2a")


def other(domain):
    """The other domain's letter."""
    return "b" if domain == "a" else "a"


@dataclasses.dataclass(frozen=True)
class MethodSpec:
    """The facts of one method. Commands, rules and exports ask these and never its name.

    Attributes:
      name: what ``--model.method`` says.
      factory: the Method class, or a function ExperimentConfig -> Method; or
        ``"package.module:name"`` of it, which is imported when the method is built.
      reads: the settings of the sections ``model`` and ``weights`` that it looks at, as
        ``"weights.gan"``. All others are refused.
      needs: the weights among them that must be above 0.
      needs_one_of: weights among them, one or more of which must be above 0.
      directions: those that it translates in: ``("a2b", "b2a")``, ``("a2b",)``, or ``()`` for one
        that only classifies. One that reads ``model.direction`` is trained in one of them.
      labelled: it learns from labels and classifies; needs a source with labels.
      paired: it learns from pairs; needs ``--data.paired``.
      styled: one image has many translations, one a style.
      architectures: valid ``--model.architecture``, where it reads that.
      image_size: (height, width) that its networks are made for; None where they take any.
      same_channels: both domains' images pass the same layers.
      batch_statistics: its networks normalise over the batch, so parts of one are not the whole.
      tileable: convolutions and normalisations alone, those that ``geometry`` tells of, make a
        translation, so that tiles of an image, with its statistics, are translated as the whole is.
      geometry: (ModelConfig, styled) -> NetworkGeometry of a translation's networks, or None where
        it cannot be told. By default that of the encoder and the generator of
        ``model.architecture``.
      smallest_crop: ModelConfig -> the shortest side that its own networks train on; crops are
        multiples of their stride. None where those of ``model.architecture`` say so.
      max_pooling: its networks pool so. XLA has no deterministic gradient of that.

    Raises:
      ValueError: there is no such setting or direction.
    """

    name: str
    factory: str | typing.Callable
    reads: frozenset = frozenset()
    needs: tuple = ()
    needs_one_of: tuple = ()
    directions: tuple = DIRECTIONS
    labelled: bool = False
    paired: bool = False
    styled: bool = False
    architectures: tuple = tuple(ARCHITECTURES)
    image_size: tuple[int, int] | None = None
    same_channels: bool = False
    batch_statistics: bool = False
    tileable: bool = False
    geometry: typing.Callable = family_geometry
    smallest_crop: typing.Callable | None = None
    max_pooling: bool = False

    def __post_init__(self):
        known = [n for n in field_names() if n.startswith(("model.", "weights."))]
        for name in sorted(self.reads):
            if name not in known:
                raise ValueError(f"reads {name!r}: no such setting{nearest(name, known)}")
        for name in (*self.needs, *self.needs_one_of):
            if name not in self.reads:
                raise ValueError(f"needs {name!r}, which it does not read")
        for direction in self.directions:
            if direction not in DIRECTIONS:
                raise ValueError(f"no direction {direction!r}; valid: {', '.join(DIRECTIONS)}")

    @property
    def translates(self):
        """Whether it turns images into images."""
        return bool(self.directions)

    @property
    def largest_side(self):
        """The longest side, in pixels, of an image that its networks take."""
        return max(self.image_size) if self.image_size else math.inf

    def directions_of(self, model):
        """Those of ``directions`` in which the networks of a ModelConfig translate."""
        return (model.direction,) if "model.direction" in self.reads else tuple(self.directions)

    def geometry_of(self, model):
        """What ``geometry`` says of the networks of a ModelConfig."""
        return self.geometry(model, self.styled)

    def load_factory(self):
        """The class or function that builds it; imports it, and TensorFlow with it."""
        return load_reference(self.factory)
