"""The only two-tape train step; it never names a method."""

import keras
import tensorflow as tf

from unit_tf.layers.recomputing import recomputing
from unit_tf.layers.subpixel import faster_doubling
from unit_tf.losses.weighting import weighted_sum
from unit_tf.training.accumulation import outputs_of_parts, over_parts
from unit_tf.training.initial_weights import read_start
from unit_tf.training.optimizers import apply_summed, build_optimizer
from unit_tf.training.tensorflow_settings import is_subpixel


class Trainer(keras.Model):
    """Alternating updates of a method's discriminators and generators.

    Build it inside the strategy's scope. The optimizers are created here with their full variable
    lists, so that a checkpoint can be restored before the first step. A method without
    discriminators has none for them.

    Args:
      method: a Method.
      config: ExperimentConfig.
      fresh: whether the networks hold their initial weights, which then get the start that the
        configuration names, ``run.init_from`` among it; False where trained weights are about to be
        read into them.

    Attributes:
      start: where ``run.init_from``'s weights came from, in one line, or "".

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
        self.start = read_start(config, method) if fresh and config.run.init_from else ""
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

    def save(self, *unused, **also_unused):
        """Refuses, as its method does."""
        self.method.save()

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
          "total/discriminator", this replica's means. A total of NaN says that its player's update
          was skipped, as a loss or a gradient is not finite. Where the discriminators' was, so is
          the generators'.
        """
        kept = [tf.identity(v.value) for v in self._statistics]
        update = self._update_in_parts if self.config.optim.accumulate > 1 else self._update
        run = self.config.run
        with recomputing(run.remat), faster_doubling(is_subpixel(run)):
            logs, good = update(batch, self.noise_seed(run_seed))
        self._keep_statistics(kept, good)
        self.step.assign_add(1)
        return logs

    def _update(self, batch, seed):
        """Updates both players; returns (their logs, whether it did)."""
        with tf.GradientTape() as generator_tape:
            outputs = self.method.forward(batch, seed, training=True)
            with generator_tape.stop_recording():
                logs, good = self._discriminator_update(outputs)
            scaled, terms = self._generator_loss(outputs)
        gradients = self._gradients(generator_tape, scaled, self.method.generator_variables)
        terms, good = self._apply("generator", gradients, terms, good)
        return {**logs, **terms}, good

    def _update_in_parts(self, batch, seed):
        """``_update`` of a batch whose parts go through the networks one after the other."""
        method, count = self.method, self.config.optim.accumulate
        outputs_of = outputs_of_parts(method, batch, count, seed)

        def discriminator_part(index):
            return self._discriminator_gradients(outputs_of(index), count)

        def generator_part(index):
            with tf.GradientTape() as tape:
                scaled, terms = self._generator_loss(outputs_of(index), count)
            return self._gradients(tape, scaled, method.generator_variables), terms

        logs, good = {}, tf.constant(True)
        if self.discriminator_optimizer is not None:
            summed = over_parts(count, discriminator_part, method.discriminator_variables)
            logs, good = self._apply("discriminator", *summed)
        summed = over_parts(count, generator_part, method.generator_variables)
        terms, good = self._apply("generator", *summed, good)
        return {**logs, **terms}, good

    @property
    def _statistics(self):
        """What a step changes by the way: batch normalisation's averages, remembered images."""
        floats = self.method.non_trainable_variables
        return [v for v in floats if tf.as_dtype(v.dtype).is_floating]

    def _keep_statistics(self, kept, good):
        """Takes back what a skipped step did to them."""
        for variable, before in zip(self._statistics, kept, strict=True):
            variable.assign(tf.where(good, variable.value, before))

    def _generator_loss(self, outputs, parts=1):
        """(loss to take the gradient of, the terms with their total)."""
        terms = self.method.generator_terms(outputs)
        total = weighted_sum(terms, self.method.generator_weights_at(self.step.value))
        scaled = self._scaled(total, self.generator_optimizer, parts)
        return scaled, {**terms, "total/generator": total}

    def _discriminator_update(self, outputs):
        """Updates the discriminators; returns (their terms, whether it did)."""
        if self.discriminator_optimizer is None:
            return {}, tf.constant(True)
        return self._apply("discriminator", *self._discriminator_gradients(outputs))

    def _discriminator_gradients(self, outputs, parts=1):
        """(their gradients, the terms with their total)."""
        method = self.method
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([v.value for v in method.discriminator_variables])
            terms = method.discriminator_terms(outputs)
            total = weighted_sum(terms, method.discriminator_weights)
            scaled = self._scaled(total, self.discriminator_optimizer, parts)
        gradients = self._gradients(tape, scaled, method.discriminator_variables)
        return gradients, {**terms, "total/discriminator": total}

    def _gradients(self, tape, loss, variables):
        """A gradient for each variable; of Keras' own TensorFlow cannot make one of zeros."""
        values = [v.value for v in variables]
        return tape.gradient(loss, values, unconnected_gradients="zero")

    def _apply(self, player, gradients, terms, good=True):
        """Applies a player's gradients; returns (its terms, whether all was finite).

        Where ``good`` is False, as the other player's update was skipped, so is this.
        """
        name = f"total/{player}"
        total = _or_nan(terms[name], good)
        good = apply_summed(getattr(self, f"{player}_optimizer"), gradients, total)
        return {**terms, name: _or_nan(total, good)}, good

    def _scaled(self, loss, optimizer, parts):
        """Divided by the replicas and the parts, whose gradients are summed; times the loss scale.

        Args:
          loss: scalar tensor.
          optimizer: the one whose loss scale, if any, counts.
          parts: of this replica's share of the batch.
        """
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        return optimizer.scale_loss(loss / (replicas * parts))


def _or_nan(total, good):
    """The total, or NaN where its gradients are not applied."""
    return tf.where(good, total, tf.constant(float("nan"), total.dtype))
