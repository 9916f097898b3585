"""UNIT's domain adaptation (section 4 and Appendix B): the discriminators learn to classify.

The labels are of A's images alone. What is learned from them reaches B through the layers that
both discriminators share, and through pairs of corresponding images that both are to read alike.
"""

import typing

import tensorflow as tf

from unit_tf.losses import adversarial
from unit_tf.losses.cross_entropy import cross_entropy
from unit_tf.methods.adaptation.coupled_classifiers import (
    build_judge,
    pair_distance,
    read_each,
    real_or_fake,
)
from unit_tf.methods.base import other
from unit_tf.methods.translation import unit
from unit_tf.models.coupled import DOMAINS
from unit_tf.models.digit_networks import SIDE, build_digit_encoder, build_digit_generator


class Outputs(typing.NamedTuple):
    """One forward pass.

    Attributes:
      images: methods.unit.Outputs.
      labels: int32 [N], of A's images.
    """

    images: unit.Outputs
    labels: tf.Tensor


class UnitDa(unit.Unit):
    """UNIT of digits, Table 4, whose discriminators, Table 5 or 6, classify.

    Args:
      config: ExperimentConfig of ``--data.source=labelled``.

    Example:
      >>> method = build_method(preset_config("da_mnist_usps"))
      >>> method.classify(tf.zeros([1, 32, 32, 1]), "b").shape
      TensorShape([1, 10])
    """

    classifies = averages_all = True
    stride = smallest_side = smallest_crop = largest_side = SIDE

    def _build_networks(self, config):
        encoder = build_digit_encoder(config.model.width, config.model.coordinates)
        generator = build_digit_generator(self.channels, config.model.width)
        code = encoder.build_both({d: (None, SIDE, SIDE, self.channels[d]) for d in DOMAINS})
        generator.build_both({d: code for d in DOMAINS})
        return encoder, generator, build_judge(config, self.channels)

    def forward(self, batch, seed, training=True):
        x_a, x_b, y_a = batch
        return Outputs(super().forward((x_a, x_b), seed, training), y_a)

    def _drawn(self, images, domain):
        """{"translated", "same"}: what is drawn in ``domain``."""
        return {"translated": images.translated[other(domain)], "same": images.same[domain]}

    def _fakes(self):
        """{what is judged: family of its term in the generators' objective}."""
        families = {"translated": "gan", "same": "gan_same"}
        weights = self.config.weights
        return {name: family for name, family in families.items() if getattr(weights, family)}

    @property
    def generator_weights(self):
        w = self.config.weights
        own = {"gan_same": w.gan_same, "classification_translated": w.classification_translated}
        return {**super().generator_weights, **own}

    def generator_terms(self, outputs):
        weights, fakes = self.config.weights, self._fakes()
        terms = self._coding_terms(outputs.images)
        for d in DOMAINS:
            drawn = self._drawn(outputs.images, d)
            classified = weights.classification_translated and d == "b"
            read = {*fakes, "translated"} if classified else fakes
            if not read:
                continue
            images = {name: x for name, x in drawn.items() if name in read}
            readings = read_each(self.discriminator, images, d)
            for name, family in fakes.items():
                loss = adversarial.generator_loss([readings[name].real], weights.gan_objective)
                terms[f"{family}/{d}"] = loss
            if classified:
                terms["classification_translated/a"] = self._translated_classes(outputs, readings)
        return terms

    def _translated_classes(self, outputs, readings_b):
        """Whether A's images, translated, still read as what they are."""
        return cross_entropy(outputs.labels, readings_b["translated"].classes)

    @property
    def discriminator_weights(self):
        w = self.config.weights
        names = ("classification", "classification_translated", "feature")
        # However many kinds of fakes there are, together they weigh what the real images do.
        game = w.gan or w.gan_same
        return {"discriminator": game, **{name: getattr(w, name) for name in names}}

    def discriminator_terms(self, outputs):
        weights, judge, fakes = self.config.weights, self.discriminator, self._fakes()
        drawn = {d: self._drawn(outputs.images, d) for d in DOMAINS}
        readings = {d: read_each(judge, {"x": outputs.images.x[d], **drawn[d]}, d) for d in DOMAINS}
        terms = {}
        for d in DOMAINS:
            o = other(d)
            if fakes:
                terms[f"discriminator/{d}"] = real_or_fake(
                    readings[d], fakes, weights.gan_objective
                )
            if weights.feature:
                # x_d, drawn again in d and in the other domain, from one code.
                same = drawn[d]["same"], d, readings[d]["same"]
                translated = drawn[o]["translated"], o, readings[o]["translated"]
                distance = pair_distance(judge, same, translated, weights.feature_distance)
                terms[f"feature/{d}"] = distance
        if weights.classification:
            terms["classification/a"] = cross_entropy(outputs.labels, readings["a"]["x"].classes)
        if weights.classification_translated:
            terms["classification_translated/a"] = self._translated_classes(outputs, readings["b"])
        return terms

    def classify(self, x, domain):
        return self.discriminator(x, domain=domain).classes

    def preview(self, batch):
        return super().preview(batch[:2])
