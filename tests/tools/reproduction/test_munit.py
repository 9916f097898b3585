"""tools/reproduction/munit.py on a translator that is right, one that is not, and ten digits."""

import json

import numpy as np
import pytest
import tensorflow as tf

import munit_scores
from unit_tf.cli import flags
from unit_tf.data import base
from unit_tf.data.sources.coloured_digits import coloured, held_out_colours
from unit_tf.inference import load as load_lib
from unit_tf.methods.registry import build_method
from unit_tf.resolve import resolve

TINY = {
    "model.width": 1 / 64, "model.num_blocks": 1, "model.num_shared": 1,
    "model.discriminator_depth": 1, "model.discriminator_scales": 1,
}  # fmt: skip


@pytest.fixture
def tool(load_tool, monkeypatch):
    tool = load_tool("reproduction/munit")
    monkeypatch.setattr(munit_scores, "INPUTS", 2)
    return tool


@pytest.fixture
def data():
    """Six digits a domain: a bar whose place is its class."""

    def bar(label):
        image = np.zeros((32, 32, 1), np.uint8)
        image[8:24, 3 * label + 1 : 3 * label + 3] = 255
        return image

    def image(i, domain):
        return bar(i) if domain == "a" else coloured(bar(i), *held_out_colours(i))

    def tests(domain):
        return [base.TestImage(f"{i}.png", lambda i=i: image(i, domain), label=i) for i in range(6)]

    return base.Data((), (), tests("a"), tests("b"))


def classify(images):
    """The place of the bar, in any two colours."""
    off = np.abs(images.astype(int) - images[:, :1, :1]).sum((1, 3))
    return (off.argmax(-1) - 1) // 3


class Painter:
    """Translates as well as can be: a style is ink and paper in [-1, 1]."""

    style_size = 6

    def translate_styled(self, x, direction, style):
        assert direction == "a2b"
        ink, paper = (part[:, None, None] for part in tf.split(style, 2, axis=-1))
        return paper + (ink - paper) * (x + 1) / 2

    def encode_style(self, x, domain):
        assert domain == "b"
        paper = x[:, 0, 0]
        # The bars of all classes stand in row 8; what is not paper there is ink.
        off = tf.reduce_sum(tf.abs(x[:, 8] - paper[:, None]), -1)
        return tf.concat([tf.gather(x[:, 8], tf.argmax(off, -1), batch_dims=1), paper], -1)


class Blind(Painter):
    """Has one answer, whatever it is shown."""

    def translate_styled(self, x, direction, style):
        return super().translate_styled(x * 0, direction, style * 0)


def test_a_translator_that_is_right(tool, data):
    found = munit_scores.scores(Painter(), data, classify)
    assert found["kept"] == found["kept_guided"] == 1
    assert found["colour_error"] < 0.01  # rounding to whole levels
    # Most of an image is paper: 2 / sqrt(pi) between two draws of N(0, 1), clipped and halved.
    assert 0.2 < found["diversity"] < 0.5


def test_a_translator_that_is_blind(tool, data):
    found = munit_scores.scores(Blind(), data, classify)
    assert found["kept"] <= 1 / 6 and found["kept_guided"] <= 1 / 6
    assert found["colour_error"] > 0.15 and found["diversity"] == 0


def test_units_pairs_differ_by_the_noise_of_its_code(tool, data):
    settings = {**TINY, **tool.ROWS["unit"][1]}
    method = build_method(resolve(tool.PRESET, settings))
    found = munit_scores.scores(method, data, classify)
    assert found["colour_error"] is None and found["kept_guided"] is None
    assert found["diversity"] > 0
    silent = build_method(resolve(tool.PRESET, {**settings, "model.noise": 0}))
    assert munit_scores.scores(silent, data, classify)["diversity"] == 0


def test_real_images(tool, data):
    found = munit_scores.references(data, classify)
    assert found["kept"] == 1 and 0 < found["diversity"] < 1
    colours = np.array([held_out_colours(i) for i in range(6)])
    assert munit_scores.colour_errors(
        np.stack([t.load() for t in data.test_b]), np.stack([t.load() for t in data.test_a]),
        colours,
    ).max() < 0.01  # fmt: skip


@pytest.mark.parametrize("row", ["munit", "no_image", "no_content", "no_style", "unit"])
def test_every_row_can_be_trained(tool, row):
    config = resolve(tool.PRESET, tool.ROWS[row][1])
    assert config.data == resolve(tool.PRESET, {}).data
    assert (config.model.method == "unit") == (row == "unit")


@pytest.fixture
def run(tool, tmp_path, capfd):
    """run(*flags) -> (exit code, stdout, stderr)."""

    def run(*arguments):
        argv = ["munit", f"--output={tmp_path}", f"--results={tmp_path / 'records'}"]
        for name in tool.FLAGS:
            tool.FLAGS[name].unparse()
        code = flags.run(tool.main, tool.FLAGS, tool.__doc__, [*argv, *arguments])
        return code, *capfd.readouterr()

    return run


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--rows=munt", "--rows=munt: not valid; did you mean munit or unit?"),
        ("--seeds=x", "--seeds=x: expected a whole number"),
        ("--data.tfds_dir=nowhere", "data set=mnist: not in --data.tfds_dir=nowhere"),
    ],
)
def test_refusals(run, argument, message, tmp_path):
    code, out, err = run(argument)
    assert (code, out) == (2, "") and message in err and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_table_from_nothing(tool, run, write_digits, tmp_path, monkeypatch):
    """A classifier is trained, one row measured, and neither a second time."""
    folder = write_digits(tmp_path / "tfds", "mnist", counts={"train": 20, "test": 20})
    method = build_method(resolve(tool.PRESET, TINY))
    trained = []
    codes = [1, 0]
    monkeypatch.setattr(tool, "train", lambda *job: trained.append(job) or codes.pop(0))
    loaded = load_lib.LoadedTranslator(method.config, method, 7, tmp_path)
    monkeypatch.setattr(load_lib, "load", lambda _: loaded)
    arguments = ("--rows=munit", f"--data.tfds_dir={folder}", "--optim.batch_size=4")
    code, _, _ = run(*arguments)  # unit-train failed: its code, and no record
    assert code == 1 and not (tmp_path / "records" / "munit_0.json").exists()
    trained.clear()
    code, out, _ = run(*arguments)
    assert code == 0 and trained == [("munit", 0, tmp_path / "munit_0")]
    record = json.loads((tmp_path / "records" / "munit_0.json").read_text())
    assert record["steps"] == 7 and record["overrides"] == {"optim.batch_size": "4"}
    lines = out[out.index("| | kept |") :].splitlines()  # behind what preparing MNIST prints
    assert lines[2].startswith("| real images of B | ") and lines[3].startswith("| MUNIT | ")
    assert len({line.count("|") for line in lines[:4]}) == 1
    assert [line.partition(": commit ")[0] for line in lines[5:]] == ["MUNIT", "real images of B"]
    assert lines[5].endswith(", --optim.batch_size=4.")
    before = (tmp_path / "classifier.keras").stat().st_mtime_ns
    assert run(*arguments)[:2] == (code, "\n".join(lines) + "\n")
    assert (tmp_path / "classifier.keras").stat().st_mtime_ns == before and len(trained) == 1
