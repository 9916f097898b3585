"""Which glasses an avatar wears: those of the kind whose shape is drawn on it, or none.

A test face of --data.attribute=Eyeglasses is known part by part, so it can be drawn with every kind
of glasses that the data have, and without. How a translation differs from the face without is
compared with how each kind does, in the rectangle around all glasses, but for the mean colour. The
kind with the largest cosine is worn if that is at least ALIKE, and if half of its strength is
there: fainter ones are none, and so is a face that is painted over. All images are softened a
little first, so that thin rims that a translator blurs remain themselves.
"""

import dataclasses

import numpy as np
from PIL import Image, ImageFilter

from unit_tf.data.sources.avatar_faces import GLASSES, NONE, sample_pairs

WITHOUT = NONE[0]
KINDS = (*GLASSES, WITHOUT)  # the last one is no kind of glasses
CHANGED = 8  # levels of 255; less is rounding
SOFT = 1  # pixels
MARGIN = 4  # pixels
ALIKE = 0.5  # least cosine; of noise or another face it is smaller
FAINT = 0.5  # share of the strength that glasses are drawn with; they count above it


class GlassesKinds:
    """The test faces of a data set, drawn with each of KINDS.

    Args:
      images: uint8 [N, len(KINDS), S, S, 3].
      worn: N names, the glasses of each face's counterpart that has some.

    Attributes:
      worn: as given.
    """

    def __init__(self, images, worn):
        self._images, self.worn = images, worn

    @classmethod
    def of(cls, config):
        """Those of a DataConfig, rendered unless its cache has them."""
        from unit_tf.data.sources.render_cache import cached_faces

        count, seed = config.num_test_faces, config.faces_seed
        pairs = sample_pairs(config.attribute, "test", count, seed)
        faces = [dataclasses.replace(one, glasses=kind) for one, _ in pairs for kind in KINDS]
        side = config.image_size[0]
        images = cached_faces(faces, side, config.cache_dir, f"{config.attribute}_kinds")
        shape = count, len(KINDS), side, side, 3
        return cls(images.reshape(shape), [one.glasses for one, _ in pairs])

    def found(self, index, images):
        """What images of one face show.

        Args:
          index: of the test face.
          images: uint8 [M, S, S, 3], such as its translations.

        Returns:
          list of M names of KINDS.
        """
        drawn, plain = self._images[index].astype(float), KINDS.index(WITHOUT)
        place = around((np.abs(drawn - drawn[plain]) > CHANGED).any((0, -1)))
        kinds, images = (softened(x)[place] for x in (self._images[index], images))
        shapes, changes = (centred(x - kinds[plain]) for x in (kinds[:plain], images))
        lengths = np.linalg.norm(shapes, axis=1)
        along = changes @ shapes.T / lengths  # length of each change along each shape
        nearest = along.argmax(1)
        along, length = along.max(1), np.linalg.norm(changes, axis=1)
        worn = (along > FAINT * lengths[nearest]) & (along >= ALIKE * length)
        return [KINDS[i] if shown else WITHOUT for i, shown in zip(nearest, worn, strict=True)]

    def accuracies(self):
        """Returns {how images were changed: share that is read right, of all faces with KINDS}."""
        found = {}
        for name, change in CHANGES.items():
            rng = np.random.default_rng(0)
            right = [
                np.equal(self.found(i, np.stack([change(x, rng) for x in drawn])), KINDS).mean()
                for i, drawn in enumerate(self._images)
            ]
            found[name] = float(np.mean(right))
        return found


def around(mask):
    """What cuts a bool [H, W] and MARGIN around it out of images [N, H, W, 3]."""
    both = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    sides = (slice(max(0, x[0] - MARGIN), x[-1] + 1 + MARGIN) for x in both)
    return slice(None), *sides


def centred(changes):
    """float [N, D] of float [N, h, w, 3], without each one's mean colour."""
    return (changes - changes.mean((1, 2), keepdims=True)).reshape(len(changes), -1)


def softened(images):
    """float [N, S, S, 3] of uint8 images, blurred by SOFT."""
    blur = ImageFilter.GaussianBlur(SOFT)
    return np.stack([np.asarray(Image.fromarray(x).filter(blur), float) for x in images])


def _soft_and_noisy(image, rng):
    """At half its size and back, off in colour, with noise of 16 levels."""
    size = image.shape[1], image.shape[0]
    small = Image.fromarray(image).resize([side // 2 for side in size], Image.Resampling.BOX)
    x = np.asarray(small.resize(size, Image.Resampling.BILINEAR)) * np.array([0.9, 1.05, 1.0])
    x = x + np.array([10, -8, 6]) + rng.normal(0, 16, image.shape)
    return np.clip(np.rint(x), 0, 255).astype(np.uint8)


CHANGES = {
    "as they are": lambda image, rng: image,
    "soft, noisy and off in colour": _soft_and_noisy,
    "a pixel lower": lambda image, rng: np.roll(image, 1, 0),
}
