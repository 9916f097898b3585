"""Scores of a training's checkpoints on held-out images, cheap enough to take while it trains.

Where the images of a direction are pairs its score is L1; where none are, KID by the features of
evaluation/features/efficientnet_lite0.py. The mean over the directions says which checkpoint is the
best. At most MOST_IMAGES of each domain are taken, as training takes them: scaled as its crops are,
and cut from the middle. So these scores compare the checkpoints of one training alone;
``unit-evaluate`` takes all images, whole.
"""

import numpy as np

from unit_tf.config import UserError
from unit_tf.data.base import with_test_images
from unit_tf.data.image_grids import spread
from unit_tf.data.registry import find_source
from unit_tf.data.scaling import scale_to_cover
from unit_tf.evaluation.evaluators.kid_scores import MISSING
from unit_tf.evaluation.evaluators.passes import Pass, held_out, real_images
from unit_tf.evaluation.metrics.distances import l1
from unit_tf.evaluation.metrics.kid import kid
from unit_tf.evaluation.request import FEWEST
from unit_tf.methods.registry import find_method

MOST_IMAGES = 64


def scorer_for(config, data):
    """What scores the checkpoints of a training; loads no network yet.

    Args:
      config: ExperimentConfig, of a method that translates.
      data: Data.

    Returns:
      CheckpointScorer; None with ``run.score_every`` 0.

    Raises:
      UserError: there are no images to score, or the features' network is not installed.
    """
    every = config.run.score_every
    if not every:
        return None
    directions = find_method(config.model.method).directions_of(config.model)
    sources = [d[0] for d in directions if held_out(data, d[0])]
    paired = [s for s in sources if all(test.load_truth for test in held_out(data, s))]
    if paired:
        return CheckpointScorer(config, data, paired, "l1")
    sources = [s for s in sources if _suffice(data, s)]
    if not sources:
        raise UserError(
            f"--run.score_every={every}: no held-out images to score; name some with "
            f"--data.test_dir_a and --data.test_dir_b, {FEWEST} or more of each"
        )
    from unit_tf.evaluation.features import efficientnet_lite0

    if efficientnet_lite0.weights_file() is None:
        raise UserError(f"--run.score_every={every}: {MISSING}")
    return CheckpointScorer(config, data, sources, "kid")


def _suffice(data, source):
    """Whether KID can be taken of the translations of a domain's images."""
    reals = real_images(data, source, "b" if source == "a" else "a")
    return min(len(held_out(data, source)), len(reals)) >= FEWEST


class CheckpointScorer:
    """Scores of a checkpoint, by the weights that translating reads.

    The networks are built beside the training's, in float32 and once. Neither the training's
    weights nor its random numbers are touched.

    Args:
      config: ExperimentConfig.
      data: Data.
      sources: the domains whose images are translated, ``"a"`` or ``"b"``.
      kind: ``"l1"`` or ``"kid"``.
    """

    def __init__(self, config, data, sources, kind):
        self._config, self._sources, self._kind = config, sources, kind
        self._data = as_in_training(config.data, data)
        self._method = self._network = None
        self._passes, self._reals = [], {}

    def __call__(self, folder):
        """Scores one checkpoint.

        Args:
          folder: the checkpoint's.

        Returns:
          (the name of the score that counts, {name: float}): that score, ``"l1"`` in [0, 255] or
          ``"kid"``, is the mean of its directions, ``"l1_a2b"`` and the like. Lower is better.

        Raises:
          UserError: an image cannot be read, or a translation is not finite.
        """
        from unit_tf.inference import load as load_lib

        if self._method is None:
            self._method = load_lib.build_float32(self._config)
            given = self._method, self._data
            self._passes = [Pass(*given, source, MOST_IMAGES) for source in self._sources]
        load_lib.read_checkpoint(self._method, self._config, folder)
        measure = {"l1": self._l1, "kid": self._kid}[self._kind]
        found = {f"{self._kind}_{work.direction}": measure(work) for work in self._passes}
        return self._kind, {self._kind: float(np.mean(list(found.values()))), **found}

    def _l1(self, work):
        samples = (work.sample(index) for index in range(len(work.tests)))
        return float(np.mean([l1(sample.translation, sample.truth) for sample in samples]))

    def _kid(self, work):
        from unit_tf.evaluation.features import efficientnet_lite0

        translated = (work.sample(index).translation for index in range(len(work.tests)))
        try:
            if self._network is None:
                self._network = efficientnet_lite0.load_efficientnet_lite0()
            if work.direction not in self._reals:
                reals = (load() for load in spread(work.reals, MOST_IMAGES))
                self._reals[work.direction] = self._network.features(reals)
            return kid(self._network.features(translated), self._reals[work.direction])["mean"]
        except ValueError as error:  # a damaged file of weights, features that are not finite
            raise UserError(str(error)) from None


def as_in_training(config, data):
    """Data whose held-out images are scaled and cut as training crops are, from the middle.

    Those of sources that do not scale their images stay whole.

    Args:
      config: DataConfig.
      data: Data.

    Returns:
      Data.
    """
    if "resize" not in find_source(config.source).reads:
        return data
    return with_test_images(data, lambda image, _: middle_crop(image, config))


def middle_crop(image, config):
    """The middle of an image, as large as a training crop.

    Args:
      image: uint8 [H, W, C].
      config: DataConfig, for image_size and resize.

    Returns:
      uint8 [*image_size, C].
    """
    (height, width), resize = config.image_size, config.resize
    image = scale_to_cover(image, (height, width), resize)
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return np.ascontiguousarray(image[top : top + height, left : left + width])
