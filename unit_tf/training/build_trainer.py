"""A trainer on its devices, and its compiled step."""

import keras
import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.layers.dtypes import dtype_policy
from unit_tf.methods.registry import build_method
from unit_tf.training.trainer import Trainer


def check_replicas(config, strategy):
    """Raises UserError if the batch does not divide, or XLA is asked for on several replicas."""
    replicas = strategy.num_replicas_in_sync
    if config.optim.batch_size % replicas:
        raise UserError(
            f"--optim.batch_size={config.optim.batch_size}: must be a multiple of the "
            f"{replicas} replicas"
        )
    if config.run.jit and replicas > 1:
        raise UserError(f"--run.jit: XLA compiles for one device; there are {replicas} replicas")


def build_trainer(config, strategy, fresh=True):
    """A trainer in the strategy's scope, its weights sampled with ``run.seed``.

    Args:
      config: ExperimentConfig.
      strategy: tf.distribute.Strategy.
      fresh: as Trainer's.

    Returns:
      Trainer.

    Raises:
      UserError: the replicas do not fit; see check_replicas.
    """
    check_replicas(config, strategy)
    keras.utils.set_random_seed(config.run.seed)
    with strategy.scope(), dtype_policy(config.run.precision):
        return Trainer(build_method(config), config, fresh)


def make_step(trainer, strategy):
    """Compiles the step.

    Args:
      trainer: Trainer.
      strategy: tf.distribute.Strategy that it was built in.

    Returns:
      function: distributed iterator -> {"family/domain": mean over replicas}.
    """
    replica_step = trainer.train_step
    if trainer.config.run.jit:
        replica_step = tf.function(replica_step, jit_compile=True, autograph=False)

    # Nothing in a step branches on a tensor, and autograph doubles the time that tracing takes.
    @tf.function(autograph=False)
    def step(iterator):
        logs = strategy.run(replica_step, args=(iterator.get_next(),))
        return {k: strategy.reduce("MEAN", v, axis=None) for k, v in logs.items()}

    return step
