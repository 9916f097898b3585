"""MUNIT (Huang, Liu, Belongie, Kautz 2018): one content, many styles.

An image has a content, which both domains have in common, and a style of its own domain. A
translation decodes its content with a style of the other domain: sampled from N(0, I), or encoded
from an example.
"""

import typing

import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.layers.latent import replica_normal
from unit_tf.losses.perceptual import perceptual_distance
from unit_tf.losses.reconstruction import LIKELIHOODS, l1
from unit_tf.methods.adversarial_terms import (
    adversarial_discriminator_terms,
    adversarial_generator_terms,
)
from unit_tf.methods.base import Method, other, unique_variables
from unit_tf.methods.sizes import configured_architecture, discriminator_sizes
from unit_tf.models.coupled import DOMAINS
from unit_tf.models.discriminators import build_discriminator
from unit_tf.models.encoders import build_encoder
from unit_tf.models.probe import probe_pair, probe_styles
from unit_tf.models.style_networks import build_style_encoder, build_styled_generator
from unit_tf.models.vgg16 import load_vgg_features


class Outputs(typing.NamedTuple):
    """One forward pass; each field is {"a": tensor, "b": tensor}.

    Attributes:
      x: the images, [N, H, W, C].
      code: their contents, c_a and c_b, [N, h, w, c].
      same: x_aa and x_bb, from their contents and styles; None without a weight.
      sampled: styles from N(0, I), by the domain of the content: x_ab's style is under "a".
      translated: x_ab under "a", x_ba under "b".
      code_translated: contents of the translations, x_ab's under "a"; None where no weight needs
        them.
      style_translated: their styles; None without a weight.
      cycled: x_aba under "a": x_ab's content in x_a's own style; None without a weight.
    """

    x: dict
    code: dict
    same: dict | None
    sampled: dict
    translated: dict
    code_translated: dict | None
    style_translated: dict | None
    cycled: dict | None


