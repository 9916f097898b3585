"""The training loop of the command line: explicit steps, resumable after any stop.

``model.fit`` runs the same ``train_step``; this loop exists because Keras' fit swallows a batch
while it builds, which spoils an exact data position, and fails under several workers.
"""

import contextlib
import os
import sys
import time
import weakref

import tensorflow as tf

from unit_tf.config import printable, user_path
from unit_tf.data.base import DataError
from unit_tf.data.pipeline import training_dataset
from unit_tf.files import disk_fault, write_text
from unit_tf.training import checkpoints
from unit_tf.training.build_trainer import build_trainer, check_replicas, make_step
from unit_tf.training.claim_workdir import check_workdir, lock_workdir, make_workdir
from unit_tf.training.endings import Alarmed, Diverged, Stopped
from unit_tf.training.finite_state import first_not_finite
from unit_tf.training.full_memory import full_memory
from unit_tf.training.health.health_watch import HealthWatch
from unit_tf.training.health.observation import fixed_batch
from unit_tf.training.logs import Progress, TensorBoardLog
from unit_tf.training.machine import other_machine
from unit_tf.training.pending_losses import PendingLosses
from unit_tf.training.score_watch import ScoreWatch
from unit_tf.training.signals import AgreedStop, SignalWatch
from unit_tf.training.skipped_steps import SkippedSteps
from unit_tf.training.strategy import (
    WorkerLost,
    build_strategy,
    distribute,
    is_chief,
    is_multiworker,
    lost_worker,
)
from unit_tf.training.tensorflow_settings import prepare_tensorflow
from unit_tf.training.trained_images import refuse_changed_images, store_images
from unit_tf.training.unread_images import UnreadImages
from unit_tf.training.workdir import CONFIG, LOGS, WorkdirError, new_length, with_stored_start

PREVIEW_ROWS = 4


