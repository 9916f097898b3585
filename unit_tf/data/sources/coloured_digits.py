"""Handwritten digits in grey (domain A), and the same hand in any two colours (domain B).

B's colours are sampled at random and independently of what is written: the shape is all that the
domains share, and the colours are B's style. MNIST is halved, so no digit is in both domains.

TensorFlow and tensorflow-datasets are imported only when the data are opened.
"""

import functools

import numpy as np

from unit_tf.data import digit_images
from unit_tf.data.base import Data, DataError
from unit_tf.data.sources.labelled import held_out, read_split, stored_channels
from unit_tf.data.sources.prepared import open_builder

HALVES = {"a": "[:50%]", "b": "[50%:]"}
# Least difference between the luma of ink and paper, as a fraction of its range.
MIN_CONTRAST = 0.4
# Pairs of colours that are sampled at once; the first with enough contrast counts. One in seven
# has it; the chance that none of these has it is below 1e-17.
_CANDIDATES = 256
_HELD_OUT = 1  # keeps these colours apart from others of the same numbers


class DigitDomain:
    """Training images of one domain.

    Args:
      images: uint8 array [N, 32, 32, 1], kept and not copied.
      finish: (uint8 [32, 32, 1], numpy Generator) -> uint8 [32, 32, channels].
    """

    def __init__(self, images, finish):
        self._images, self._finish = images, finish

    def __len__(self):
        return len(self._images)

    def crop(self, index, rng):
        """Image ``index``, whole, as ``unit_tf.data.base.Domain`` says."""
        return self._finish(self._images[index], rng)


def open_coloured_digits(config, held_out_only=False):
    """The data set ``coloured_digits``: MNIST of tensorflow-datasets at 32x32.

    The first half of each split is A, the second half B. Training images of B have other colours
    each time; held-out ones have those of ``held_out_colours``. Nothing is mirrored.

    Args:
      config: DataConfig. With tfds_dir the prepared data set is read there and nothing is fetched.
      held_out_only: as in ``datasets.open_data``.

    Returns:
      Data without labels of training images; test images have theirs, and no counterpart.

    Raises:
      DataError: a size or channels that these data do not have, or MNIST is not there; one line.
    """
    digit_images.check_colours(config)
    where, name = f"--data.source={config.source}, data set", "mnist"
    builder = open_builder(where, name, config.tfds_dir)
    stored_channels(builder, f"{where}={name}")
    read = functools.partial(read_split, builder, "pad", 1)
    train, test = {}, {}
    for domain, half in HALVES.items():
        train[domain] = read("" if held_out_only else f"train{half}", False).images
        test[domain] = read(f"test{half}", True)
        if not held_out_only and not len(train[domain]):
            raise DataError(f"{where}={name}: no images in train{half}; each domain needs some")
    channels = config.domain_channels("a")
    return Data(
        DigitDomain(train["a"], lambda grey, rng: digit_images.with_channels(grey, channels)),
        DigitDomain(train["b"], lambda grey, rng: coloured(grey, *draw_colours(rng))),
        held_out("test", test["a"], channels),
        _coloured_tests(held_out("test", test["b"], 1)),
    )


def coloured(grey, ink, paper):
    """A grey image in two colours: paper + (ink - paper) * grey / 255.

    Args:
      grey: [H, W, 1] in 0..255, bright where ink is.
      ink: [3] in 0..255.
      paper: [3] in 0..255.

    Returns:
      uint8 array [H, W, 3].
    """
    share = np.asarray(grey, np.float64) / 255
    return np.rint(paper + (ink - paper) * share).astype(np.uint8)


def draw_colours(rng):
    """Two colours, uniform in RGB among those whose luma differs by MIN_CONTRAST or more.

    Args:
      rng: numpy Generator; as many numbers are sampled each time.

    Returns:
      (ink, paper), float arrays [3] of whole numbers in 0..255.
    """
    pairs = rng.integers(0, 256, (_CANDIDATES, 2, 3), np.uint8)
    luma = digit_images.to_grey(pairs[:, :, None]).astype(int).reshape(-1, 2)
    enough = np.abs(luma[:, 0] - luma[:, 1]) >= MIN_CONTRAST * 255
    ink, paper = pairs[enough.argmax()].astype(np.float64)
    return ink, paper


def held_out_colours(index):
    """(ink, paper) of the image ``Data.test_b[index]``, as ``draw_colours`` gives them."""
    return draw_colours(np.random.default_rng([_HELD_OUT, index]))


def _coloured_tests(tests):
    return [
        test._replace(load=functools.partial(_coloured_test, test.load, index))
        for index, test in enumerate(tests)
    ]


def _coloured_test(load, index):
    return coloured(load(), *held_out_colours(index))
