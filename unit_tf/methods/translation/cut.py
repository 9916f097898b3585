"""CUT (Park, Efros, Zhang, Zhu, ECCV 2020): one direction, and patches instead of a cycle.

A translation looks like an image of B. The generator's own encoder sees each of its patches as more
like the same patch of its image than like any other patch of that image.
"""

import typing

import tensorflow as tf

from unit_tf.layers.latent import replica_normal
from unit_tf.layers.rows import split_rows
from unit_tf.losses.patch_nce import patch_nce
from unit_tf.methods.adversarial_terms import (
    adversarial_discriminator_terms,
    adversarial_generator_terms,
)
from unit_tf.methods.base import Method, unique_variables
from unit_tf.methods.sizes import configured_architecture, discriminator_sizes
from unit_tf.models.coupled import DOMAINS
from unit_tf.models.discriminators import build_discriminator
from unit_tf.models.encoders import build_encoder
from unit_tf.models.generators import build_generator
from unit_tf.models.patch_features import (
    PatchHead,
    compared_layers,
    encode_with_maps,
    map_channels,
    patches_at,
    sample_places,
)
from unit_tf.models.probe import probe_pair

_STREAMS = 8  # of random numbers a step, at least: one for each compared layer, and one more


class Outputs(typing.NamedTuple):
    """One forward pass.

    Attributes:
      x: {"a": x_a, "b": x_b}, [N, H, W, C].
      translated: {"a": x_ab}, by where it comes from.
      kept: x_bb = G(x_b); None without an identity weight.
      patches: {family: (queries, keys)}. Each is a list of [N, S, 256] float32, one a compared
        layer. "nce" compares x_ab with x_a. "identity" compares x_bb with x_b; it is missing
        without an identity weight.
    """

    x: dict
    translated: dict
    kept: tf.Tensor | None
    patches: dict