class Loop:
    """One run of an experiment in its folder, from wherever it stands to ``run.steps``.

    Args:
      config: ExperimentConfig.
      data: Data.
      workdir: folder of checkpoints and logs.
      strategy: from build_strategy; None builds the configuration's own.
      after_save: called with the step when a checkpoint of it has been written; or None.
      scorer: as ScoreWatch's; None scores no checkpoint.
    """

    def __init__(self, config, data, workdir, strategy=None, after_save=None, scorer=None):
        self.workdir = user_path("--workdir", workdir)
        config = with_stored_start(config, self.workdir)
        self.config, self.data, self.after_save = config, data, after_save
        self.strategy = strategy or build_strategy(config.run)
        check_replicas(config, self.strategy)
        check_workdir(config, self.workdir)
        self.changed_images = refuse_changed_images(config, self.workdir, data.contents)
        prepare_tensorflow(config.run)
        self.chief = is_chief(self.strategy)
        fresh = not checkpoints.list_checkpoints(self.workdir)
        self.trainer = build_trainer(config, self.strategy, fresh)
        # Not before: where a file that the method needs is missing, no folder should be left.
        make_workdir(self.workdir)
        self._place = os.stat(self.workdir)
        # Sources that know their files read them while they train.
        self._unread = UnreadImages(self.trainer, self.strategy, data.contents is not None)
        if self.chief:
            self._release = weakref.finalize(self, lock_workdir(self.workdir))
        self.restored = checkpoints.restore_newest(self.trainer, self.workdir)
        self.last_saved, self._log = self.restored, None
        self.skipped = SkippedSteps(config, data)
        self.new_length = new_length(config, self.workdir) if self.restored else []
        if self.chief:
            checkpoints.tidy(self.workdir, self.restored)
            self._write_config()
        start = int(self.trainer.step.numpy())
        self.scores = ScoreWatch(config, self.workdir, scorer, start, self.chief)

    def run(self):
        """Trains up to ``run.steps``, and leaves the folder to others.

        Raises:
          Alarmed: something is wrong with its health, and it is to stop then.
          Diverged: many steps in a row are not finite, or a weight is not; names the first step,
            the loss and the last good checkpoint.
          Stopped: after a signal, with the state saved.
          WorkdirError: the folder takes no more, or was removed.
          WorkerLost: another process of the cluster has ended.
          DataError: an image can no longer be read; the steps before it are saved.
        """
        try:
            self._train()
        except Exception as error:
            if lost_worker(self.strategy, error):
                raise WorkerLost(
                    "another worker of TF_CONFIG's cluster is gone, and none goes on alone; see "
                    "what ended it, then run the same command on every worker; newest good "
                    f"checkpoint: {self.last_saved or 'none'}"
                ) from None
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
        try:
            self._take_steps()
        except tf.errors.OpError as error:
            if (unread := self._unread.behind(error)) is None:
                raise
            if self._unread.keeps_state:
                self._read_losses()  # a skipped step among them is told of before it is saved
                self._save_once(int(self.trainer.step.numpy()))
            raise DataError(
                f"{unread}; it could be read when this training started. Newest checkpoint: "
                f"{self.last_saved or 'none'}. Put the file back and run the same command again, "
                "or go on without it by --data.skip_bad --run.accept_changed_images"
            ) from None

    def _save_once(self, step):
        """Saves unless there is nothing to save, or it has been."""
        if step and (self.last_saved is None or int(self.last_saved.name) != step):
            self._save(step)

    def _take_steps(self):
        run = self.config.run
        start = int(self.trainer.step.numpy())
        if start >= run.steps:
            return
        every = (run.log_every, run.checkpoint_every, run.health_every)
        losses = PendingLosses(every, run.steps, alone=not is_multiworker(self.strategy))
        self._losses = losses
        if run.init_from and not self.last_saved:  # so that no resume reads them there again
            self._write_checkpoint(start)
        # First of all: what reads ahead may take long, and a signal that comes meanwhile counts.
        with SignalWatch() as watch, contextlib.ExitStack() as stack:
            dataset = training_dataset(self.data, self.config, start_step=start)
            iterator = iter(distribute(self.strategy, dataset))
            step_function = make_step(self.trainer, self.strategy)
            log = self._log = TensorBoardLog(self.workdir / LOGS, self.chief)
            progress = Progress(start, run.steps, active=self.chief)
            stack.enter_context(contextlib.closing(log))
            stack.enter_context(contextlib.closing(progress))
            clock, agreed_stop = (start, time.monotonic()), AgreedStop(self.strategy)
            health = HealthWatch(self.trainer, self.data, self.workdir, self.chief)
            if self.restored:  # a signal may have come before its score
                self.scores.look(start, self.restored, log)
            due, alarm = False, ""
            for step in range(start + 1, run.steps + 1):
                with self._unread.undone():
                    losses.add(step, step_function(iterator))
                stop = agreed_stop(watch.caught)
                if stop or due or losses.are_due(step):
                    logs = self._read_losses()
                    progress.update(step, logs)
                if step % run.log_every == 0 or step == run.steps:
                    clock = self._log_scalars(log, step, logs, clock)
                if self.chief and (step % run.image_every == 0 or step == run.steps):
                    log.grid(step, self._preview())
                alarm = alarm or health.check(step, log, progress.say)
                due = due or step % run.checkpoint_every == 0 or step == run.steps or stop or alarm
                if due and (not self.skipped.in_a_row or step == run.steps):
                    self._save(step, scored=not stop or step == run.steps)
                    due = False
                if stop and step < run.steps:
                    raise Stopped(stop)
                if alarm and not due:
                    raise Alarmed(f"{alarm}; saved and stopped, --run.on_alarm=warn goes on")
        if self.chief and (line := self.skipped.summary()):
            print(line, file=sys.stderr)

    def _write_config(self):
        try:
            write_text(self.workdir / CONFIG, self.config.to_json())
            # Those of a finished training stay: it may be told to go on.
            if self.data.contents is not None and not self._is_finished():
                store_images(self.workdir, self.data.contents)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise WorkdirError(f"--workdir={self.workdir}: cannot write to it ({reason})") from None

    def _is_finished(self):
        return int(self.trainer.step.numpy()) >= self.config.run.steps

    def _save(self, step, scored=False):
        self._write_checkpoint(step)
        if scored:
            self.scores.look(step, self.last_saved, self._log)
        if self._log:
            self._log.flush()  # for who reads it after a checkpoint
        if self.after_save:
            self.after_save(step)

    def _write_checkpoint(self, step):
        self._refuse_removed(step)
        if name := first_not_finite(self.trainer):
            raise Diverged(self._divergence(step, name))
        self.last_saved = checkpoints.save(
            self.trainer, self.workdir, self.config.run.keep_checkpoints, chief=self.chief
        )

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

    def _read_losses(self):
        """Counts the skipped steps among those not yet read; returns the last step's losses."""
        logs = {}
        for step, logs in self._losses.read():
            self._count_skipped(step, logs)
        return logs

    def _count_skipped(self, step, logs):
        """Tells of a skipped step; raises Diverged where many follow each other."""
        line = self.skipped.look(step, logs)
        if line and self.chief:
            print(line, file=sys.stderr, flush=True)
        if self.skipped.too_many(step):
            first, loss = self.skipped.first
            if self.skipped.in_a_row > 1:
                loss = f"{self.skipped.in_a_row} steps in a row from here on, {loss}"
            raise Diverged(self._divergence(first, loss))

    def _divergence(self, step, what):
        saved = self.last_saved or "none"
        return f"step {step}: {what} is not finite; last good checkpoint: {saved}"

    def _log_scalars(self, log, step, logs, clock):
        """Writes losses, rate and speed; returns the new (step, time)."""
        now = time.monotonic()
        images = 2 * self.config.optim.images_a_step * (step - clock[0])
        rate = tf.convert_to_tensor(self.trainer.generator_optimizer.learning_rate)
        extra = {"learning_rate": float(rate), "images_per_second": images / (now - clock[1])}
        if self.skipped.total:
            extra["skipped_steps"] = self.skipped.total
        log.scalars(step, {**logs, **extra})
        return step, now

    def _preview(self):
        """Columns of the method's ``preview``, of the same few training crops every time."""
        if not hasattr(self, "_preview_batch"):
            self._preview_batch = fixed_batch(self.data, self.config, PREVIEW_ROWS)
        return self.trainer.method.preview(self._preview_batch)


