"""What unit-translate reads before TensorFlow is there: ranges of values, and images too large."""

import numpy as np
import pytest
from PIL import Image

from unit_tf.cli import flags, translate
from unit_tf.config import ExperimentConfig, UserError
from unit_tf.inference import decoded_images, network_memory
from unit_tf.inference.file_translation import TranslateRequest, prepare
from unit_tf.inference.network_memory import translation_bytes
from unit_tf.inference.style_requests import StyleRequest

RAMP = np.linspace(0, 1, 12 * 16).reshape(12, 16)
CONFIG = {"model.architecture": "munit2018", "model.method": "munit", "data.channels": 1}


def save(path, top, kind=np.uint16):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray((RAMP * top).astype(kind)).save(path)


@pytest.fixture
def plan(tmp_path):
    """(value_range, **fields of TranslateRequest) -> FileTranslation of the images in "in"."""

    def made(value_range="", **fields):
        config = ExperimentConfig().replace(CONFIG | {"data.value_range": value_range})
        (tmp_path / "config.json").write_text(config.to_json())
        places = str(tmp_path), fields.pop("direction", "a2b"), str(tmp_path / "in")
        return prepare(TranslateRequest(*places, str(tmp_path / "out"), **fields))

    return made


def whites(translation):
    return [int(translation.decoded.take(job.source).max()) for job in translation.jobs]


@pytest.mark.parametrize(
    ("stored", "direction", "expected", "line"),
    [
        ("", "a2b", [16, 1], ""),
        ("0,4095", "a2b", [255, 19], "0 is black and 4095 is white"),
        ("0,4095/0,300", "b2a", [255, 255], "0 is black and 300 is white"),
        ("0,300/auto", "b2a", [255, 19], "(--data.value_range=0,4095)"),
    ],
)
def test_the_stored_range_counts(tmp_path, plan, capsys, stored, direction, expected, line):
    save(tmp_path / "in/a.png", 4095)
    save(tmp_path / "in/b.tif", 300)
    assert whites(plan(stored, direction=direction)) == expected
    count, *more = capsys.readouterr().err.splitlines()
    assert count == f"--input={tmp_path}/in: 2 images"
    assert len(more) == bool(line) and all(line in said for said in more)


def test_of_styles_too(tmp_path, plan):
    save(tmp_path / "in/a.png", 255, np.uint8)
    save(tmp_path / "guides/g.png", 4095)
    styles = StyleRequest(style=str(tmp_path / "guides"))
    guides = plan("own/0,4095", styles=styles).plan.given
    assert guides.decoded.take(guides.files[0]).max() == 255


@pytest.fixture
def sizes(tmp_path):
    for name, side in (("a", 8), ("b", 64), ("c", 9)):
        (tmp_path / "in").mkdir(exist_ok=True)
        Image.new("L", (side, side)).save(tmp_path / f"in/{name}.png")


LIMIT = 1.5e-3  # gigabytes; b takes about twice that


def test_one_too_large_is_left_out_and_named(sizes, plan, tmp_path, capsys):
    translation = plan(max_memory_gb=LIMIT)
    assert [job.source.name for job in translation.jobs] == ["a.png", "c.png"]
    assert translation.failed == 1
    assert capsys.readouterr().err == (
        f"--input={tmp_path}/in: 3 images\n"
        f"skipped {tmp_path}/in/b.png: 64x64 pixels take about 0.0 GB of memory, and 0.0 GB may "
        "be used (--max_memory_gb); up to about 0.0021 million pixels fit\n"
    )
    assert plan(max_memory_gb=LIMIT, skip_bad=True).failed == 0
    assert plan().failed == 0


def test_what_counts_is_the_size_once_resized(sizes, plan, capsys):
    assert len(plan(max_memory_gb=LIMIT, resize=8).jobs) == 3
    assert plan(max_memory_gb=LIMIT, resize=8).decoded.sizes == {(8, 8)}
    capsys.readouterr()
    with pytest.raises(UserError, match="^3 of 3 .*--resize makes it 64x64 pixels: 64x64 "):
        plan(max_memory_gb=LIMIT, resize=64)
    with pytest.raises(UserError, match="^3 of 3 .*--resize makes it 10000x10000 pixels: "):
        plan(resize=10_000)
    with pytest.raises(UserError, match="^--resize=x: expected"):
        plan(resize="x")


