"""The lines before a training: few, cheap, and silent where the training itself will speak."""

import pytest
from PIL import Image

from unit_tf.config import DataConfig
from unit_tf.data.checks import image_check
from unit_tf.data.checks.first_look import LOOKED_AT, summarise


@pytest.fixture
def make(tmp_path, draw_head):
    """(images of A, **settings) -> DataConfig; B has two grey ones."""

    def make(images, **settings):
        for name in "ab":
            (tmp_path / name).mkdir()
        for i, image in enumerate(images):
            image.save(tmp_path / f"a/{i:02d}.png")
        for i in range(2):
            draw_head(50 + i).convert("L").resize((64, 96)).save(tmp_path / f"b/{i}.png")
        folders = {f"dir_{name}": str(tmp_path / name) for name in "ab"}
        return DataConfig(**{"image_size": (64, 64), **folders, **settings})

    return make


def test_one_line_about_sound_images(make, draw_head):
    lines = summarise(make([draw_head(0), draw_head(1).resize((64, 80))]))
    assert len(lines) == 1
    assert "A 80x64 to 160x160, brightness " in lines[0] and "in colour; B 96x64" in lines[0]
    assert lines[0].endswith(", grey")


def test_two_more_where_something_is_wrong(make, draw_head):
    blank = Image.new("RGB", (64, 64))
    lines = summarise(make([draw_head(0), blank, draw_head(1).resize((64, 50))]))
    assert lines[1:] == [
        "among them: A 1 too small for the crop, 1 near-constant",
        "unit-check, with the same --data flags, looks at all",
    ]


def test_only_some_are_looked_at(make, draw_head, monkeypatch):
    looked = []
    real = image_check.examine
    monkeypatch.setattr(image_check, "examine", lambda i: looked.append(i.where) or real(i))
    summarise(make([draw_head(i).resize((64, 64)) for i in range(3 * LOOKED_AT)]))
    assert len(looked) == LOOKED_AT + 2


@pytest.mark.parametrize("skip_bad", [False, True])
def test_bad_images(make, draw_head, tmp_path, skip_bad):
    """Where they stop the training, it says so in a line of its own."""
    config = make([draw_head(0)], skip_bad=skip_bad)
    (tmp_path / "a/bad.png").write_bytes(b"")
    assert any("A 1 cannot be used" in line for line in summarise(config)) is skip_bad
    assert bool(summarise(config)) is skip_bad


@pytest.mark.parametrize(
    "settings",
    [{"dir_a": "/nowhere"}, {"dir_a": ""}, {"source": "blue_marble"}, {"source": "tfds"}],
)
def test_nothing_is_said_of_what_is_not_there(make, draw_head, settings):
    assert summarise(make([draw_head(0)], **settings)) == []


@pytest.mark.parametrize(
    ("sides", "settings", "said"),
    [
        ((130, 128), {}, True), ((127, 127), {}, False), ((130, 128), {"resize": 66}, False),
        ((130, 128), {"image_size": (48, 64)}, True), ((200, 150), {"resize": 74}, True),
        ((64, 64), {"resize": 128}, True), ((64, 65), {"resize": 127}, False),
    ],
)  # fmt: skip
def test_images_of_another_size_than_training_sees(make, draw_head, sides, settings, said):
    """Translating and scoring them takes a flag."""
    _, *more = summarise(make([draw_head(0).resize(sides)], **settings))
    line = (
        "training scales them by much; unit-translate and unit-evaluate do so with --resize=trained"
    )
    assert more == ([line] if said else [])
