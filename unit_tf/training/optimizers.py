"""Adam as the papers' code used it, for one device or several."""

import keras
import tensorflow as tf

from unit_tf.training.schedules import build_schedule


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

    def update_step(self, gradient, variable, learning_rate):
        if self.l2:
            gradient = gradient + self.l2 * tf.cast(variable, gradient.dtype)
        super().update_step(gradient, variable, learning_rate)

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


def apply_summed(optimizer, gradients):
    """Applies gradients whose sum over replicas is the global batch's.

    Keras sums over replicas only after clipping and after looking for infinities. Where either
    matters, the sum is taken here and shared out evenly, so both see the global gradient.
    """
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync
    inner = inner_optimizer(optimizer)
    if replicas > 1 and (optimizer is not inner or inner.global_clipnorm):
        gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        gradients = [g / replicas for g in gradients]
    optimizer.apply(gradients)


def average_variables(optimizer):
    """The moving averages, in the order of the optimizer's variables; None without any."""
    inner = inner_optimizer(optimizer)
    return inner._model_variables_moving_average if inner.use_ema else None
