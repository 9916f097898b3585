"""The only two-tape train step; it never names a method."""

import keras
import tensorflow as tf

from unit_tf.losses.weighting import weighted_sum
from unit_tf.training.optimizers import apply_summed, build_optimizer


class Trainer(keras.Model):
    """Alternating updates of a method's discriminators and generators.

    Build it inside the strategy's scope. The optimizers are created here with their full variable
    lists, so that a checkpoint can be restored before the first step. A method without
    discriminators has none for them.

    Args:
      method: a Method.
      config: ExperimentConfig.
      fresh: whether the networks hold their initial weights, which then get the start that the
        configuration names; False where trained weights are about to be read into them.

    Example:
      >>> trainer = Trainer(build_method(config), config)
      >>> trainer.compile()
      >>> trainer.fit(training_dataset(data, config), steps_per_epoch=1000)
    """

    def __init__(self, method, config, fresh=True, **kwargs):
        super().__init__(**kwargs)
        self.method = method
        self.config = config
        if fresh and config.model.initializer == "default":
            method.rescale()
        method.prepare_training()
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        scaling = config.run.precision == "mixed_float16"
        shape = dict(replicas=replicas, loss_scaling=scaling)
        self.generator_optimizer = build_optimizer(
            config.optim, method.generator_variables, average=True, **shape
        )
        self.discriminator_optimizer = None
        if any(method.discriminator_weights.values()):
            self.discriminator_optimizer = build_optimizer(
                config.optim,
                method.discriminator_variables,
                start=method.discriminator_start,
                average=method.averages_all,
                **shape,
            )
        self.step = self.add_weight(
            shape=(),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            name="step",
            aggregation="only_first_replica",
        )
        self.built = True

    def compile(self, jit_compile=None, **kwargs):
        """Keras' ``compile``; losses and optimizers are the trainer's own."""
        jit = self.config.run.jit if jit_compile is None else jit_compile
        super().compile(optimizer=None, jit_compile=jit, **kwargs)

    def fit(self, x=None, *, shuffle=False, **kwargs):
        """Keras' ``fit``, not told to shuffle: it warns that it cannot, and the batches come so."""
        return super().fit(x, shuffle=shuffle, **kwargs)

    def call(self, x, training=False):
        return self.method(x)

    def noise_seed(self, run_seed=None):
        """int32 [2]: this step's seed, a function of (run_seed or run.seed, step) alone."""
        run_seed = self.config.run.seed if run_seed is None else run_seed
        return tf.stack([tf.cast(run_seed, tf.int32), tf.cast(self.step, tf.int32)])

    def train_step(self, batch, run_seed=None):
        """One update of D, then one of E and G, from one forward pass of E and G.

        The update of D moves neither E nor G. So D learns from the same translations whose gradient
        the second tape takes, and the generators' terms come from the updated D.

        Args:
          batch: (x_a, x_b), this replica's share, float32 [N, H, W, C] in [-1, 1]; of labelled
            data (x_a, x_b, y_a).
          run_seed: int32 scalar in place of ``run.seed``, for a program that serves every seed.

        Returns:
          {"family/domain": float32 scalar}, unweighted, plus "total/generator" and
          "total/discriminator", this replica's means.
        """
        method = self.method
        with tf.GradientTape() as generator_tape:
            outputs = method.forward(batch, self.noise_seed(run_seed), training=True)
            with generator_tape.stop_recording():
                logs = self._discriminator_update(outputs)
            terms = method.generator_terms(outputs)
            total = weighted_sum(terms, method.generator_weights_at(self.step.value))
            scaled = self._scaled(total, self.generator_optimizer)
        # Of Keras' own variables TensorFlow cannot make a zero gradient.
        variables = [v.value for v in method.generator_variables]
        gradients = generator_tape.gradient(scaled, variables, unconnected_gradients="zero")
        apply_summed(self.generator_optimizer, gradients)
        self.step.assign_add(1)
        return {**logs, **terms, "total/generator": total}

    def _discriminator_update(self, outputs):
        """Updates the discriminators; returns their terms."""
        if self.discriminator_optimizer is None:
            return {}
        method = self.method
        variables = [v.value for v in method.discriminator_variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            terms = method.discriminator_terms(outputs)
            total = weighted_sum(terms, method.discriminator_weights)
            scaled = self._scaled(total, self.discriminator_optimizer)
        gradients = tape.gradient(scaled, variables, unconnected_gradients="zero")
        apply_summed(self.discriminator_optimizer, gradients)
        return {**terms, "total/discriminator": total}

    def _scaled(self, loss, optimizer):
        """Divided by the replicas, whose gradients are summed; times the loss scale, if any."""
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        return optimizer.scale_loss(loss / replicas)