class Cut(Method):
    """One encoder, one generator, one discriminator, and a head for each compared layer.

    The heads are trained with the generator, and only training needs them. FastCUT is this with
    other weights: no identity loss, and ``weights.nce_flip``.

    Args:
      config: ExperimentConfig.

    Example:
      >>> method = Cut(ExperimentConfig().replace({"model.method": "cut", "model.width": 1 / 16}))
      >>> method.translate(tf.zeros([1, 64, 64, 3]), "a2b").shape
      TensorShape([1, 64, 64, 3])
    """

    directions = ("a2b",)

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        model = config.model
        architecture = configured_architecture(model)
        self.stride = architecture.stride
        self.smallest_side = architecture.smallest_image
        self.smallest_crop = architecture.smallest_side(
            model.discriminator_depth, model.discriminator_scales
        )
        self._build_networks(architecture, config)

    def _build_networks(self, architecture, config):
        """Makes the networks with all their variables."""
        model = config.model
        images = dict(channels=self.channels, image_size=config.data.image_size)
        size = dict(
            width=model.width, num_blocks=model.num_blocks, num_shared=0, dropout=model.dropout
        )
        sizes = {k: v for k, v in discriminator_sizes(model).items() if k != "num_shared"}
        self.encoder = build_encoder(architecture, **size, domains=("a",), **images)
        self.generator = build_generator(architecture, {"b": self.channels["b"]}, **size)
        self.discriminator = build_discriminator(architecture, **sizes, domains=("b",), **images)
        self.layers_compared = tuple(compared_layers(architecture, model.num_blocks))
        self._streams = max(_STREAMS, len(self.layers_compared) + 1)
        filters = map_channels(self.encoder, "a", self.channels["a"], self.layers_compared)
        self.heads = [PatchHead(name=f"head{number}") for number in self.layers_compared]
        for head, count in zip(self.heads, filters, strict=True):
            head.build((None, None, count))

    def rescale(self):
        probe = probe_pair(self.config.data.image_size, self.channels, self.smallest_crop)
        code = self.encoder.rescale({"a": probe["a"]})
        self.generator.rescale({"b": code["a"]})
        self.discriminator.rescale({"b": probe["b"]})

    @property
    def training_state(self):
        return unique_variables(*self.heads)

    def translate(self, x, direction):
        return self.translate_with_code(x, direction)[0]

    def translate_with_code(self, x, direction):
        code = self.encoder(x, domain="a")
        return self.generator(code, domain="b"), code

    def forward(self, batch, seed, training=True):
        x = dict(zip(DOMAINS, batch, strict=True))
        rows = tf.shape(x["a"])[0]
        entering = tf.concat([x["a"], x["b"]], 0) if self.config.weights.identity else x["a"]
        code, maps = self._encode(entering, training)
        mirrored = self._mirrored(rows, entering, seed)
        if mirrored is not None:
            code = self.encoder(_mirror(entering, mirrored), domain="a", training=training)
        images = self.generator(code, domain="b", training=training)
        patches = self._patches(maps, images, mirrored, seed, training)
        if not self.config.weights.identity:
            return Outputs(x=x, translated={"a": images}, kept=None, patches={"nce": patches})
        parts = [x["a"], x["b"]]
        translated, kept = split_rows(images, parts)
        # split[side][layer] is a pair: the patches of A's images, and those of B's.
        split = [[split_rows(y, parts) for y in side] for side in patches]
        by_family = {
            family: [[y[i] for y in side] for side in split]
            for i, family in enumerate(("nce", "identity"))
        }
        return Outputs(x=x, translated={"a": translated}, kept=kept, patches=by_family)

    def _encode(self, images, training):
        """(code, the maps that are compared)."""
        return encode_with_maps(self.encoder, images, "a", self.layers_compared, training)

    def _mirrored(self, rows, entering, seed):
        """Which images are translated mirrored, bool [M, 1, 1, 1]; None without such a weight."""
        if not self.config.weights.nce_flip:
            return None
        choice = replica_normal((rows, 1, 1, 1), self._stream(seed, self._streams - 1)) > 0
        # The images of B behind those of A, which an identity loss adds, are turned as these are.
        return tf.concat([choice, choice], 0) if self.config.weights.identity else choice

    def _patches(self, maps, images, mirrored, seed, training):
        """(queries of ``images``, keys of ``maps``), each a list of [M, S, 256], one a layer."""
        _, found = self._encode(images, training)
        if mirrored is not None:
            found = [_mirror(y, mirrored) for y in found]  # a patch lies where its image's does
        places = sample_places(maps, lambda i: self._stream(seed, i))
        return tuple(
            [head(y) for head, y in zip(self.heads, patches_at(side, places), strict=True)]
            for side in (found, maps)
        )

    def _stream(self, seed, number):
        """The seed of one stream of random numbers of a step; the last one is the mirrors'."""
        return seed * [1, self._streams] + [0, number]

    @property
    def generator_weights(self):
        return self.weights_of("gan", "nce", "identity")

    @property
    def discriminator_weights(self):
        return {"discriminator": self.config.weights.gan}

    def generator_terms(self, outputs):
        terms = adversarial_generator_terms(self, outputs)
        for family in ("nce", "identity"):
            if getattr(self.config.weights, family):
                terms[f"{family}/b"] = patch_nce(*outputs.patches[family])
        return terms

    def discriminator_terms(self, outputs):
        return adversarial_discriminator_terms(self, outputs)

    @property
    def generator_variables(self):
        return unique_variables(self.encoder, self.generator, *self.heads)

    @property
    def discriminator_variables(self):
        return unique_variables(self.discriminator)

    def real_logits(self, x, domain):
        return self.discriminator(x, domain=domain) if self.config.weights.gan else None


def _mirror(x, flags):
    """[M, h, w, c], those rows mirrored left-right whose flag, of bool [M, 1, 1, 1], is set."""
    return tf.where(flags, tf.reverse(x, [2]), x)
