"""The order and the crops of a training, from numbers alone; no TensorFlow.

The image at position p of a domain's stream is entry p mod n of the permutation of epoch p // n,
and its crop is sampled by a generator seeded with p.
"""

import functools

import numpy as np

from unit_tf.data.images import to_float

DOMAIN_IDS = {"a": 0, "b": 1}
# What a random stream is for; keeps the two apart at equal numbers.
ORDER, CROP = 0, 1


class Crops:
    """The endless, shuffled sequence of one domain's crops.

    Args:
      domain: the Domain to read.
      name: "a" or "b"; each has its own order and crops.
      seed: the run's seed.
      shape: (height, width, channels) of a crop.
    """

    def __init__(self, domain, name, seed, shape):
        self._domain = domain
        self.shape = shape
        self._seed = (seed, DOMAIN_IDS[name])
        # Two epochs, as threads straddle their border. Not on the class: it would outlive the data.
        self._permutation = functools.lru_cache(maxsize=2)(self._permute)

    def index(self, position):
        """Which image stands at a position; every image once in each epoch."""
        epoch, offset = divmod(position, len(self._domain))
        return int(self._permutation(epoch)[offset])

    def crop(self, position):
        """float32 array of the stream's shape, in [-1, 1]."""
        rng = np.random.default_rng([*self._seed, CROP, int(position)])
        return to_float(self._domain.crop(self.index(int(position)), rng))

    def batch(self, step, size):
        """float32 [size, *shape]: what training step ``step``, from 0, reads."""
        return np.stack([self.crop(position) for position in range(step * size, (step + 1) * size)])

    def _permute(self, epoch):
        rng = np.random.default_rng([*self._seed, ORDER, epoch])
        return rng.permutation(len(self._domain))
