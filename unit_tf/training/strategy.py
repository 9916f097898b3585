"""Devices: one, several in this process, or several processes."""

import contextlib
import functools
import json
import os

import tensorflow as tf

from unit_tf.config import UserError


class WorkerLost(UserError):
    """A process of the cluster has ended before its time."""


def build_strategy(run):
    """The tf.distribute strategy that RunConfig asks for. Call it before any tensor is made.

    ``auto`` takes ``multiworker`` where TF_CONFIG names a cluster, ``mirrored`` where there are
    several GPUs or ``cpu_replicas`` asks for several CPU devices, else ``single``.

    Args:
      run: RunConfig.

    Returns:
      tf.distribute.Strategy.

    Raises:
      UserError: the machine or the environment lacks something that the strategy needs.
    """
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        # Take memory as needed: evaluation or a second job may share the device. Too late, and no
        # harm, where TensorFlow already runs in this process.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)
    kind = run.strategy
    if kind == "auto":
        several = len(gpus) > 1 or run.cpu_replicas > 1
        kind = "multiworker" if _cluster() else "mirrored" if several else "single"
    return _BUILDERS[kind](run, gpus)


def is_chief(strategy):
    """True on the one process that writes files."""
    resolver = strategy.cluster_resolver
    return (
        resolver is None
        or not resolver.task_type
        or (
            resolver.task_type == "chief"
            or resolver.task_type == "worker"
            and resolver.task_id == 0
        )
    )


def is_multiworker(strategy):
    """True where several processes train together."""
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def lost_worker(strategy, error):
    """Whether an exception says that another process of the cluster is gone.

    Args:
      strategy: tf.distribute.Strategy.
      error: exception out of a step or a checkpoint.
    """
    kinds = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError)
    return is_multiworker(strategy) and isinstance(error, kinds)


def _cluster():
    """TF_CONFIG's cluster, in which this process has a place, or {}."""
    text = os.environ.get("TF_CONFIG", "")
    try:
        content = json.loads(text) if text else {}
        cluster = content.get("cluster", {})
        if cluster:
            task = content["task"]
            cluster[task["type"]][int(task["index"])]
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        raise UserError(
            "TF_CONFIG: not JSON with a cluster and a task in it; see docs/training.md"
        ) from None
    return cluster


def _single(run, gpus):
    del run, gpus
    return tf.distribute.get_strategy()


def _mirrored(run, gpus):
    if run.cpu_replicas > 1:
        _split_cpu(run.cpu_replicas)
        return _mirrored_over(tuple(f"CPU:{i}" for i in range(run.cpu_replicas)))
    if not gpus:
        raise UserError(
            "--run.strategy=mirrored: no GPU found; use single, or --run.cpu_replicas=2 or more"
        )
    return _mirrored_over(tuple(f"GPU:{i}" for i in range(len(gpus))))


@functools.cache
def _mirrored_over(devices):
    """The one strategy over these devices in this process.

    Each strategy numbers its collectives from the same start, so those of a second one over the
    same devices would be taken for the first one's, and abort.
    """
    return tf.distribute.MirroredStrategy(list(devices))


def _split_cpu(count):
    """Makes ``count`` logical CPU devices, unless there are as many already."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    logical = [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
    try:
        tf.config.set_logical_device_configuration(cpu, logical)
    except RuntimeError:
        if len(tf.config.list_logical_devices("CPU")) < count:
            raise UserError(
                f"--run.cpu_replicas={count}: TensorFlow already runs with fewer CPU devices in "
                "this process; build the strategy first"
            ) from None


def _multiworker(run, gpus):
    del run, gpus
    if not _cluster():
        raise UserError(
            "--run.strategy=multiworker: TF_CONFIG names no cluster; see docs/training.md"
        )
    return tf.distribute.MultiWorkerMirroredStrategy()


_BUILDERS = {"single": _single, "mirrored": _mirrored, "multiworker": _multiworker}


def distribute(strategy, dataset):
    """The dataset of global batches, divided over the strategy's replicas.

    The dataset's auto-shard policy is DATA: every worker reads the whole stream and keeps its rows
    of each global batch, so that N replicas see the rows that one device would see.
    """
    return strategy.experimental_distribute_dataset(dataset)
