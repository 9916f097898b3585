"""UNIT (Liu, Breuel, Kautz 2017): two VAE-GANs whose codes live in one shared space, Eq. 2-8.

With ``num_shared=0``, ``kl=cycle_kl=0`` and ``noise=0`` this is the paper's reduction to CycleGAN.
Preset ``cyclegan`` also has CycleGAN's networks, identity loss and pool of earlier translations.
"""

import typing

import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.layers.latent import replica_normal, sample_code
from unit_tf.layers.rows import split_rows
from unit_tf.losses.divergence import kl_unit_gaussian
from unit_tf.losses.reconstruction import LIKELIHOODS
from unit_tf.methods.adversarial_terms import (
    adversarial_discriminator_terms,
    adversarial_generator_terms,
)
from unit_tf.methods.base import Method, other, unique_variables
from unit_tf.methods.image_pool import ImagePool
from unit_tf.methods.sizes import configured_architecture, discriminator_sizes
from unit_tf.models.coupled import DOMAINS
from unit_tf.models.discriminators import build_discriminator
from unit_tf.models.encoders import build_encoder
from unit_tf.models.generators import build_generator
from unit_tf.models.probe import probe_pair


class Outputs(typing.NamedTuple):
    """One forward pass; each field is {"a": tensor, "b": tensor}. Shapes: glossary in base.py.

    Attributes:
      x: the images.
      mu: means of their codes.
      same: reconstructions, x_aa and x_bb; None without a reconstruction weight.
      translated: by the domain they come *from*: x_ab under "a", x_ba under "b".
      mu_translated: codes of the translations, mu_ab under "a"; None without a cycle.
      cycled: x_aba under "a", x_bab under "b"; None without a cycle.
      kept: G_a(E_b(x_a)) under "a", G_b(E_a(x_b)) under "b"; None without an identity weight.
      pool_samples: random numbers for the exchange of x_ab under "a"; None without a pool.
    """

    x: dict
    mu: dict
    same: dict | None
    translated: dict
    mu_translated: dict | None
    cycled: dict | None
    kept: dict | None
    pool_samples: dict | None = None