@pytest.mark.parametrize("asked", ["best", "7"])
def test_a_checkpoint_that_there_is_not_is_refused_first(sizes, plan, asked):
    with pytest.raises(UserError, match=f"^--checkpoint={asked}: no [^\\n]*has none$"):
        plan(checkpoint=asked)


def test_without_a_limit_it_is_what_the_machine_has(sizes, plan, monkeypatch):
    for free, failed in ((8e8 + 1.5e6, 1), (8e8 + 5e6, 0), (float("inf"), 0)):
        monkeypatch.setattr(network_memory, "available_memory", lambda free=free: free)
        monkeypatch.setattr(network_memory, "UNCHECKED", 1e6)
        assert plan().failed == failed
    monkeypatch.undo()
    monkeypatch.setattr(network_memory, "available_memory", lambda: 0)
    assert plan().failed == 0  # images so small are never refused


def test_all_too_large(sizes, plan):
    with pytest.raises(UserError, match="^3 of 3 images cannot be used: .*pixels fit[^;]*$"):
        plan(max_memory_gb=1e-9)


def test_a_bad_one_beside_it_stops_as_ever(sizes, plan, tmp_path):
    (tmp_path / "in/d.png").write_bytes(b"")
    with pytest.raises(UserError, match="2 of 4 .*empty file.*; --skip_bad leaves them out"):
        plan(max_memory_gb=LIMIT)


def test_many_pixels_are_allowed_by_a_flag(tmp_path, plan):
    (tmp_path / "in").mkdir()
    Image.new("1", (2000, 1000)).save(tmp_path / "in/a.png")
    with pytest.raises(UserError, match="more than 1 million .*; --max_megapixels=2 allows it"):
        plan(max_megapixels=1)
    assert plan(max_megapixels=2).jobs


def test_what_takes_long_is_said_before(sizes, plan, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(decoded_images, "LONG", 2e6)
    plan()
    assert capsys.readouterr().err == (
        f"--input={tmp_path}/in: 3 images\n"
        "1 large image, of up to 64x64 pixels: each takes up to about 0.0 GB of memory, and maybe "
        "minutes\n"
    )


@pytest.mark.parametrize(("failed", "code"), [(1, 2), (0, 0)])
def test_the_exit_code_says_that_one_failed(monkeypatch, capsys, failed, code):
    class Translation:
        workdir = None

        def write(self, method):
            yield "out/a.png"

        def summary(self, loaded):
            return "1 translated"

    Translation.failed = failed
    from unit_tf.inference import file_translation, load

    monkeypatch.setattr(file_translation, "prepare", lambda request: Translation())
    monkeypatch.setattr(load, "load", lambda *_: type("Loaded", (), {"method": None}))
    monkeypatch.setattr(load, "require_translator", lambda loaded: None)
    for name in translate.FLAGS:
        translate.FLAGS[name].unparse()
    argv = ["unit-translate", "--workdir=x", "--direction=a2b", "--input=x", "--output=y"]
    assert flags.run(translate.main, translate.FLAGS, "", argv) == code
    assert capsys.readouterr().out == "out/a.png\n1 translated\n"


MEASURED = {  # bytes a pixel, of networks on a CPU, for images of 512x512 pixels or more
    ("table3", 0.25): (171, 172), ("table3", 1): (630, 669), ("resnet2017", 0.25): (181, 199),
    ("resnet2017", 1): (625, 725), ("munit2018", 0.25): (182, 183), ("munit2018", 1): (635, 635),
}  # fmt: skip


@pytest.mark.parametrize(("architecture", "width"), MEASURED)
def test_estimates_are_what_was_measured_and_somewhat_more(monkeypatch, architecture, width):
    monkeypatch.setattr("os.path.exists", lambda path: False)  # no graphics card
    config = ExperimentConfig().replace({"model.architecture": architecture, "model.width": width})
    estimate = translation_bytes(config)(1024, 1024) / 2**20
    assert (
        max(MEASURED[architecture, width]) <= estimate <= 1.4 * min(MEASURED[architecture, width])
    )


def test_networks_that_are_not_known_or_elsewhere_count_nothing(monkeypatch):
    config = ExperimentConfig().replace({"model.architecture": "table5"})
    assert translation_bytes(config) is None
    monkeypatch.setattr("os.path.exists", lambda path: True)
    assert translation_bytes(ExperimentConfig()) is None
