import os
import pathlib

import pytest

from unit_tf.config import UserError


@pytest.fixture
def tool(load_tool):
    return load_tool("against_torch/compare_steps")


@pytest.fixture
def torch_python():
    """An interpreter with PyTorch, which the project itself does not need."""
    if not os.environ.get("TORCH_ENV"):
        pytest.skip("TORCH_ENV names no environment of tools/bench_against_torch.sh")
    return str(pathlib.Path(os.environ["TORCH_ENV"], "bin", "python"))


def test_our_row_is_read_from_the_benchmark(tool, load_tool, monkeypatch, capsys):
    bench = load_tool("bench_train_step")
    measured = 2.0, 3.5, 4e9, 8e9, 1.5e9  # seconds, CPU seconds, work, matmul's rate, bytes
    monkeypatch.setattr(bench, "in_own_process", lambda *arguments: measured)
    bench.FLAGS(["bench", "--preset=munit2018", "--data.root=x", "--precisions=float32"])
    bench.main()
    assert tool.measured_row(capsys.readouterr().out) == tool.Measured(2.0, 3.5, 1.5)


def test_rows_take_turns_and_are_divided_by_plain_pytorch(tool, capsys):
    called = []

    def turn(name, walls):
        walls = iter(walls)

        def measure():
            called.append(name)
            return tool.Measured(next(walls), 4.0, 2.0)

        return measure

    turns = {"ours": turn("ours", (1, 9, 2)), tool.PLAIN: turn(tool.PLAIN, (8, 8, 80))}
    measured = tool.in_turns(turns, 3)
    assert called == 3 * ["ours", tool.PLAIN]
    assert "round 3, ours: 2.000 s" in capsys.readouterr().err
    head, _, ours, theirs = tool.table(measured, 1234)
    assert head.count("|") == ours.count("|")
    assert ours == "| ours | 2.000 | 4.000 | 2.00 | 0.25 | 1.00 | 1.00 | 1,234 |"
    assert theirs == "| PyTorch | 8.000 | 4.000 | 2.00 | 1.00 | 1.00 | 1.00 | 1,234 |"


def test_other_networks_or_losses_are_not_timed(tool):
    parameters = {"generator": 5, "discriminator": 3}
    good = {"translation": 1e-5, "terms": [1e-7, 1e-4], **parameters}
    assert tool.compared(good, parameters).endswith("two steps by 1e-05 % and 0.01 %")
    with pytest.raises(UserError, match="^parameters differ: .*'generator': 5.*'generator': 4"):
        tool.compared({**good, "generator": 4}, parameters)
    for wrong in ({"translation": 0.1}, {"terms": [0.1, 0.0]}, {"terms": [0.0, float("nan")]}):
        with pytest.raises(UserError, match=r"^PyTorch's step is not ours: with the same weights"):
            tool.compared({**good, **wrong}, parameters)


@pytest.mark.parametrize(("flag", "said"), [
    ("--rounds=2", "--torch_python is required; tools/bench_against_torch.sh gives it"),
    ("--torch_python=/nowhere/python", "--torch_python=/nowhere/python: no such interpreter"),
    ("--torch_python=false", "--torch_python=false: it cannot import torch"),
    ("--rounds=0", "--rounds=0"),
    ("--preset=maps", "--preset=maps"),
    ("--image_size=30", "30x30: munit2018 needs multiples of 4"),
])  # fmt: skip
def test_wrong_flags_are_one_line(tool, capsys, flag, said):
    assert tool.flags.run(tool.main, tool.FLAGS, tool.__doc__, ["compare_steps.py", flag]) == 2
    out, error = capsys.readouterr()
    assert out == "" and said in error and error.count("\n") == 1


@pytest.mark.parametrize("preset", ["munit2018", "munit_scenes"])
def test_pytorch_takes_our_step(tool, torch_python, tmp_path, preset):
    given = tool.settings(preset, image_size=64, batch_size=2, width=1 / 16)
    parameters = tool.write_ours(tool.resolve(preset, given), tmp_path)
    found = tool.torch_step(torch_python, tmp_path, "check", threads=1)
    assert "losses of the first two steps" in tool.compared(found, parameters)
    tool.FLAGS(["compare_steps.py", f"--torch_python={torch_python}"])
    for what in ("plain", "lean"):
        one = tool.theirs(tmp_path, what, threads=1, steps=1)
        assert one.wall > 0 and one.cpu > 0 and one.peak > 0.05
