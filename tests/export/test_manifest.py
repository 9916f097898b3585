import concurrent.futures
import errno
import json
import math
import os
import re

import pytest
import tensorflow as tf
from unit_tf.export import manifest, publish
from unit_tf.export.check_images import CheckImages
from unit_tf.export.parity import Artefact, Parity

from unit_tf.config import UserError
from unit_tf.inference.load import LoadedTranslator


@pytest.fixture
def artefact(tmp_path):
    path = tmp_path / "out/tflite/x.tflite"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"abc")
    return Artefact(path, Parity(0.5, 0.25, 6.0, 3), {1: 2.34567, 2: 1.5})


def entry(artefact, tiny, tmp_path, config=None, **what):
    images = CheckImages([], "3 test images of a")
    loaded = LoadedTranslator(config or tiny.config, tiny, 7, tmp_path)
    return manifest.entry(artefact, loaded, images, **what)


def test_an_entry_says_what_where_from_and_how_well(artefact, tiny, tmp_path):
    found = entry(artefact, tiny, tmp_path, direction="a2b", format="tflite")
    assert found["direction"] == "a2b" and found["format"] == "tflite"
    assert found["step"] == 7 and found["bytes"] == 3
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert found["sha256"] == {"x.tflite": digest}
    assert len(found["config_sha256"]) == 64
    assert found["value_range"] == tiny.config.data.value_range
    assert found["trained_scale"] == min(tiny.config.data.image_size)
    assert found["parity"] == {
        "compared_on": "3 test images of a", "images": 3, "max_difference": 0.5,
        "mean_difference": 0.25, "psnr_db": 6.0,
    }  # fmt: skip
    assert found["latency_ms_by_threads"] == {"1": 2.346, "2": 1.5}


@pytest.mark.parametrize(("settings", "scale"), [
    ({"data.image_size": (64, 128)}, 64),
    ({"data.resize": 300}, 300),
    ({"data.source": "blue_marble"}, None),
])  # fmt: skip
def test_an_entry_says_at_which_scale_it_was_trained(artefact, tiny, tmp_path, settings, scale):
    """Tiles of maps are not scaled."""
    config = tiny.config.replace(settings)
    assert entry(artefact, tiny, tmp_path, config)["trained_scale"] == scale


def test_parity_in_compiled_model_stands_beside_the_interpreters(artefact, tiny, tmp_path):
    compiled = Parity(0.25, 0.125, 12.0, 3, 0.75)
    found = entry(artefact._replace(compiled=compiled), tiny, tmp_path)["parity"]
    assert found["max_difference"] == 0.5
    assert found["compiled_model"] == {
        "max_difference": 0.25, "mean_difference": 0.125, "psnr_db": 12.0, "label_agreement": 0.75,
    }  # fmt: skip


def test_a_page_has_no_parity_of_its_own(artefact, tiny, tmp_path):
    assert entry(artefact._replace(parity=None), tiny, tmp_path)["parity"] is None


def test_equal_images_are_valid_json(artefact, tiny, tmp_path):
    found = entry(artefact._replace(parity=Parity(0, 0, math.inf, 1)), tiny, tmp_path)
    assert found["parity"]["psnr_db"] is None
    json.dumps(found, allow_nan=False)


def step(number):
    return {"sha256": {}, "step": number}


def test_entries_add_up_and_go_with_their_files(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_text("")
    manifest.update(tmp_path, {"one": step(1), "gone": step(1)})
    manifest.update(tmp_path, {"two": step(2)})
    assert manifest.read(tmp_path) == {"one": step(1), "two": step(2)}
    manifest.update(tmp_path, {"one": step(3)})
    assert manifest.read(tmp_path)["one"] == step(3)


def test_an_earlier_versions_manifest_is_read_and_added_to(tmp_path):
    """It counted "pictures"; what it said stays as it was."""
    before = {**step(1), "parity": {"compared_on": "2 test pictures of a", "pictures": 2}}
    (tmp_path / manifest.FILE).write_text(json.dumps({"artefacts": {"one": before}}))
    for name in ("one", "two"):
        (tmp_path / name).write_text("")
    manifest.update(tmp_path, {"two": step(2)})
    assert manifest.read(tmp_path) == {"one": before, "two": step(2)}


def test_exports_at_the_same_time_lose_no_entry(tmp_path):
    names = [f"{i:02}" for i in range(40)]
    for name in names:
        (tmp_path / name).write_text("")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: manifest.update(tmp_path, {name: step(1)}), names))
    assert list(manifest.read(tmp_path)) == names
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names, manifest.FILE]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"artefacts": 3}', "\x00", '{"name": "my app"}', '{"artefacts": {"x": {"y": 1}}}',
     '{"artefacts": {"x": {"sha256": NaN}}}'],
)  # fmt: skip
def test_another_files_content_is_refused_and_kept(tmp_path, text):
    (tmp_path / manifest.FILE).write_text(text)
    with pytest.raises(UserError, match=r"manifest\.json: not a manifest that unit-export wrote"):
        manifest.update(tmp_path, {"x": step(1)})
    assert (tmp_path / manifest.FILE).read_text() == text


def test_a_folder_of_that_name_is_refused(tmp_path):
    (tmp_path / manifest.FILE).mkdir()
    with pytest.raises(UserError, match="not a manifest"):
        manifest.read(tmp_path)


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_the_manifest_cannot_say_is_not_published(kind, tmp_path):
    """Neither without an entry, nor with the one of what it replaced."""
    path = tmp_path / "serving/a2b/1"
    path.parent.mkdir(parents=True)
    if kind == "folder":
        path.mkdir()
        (path / "saved_model.pb").write_bytes(b"x")
    else:
        path.write_bytes(b"x")
    (tmp_path / "other").write_bytes(b"x")
    manifest.update(tmp_path, {"serving/a2b/1": step(1), "other": step(2)})
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    told = f"--output={tmp_path}: cannot be written to: no space left on device"
    with pytest.raises(UserError, match=re.escape(told)), publish._named_output(tmp_path):
        with publish._all_or_nothing(path, tmp_path):
            raise full
    assert not path.exists() and manifest.read(tmp_path) == {"other": step(2)}


def test_a_disk_that_is_full_for_tensorflow(tmp_path):
    """Its exception is no OSError; one of a full memory stays what it is."""
    errors = tf.errors.ResourceExhaustedError
    text = "/tmp/x/variables; No space left on device"
    with pytest.raises(UserError, match=r"no space left on device \(/tmp/x/variables\)"):
        with publish._named_output(tmp_path):
            raise errors(None, None, text)
    with pytest.raises(errors), publish._named_output(tmp_path):
        raise errors(None, None, "OOM when allocating tensor")