class Unit(Method):
    """UNIT's six networks and its objective.

    Args:
      config: ExperimentConfig.

    Example:
      >>> config = ExperimentConfig().replace({"model.width": 1 / 16})
      >>> Unit(config).translate(tf.zeros([1, 64, 64, 3]), "a2b").shape
      TensorShape([1, 64, 64, 3])
    """

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        self.encoder, self.generator, self.discriminator = self._build_networks(config)
        self._copy_start()
        self.pool_a = self.pool_b = None  # by the domain whose discriminator is shown its images

    def _copy_start(self):
        """Gives B's layers the weights of A's, where ``--model.same_start`` says so."""
        if self.config.model.same_start:
            # Translation then starts as reconstruction, so colours begin where they are.
            self.encoder.copy_private()
            self.generator.copy_private()

    def _build_networks(self, config):
        """(encoder, generator, discriminator), built; sets ``stride`` and the smallest sides."""
        model = config.model
        architecture = configured_architecture(model)
        self.stride = architecture.stride
        self.smallest_side = architecture.smallest_image
        self.smallest_crop = architecture.smallest_side(
            model.discriminator_depth, model.discriminator_scales
        )
        size = dict(
            width=model.width,
            num_blocks=model.num_blocks,
            num_shared=model.num_shared,
            dropout=model.dropout,
        )
        images = dict(channels=self.channels, image_size=config.data.image_size)
        encoder = build_encoder(architecture, **size, **images)
        generator = build_generator(architecture, self.channels, **size)
        discriminator = build_discriminator(architecture, **discriminator_sizes(model), **images)
        return encoder, generator, discriminator

    def rescale(self):
        probe = probe_pair(self.config.data.image_size, self.channels, self.smallest_crop)
        self.generator.rescale(self.encoder.rescale(probe))
        self._copy_start()  # images of other channels give the domains other factors
        if self.discriminator is not None:
            self.discriminator.rescale(probe)

    def prepare_training(self):
        weights, size = self.config.weights, self.config.data.image_size
        if not (weights.gan_pool and weights.gan) or self.pool_a is not None:
            return
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        if replicas > 1 and self.config.optim.accumulate > 1:
            raise UserError(
                f"--weights.gan_pool={weights.gan_pool}: {replicas} replicas share what they "
                "remember, which they cannot for parts of a batch; use --optim.accumulate=1 or "
                "--weights.gan_pool=0"
            )
        for d in DOMAINS:
            pool = ImagePool(weights.gan_pool, (*size, self.channels[d]), name=f"pool_{d}")
            setattr(self, f"pool_{d}", pool)

    @property
    def training_state(self):
        return [v for pool in (self.pool_a, self.pool_b) if pool is not None for v in pool.weights]

    def forward(self, batch, seed, training=True):
        weights = self.config.weights
        x = dict(zip(DOMAINS, batch, strict=True))
        entering = self._with_identity_inputs(x) if weights.identity else x
        mu = self.encoder.call_both(entering, training)
        z = self._sample(mu, seed, 0, training)
        decoded = self._decode(z, x, training)
        mu_translated = cycled = None
        if weights.cycle or weights.cycle_kl:
            mu_translated = self._encode_translated(decoded["translated"], training)
        if weights.cycle:
            z_translated = self._sample(mu_translated, seed, 1, training)
            features = self._shared_features(z_translated, training)
            # mu_ab is b's code of a's content: G_a brings it home.
            cycled = {d: self.generator.run_private(features[d], d, training) for d in DOMAINS}
        own = {d: self._entering_rows(mu[d], x, d)[0] for d in DOMAINS}
        samples = self._pool_samples(x, seed) if self.pool_a is not None else None
        return Outputs(
            x=x, mu=own, mu_translated=mu_translated, cycled=cycled, pool_samples=samples, **decoded
        )

    def _with_identity_inputs(self, x):
        """E_a also reads x_b and E_b also reads x_a, behind their own rows."""
        return {d: tf.concat([x[d], x[other(d)]], 0) for d in DOMAINS}

    def _entering_rows(self, y, x, d):
        """What came of domain d's own images and, for the identity term, of the other's."""
        return split_rows(y, [x[d], x[other(d)]]) if self.config.weights.identity else [y]

    def _sample(self, mu, seed, stream, training):
        """Noisy codes; each domain and each stream has its own noise."""
        noise = self.config.model.noise
        if not (training and noise):
            return mu
        codes = {}
        for i, d in enumerate(DOMAINS):
            # Four streams a step. stateless_fold_in gives other seeds under XLA.
            own_seed = seed * [1, 4] + [0, 2 * stream + i]
            shape = (tf.shape(mu[d])[0], *mu[d].shape[1:])
            codes[d] = sample_code(mu[d], replica_normal(shape, own_seed), noise)
        return codes

    def _pool_samples(self, x, seed):
        """What the exchanges with the pools are decided by; each domain has its own numbers."""
        samples = {}
        for i, d in enumerate(DOMAINS):
            # Two streams a step. Codes have the seeds of runs, which are never negative.
            own_seed = seed * [-1, 2] + [-1, i]
            samples[d] = getattr(self, f"pool_{other(d)}").samples(tf.shape(x[d])[0], own_seed)
        return samples

    def _shared_features(self, z, training):
        """The generators' shared layers, once over both domains' codes."""
        codes = [z[d] for d in DOMAINS]
        joined = self.generator.run_shared(tf.concat(codes, 0), training)
        return dict(zip(DOMAINS, split_rows(joined, codes), strict=True))

    def _decode(self, z, x, training):
        """Every image decoded from the first codes, in one pass through each generator.

        ``z[d]`` holds codes of x_d and, for the identity term, behind them E_d's codes of the other
        domain's images.
        """
        weights = self.config.weights
        features = self._shared_features(z, training)
        features = {d: self._entering_rows(features[d], x, d) for d in DOMAINS}
        result = {"same": {}, "translated": {}, "kept": {}}
        for d in DOMAINS:
            o = other(d)
            parts = [("translated", o, features[o][0])]
            if weights.reconstruction:
                parts.append(("same", d, features[d][0]))
            if weights.identity:
                parts.append(("kept", d, features[o][1]))
            entering = [feature for _, _, feature in parts]
            images = self.generator.run_private(tf.concat(entering, 0), d, training)
            split = split_rows(images, entering)
            for (field, key, _), part in zip(parts, split, strict=True):
                result[field][key] = part
        return {field: value or None for field, value in result.items()}

    def _encode_translated(self, translated, training):
        """mu_ab under "a", mu_ba under "b": each translation, encoded by its new domain."""
        codes = self.encoder.call_both({d: translated[other(d)] for d in DOMAINS}, training)
        return {d: codes[other(d)] for d in DOMAINS}

    @property
    def generator_weights(self):
        return self.weights_of("gan", "kl", "reconstruction", "cycle_kl", "cycle", "identity")

    def generator_weights_at(self, step):
        weights, start = self.generator_weights, self.config.weights.gan_start
        if start and weights["gan"]:
            weights["gan"] = weights["gan"] * tf.cast(step >= start, tf.float32)
        return weights

    @property
    def discriminator_start(self):
        # A discriminator that learns first wins too clearly for its gradient to say much.
        return self.config.weights.gan_start

    @property
    def discriminator_weights(self):
        return {"discriminator": self.config.weights.gan}

    def generator_terms(self, outputs):
        return {**adversarial_generator_terms(self, outputs), **self._coding_terms(outputs)}

    def _coding_terms(self, outputs):
        """The terms of Eq. 3, 4, 7 and 8, and the identity term."""
        weights, terms = self.config.weights, {}
        reduction, likelihood = weights.kl_reduction, LIKELIHOODS[weights.likelihood]
        for d in DOMAINS:
            if weights.kl:
                terms[f"kl/{d}"] = kl_unit_gaussian(outputs.mu[d], reduction)
            if weights.reconstruction:
                terms[f"reconstruction/{d}"] = likelihood(outputs.x[d], outputs.same[d])
            if weights.cycle_kl:
                # Eq. 7 counts the first code's divergence again, beside the translation's.
                first = kl_unit_gaussian(outputs.mu[d], reduction)
                second = kl_unit_gaussian(outputs.mu_translated[d], reduction)
                terms[f"cycle_kl/{d}"] = first + second
            if weights.cycle:
                terms[f"cycle/{d}"] = likelihood(outputs.x[d], outputs.cycled[d])
            if weights.identity:
                terms[f"identity/{d}"] = likelihood(outputs.x[d], outputs.kept[d])
        return terms

    def discriminator_terms(self, outputs):
        if outputs.pool_samples is not None:
            outputs = outputs._replace(translated=self._shown(outputs))
        return adversarial_discriminator_terms(self, outputs)

    def _shown(self, outputs):
        """What the discriminators see as translations: some are the pools' instead."""
        return {
            d: getattr(self, f"pool_{other(d)}").exchange(x, outputs.pool_samples[d])
            for d, x in outputs.translated.items()
        }

    @property
    def generator_variables(self):
        return unique_variables(self.encoder, self.generator)

    @property
    def discriminator_variables(self):
        return unique_variables(self.discriminator)

    def translate(self, x, direction):
        return self.translate_with_code(x, direction)[0]

    def translate_with_code(self, x, direction):
        source, target = direction.split("2")
        code = self.encoder(x, domain=source)
        return self.generator(code, domain=target), code

    def reconstruct(self, x, domain):
        if not self.config.weights.reconstruction:
            return None
        return self.generator(self.encoder(x, domain=domain), domain=domain)

    def real_logits(self, x, domain):
        return self.discriminator(x, domain=domain) if self.config.weights.gan else None

    def preview(self, batch):
        columns = {}
        for d, x in zip(DOMAINS, batch, strict=True):
            o = other(d)
            mu = self.encoder(x, domain=d)
            translated = self.generator(mu, domain=o)
            columns[d] = x
            columns[f"{d}->{d}"] = self.generator(mu, domain=d)
            columns[f"{d}->{o}"] = translated
            columns[f"{d}->{o}->{d}"] = self.generator(self.encoder(translated, domain=o), domain=d)
        return columns
