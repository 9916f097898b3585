"""Two private stacks and one shared stack: the one idea behind every network here."""

import keras
from keras import ops

from unit_tf.layers.unit_variance import rescale

DOMAINS = ("a", "b")


class CoupledStack(keras.layers.Layer):
    """Private layers for each domain before or after layers that both domains share.

    An encoder is private -> shared, a generator shared -> private, a coupled discriminator private
    -> shared. The shared layers are the same Python objects for both domains, so each of their
    variables exists once, in ``trainable_variables`` and in a checkpoint.

    Args:
      private: {"a": layer, "b": layer}.
      shared: layer, or None for no sharing.
      shared_first: True for a generator.
    """

    def __init__(self, private, shared=None, shared_first=False, **kwargs):
        super().__init__(**kwargs)
        self.private_a, self.private_b = private["a"], private["b"]
        self.shared = shared
        self.shared_first = shared_first

    def run_private(self, x, domain, training=False):
        """The private layers of ``domain``."""
        return getattr(self, f"private_{domain}")(x, training=training)

    def run_shared(self, x, training=False):
        """The shared layers; without any, ``x`` itself."""
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
        rows = ops.shape(features[0])[0]
        joined = self.run_shared(ops.concatenate(features, axis=0), training)
        return {"a": joined[:rows], "b": joined[rows:]}

    def rescale(self, inputs, wanted=None):
        """Scales every kernel by a probe, in place; see layers/unit_variance.py.

        Args:
          inputs: {"a": what a's layers read, "b": b's}; of a generator with styles, pairs.
          wanted: the standard deviation of what it shall give; None: each layer keeps it.

        Returns:
          {"a": what the rescaled layers give, "b": the same}.
        """
        if self.shared is not None and self.shared_first:
            inputs = self._rescale_shared(inputs)
        ends = self.shared is None or self.shared_first
        private = {d: getattr(self, f"private_{d}") for d in DOMAINS}
        inputs = {d: rescale(private[d], inputs[d], wanted if ends else None) for d in DOMAINS}
        return inputs if ends else self._rescale_shared(inputs, wanted)

    def _rescale_shared(self, inputs, wanted=None):
        """The shared layers, whose probe is both domains' together."""
        joined = keras.tree.map_structure(
            lambda *parts: ops.concatenate(parts, axis=0), *(inputs[d] for d in DOMAINS)
        )
        y = rescale(self.shared, joined, wanted)
        halves = [keras.tree.map_structure(lambda t, i=i: ops.split(t, 2)[i], y) for i in range(2)]
        return dict(zip(DOMAINS, halves, strict=True))

    def build_both(self, shapes):
        """Creates every variable now, from {"a": input shape, "b": input shape}."""
        for domain in DOMAINS:
            shape = shapes[domain]
            parts = [self.shared, getattr(self, f"private_{domain}")]
            for part in parts if self.shared_first else parts[::-1]:
                if part is not None:
                    if not part.built:
                        part.build(shape)
                    shape = part.compute_output_shape(shape)
        self.built = True
        return shape

    def copy_private(self):
        """Starts domain b's private layers from a's weights, wherever their shapes agree."""
        for a, b in zip(self.private_a.weights, self.private_b.weights, strict=True):
            if a.shape == b.shape:
                b.assign(a)
