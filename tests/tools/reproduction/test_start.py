"""Every network starts alive, whatever its method, architecture, width, depth, norm and size.

What is measured is what tools/reproduction/start.py puts into docs/architecture.md.
"""

import math

import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.methods.registry import METHODS
from unit_tf.models.architectures import ARCHITECTURES
from unit_tf.training import loop

# (method, architecture, width, blocks, block_norm, front_norm, side). Each value of each of them is
# there, the extremes together.
CASES = [
    ("unit", "table3", 1 / 16, 1, "none", "none", 32),
    ("unit", "table3", 1 / 16, 9, "instance", "instance", 64),
    ("unit", "table3", 1 / 4, 4, "default", "default", 64),
    ("unit", "resnet2017", 1 / 16, 9, "none", "none", 64),
    ("unit", "resnet2017", 1 / 8, 1, "instance", "none", 64),
    ("unit", "resnet2017", 1 / 4, 4, "default", "instance", 64),
    ("unit", "munit2018", 1 / 16, 1, "none", "none", 64),
    ("unit", "munit2018", 1 / 8, 4, "default", "default", 64),
    ("munit", "munit2018", 1 / 16, 1, "default", "default", 64),
    ("munit", "munit2018", 1 / 8, 4, "default", "default", 64),
    ("munit", "resnet2017", 1 / 8, 2, "default", "none", 64),
    ("munit", "table3", 1 / 8, 2, "none", "none", 64),
    ("supervised", "resnet2017", 1 / 8, 2, "none", "none", 32),
    ("unit", "cyclegan2017", 1 / 16, 1, "default", "default", 64),
    ("cut", "cyclegan2017", 1 / 8, 4, "default", "default", 64),
    ("unit_da", "table5_relu", 1 / 8, None, None, None, 32),
    ("unit_da", "table6", 1 / 8, None, None, None, 32),
]  # fmt: skip
SLOW = [
    ("unit", "table3", 1, 4, "default", "default", 256),
    ("unit", "table3", 1, 9, "none", "instance", 128),
    ("unit", "resnet2017", 1, 1, "none", "none", 128),
    ("unit", "resnet2017", 1, 9, "default", "default", 64),
    ("unit", "munit2018", 1, 4, "default", "default", 256),
    ("munit", "munit2018", 1, 4, "default", "default", 128),
]
EVERY = [*CASES, *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW)]
WITHOUT_TRANSLATIONS = ("cogan",)
IN_NO_FAMILY = ("student",)  # tests/models/test_student_networks.py starts its network


def settings(method, architecture, width, blocks, block_norm, front_norm, side):
    found = {
        "model.method": method, "model.architecture": architecture, "model.width": width,
        "data.image_size": side,
    }  # fmt: skip
    if blocks is None:
        return {**found, "data.source": "labelled", "data.channels": 1}
    # Two scales of three: 32 pixels have room for no more.
    discriminator = {"model.discriminator_depth": 3} if side == 32 else {}
    norms = {"model.block_norm": block_norm, "model.front_norm": front_norm}
    found = {**found, **discriminator, **norms, "model.num_blocks": blocks}
    return found if method == "cut" else {**found, "model.num_shared": 1}


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("reproduction/start")


@pytest.mark.parametrize(
    ("method", "architecture", "width", "blocks", "block_norm", "front_norm", "side"), EVERY
)
def test_networks_start_alive(
    tool, method, architecture, width, blocks, block_norm, front_norm, side
):
    """No block halves or doubles the deviation; outputs are neither flat nor saturated.

    Discs on white deviate little from their own mean, and the first filters make of that mean what
    chance wants: there the blocks' factor is held from a width of 1/4 on, to 2.5 at the first one.
    """
    case = settings(method, architecture, width, blocks, block_norm, front_norm, side)
    for signal in tool.signals(case, seeds=1, side=side):
        assert signal.ratios
        white = signal.kind == "discs"
        for name, ratio in signal.ratios.items():
            most = 2.5 if white and name == "encoder/conv0" else 2
            assert (white and width < 1 / 4) or 0.5 <= ratio <= most, (signal.kind, name)
        assert (0.08 if white else 0.1) <= signal.output <= 0.5
        assert signal.beyond <= 0.01
        assert method == "supervised" or 0.05 <= signal.logits <= 8


