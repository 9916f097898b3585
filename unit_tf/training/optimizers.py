"""Adam as the papers' code used it, for one device or several."""

from typing import NamedTuple

import keras
import tensorflow as tf

from unit_tf.training.schedules import build_schedule


class _Factors(NamedTuple):
    """What a step multiplies every variable's update with: scalar tensors.

    Fields:
      moves: bool, whether anything changes.
      first: 1 - beta_1, or 0 where nothing changes; ``second`` likewise.
      alpha: the rate with Adam's correction of its moments, which begin at zero.
    """

    moves: tf.Tensor
    first: tf.Tensor
    second: tf.Tensor
    alpha: tf.Tensor


@keras.saving.register_keras_serializable("unit_tf")
class CoupledAdam(keras.optimizers.Adam):
    """Adam whose L2 term is added to the gradient, not decoupled as Keras' ``weight_decay``.

    ``update_step`` runs after the replicas' gradients are summed, so the term counts once.

    With ``ema_warmup`` the moving average's decay at step t = 0, 1, ... is
    min(ema_momentum, t / (9 + t)): TensorFlow Addons' ``dynamic_decay`` from its second step on.
    Without it 0.999 ** 1,000, 37 % of the average after 1,000 steps, are the untrained weights.

    Args:
      l2: coefficient; the gradient becomes g + l2 * w.
      ema_warmup: whether the decay grows.
      **kwargs: Adam's.
    """

    def __init__(self, *args, l2=0.0, ema_warmup=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.l2 = l2
        self.ema_warmup = ema_warmup

    @property
    def ema_momentum(self):
        """Decay at the step that is being applied, which Keras multiplies the average with."""
        if not self.ema_warmup:
            return self._final_momentum
        steps = tf.cast(self.iterations, tf.float32)
        return tf.minimum(self._final_momentum, steps / (9 + steps))

    @ema_momentum.setter
    def ema_momentum(self, value):
        self._final_momentum = value

    def _backend_update_step(self, gradients, variables, learning_rate):
        """Keras' own, with what is the same for every variable computed once."""
        super()._backend_update_step(gradients, variables, self._factors(learning_rate))

    def _factors(self, learning_rate):
        """A step's _Factors; a rate of NaN leaves weights and moments as they are.

        Nothing branches, since a GPU's host would wait for the answer.
        """
        rate = tf.cast(learning_rate, tf.float32)
        moves = tf.math.is_finite(rate)
        number, rate = tf.cast(moves, tf.float32), tf.where(moves, rate, 0)
        count = tf.cast(self.iterations + 1, tf.float32)
        left_1, left_2 = (tf.pow(beta, count) for beta in (self.beta_1, self.beta_2))
        return _Factors(
            moves=moves,
            first=(1 - self.beta_1) * number,
            second=(1 - self.beta_2) * number,
            alpha=rate * tf.sqrt(1 - left_2) / (1 - left_1),
        )

    def update_step(self, gradient, variable, factors):
        """Keras' update of one variable, bit for bit where ``factors`` say that it moves."""
        gradient = tf.where(factors.moves, tf.cast(gradient, variable.dtype), 0)
        if self.l2:
            gradient = gradient + self.l2 * variable
        index = self._get_variable_index(variable)
        m, v = self._momentums[index], self._velocities[index]
        self.assign_add(m, (gradient - m) * factors.first)
        self.assign_add(v, (tf.square(gradient) - v) * factors.second)
        self.assign_sub(variable, m * factors.alpha / (tf.sqrt(v) + self.epsilon))

    def apply_where(self, good, gradients):
        """Keras' ``apply`` where ``good``; elsewhere everything stays, the count of steps too.

        Args:
          good: bool scalar, the same on every replica.
          gradients: list of tensors, one for each variable that the optimizer was built with.
        """
        gradients = self._clip_gradients(gradients)
        # Keras hands on the rate alone, so it says whether to move, too.
        rate = tf.where(good, tf.convert_to_tensor(self.learning_rate), float("nan"))
        self._backend_update_step(gradients, self._trainable_variables, rate)
        if self.use_ema:
            self._average_where(good)
        self._iterations.assign_add(tf.cast(good, self._iterations.dtype))

    def _average_where(self, good):
        """Keras' moving average, whose first value is the first updated weights."""
        decay = tf.cast(tf.not_equal(self.iterations, 0), tf.float32) * self.ema_momentum
        decay = tf.where(good, decay, 1.0)
        rest = 1 - decay
        pairs = zip(self._trainable_variables, self._model_variables_moving_average, strict=True)
        for variable, average in pairs:
            average.assign(decay * average + rest * variable)

    def get_config(self):
        own = {"ema_momentum": self._final_momentum, "ema_warmup": self.ema_warmup, "l2": self.l2}
        return {**super().get_config(), **own}


def build_optimizer(optim, variables, *, replicas=1, loss_scaling=False, average=False, start=0):
    """An optimizer with all its variables created; call it inside the strategy's scope.

    Args:
      optim: OptimConfig.
      variables: all variables that it will ever update.
      replicas: number of replicas, over which ``apply_summed`` shares out the gradient.
      loss_scaling: wrap for float16.
      start: step before which the rate is zero.
      average: keep ``optim.ema``'s moving average of the variables.

    Returns:
      a Keras optimizer.
    """
    averaging = {}
    if average and optim.ema:
        averaging = dict(use_ema=True, ema_momentum=optim.ema, ema_warmup=optim.ema_warmup)
    optimizer = CoupledAdam(
        build_schedule(optim, start),
        beta_1=optim.beta_1,
        beta_2=optim.beta_2,
        epsilon=optim.epsilon,
        l2=optim.l2,
        global_clipnorm=optim.clip_norm / replicas if optim.clip_norm else None,
        **averaging,
    )
    if loss_scaling:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(variables)
    return optimizer


def inner_optimizer(optimizer):
    """The Adam inside a loss-scaling wrapper, or the optimizer itself."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def apply_summed(optimizer, gradients, loss=0.0):
    """Applies gradients whose sum over replicas is the global batch's, if all are finite.

    Keras sums over replicas only after clipping and after looking for infinities. Where either
    matters, the sum is taken here and shared out evenly, so both see the global gradient.

    Args:
      optimizer: from ``build_optimizer``.
      gradients: list of tensors, one for each of its variables.
      loss: scalar that they are the gradients of; must be finite, too.

    Returns:
      bool scalar, whether they were applied. With loss scaling an overflow is part of the plan: the
      scale is halved, and the answer is True. So it is for an optimizer of another kind.
    """
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync
    inner = inner_optimizer(optimizer)
    if replicas > 1 and (optimizer is not inner or inner.global_clipnorm):
        gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        gradients = [g / replicas for g in gradients]
    if optimizer is not inner or not isinstance(inner, CoupledAdam):
        optimizer.apply(gradients)
        return tf.constant(True)
    good = _all_finite(gradients, loss, context)
    inner.apply_where(good, gradients)
    return good


def _all_finite(gradients, loss, context):
    """Whether no replica has an infinity or NaN, nor a gradient whose square would be one.

    Adam's second moment is such a square: it would stay infinite and hold its weight for ever.
    """
    size = tf.add_n([tf.cast(tf.nn.l2_loss(g), tf.float32) for g in gradients])
    size += 0 * tf.cast(loss, tf.float32)
    if context.num_replicas_in_sync > 1:
        size = context.all_reduce(tf.distribute.ReduceOp.SUM, size)
    return tf.math.is_finite(size)


def average_variables(optimizer):
    """The moving averages, in the order of the optimizer's variables; None without any."""
    inner = inner_optimizer(optimizer)
    return inner._model_variables_moving_average if inner.use_ema else None
