"""What the styles of a trained translator are worth: styles.py says what is measured."""

import numpy as np

from glasses_kinds import KINDS, WITHOUT
from unit_tf.evaluation.metrics import diversity as paired

SAMPLES = 20  # translations of an image among which kinds of glasses are looked for
REAL_TURNS = 10  # real images make so many times as many pairs as one image's translations


class Sampler:
    """Translations of one training in styles; without styles there is one of each image.

    Args:
      method: Method.
      direction: ``"a2b"`` or ``"b2a"``.
    """

    def __init__(self, method, direction):
        from unit_tf.inference.compiled_networks import image_translator
        from unit_tf.inference.style_codes import style_encoder, styled_translator

        self.styled, self._size = method.style_size > 0, method.style_size
        if self.styled:
            self._translate = styled_translator(method, direction)
            self._encode = style_encoder(method, direction[-1])
        else:
            self._translate = image_translator(method, direction)

    def sampled(self, image, name, rng, count):
        """uint8 [count, H, W, C'] in styles from N(0, I).

        Args:
          image: uint8 [H, W, C].
          name: for messages.
          rng: numpy Generator.
          count: how many.
        """
        from unit_tf.inference.style_codes import sample_styles

        if not self.styled:
            return np.repeat(self._translate(image, name)[None], count, 0)
        styles = sample_styles(rng, count, self._size)
        return np.stack([*self._translate(image, styles, name)])

    def guided(self, image, name, example):
        """uint8 [H, W, C'] in the style of an example of the target domain."""
        if not self.styled:
            return self._translate(image, name)
        return next(iter(self._translate(image, np.asarray(self._encode(example, name)), name)))


def style_scores(method, data, direction, distances, glasses=None):
    """Scores of up to 100 test images each by itself, of real images, and KID.

    Args:
      method: Method.
      data: Data whose test images have truths.
      direction: ``"a2b"`` or ``"b2a"``.
      distances: {name: style_distances.Distance}.
      glasses: GlassesKinds of the test images, or None.

    Returns:
      {"each": {score: one number an image}, "real": {score: number}, "kid": as KidScores', if
      there is a network for it, and with glasses "glasses_accuracy": as GlassesKinds' accuracies}.
    """
    from unit_tf.data.image_grids import evenly_spaced
    from unit_tf.evaluation.evaluators.passes import Pass

    work, sampler = Pass(method, data, direction[0]), Sampler(method, direction)
    rows, shown = [], []
    for place, index in enumerate(evenly_spaced(len(work.tests), paired.INPUTS)):
        sample = work.sample(index)
        rng = np.random.default_rng([0, place])
        images = sampler.sampled(sample.image, sample.name, rng, 2 * paired.PAIRS)
        guided = sampler.guided(sample.image, sample.name, sample.truth)
        rows.append(diversity(images if sampler.styled else None, distances))
        if glasses:
            rows[-1] |= glasses_scores(glasses, index, images[:SAMPLES], guided)
        shown.append((guided, images[0], sample.truth))
    each = {name: [row[name] for row in rows] for name in rows[0]}
    each |= truth_scores(*map(np.stack, zip(*shown, strict=True)), distances)
    found = {"each": each, "real": real_scores(work, distances, glasses)}
    if glasses:
        found["glasses_accuracy"] = glasses.accuracies()
    return found | kid_of(method, data, direction, sampler)


def real_scores(work, distances, glasses=None):
    """The scores of real images that need no translation, means.

    Args:
      work: Pass, into whose target domain images are translated.
      distances, glasses: as in ``style_scores``.

    Returns:
      {score: number}.
    """
    from unit_tf.evaluation.evaluators.style_distances import real_pairs

    rng, size = np.random.default_rng(0), work.reals[0]().shape[:2]
    pairs = np.concatenate([real_pairs(work.reals, size, rng) for _ in range(REAL_TURNS)])
    return diversity(pairs, distances) | (real_glasses(glasses) if glasses else {})


def diversity(images, distances):
    """{"diversity/NAME": mean distance of the pairs (0, 1), (2, 3), ...}; 0 for no images."""
    return {
        f"diversity/{name}": 0.0 if images is None else paired.paired_distance(images, d.function)
        for name, d in distances.items()
    }


def truth_scores(guided, sampled, truths, distances):
    """How far translations are from their truths, in the truth's own style and in another.

    Args:
      guided, sampled, truths: uint8 [N, H, W, C].
      distances: {name: style_distances.Distance}.

    Returns:
      {"guided/NAME" and "sampled/NAME": list of N numbers}.
    """
    return {
        f"{kind}/{name}": [float(d) for d in distance.function(images, truths)]
        for kind, images in (("guided", guided), ("sampled", sampled))
        for name, distance in distances.items()
    }


def glasses_scores(glasses, index, images, guided):
    """What one face's translations wear.

    Args:
      glasses: GlassesKinds.
      index: of the face.
      images: uint8 [SAMPLES, S, S, 3], translations in sampled styles.
      guided: uint8 [S, S, 3], in the truth's style.

    Returns:
      {"kinds": how many kinds there are among the images, "none": share without any,
      "guided_kind": 1 where the guided one wears the truth's, else 0, "sampled_kind": share of
      the images that do}.
    """
    found, worn = glasses.found(index, images), glasses.worn[index]
    return {
        "kinds": len({*found} - {WITHOUT}),
        "none": found.count(WITHOUT) / len(found),
        "guided_kind": int(glasses.found(index, guided[None]) == [worn]),
        "sampled_kind": found.count(worn) / len(found),
    }


def real_glasses(glasses):
    """What as many real faces wear at random as an image has samples.

    Args:
      glasses: GlassesKinds.

    Returns:
      {"kinds", "none", "sampled_kind"}, of faces of the data: means as ``glasses_scores`` has them.
    """
    rng, worn = np.random.default_rng(0), np.array(glasses.worn)
    counts = [len({*rng.choice(worn, SAMPLES)} - {WITHOUT}) for _ in worn]
    shares = [np.mean(worn == kind) for kind in KINDS]
    return {
        "kinds": float(np.mean(counts)), "none": float(np.mean(worn == WITHOUT)),
        "sampled_kind": float(np.square(shares).sum()),
    }  # fmt: skip


def kid_of(method, data, direction, sampler):
    """{"kid": as KidScores'} of one sampled style a test image; empty without its network."""
    from unit_tf.evaluation.evaluators.kid_scores import KidScores
    from unit_tf.evaluation.evaluators.passes import Pass
    from unit_tf.evaluation.evaluators.run_passes import evaluate_pass

    rng = np.random.default_rng(1)

    def translate(image, name):
        return sampler.sampled(image, name, rng, 1)[0]

    work = Pass(method, data, direction[0], translate=translate)
    return evaluate_pass(work, [KidScores(beside_pairs=True)]).figures
