"""The features that FID and KID compare: those of translations, of inputs and of real images."""

from unit_tf.data.image_grids import spread
from unit_tf.evaluation.features.batches import AT_A_TIME, Batches
from unit_tf.evaluation.features.feature_cache import CachedFeatures, cached_features

GROUPS = ("translation", "identity")


class ComparedFeatures:
    """Features of translations, inputs and real images of a pass. Each image is decoded once.

    Args:
      network: image_features.ImageFeatures.
      work: Pass.
      cache: folder for the features of images that are no translations; None to keep none.
    """

    def __init__(self, network, work, cache):
        self._network, self._work, self._cache = network, work, cache
        self._translations = Batches(network.features, AT_A_TIME)
        self._inputs = CachedFeatures(network, cache)

    def observe(self, sample):
        """Takes in one image of the pass, and its translation.

        Args:
          sample: Sample.
        """
        self._inputs.add(sample.image)
        self._translations.add(sample.translation)

    def rows(self):
        """The features of all images.

        Returns:
          ({name of GROUPS: float32 [N, D]}, float32 [M, D] of the real images).

        Raises:
          UserError: they cannot be kept.
        """
        # First, for what is stored of the inputs would have the real images read twice.
        reals = spread(self._work.reals, self._work.limit)
        reals = cached_features(self._network, reals, self._cache)
        inputs = self._inputs.rows([test.load for test in self._work.tests])
        return {"translation": self._translations.rows(), "identity": inputs}, reals
