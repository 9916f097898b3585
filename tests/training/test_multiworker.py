"""Two processes on this machine's loopback train one experiment."""

import json
import re
import socket

import pytest

from unit_tf.config import ExperimentConfig
from unit_tf.data.datasets import open_data
from unit_tf.training import loop


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_workers_give_the_weights_of_one_process(
    image_folders, train_process, stored, assert_same, tmp_path
):
    """And only the chief writes."""
    settings = image_folders | {"run.strategy": "multiworker", "run.steps": 4, "optim.ema": 0.9}
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    workers = []
    for index in range(2):
        task = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        process = train_process(settings, tmp_path / f"w{index}", TF_CONFIG=json.dumps(task))
        workers.append(process)
    alone = ExperimentConfig().replace(settings | {"run.strategy": "single"})
    loop.train(alone, open_data(alone.data), tmp_path / "alone")
    said = [worker.communicate(timeout=240)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    assert re.search(r"^step 4/4 ", said[0], re.M) and not re.search(r"^step 4/4 ", said[1], re.M)
    step, weights = stored(tmp_path / "w0")
    assert step == 4
    assert_same(stored(tmp_path / "alone")[1], weights, atol=1e-5)
    assert (tmp_path / "w0" / "config.json").exists() and any((tmp_path / "w0" / "logs").iterdir())
    assert not [p for p in (tmp_path / "w1").rglob("*") if p.is_file()]
