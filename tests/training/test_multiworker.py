"""Two processes on this machine's loopback train one experiment."""

import json
import re
import signal
import socket
import time

import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.data.datasets import open_data
from unit_tf.training import loop, signals, strategy


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.fixture
def two_workers(image_folders, train_process, tmp_path):
    """(**settings) -> two processes that train together, in tmp_path/w0 and w1."""

    def start(**settings):
        settings = image_folders | {"run.strategy": "multiworker"} | settings
        cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
        tasks = [{"cluster": cluster, "task": {"type": "worker", "index": i}} for i in range(2)]
        return [
            train_process(settings, tmp_path / f"w{i}", TF_CONFIG=json.dumps(task))
            for i, task in enumerate(tasks)
        ]

    return start


def wait_for_checkpoint(workdir, workers, seconds=240):
    """Returns when the chief has saved for the first time."""
    end = time.monotonic() + seconds
    while not list((workdir / "checkpoints").glob("0*")) and time.monotonic() < end:
        assert all(worker.poll() is None for worker in workers)
        time.sleep(0.2)


ENDLESS = {"run.steps": 10**6, "run.checkpoint_every": 5}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_signal_to_one_stops_both_at_one_step(two_workers, tmp_path):
    """To the one that is not chief; the chief saves the step that both have done."""
    workers = two_workers(**ENDLESS)
    wait_for_checkpoint(tmp_path / "w0", workers)
    workers[1].send_signal(signal.SIGTERM)
    said = [worker.communicate(timeout=240)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [143, 143], said
    for text in said:
        assert text.splitlines()[-1] == "unit-train: stopped; run the same command again to go on"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_worker_that_is_killed_is_told_in_the_last_line_of_the_other(two_workers, tmp_path):
    workers = two_workers(**ENDLESS)
    wait_for_checkpoint(tmp_path / "w0", workers)
    workers[1].kill()
    said = workers[0].communicate(timeout=240)[1]
    assert workers[0].returncode == 2, said
    *_, last = said.splitlines()
    assert "Traceback" not in said and "another worker of TF_CONFIG's cluster is gone" in last, said
    assert re.search(r"newest good checkpoint: .*/w0/checkpoints/0\d+$", last)


@pytest.fixture
def several(monkeypatch):
    """Strategies are taken for those of several processes."""
    monkeypatch.setattr(strategy, "is_multiworker", lambda _: True)
    monkeypatch.setattr(signals, "is_multiworker", lambda _: True)


def test_all_stop_for_one_signal(several, replicas):
    """The workers' flags are summed, here those of two replicas in one process."""
    agreed = signals.AgreedStop(replicas)
    assert agreed(None) is None
    assert agreed(signal.SIGTERM) == signal.SIGTERM
    assert agreed(signal.SIGINT) == signal.SIGINT
    assert agreed(None) is None


@pytest.mark.parametrize("caught", [None, signal.SIGINT, signal.SIGTERM])
def test_one_process_has_nobody_to_ask(caught):
    assert signals.AgreedStop(tf.distribute.get_strategy())(caught) == caught


GONE = "Collective ops is aborted by: /job:worker/task:1 stopped sending heartbeats\nmore lines"


@pytest.mark.parametrize("kind", [tf.errors.UnavailableError, tf.errors.AbortedError])
def test_a_lost_worker_is_said_in_one_line(
    kind, several, small_config, data, tmp_path, monkeypatch
):
    experiment = loop.Loop(small_config({"run.steps": 1}), data, tmp_path)

    def fail():
        raise kind(None, None, GONE)

    monkeypatch.setattr(experiment, "_train", fail)
    with pytest.raises(strategy.WorkerLost, match="run the same command on every worker") as error:
        experiment.run()
    assert isinstance(error.value, UserError) and "\n" not in str(error.value)
    assert str(error.value).endswith("newest good checkpoint: none")


def test_one_process_loses_no_worker(small_config, data, tmp_path, monkeypatch):
    """There the same exception is something else, and keeps its traceback."""
    experiment = loop.Loop(small_config({"run.steps": 1}), data, tmp_path)

    def fail():
        raise tf.errors.AbortedError(None, None, GONE)

    monkeypatch.setattr(experiment, "_train", fail)
    with pytest.raises(tf.errors.AbortedError):
        experiment.run()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_workers_give_the_weights_of_one_process(
    image_folders, two_workers, stored, assert_same, tmp_path
):
    """And only the chief writes."""
    settings = {"run.steps": 4, "optim.ema": 0.9}
    workers = two_workers(**settings)
    alone = ExperimentConfig().replace(image_folders | settings | {"run.strategy": "single"})
    loop.train(alone, open_data(alone.data), tmp_path / "alone")
    said = [worker.communicate(timeout=240)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    assert re.search(r"^step 4/4 ", said[0], re.M) and not re.search(r"^step 4/4 ", said[1], re.M)
    step, weights = stored(tmp_path / "w0")
    assert step == 4
    assert_same(stored(tmp_path / "alone")[1], weights, atol=1e-5)
    assert (tmp_path / "w0" / "config.json").exists() and any((tmp_path / "w0" / "logs").iterdir())
    assert not [p for p in (tmp_path / "w1").rglob("*") if p.is_file()]
