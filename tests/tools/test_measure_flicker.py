"""The scenes whose translations are scored: they move as they are said to, or rest."""

import numpy as np
import pytest

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.evaluation.metrics.flicker import flicker


@pytest.fixture
def tool(load_tool):
    return load_tool("measure_flicker")


def test_scenes(tool):
    globe = np.random.default_rng(0).integers(0, 256, (220, 90, 3), np.uint8)
    frames = tool.moving(globe, (5, 7), 3)
    assert frames.shape == (3, *tool.SIZE, 3)
    assert flicker(frames, 255 - frames, tool.MOTION) == (0.0, 1.0)
    still = tool.resting(frames[0] // 2, 3, np.random.default_rng(0))
    assert flicker(still, np.zeros_like(still))[1] > 0.5
    assert 1 < np.abs(np.diff(still.astype(int), axis=0)).mean() < 2.5


def test_it_needs_networks_of_these_maps(tool, tmp_path):
    (tmp_path / "config.json").write_text(ExperimentConfig().to_json())
    tool.FLAGS(["tool", f"--workdir={tmp_path}"])
    with pytest.raises(UserError, match="not trained on blue_marble"):
        tool.main()
