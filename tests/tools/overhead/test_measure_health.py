import pytest

from unit_tf.config import UserError
from unit_tf.resolve import resolve


def test_a_step_and_a_check_are_timed(load_tool, tmp_path):
    """With what is written, on the way."""
    settings = {
        "model.width": 1 / 16, "model.num_blocks": 1, "model.num_shared": 1, "optim.batch_size": 1,
        "model.discriminator_depth": 1, "data.image_size": 16, "weights.cycle": 0,
        "weights.cycle_kl": 0, "weights.identity": 0,
    }  # fmt: skip
    tool = load_tool("overhead/measure_health")
    step, check = tool.measure(resolve("blue_marble_quick", settings), 1, tmp_path)
    assert min(*step, *check) > 0
    assert len((tmp_path / "health.jsonl").read_text().splitlines()) > 20


@pytest.mark.parametrize(
    ("flag", "message"),
    [("--preset=da_mnist_usps", "labels alone"), ("--run.health_every=0", "no checks in")],
)
def test_what_has_no_such_cost_is_refused(load_tool, flag, message):
    tool = load_tool("overhead/measure_health")
    tool.FLAGS(["measure_health.py", flag])
    with pytest.raises(UserError, match=message):
        tool.main()
