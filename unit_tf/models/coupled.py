"""Two private stacks and one shared stack: the one idea behind every network here."""

import keras
from keras import ops

from unit_tf.layers.chain import layer_config
from unit_tf.layers.dtypes import in_float32
from unit_tf.layers.rows import split_rows
from unit_tf.layers.unit_variance import rescale
from unit_tf.models.sized import SizedNetwork

DOMAINS = ("a", "b")


@keras.saving.register_keras_serializable("unit_tf")
class CoupledStack(SizedNetwork):
    """Private layers for each domain before or after layers that both domains share.

    An encoder is private -> shared, a generator shared -> private, a coupled discriminator private
    -> shared. The shared layers are the same Python objects for both domains, so each of their
    variables exists once, in ``trainable_variables`` and in a checkpoint.

    Subclasses build their layers from sizes. A bare stack's config holds the configs of its parts.

    Args:
      private: {"a": layer, "b": layer}; one of them where a method goes in one direction alone.
      shared: layer, or None for no sharing.
      shared_first: True for a generator.
      sizes: of a subclass, see SizedNetwork.
    """

    def __init__(self, private, shared=None, shared_first=False, sizes=None, **kwargs):
        super().__init__(sizes, **kwargs)
        self.private_a, self.private_b = private.get("a"), private.get("b")
        self.shared = shared
        self.shared_first = shared_first

    @property
    def domains(self):
        """The domains that have private layers, of ``("a", "b")``."""
        return tuple(d for d in DOMAINS if getattr(self, f"private_{d}") is not None)

    def run_private(self, x, domain, training=False):
        """Calls the private layers of ``domain``."""
        return getattr(self, f"private_{domain}")(x, training=training)

    def run_shared(self, x, training=False):
        """Calls the shared layers; without any, returns ``x`` itself."""
        return self.shared(x, training=training) if self.shared is not None else x

    def call(self, x, domain, training=False):
        """The whole stack as ``domain`` sees it.

        Args:
          x: [N, H, W, C].
          domain: ``"a"`` or ``"b"``.
          training: for dropout.
        """
        if self.shared_first:
            return self.run_private(self.run_shared(x, training), domain, training)
        return self.run_shared(self.run_private(x, domain, training), training)

    def call_both(self, inputs, training=False):
        """Both domains in one pass: private layers apart, shared layers on the joined batch.

        The shared kernels are read once. Where nothing normalises over the batch this equals two
        calls; batch normalisation takes its moments of both domains. For private -> shared stacks.

        Args:
          inputs: {"a": [N, H, W, C], "b": [M, H, W, C']}.

        Returns:
          {"a": [N, ...], "b": [M, ...]}.
        """
        features = [self.run_private(inputs[d], d, training) for d in DOMAINS]
        joined = self.run_shared(ops.concatenate(features, axis=0), training)
        return dict(zip(DOMAINS, split_rows(joined, features), strict=True))

    @in_float32
    def rescale(self, inputs, wanted=None):
        """Scales every kernel by a probe, in place; see layers/unit_variance.py.

        Args:
          inputs: {"a": input of a's layers, "b": of b's}; of a generator with styles, pairs.
          wanted: standard deviation of the output; None: each layer keeps its input's.

        Returns:
          {"a": output of the rescaled layers, "b": the same}, float32.
        """
        if self.shared is not None and self.shared_first:
            inputs = self._rescale_shared(inputs)
        ends = self.shared is None or self.shared_first
        private = {d: getattr(self, f"private_{d}") for d in self.domains}
        inputs = {d: rescale(private[d], inputs[d], wanted if ends else None) for d in private}
        return inputs if ends else self._rescale_shared(inputs, wanted)

    def _rescale_shared(self, inputs, wanted=None):
        """Scales the shared layers, whose probe is all domains' together."""
        domains = self.domains
        joined = keras.tree.map_structure(
            lambda *parts: ops.concatenate(parts, axis=0), *(inputs[d] for d in domains)
        )
        y = rescale(self.shared, joined, wanted)
        count = len(domains)
        parts = [
            keras.tree.map_structure(lambda t, i=i: ops.split(t, count)[i], y) for i in range(count)
        ]
        return dict(zip(domains, parts, strict=True))

    def build_both(self, shapes):
        """Creates every variable now.

        Args:
          shapes: {"a": input shape, "b": input shape}; sides may be None.

        Returns:
          the output shape, of the last domain.
        """
        self.remember_build(shapes={d: shapes[d] for d in self.domains})
        for domain in self.domains:
            shape = tuple(shapes[domain])
            parts = [self.shared, getattr(self, f"private_{domain}")]
            for part in parts if self.shared_first else parts[::-1]:
                if part is not None:
                    if not part.built:
                        part.build(shape)
                    shape = part.compute_output_shape(shape)
        return shape

    def copy_private(self):
        """Starts domain b's private layers from a's weights, wherever their shapes agree."""
        for a, b in zip(self.private_a.weights, self.private_b.weights, strict=True):
            if a.shape == b.shape:
                b.assign(a)

    def get_config(self):
        if self._sizes is not None:
            return super().get_config()
        layers, places = [], {}
        for place in ("a", "b", "shared"):
            layer = self.shared if place == "shared" else getattr(self, f"private_{place}")
            if layer is not None:
                if not any(layer is known for known in layers):
                    layers.append(layer)
                places[place] = next(i for i, known in enumerate(layers) if known is layer)
        config = {**keras.layers.Layer.get_config(self), "shared_first": self.shared_first}
        return {**config, "layers": [layer_config(layer) for layer in layers], "places": places}

    @classmethod
    def from_config(cls, config):
        if "layers" in config:
            config = dict(config)
            layers = [keras.saving.deserialize_keras_object(c) for c in config.pop("layers")]
            private = {place: layers[i] for place, i in config.pop("places").items()}
            config.update(private=private, shared=private.pop("shared", None))
        return super().from_config(config)
