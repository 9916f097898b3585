"""An export's request, held against the disk."""

import re

import pytest
from unit_tf.export.export_request import ExportRequest
from unit_tf.export.plan import make_plan
from unit_tf.export.web import writer

from unit_tf.config import ExperimentConfig, UserError


@pytest.fixture
def asked(tmp_path):
    """Callable: options -> ExportRequest of a folder with a configuration of 48x40 images."""
    config = ExperimentConfig().replace({"data.image_size": (48, 40), "data.root": "here"})
    (tmp_path / "config.json").write_text(config.to_json())
    return lambda **options: ExportRequest(tmp_path, tmp_path / "out", **options)


def test_what_is_not_asked_is_the_trainings(asked, tmp_path):
    plan = make_plan(asked())
    assert (plan.workdir, plan.output, plan.litert) == (tmp_path, tmp_path / "out", None)
    assert plan.image_size == (48, 40) and plan.data.root == "here"
    assert not plan.data_named and plan.writers == ["saved_model", "tflite"]
    assert not plan.output.exists()


def test_what_is_asked_goes_before(asked, tmp_path):
    plan = make_plan(asked(image_size="20x36", data={"data.root": tmp_path}))
    assert plan.image_size == (20, 36) and plan.data_named
    assert plan.data.root == str(tmp_path) and plan.data.image_size == (48, 40)
    assert make_plan(asked(image_size="dynamic")).image_size is None


def test_how_images_are_read_does_not_say_where_they_are(asked, tmp_path):
    how = {"data.max_megapixels": 200, "data.skip_bad": True, "data.cache_dir": "off"}
    assert not make_plan(asked(data=how)).data_named
    assert make_plan(asked(data={**how, "data.test_dir_a": tmp_path})).data_named


@pytest.mark.parametrize(
    ("settings", "size", "note"),
    [
        ({"data.tile_size": 64}, (64, 64), "TFLite models take 64x64, .* crops are 48x40.*dynamic"),
        ({"data.tile_size": 44}, (48, 44), "TFLite models take 48x44, "),
        ({"data.tile_size": 40}, (48, 40), None),
        ({}, (48, 40), None),
    ],
)
def test_small_crops_of_large_tiles_are_exported_at_the_tiles_size(
    asked, tmp_path, settings, size, note
):
    config = ExperimentConfig().replace(
        {"data.source": "blue_marble", "data.image_size": (48, 40), **settings}
    )
    (tmp_path / "config.json").write_text(config.to_json())
    plan = make_plan(asked())
    assert plan.image_size == size
    assert re.match(note, plan.size_note) if note else plan.size_note == ""
    for wanted, found in (("20", (20, 20)), ("dynamic", None)):
        plan = make_plan(asked(image_size=wanted))
        assert (plan.image_size, plan.size_note) == (found, "")


def test_writers_come_in_the_tables_order(asked, monkeypatch):
    monkeypatch.setattr(writer, "litert_folders", lambda text: text)
    plan = make_plan(asked(formats=("web", "saved_model"), litert="npm"))
    assert plan.writers == ["saved_model", "tflite"] and plan.litert == "npm"


def test_the_pads_are_the_pages(asked, tmp_path, monkeypatch):
    """Of one-channel images by themselves, of others where that is said; without a page of none."""
    monkeypatch.setattr(writer, "litert_folders", lambda text: text)
    web = {"formats": ("web",), "litert": "npm"}
    assert make_plan(asked(**web)).pads.polarities == {}
    said = make_plan(asked(**web, drawing_b="white_on_black"))
    assert said.pads == ({"b": "white_on_black"}, ())
    config = ExperimentConfig().replace({"data.channels_a": 1})
    (tmp_path / "config.json").write_text(config.to_json())
    assert make_plan(asked(**web)).pads.polarities == {"a": "black_on_white"}
    assert make_plan(asked(**web, direction="b2a")).pads.polarities == {}
    assert make_plan(asked()).pads == ({}, ())


@pytest.mark.parametrize(("options", "message"), [
    ({"data": {"data.rooot": "x"}}, "data.rooot"),
    ({"checkpoint": "best"}, "--checkpoint=best: no best checkpoint is known"),
    ({"checkpoint": 7}, "--checkpoint=7: no checkpoint of that step"),
    ({"formats": "web"}, "--web.litert is required for --formats=web"),
    ({"formats": "web", "litert": "/absent"}, "--web.litert=/absent: no such folder"),
    ({"formats": "web", "image_size": "dynamic"}, "--image_size=dynamic: a page needs a fixed"),
])  # fmt: skip
def test_what_cannot_be_used_is_said_in_a_line(asked, options, message):
    with pytest.raises(UserError) as caught:
        make_plan(asked(**options))
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_page_of_a_classifier_is_refused_before_litert_is_asked_for(asked, tmp_path):
    settings = {
        "model.method": "dann", "model.architecture": "table5", "data.source": "labelled",
        "data.labelled_a": "mnist", "data.labelled_b": "usps", "data.image_size": (32, 32),
        "data.channels": 1,
    }  # fmt: skip
    config = ExperimentConfig().replace(settings)
    (tmp_path / "config.json").write_text(config.to_json())
    with pytest.raises(UserError, match="--formats=web: method dann does not translate"):
        make_plan(asked(formats="web"))


@pytest.mark.parametrize("name", ["root", "dir_a", "test_dir_b"])
def test_named_images_must_be_there_before_anything_is_done(asked, tmp_path, name):
    with pytest.raises(UserError, match=f"--data.{name}=/absent: no such folder"):
        make_plan(asked(data={f"data.{name}": "/absent"}))
    make_plan(asked(data={f"data.{name}": tmp_path}))
