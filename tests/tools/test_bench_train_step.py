import os

from unit_tf.config import ExperimentConfig
from unit_tf.resolve import resolve


def test_a_step_is_timed_and_counted(load_tool):
    """With fewer multiply-adds where doublings have another form."""
    config = ExperimentConfig().replace({
        "model.architecture": "resnet2017", "model.width": 1 / 16, "model.num_blocks": 1,
        "model.discriminator_depth": 2, "data.image_size": 16, "model.up": "nearest",
        "weights.cycle": 0, "weights.cycle_kl": 0,
    })  # fmt: skip
    tool, found = load_tool("bench_train_step"), []
    for form in ("off", "on"):
        seconds, cpu, work = tool.measure(config.replace({"run.subpixel": form}), 1)
        assert seconds > 0 and cpu > 0
        # One forward convolution of the stem alone is 16 * 16 * 7 * 7 * 3 * 4; a step has many.
        assert work > 10 * 16 * 16 * 7 * 7 * 3 * 4
        found.append(work)
    assert found[1] < found[0]


def test_a_step_with_labels(load_tool):
    """Its batch has them, and the generators' smallest layer alone is counted four times over."""
    tiny = {"model.width": 0.05, "model.discriminator_width": 0.1, "optim.batch_size": 2}
    seconds, _, work = load_tool("bench_train_step").measure(resolve("da_mnist_usps", tiny), 1)
    assert seconds > 0 and work > 2 * 4 * 32 * 32 * 4


def test_a_row_has_a_process_of_its_own(load_tool, monkeypatch, capsys):
    tool = load_tool("bench_train_step")
    assert tool.in_own_process(os.getpid) != os.getpid()
    seen = []

    def in_own_process(function, config, steps):
        run = config.run
        seen.append((function.__name__, run.precision, run.remat, run.subpixel))
        return 2.0, 3.5, 4e9, 8e9, 1.5e9

    monkeypatch.setattr(tool, "in_own_process", in_own_process)
    tool.FLAGS(["bench", "--preset=maps", "--data.root=x", "--remat", "--precisions=float32"])
    tool.main()
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| float32")]
    assert rows[1] == "| float32, remat | 2.000 | 3.500 | 1.0 | 4.00 | 2.0 | 8.0 | 0.25 | 1.50 |"
    assert seen == [("measured_row", "float32", remat, "auto") for remat in (False, True)]


def test_the_input_pipeline_is_timed(load_tool):
    config = ExperimentConfig().replace({"data.image_size": 16})
    assert load_tool("bench_train_step").input_rate(config, images=2, seconds=0.2) > 1