def train(config, data, workdir, strategy=None, after_save=None, scorer=None):
    """Runs an experiment to its end and returns its trainer.

    Args:
      config: ExperimentConfig, validated.
      data: Data.
      workdir: folder; an interrupted run of the same experiment in it goes on.
      strategy: tf.distribute.Strategy, or None for the configuration's own.
      after_save, scorer: as Loop's.

    Returns:
      Trainer at step ``run.steps``.

    Raises:
      FullMemory: it does not fit; says what takes less.
      UserError: as Loop and its ``run``.
    """
    strategy = strategy or build_strategy(config.run)
    loop = None
    try:
        loop = Loop(config, data, workdir, strategy, after_save, scorer)
        _tell_start(loop, config)
        loop.run()
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        saved = loop and loop.last_saved
        if full := full_memory(error, config, saved, strategy.num_replicas_in_sync):
            raise full from None
        raise
    return loop.trainer


def _tell_start(loop, config):
    """Says how a training begins, or goes on, where that is not just as the command has it."""
    asked = dict(config.items())
    for name, value in loop.config.items():
        if value != asked[name]:
            shown = printable(value) if value != "" else '""'
            print(f"going on as this folder began: --{name}={shown}", file=sys.stderr)
    if loop.restored and int(loop.trainer.step.numpy()) < config.run.steps:
        print(f"going on from {printable(loop.restored)}", file=sys.stderr)
        if other := other_machine(loop.restored):
            print(f"not bit for bit as it began: {printable(other)}", file=sys.stderr)
        if loop.new_length:
            changes = " and ".join(loop.new_length)
            print(f"from there on the learning rate follows {changes}", file=sys.stderr)
    if loop.changed_images:
        print(loop.changed_images, file=sys.stderr)
    if loop.trainer.start:
        print(loop.trainer.start, file=sys.stderr)
