"""What is true of a source of data, stated in one place; neither numpy nor TensorFlow."""

import dataclasses
import typing

from unit_tf.config import field_names, nearest
from unit_tf.config.references import load_reference

# How drawings are drawn: the pen's colour, then the paper's.
POLARITIES = ("black_on_white", "white_on_black")


@dataclasses.dataclass(frozen=True)
class SourceSpec:
    """The facts of one source.

    Attributes:
      name: what ``--data.source`` says.
      opener: a function (DataConfig, held_out_only) -> Data; or ``"package.module:name"`` of it,
        which is imported when data are opened.
      reads: the settings of the section ``data`` that it or the pipeline behind it looks at, as
        ``"dir_a"``. All others are refused.
      labelled: its training images have labels, and methods that learn from those need it.
      needs_tensorflow: it opens through tensorflow-datasets, which imports TensorFlow, and may
        fetch what is not in ``--data.tfds_dir``.
      fills_crop: where it does not read ``resize``: its images are drawn to fill ``image_size``.
      globes: both training domains are ``BandDomain``s, cut from an image of a globe each.
      tells_land: A's images are satellite images, in which land is told from water.
      lister: where its images are files of the user's, a function (DataConfig, notes) ->
        {"train_a", "train_b", "test_a", "test_b": list of ImageFile}, named as ``opener`` is; else
        None. It opens no image, and appends lines for the user to the list ``notes``.
      rated_faces: its images are faces that the shipped classifier of attributes was trained for.
      drawings: {domain: a name in POLARITIES} of the domains whose images are line drawings,
        whether in one channel or three.
      grey_drawings: the same of any other domain where its images have one channel; "" where that
        depends on the user's images.

    Raises:
      ValueError: there is no such setting or polarity.
    """

    name: str
    opener: str | typing.Callable
    reads: frozenset = frozenset()
    labelled: bool = False
    needs_tensorflow: bool = False
    fills_crop: bool = False
    globes: bool = False
    tells_land: bool = False
    rated_faces: bool = False
    lister: str | typing.Callable | None = None
    drawings: typing.Mapping[str, str] = dataclasses.field(default_factory=dict)
    grey_drawings: str = ""

    def __post_init__(self):
        known = [n.partition(".")[2] for n in field_names() if n.startswith("data.")]
        for name in sorted(self.reads):
            if name not in known:
                raise ValueError(f"reads {name!r}: no such setting{nearest(name, known)}")
        for polarity in filter(None, (*self.drawings.values(), self.grey_drawings)):
            if polarity not in POLARITIES:
                raise ValueError(f"{polarity!r}: no such polarity{nearest(polarity, POLARITIES)}")

    def load_opener(self):
        """The function that opens it; imports it."""
        return load_reference(self.opener)

    def load_lister(self):
        """The function that lists its images, or None; imports it."""
        return load_reference(self.lister) if self.lister else None
