"""UNIT's encoders and generators trained on pairs: what networks of their size can reach."""

from unit_tf.losses.reconstruction import LIKELIHOODS
from unit_tf.methods.base import other
from unit_tf.methods.translation.unit import Unit
from unit_tf.models.coupled import DOMAINS


class Supervised(Unit):
    """The ceiling beside an unpaired translator: x_ab is compared with x_b, pixel by pixel.

    Needs ``--data.paired``. There are no discriminators, no noise and no cycle; the blocks that
    both domains share are shared as in UNIT. ``weights.reconstruction`` weighs the only term.

    Args:
      config: ExperimentConfig.
    """

    def _build_networks(self, config):
        encoder, generator, _ = super()._build_networks(config)
        return encoder, generator, None

    def forward(self, batch, seed, training=True):
        del seed
        x = dict(zip(DOMAINS, batch, strict=True))
        features = self._shared_features(self.encoder.call_both(x, training), training)
        translated = {
            d: self.generator.run_private(features[d], other(d), training) for d in DOMAINS
        }
        return x, translated

    @property
    def generator_weights(self):
        return self.weights_of("reconstruction")

    def generator_weights_at(self, step):
        del step
        return self.generator_weights

    def generator_terms(self, outputs):
        x, translated = outputs
        distance = LIKELIHOODS[self.config.weights.likelihood]
        return {f"reconstruction/{d}": distance(x[other(d)], translated[d]) for d in DOMAINS}

    discriminator_start = 0

    @property
    def discriminator_weights(self):
        return {}

    def discriminator_terms(self, outputs):
        return {}

    @property
    def discriminator_variables(self):
        return []

    def reconstruct(self, x, domain):
        return None

    def real_logits(self, x, domain):
        return None
