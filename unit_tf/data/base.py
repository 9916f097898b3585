"""What a data set is to the rest of the package.

A source of data (folder, tfds, blue_marble, ...) opens two ``Domain``s to train on, shuffled
and cropped independently, and held-out images to test on. All randomness comes in as a numpy
Generator whose seed the pipeline derives from (run.seed, position), so the data at step N never
depends on history.
"""

import typing

import numpy as np

from unit_tf.config import UserError


class DataError(UserError):
    """The data cannot be used; the message names the file or flag."""


class Unusable(ValueError):
    """An image is whole but of no use; the message, without its name, is all there is to say."""


class Domain(typing.Protocol):
    """Training images of one domain, with random access."""

    def __len__(self) -> int:
        """Number of images that make one epoch."""

    def crop(self, index: int, rng: np.random.Generator) -> np.ndarray:
        """A random training crop of image ``index``.

        Args:
          index: 0 <= index < len(self).
          rng: the only source of randomness (position of the crop, mirroring).

        Returns:
          uint8 array [*config.data.image_size, channels].
        """


class BatchDomain(Domain, typing.Protocol):
    """A domain of images so small that a batch of them is read in one go.

    Attributes:
      draws: how many random numbers a position has.
    """

    draws: int

    def pixels(self, indices: np.ndarray) -> np.ndarray:
        """The images of several indices, uint8 array [N, *config.data.image_size, channels]."""

    def change(self, pixels, draws):
        """Training crops of ``pixels``, made by TensorFlow's ops.

        Args:
          pixels: uint8 tensor [N, H, W, channels].
          draws: float32 tensor [N, self.draws] in [0, 1), the only source of randomness.

        Returns:
          float32 tensor [N, H, W, channels] in [0, 255].
        """


class TestImage(typing.NamedTuple):
    """One held-out image and, where it is known, its exact counterpart in the other domain.

    Attributes:
      name: relative file name or tile name, unique within its list.
      load: () -> uint8 array [H, W, channels] of the image, whole.
      load_truth: the same for its counterpart in the other domain, or None when unpaired.
      label: its class, for scores, or None where it has none.
    """

    name: str
    load: typing.Callable[[], np.ndarray]
    load_truth: typing.Callable[[], np.ndarray] | None = None
    label: int | None = None


class Content(typing.NamedTuple):
    """One training image as a later start can recognise it.

    Attributes:
      name: what its list calls it.
      size: bytes of the file.
      digest: of its content, hexadecimal.
    """

    name: str
    size: int
    digest: str


class Data(typing.NamedTuple):
    """Everything that one experiment reads.

    Attributes:
      train_a: Domain of A.
      train_b: Domain of B.
      test_a: held-out images of A, for a->b; may be empty.
      test_b: held-out images of B, for b->a; may be empty.
      notes: lines to show the user, such as how many bad files were skipped.
      labels_a: int32 array [len(train_a)], the class of each training image of A, and then both
        domains are BatchDomains; or None. Of B's training images nothing here holds a class.
      value_range: text of ``--data.value_range`` with which the images were read, where ``auto``
        has come to a range by now; None of sources that do not read it.
      contents: {"a", "b": list of Content} of the training images in their order, so that a resumed
        training can tell whether they are the same; None where a source does not say.
    """

    train_a: Domain
    train_b: Domain
    test_a: list[TestImage]
    test_b: list[TestImage]
    notes: tuple[str, ...] = ()
    labels_a: np.ndarray | None = None
    value_range: str | None = None
    contents: dict[str, list[Content]] | None = None


def with_test_images(data, change):
    """Data whose test images, and their truths, are changed when they are loaded.

    Args:
      data: Data.
      change: (uint8 [H, W, C], the test image's name) -> uint8 [h, w, C].

    Returns:
      Data.
    """

    def after(load, name):
        return load and (lambda: change(load(), name))

    def one(test):
        truth = after(test.load_truth, test.name)
        return test._replace(load=after(test.load, test.name), load_truth=truth)

    lists = {name: getattr(data, name) for name in ("test_a", "test_b")}
    return data._replace(**{name: [one(test) for test in tests] for name, tests in lists.items()})
