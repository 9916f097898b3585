"""UNIT's domain adaptation (section 4 and Appendix B): the discriminators learn to classify.

The labels are of A's images alone. Their knowledge reaches B through the layers that both
discriminators share, and through pairs of corresponding images that should have the same features.
"""

import typing

import tensorflow as tf

from unit_tf.losses import adversarial
from unit_tf.losses.cross_entropy import cross_entropy
from unit_tf.methods.adaptation.coupled_classifiers import (
    pair_distance,
    predict_each,
    real_or_fake,
)
from unit_tf.methods.base import other
from unit_tf.methods.sizes import digit_discriminator_sizes
from unit_tf.methods.translation import unit
from unit_tf.models.coupled import DOMAINS
from unit_tf.models.digit_discriminators import build_digit_discriminator
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
      >>> settings = {"model.architecture": "table5", "model.width": 1 / 16, "data.image_size": 32}
      >>> method = UnitDa(ExperimentConfig().replace(settings))
      >>> method.classify(tf.zeros([1, 32, 32, 3]), "b").shape
      TensorShape([1, 10])
    """

    classifies = averages_all = True
    stride = smallest_side = smallest_crop = largest_side = SIDE

    def _build_networks(self, config):
        model = config.model
        encoder = build_digit_encoder(model.width, model.coordinates, channels=self.channels)
        generator = build_digit_generator(self.channels, model.width)
        sizes = digit_discriminator_sizes(model)
        return encoder, generator, build_digit_discriminator(self.channels, **sizes)

    def forward(self, batch, seed, training=True):
        x_a, x_b, y_a = batch
        return Outputs(super().forward((x_a, x_b), seed, training), y_a)

    def _decoded(self, images, domain):
        """{"translated", "same"}: the images that ``domain``'s generator made."""
        return {"translated": images.translated[other(domain)], "same": images.same[domain]}

    def _fakes(self):
        """{kind of fake images: family of its term in the generators' objective}."""
        families = {"translated": "gan", "same": "gan_same"}
        weights = self.config.weights
        return {name: family for name, family in families.items() if getattr(weights, family)}

    @property
    def generator_weights(self):
        own = self.weights_of("gan_same", "classification_translated")
        return {**super().generator_weights, **own}

    def generator_terms(self, outputs):
        weights, fakes = self.config.weights, self._fakes()
        terms = self._coding_terms(outputs.images)
        for d in DOMAINS:
            decoded = self._decoded(outputs.images, d)
            classified = weights.classification_translated and d == "b"
            needed = {*fakes, "translated"} if classified else fakes
            if not needed:
                continue
            images = {name: x for name, x in decoded.items() if name in needed}
            predictions = predict_each(self.discriminator, images, d)
            for name, family in fakes.items():
                loss = adversarial.generator_loss([predictions[name].real], weights.gan_objective)
                terms[f"{family}/{d}"] = loss
            if classified:
                terms["classification_translated/a"] = self._translated_classes(
                    outputs, predictions
                )
        return terms

    def _translated_classes(self, outputs, predictions_b):
        """Cross entropy of A's labels and the classes predicted for A's translated images."""
        return cross_entropy(outputs.labels, predictions_b["translated"].classes)

    @property
    def discriminator_weights(self):
        w = self.config.weights
        # However many kinds of fakes there are, together they weigh as much as the real images.
        own = self.weights_of("classification", "classification_translated", "feature")
        return {"discriminator": w.gan or w.gan_same, **own}

    def discriminator_terms(self, outputs):
        weights, discriminator, fakes = self.config.weights, self.discriminator, self._fakes()
        decoded = {d: self._decoded(outputs.images, d) for d in DOMAINS}
        predictions = {
            d: predict_each(discriminator, {"x": outputs.images.x[d], **decoded[d]}, d)
            for d in DOMAINS
        }
        terms = {}
        for d in DOMAINS:
            if fakes:
                terms[f"discriminator/{d}"] = real_or_fake(
                    predictions[d], fakes, weights.gan_objective
                )
            if weights.feature:
                terms[f"feature/{d}"] = self._feature_term(decoded, predictions, d)
        if weights.classification:
            classes = predictions["a"]["x"].classes
            terms["classification/a"] = cross_entropy(outputs.labels, classes)
        if weights.classification_translated:
            terms["classification_translated/a"] = self._translated_classes(
                outputs, predictions["b"]
            )
        return terms

    def _feature_term(self, decoded, predictions, d):
        """The distance between x_d decoded in d and in the other domain, from one code."""
        o = other(d)
        same = decoded[d]["same"], d, predictions[d]["same"]
        translated = decoded[o]["translated"], o, predictions[o]["translated"]
        kind = self.config.weights.feature_distance
        return pair_distance(self.discriminator, same, translated, kind)

    def classify(self, x, domain):
        return self.discriminator(x, domain=domain).classes

    def real_logits(self, x, domain):
        weight = self.config.weights.gan
        return [self.discriminator(x, domain=domain).real] if weight else None

    def preview(self, batch):
        return super().preview(batch[:2])
