"""The training loop of the command line: explicit steps, resumable after any stop.

``model.fit`` runs the same ``train_step``; this loop exists because Keras' fit swallows a batch
while it builds, which spoils an exact data position, and fails under several workers.
"""

import contextlib
import os
import sys
import time
import weakref

import keras
import numpy as np
import tensorflow as tf

from unit_tf.config import UserError, printable, user_path
from unit_tf.data.pipeline import training_dataset
from unit_tf.files import disk_fault, write_text
from unit_tf.layers.dtypes import dtype_policy
from unit_tf.methods.registry import build_method
from unit_tf.training import checkpoints
from unit_tf.training.claim_workdir import check_workdir, lock_workdir, make_workdir
from unit_tf.training.finite_state import first_not_finite
from unit_tf.training.logs import Progress, TensorBoardLog
from unit_tf.training.signals import SignalWatch, Stopped
from unit_tf.training.strategy import build_strategy, distribute, is_chief
from unit_tf.training.trainer import Trainer
from unit_tf.training.workdir import CONFIG, WorkdirError, new_length, with_stored_start

PREVIEW_ROWS = 4


class Diverged(RuntimeError):
    """A loss or a weight is no longer finite."""


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


class Loop:
    """One run of an experiment in its folder, from wherever it stands to ``run.steps``.

    Args:
      config: ExperimentConfig.
      data: Data.
      workdir: folder of checkpoints and logs.
      strategy: from build_strategy; None builds the configuration's own.
      after_save: called with the step when a checkpoint of it has been written; or None.
    """

    def __init__(self, config, data, workdir, strategy=None, after_save=None):
        self.workdir = user_path("--workdir", workdir)
        config = with_stored_start(config, self.workdir)
        self.config, self.data, self.after_save = config, data, after_save
        self.strategy = strategy or build_strategy(config.run)
        check_replicas(config, self.strategy)
        check_workdir(config, self.workdir)
        # Without this the order of floating-point sums is left to the threads.
        tf.config.experimental.enable_op_determinism()
        # With oneDNN this pass stumbles over gradients of leaky ReLUs, which it says in a line of
        # its own; where it does not, it makes no step faster.
        tf.config.optimizer.set_experimental_options({"remapping": False})
        self.chief = is_chief(self.strategy)
        fresh = not checkpoints.list_checkpoints(self.workdir)
        self.trainer = build_trainer(config, self.strategy, fresh)
        # Not before: where a file that the method needs is missing, no folder should be left.
        make_workdir(self.workdir)
        self._place = os.stat(self.workdir)
        if self.chief:
            self._release = weakref.finalize(self, lock_workdir(self.workdir))
        self.restored = checkpoints.restore_newest(self.trainer, self.workdir)
        self.last_saved = self.restored
        self.new_length = new_length(config, self.workdir) if self.restored else []
        if self.chief:
            checkpoints.tidy(self.workdir, self.restored)
            self._write_config()

    def run(self):
        """Trains up to ``run.steps``, and leaves the folder to others.

        Raises:
          Diverged: a loss is not finite; names step, term and last good checkpoint.
          Stopped: after a signal, with the state saved.
          WorkdirError: the folder takes no more, or was removed.
        """
        try:
            self._train()
        except Exception as error:
            # TensorFlow's are no OSErrors, and come from checkpoints and logs alike.
            if (fault := disk_fault(error)) is None:
                raise
            raise WorkdirError(
                f"--workdir={self.workdir}: cannot be written to: {fault}; newest good "
                f"checkpoint: {self.last_saved or 'none'}"
            ) from None
        finally:
            if self.chief:
                self._release()

    def _train(self):
        run = self.config.run
        start = int(self.trainer.step.numpy())
        if start >= run.steps:
            return
        dataset = training_dataset(self.data, self.config, start_step=start)
        iterator = iter(distribute(self.strategy, dataset))
        step_function = make_step(self.trainer, self.strategy)
        log = TensorBoardLog(self.workdir / "logs", self.chief)
        progress = Progress(start, run.steps, active=self.chief)
        clock = (start, time.monotonic())
        with contextlib.closing(log), contextlib.closing(progress), SignalWatch() as watch:
            for step in range(start + 1, run.steps + 1):
                logs = {k: float(v) for k, v in step_function(iterator).items()}
                self._check_finite(step, logs)
                progress.update(step, logs)
                if step % run.log_every == 0 or step == run.steps:
                    clock = self._log_scalars(log, step, logs, clock)
                if self.chief and (step % run.image_every == 0 or step == run.steps):
                    log.grid(step, self._preview())
                if step % run.checkpoint_every == 0 or step == run.steps or watch.caught:
                    self._save(step)
                if watch.caught and step < run.steps:
                    raise Stopped(watch.caught)

    def _write_config(self):
        try:
            write_text(self.workdir / CONFIG, self.config.to_json())
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise WorkdirError(f"--workdir={self.workdir}: cannot write to it ({reason})") from None

    def _save(self, step):
        self._refuse_removed(step)
        if name := first_not_finite(self.trainer):
            raise Diverged(self._divergence(step, name))
        self.last_saved = checkpoints.save(
            self.trainer, self.workdir, self.config.run.keep_checkpoints, chief=self.chief
        )
        if self.after_save:
            self.after_save(step)

    def _refuse_removed(self, step):
        """Raises WorkdirError where the folder is gone; saving would make half of one."""
        if not self.chief:
            return
        there = self.workdir.is_dir() and os.path.samestat(self.workdir.stat(), self._place)
        if not there:
            raise WorkdirError(
                f"--workdir={self.workdir}: was removed while this training ran; stopped at step "
                f"{step}, which is not saved"
            )
        if not (self.workdir / CONFIG).exists():
            self._write_config()

    def _check_finite(self, step, logs):
        bad = [name for name, value in logs.items() if not np.isfinite(value)]
        if bad:
            term = min(bad, key=lambda name: name.startswith("total/"))
            raise Diverged(self._divergence(step, term))

    def _divergence(self, step, what):
        saved = self.last_saved or "none"
        return f"step {step}: {what} is not finite; last good checkpoint: {saved}"

    def _log_scalars(self, log, step, logs, clock):
        """Writes losses, rate and speed; returns the new (step, time)."""
        now = time.monotonic()
        images = 2 * self.config.optim.batch_size * (step - clock[0])
        rate = tf.convert_to_tensor(self.trainer.generator_optimizer.learning_rate)
        extra = {"learning_rate": float(rate), "images_per_second": images / (now - clock[1])}
        log.scalars(step, {**logs, **extra})
        return step, now

    def _preview(self):
        """Columns of the method's ``preview``, of the same few training crops every time."""
        if not hasattr(self, "_preview_batch"):
            rows = min(PREVIEW_ROWS, len(self.data.train_a), len(self.data.train_b))
            one = self.config.replace({"optim.batch_size": rows})
            self._preview_batch = next(iter(training_dataset(self.data, one)))
        return self.trainer.method.preview(self._preview_batch)


def train(config, data, workdir, strategy=None, after_save=None):
    """Runs an experiment to its end and returns its trainer.

    Args:
      config: ExperimentConfig, validated.
      data: Data.
      workdir: folder; an interrupted run of the same experiment in it goes on.
      strategy: tf.distribute.Strategy, or None for the configuration's own.
      after_save: as Loop's.

    Returns:
      Trainer at step ``run.steps``.
    """
    loop = Loop(config, data, workdir, strategy, after_save)
    asked = dict(config.items())
    for name, value in loop.config.items():
        if value != asked[name]:
            print(f"going on as this folder began: --{name}={printable(value)}", file=sys.stderr)
    if loop.restored and int(loop.trainer.step.numpy()) < config.run.steps:
        print(f"going on from {printable(loop.restored)}", file=sys.stderr)
        if loop.new_length:
            changes = " and ".join(loop.new_length)
            print(f"from there on the learning rate follows {changes}", file=sys.stderr)
    loop.run()
    return loop.trainer
