"""The folder of a training that never ran: a configuration and a log."""

import numpy as np
import pytest

from unit_tf.config import ExperimentConfig
from unit_tf.resolve import resolve


@pytest.fixture
def make_training(tmp_path):
    """make_training(steps, name="run", **settings) -> folder with logs of those steps."""
    from unit_tf.training.logs import TensorBoardLog

    def make(steps, name="run", preset="photos", side=8, **settings):
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        given = {"data.root": "images", "run.steps": 100, **settings}
        config = resolve(preset, given) if preset else ExperimentConfig().replace(given)
        (folder / "config.json").write_text(config.to_json(), encoding="utf-8")
        log = TensorBoardLog(folder / "logs")
        rng = np.random.default_rng(0)
        for step in steps:
            log.scalars(step, {"total/generator": 100 / step, "gan/a": float(step)})
            log.grid(step, {t: rng.uniform(-1, 1, (2, side, side, 3)) for t in ("a", "a->b")})
        log.close()
        return folder

    return make