class Munit(Method):
    """MUNIT's networks and its objective (Eq. 5 and section 5.1).

    Args:
      config: ExperimentConfig.

    Example:
      >>> method = Munit(ExperimentConfig().replace({"model.method": "munit", "model.width": 0.1}))
      >>> style = method.encode_style(tf.zeros([1, 64, 64, 3]), "b")
      >>> method.translate_styled(tf.zeros([1, 64, 64, 3]), "a2b", style).shape
      TensorShape([1, 64, 64, 3])
    """

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        self.style_size = config.model.style_size
        architecture = configured_architecture(config.model)
        self.stride = architecture.stride
        self.smallest_side = architecture.smallest_styled
        self.smallest_crop = architecture.smallest_side(
            config.model.discriminator_depth, config.model.discriminator_scales, styled=True
        )
        self._build_networks(architecture, config)
        self._vgg_features = None

    def _build_networks(self, architecture, config):
        """Makes the four networks with all their variables."""
        model = config.model
        images = dict(channels=self.channels, image_size=config.data.image_size)
        size = dict(width=model.width, num_blocks=model.num_blocks, num_shared=model.num_shared)
        self.encoder = build_encoder(architecture, **size, dropout=model.dropout, **images)
        self.style_encoder = build_style_encoder(
            architecture, model.style_size, model.width, **images
        )
        self.generator = build_styled_generator(
            architecture, self.channels, **size, style_size=model.style_size
        )
        self.discriminator = build_discriminator(
            architecture, **discriminator_sizes(model), **images
        )

    def rescale(self):
        probe = probe_pair(self.config.data.image_size, self.channels, self.smallest_crop)
        style = {d: probe_styles(self.style_size) for d in DOMAINS}
        self.generator.rescale(self.encoder.rescale(probe), style)
        self.style_encoder.rescale(probe, wanted=1)  # as the prior's
        self.discriminator.rescale(probe)

    def prepare_training(self):
        if self.config.weights.perceptual and self._vgg_features is None:
            # A function, which Keras does not track: VGG's weights are in no checkpoint.
            try:
                self._vgg_features = load_vgg_features(self.config.model.vgg)
            except ValueError as error:
                raise UserError(f"--model.vgg={error}") from None

    def forward(self, batch, seed, training=True):
        weights = self.config.weights
        x = dict(zip(DOMAINS, batch, strict=True))
        code = self.encoder.call_both(x, training)
        own = None
        if weights.reconstruction or weights.cycle:
            own = {d: self.style_encoder(x[d], domain=d, training=training) for d in DOMAINS}
        sampled = self._sample_styles(x, seed)
        same, translated = self._decode(code, own, sampled, training)
        moved = {d: translated[other(d)] for d in DOMAINS}  # by the domain that they are now in
        code_translated = style_translated = cycled = None
        if weights.content or weights.cycle:
            codes = self.encoder.call_both(moved, training)
            code_translated = {d: codes[other(d)] for d in DOMAINS}
        if weights.style:
            styles = {d: self.style_encoder(moved[d], domain=d, training=training) for d in DOMAINS}
            style_translated = {d: styles[other(d)] for d in DOMAINS}
        if weights.cycle:
            cycled = {
                d: self.generator(code_translated[d], own[d], domain=d, training=training)
                for d in DOMAINS
            }
        return Outputs(
            x, code, same, sampled, translated, code_translated, style_translated, cycled
        )

    def _sample_styles(self, x, seed):
        """Styles from N(0, I) for the translations; each direction has a stream of its own."""
        shape = (self.style_size,)
        # Two streams a step, as Unit's four. stateless_fold_in gives other seeds under XLA.
        return {
            d: replica_normal((tf.shape(x[d])[0], *shape), seed * [1, 2] + [0, i])
            for i, d in enumerate(DOMAINS)
        }

    def _decode(self, code, own, sampled, training):
        """(reconstructions or None, translations), one pass through each decoder."""
        same, translated = {}, {}
        for d in DOMAINS:
            codes, styles = [code[other(d)]], [sampled[other(d)]]
            if self.config.weights.reconstruction:
                codes, styles = [*codes, code[d]], [*styles, own[d]]
            images = self.generator(
                tf.concat(codes, 0), tf.concat(styles, 0), domain=d, training=training
            )
            rows = [tf.shape(c)[0] for c in codes]
            translated[other(d)], *rest = tf.split(images, rows, num=len(rows))
            same[d] = rest[0] if rest else None
        return same if self.config.weights.reconstruction else None, translated

    @property
    def generator_weights(self):
        return self.weights_of("gan", "reconstruction", "content", "style", "cycle", "perceptual")

    @property
    def discriminator_weights(self):
        return {"discriminator": self.config.weights.gan}

    def generator_terms(self, outputs):
        weights, terms = self.config.weights, adversarial_generator_terms(self, outputs)
        likelihood = LIKELIHOODS[weights.likelihood]
        for d in DOMAINS:
            if weights.reconstruction:
                terms[f"reconstruction/{d}"] = likelihood(outputs.x[d], outputs.same[d])
            if weights.content:
                terms[f"content/{d}"] = l1(outputs.code[d], outputs.code_translated[d])
            if weights.style:
                # Under the domain of the style: s_b was sampled for x_ab.
                o = other(d)
                terms[f"style/{d}"] = l1(outputs.sampled[o], outputs.style_translated[o])
            if weights.cycle:
                terms[f"cycle/{d}"] = likelihood(outputs.x[d], outputs.cycled[d])
            if weights.perceptual:
                pair = (outputs.x[d], outputs.translated[d])
                terms[f"perceptual/{d}"] = perceptual_distance(*map(self._vgg_features, pair))
        return terms

    def discriminator_terms(self, outputs):
        return adversarial_discriminator_terms(self, outputs)

    @property
    def generator_variables(self):
        return unique_variables(self.encoder, self.style_encoder, self.generator)

    @property
    def discriminator_variables(self):
        return unique_variables(self.discriminator)

    def translate(self, x, direction):
        """In the style at the middle of N(0, I): without a choice, the same for every image."""
        return self.translate_with_code(x, direction)[0]

    def translate_with_code(self, x, direction):
        source, target = direction.split("2")
        content = self.encode_content(x, source)
        middle = tf.zeros([tf.shape(x)[0], self.style_size])
        return self.generator(content, middle, domain=target), content

    def translate_styled(self, x, direction, style):
        source, target = direction.split("2")
        content = self.encode_content(x, source)
        if x.shape[0] == 1 and style.shape[0] != 1:
            content = tf.repeat(content, tf.shape(style)[0], axis=0)
        return self.generator(content, style, domain=target)

    def encode_content(self, x, domain):
        """Contents of images, [N, H, W, C] in [-1, 1] -> [N, H/stride, W/stride, filters]."""
        return self.encoder(x, domain=domain)

    def encode_style(self, x, domain):
        return self.style_encoder(x, domain=domain)

    def reconstruct(self, x, domain):
        if not self.config.weights.reconstruction:
            return None
        content, style = self.encode_content(x, domain), self.encode_style(x, domain)
        return self.generator(content, style, domain=domain)

    def real_logits(self, x, domain):
        return self.discriminator(x, domain=domain) if self.config.weights.gan else None

    def preview(self, batch):
        images = dict(zip(DOMAINS, batch, strict=True))
        columns, styles = {}, self._sample_styles(images, tf.constant([0, 0]))
        for d, x in images.items():
            o = other(d)
            code, style = self.encode_content(x, d), self.encode_style(x, d)
            translated = self.generator(code, styles[d], domain=o)
            columns[d] = x
            columns[f"{d}->{d}"] = self.generator(code, style, domain=d)
            columns[f"{d}->{o}"] = translated
            columns[f"{d}->{o}->{d}"] = self.generator(
                self.encode_content(translated, o), style, domain=d
            )
        return columns
