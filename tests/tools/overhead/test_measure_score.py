import numpy as np
import pytest
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data.datasets import open_data
from unit_tf.resolve import resolve
from unit_tf.training import loop


@pytest.fixture
def workdir(tmp_path):
    """A training of one step on two held-out pairs."""
    rng = np.random.default_rng(0)
    for name in ("trainA", "trainB", "testA", "testB"):
        (tmp_path / name).mkdir()
        for i in range(2):
            image = rng.integers(0, 256, (16, 16, 3), np.uint8)
            Image.fromarray(image).save(tmp_path / name / f"{i}.png")
    config = resolve("photos", {
        "data.root": str(tmp_path), "data.image_size": 16, "run.steps": 1, "model.width": 1 / 16,
        "model.num_blocks": 1, "model.num_shared": 1, "model.discriminator_depth": 1,
        "optim.batch_size": 1, "weights.cycle": 0, "weights.cycle_kl": 0,
    })  # fmt: skip
    loop.train(config, open_data(config.data), tmp_path / "run")
    return tmp_path / "run"


def test_a_step_and_a_score_are_timed(load_tool, workdir, capsys):
    tool, before = load_tool("overhead/measure_score"), sorted(workdir.rglob("*"))
    tool.FLAGS(["measure_score.py", f"--workdir={workdir}", "--rounds=1"])
    assert tool.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "run: l1, crops of 16x16, batch 1"
    for clock, line in zip(("wall", "CPU"), lines[-2:], strict=True):
        name, step, score, steps = line.strip("| ").split(" | ")
        assert name == clock and float(step) > 0 and float(score) > 0 and float(steps) > 0
    assert sorted(workdir.rglob("*")) == before


def test_a_checkpoint_is_needed(load_tool, tmp_path):
    tool = load_tool("overhead/measure_score")
    (tmp_path / "config.json").write_text(resolve("photos", {}).to_json())
    tool.FLAGS(["measure_score.py", f"--workdir={tmp_path}"])
    with pytest.raises(UserError, match="no checkpoints there to score"):
        tool.main()
