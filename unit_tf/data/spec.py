"""What is true of a source of data, stated in one place; neither numpy nor TensorFlow."""

import dataclasses
import typing

from unit_tf.config import field_names, nearest
from unit_tf.config.references import load_reference


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
      globes: both training domains are ``BandDomain``s, cut from an image of a globe each.
      tells_land: A's images are satellite images, in which land is told from water.
      lister: where its images are files of the user's, a function (DataConfig, notes) ->
        {"train_a", "train_b", "test_a", "test_b": list of ImageFile}, named as ``opener`` is; else
        None. It opens no image, and appends lines for the user to the list ``notes``.
      rated_faces: its images are faces that the shipped classifier of attributes was trained for.

    Raises:
      ValueError: there is no such setting.
    """

    name: str
    opener: str | typing.Callable
    reads: frozenset = frozenset()
    labelled: bool = False
    needs_tensorflow: bool = False
    globes: bool = False
    tells_land: bool = False
    rated_faces: bool = False
    lister: str | typing.Callable | None = None

    def __post_init__(self):
        known = [n.partition(".")[2] for n in field_names() if n.startswith("data.")]
        for name in sorted(self.reads):
            if name not in known:
                raise ValueError(f"reads {name!r}: no such setting{nearest(name, known)}")

    def load_opener(self):
        """The function that opens it; imports it."""
        return load_reference(self.opener)

    def load_lister(self):
        """The function that lists its images, or None; imports it."""
        return load_reference(self.lister) if self.lister else None