def test_every_method_that_generates_is_among_them():
    """And every architecture of its networks."""
    generating = {name for name, spec in METHODS.items() if "model.initializer" in spec.reads}
    assert {case[0] for case in CASES} == generating - {*WITHOUT_TRANSLATIONS, *IN_NO_FAMILY}
    assert set(ARCHITECTURES) <= {case[1] for case in CASES}


def test_cogan_starts_alive(tool):
    """From noise, as it is sampled in training."""
    case = settings("cogan", "table5_relu", 1 / 8, None, None, None, 32)
    method = tool.started(ExperimentConfig().replace(case))
    sampled = method.sample(16, tf.constant([3, 4]))
    for domain in "ab":
        assert 0.1 <= float(tf.math.reduce_std(sampled[domain])) <= 0.5
        logits = method.discriminator(sampled[domain], domain=domain).real
        assert 0.05 <= math.sqrt(tf.reduce_mean(logits**2)) <= 8


@pytest.mark.parametrize("start", ["released", "he_normal"])
def test_what_is_held_here_did_not_hold_before(tool, start):
    """blue_marble's networks as they started before: saturated, or next to nothing left."""
    case = settings("unit", "resnet2017", 0.25, 2, "none", "none", 64)
    found = list(tool.signals({**case, "model.initializer": start}, seeds=1, side=64))
    outputs, beyond = [s.output for s in found], [s.beyond for s in found]
    assert max(outputs) < 0.1 if start == "released" else min(beyond) > 0.01


def test_styles_start_as_their_prior(tool):
    """Styles of images deviate by about 1, and a style changes the translation."""
    case = settings("munit", "munit2018", 1 / 8, 2, "default", "default", 64)
    method = tool.started(ExperimentConfig().replace(case))
    images = tf.random.stateless_uniform((4, 64, 64, 3), (1, 2), -1, 1)
    assert 0.3 <= float(tf.math.reduce_std(method.encode_style(images, "a"))) <= 3
    styles = tf.random.stateless_normal((4, 8), (3, 4))
    translated = method.translate_styled(images[:1], "a2b", styles)
    assert float(tf.reduce_mean(tf.math.reduce_std(translated, axis=0))) > 0.02


def test_both_domains_start_alike_where_they_are_to(tool):
    """--model.same_start survives the rescaling: translation starts as reconstruction."""
    case = settings("unit", "resnet2017", 1 / 8, 2, "none", "none", 64)
    config = ExperimentConfig().replace({**case, "model.same_start": True})
    method = tool.started(config)
    images = tf.random.stateless_uniform((2, 64, 64, 3), (1, 2), -1, 1)
    same = method.preview((images, images))
    tf.debugging.assert_equal(same["a->b"], same["a->a"])


@pytest.mark.parametrize("initializer", ["default", "he_normal"])
def test_a_seed_gives_one_start(tool, initializer):
    """That of a training, bit for bit; test_unit_variance.py has how rounding differs elsewhere."""
    case = settings("unit", "resnet2017", 1 / 16, 1, "default", "default", 32)
    config = ExperimentConfig().replace({**case, "model.initializer": initializer})
    first = loop.build_trainer(config, tf.distribute.get_strategy()).method
    second = tool.started(config)
    for a, b in zip(first.weights, second.weights, strict=True):
        tf.debugging.assert_equal(a.value, b.value)


@pytest.mark.parametrize("side", [32, 44])
def test_a_side_that_no_network_reads_is_refused(tool, side):
    with pytest.raises(UserError, match=f"^--side={side}x{side}: table3 needs multiples of 8, at"):
        tool.check_side(side)


def test_the_table(tool, monkeypatch, capsys, tmp_path):
    """Printed, and put between its markers in a document."""
    for name, value in dict(
        ARCHITECTURES=("resnet2017",), STARTS=("default",), WIDTHS=(1 / 16,), DEPTHS=(1,),
        NORMS=("none",),
    ).items():  # fmt: skip
        monkeypatch.setattr(tool, name, value)
    document = tmp_path / "document.md"
    begin, end = "<!-- measure_start starts: begin -->", "<!-- measure_start starts: end -->"
    document.write_text(f"before\n{begin}\nold\n{end}\nafter\n")
    tool.FLAGS(["measure_start.py", "--side=64", "--seeds=1", f"--document={document}"])
    tool.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("| unit | resnet2017 | default | ")
    text = document.read_text()
    assert text.startswith("before\n") and text.endswith("after\n")
    assert lines[2] in text and "old" not in text
