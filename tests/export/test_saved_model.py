import pathlib

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from unit_tf.export import saved_model
from unit_tf.export.parity import ExportError, Reference
from unit_tf.export.saved_model import export_saved_model, next_version, publish, staging_folder

from unit_tf import files
from unit_tf.inference.any_size import translate_any_size


def export(method, images, folder):
    return export_saved_model(Reference(method, "a2b", images), folder)


@pytest.fixture
def no_save(monkeypatch):
    """Saving writes one small file, so that a test of the folders need not wait for TensorFlow."""

    def save(module, folder, signatures):
        pathlib.Path(folder).mkdir()
        pathlib.Path(folder, "saved_model.pb").write_text("half")

    monkeypatch.setattr(tf.saved_model, "save", save)


def test_reloaded_equals_the_method(method, images, saved):
    artefact = saved(method)
    assert artefact.path.parts[-3:] == ("serving", "a2b", "1")
    assert artefact.parity.max_difference <= 1e-5 and artefact.parity.images == 2
    assert artefact.num_bytes > 10_000
    batch = np.stack(images).astype(np.float32)[:, :47] / 255
    model = tf.saved_model.load(str(artefact.path))
    found = model.signatures["serving_default"](image=tf.constant(batch))["translated"]
    expected = (translate_any_size(method, batch * 2 - 1, "a2b") + 1) / 2
    np.testing.assert_allclose(found, expected, atol=1e-5)
    encoded = [tf.io.encode_png(image).numpy() for image in (images[0], images[1][:9, :5])]
    found = model.signatures["translate_bytes"](image_bytes=tf.constant(encoded))
    for data, image in zip(found["translated_bytes"].numpy(), encoded, strict=True):
        x = tf.io.decode_png(image)[None].numpy().astype(np.float32) / 255 * 2 - 1
        expected = np.round((translate_any_size(method, x, "a2b").numpy()[0] + 1) / 2 * 255)
        # A value half way between two levels may fall on either side.
        assert np.abs(tf.io.decode_png(data).numpy() - expected).max() <= 1


def test_names_that_servers_and_the_c_api_ask_for(tiny, saved):
    path = saved(tiny).path / "saved_model.pb"
    graph = saved_model_pb2.SavedModel.FromString(path.read_bytes()).meta_graphs[0]
    assert "serve" in graph.meta_info_def.tags
    assert "serving_default_image" in {node.name for node in graph.graph_def.node}
    signature = graph.signature_def["serving_default"]
    image, translated = signature.inputs["image"], signature.outputs["translated"]
    assert image.name == "serving_default_image:0"
    assert [d.size for d in image.tensor_shape.dim] == [-1, -1, -1, 3]
    assert [d.size for d in translated.tensor_shape.dim] == [-1, -1, -1, 1]
    assert list(signature.inputs) == ["image"] and list(signature.outputs) == ["translated"]
    signature = graph.signature_def["translate_bytes"]
    data, translated = signature.inputs["image_bytes"], signature.outputs["translated_bytes"]
    assert data.name == "translate_bytes_image_bytes:0"
    for tensor in (data, translated):
        assert tensor.dtype == tf.string.as_datatype_enum
        assert [d.size for d in tensor.tensor_shape.dim] == [-1]


def test_versions_count_on_from_the_highest(tmp_path):
    assert next_version(tmp_path / "none") == 1
    for name in ("2", "10", "009", "latest", ".writing-x", "1.5", "9" * 20):
        (tmp_path / name).mkdir()
    assert next_version(tmp_path) == 11


def test_a_taken_version_is_never_overwritten(tmp_path, monkeypatch):
    """Two exports at once: the loser of the race takes the next number."""
    versions = tmp_path / "versions"
    for name, text in (("1", "theirs"), ("../new", "mine")):
        (versions / name).mkdir(parents=True)
        (versions / name / "saved_model.pb").write_text(text)
    answers = iter([1, 2])
    monkeypatch.setattr(saved_model, "next_version", lambda _: next(answers))
    assert publish(tmp_path / "new", versions) == versions / "2"
    assert (versions / "1/saved_model.pb").read_text() == "theirs"
    assert (versions / "2/saved_model.pb").read_text() == "mine"


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_stopped_while_saving_leaves_nothing(tiny, images, tmp_path, tree, stop, monkeypatch):
    (tmp_path / "serving/a2b/1").mkdir(parents=True)
    before = tree(tmp_path)

    def save(module, folder, signatures):
        (hidden,) = set(tree(tmp_path / "serving/a2b")) - {"1"}
        assert hidden.startswith(".") and pathlib.Path(folder).parent.name == hidden
        tf.io.gfile.makedirs(f"{folder}/variables")
        raise stop

    monkeypatch.setattr(tf.saved_model, "save", save)
    with pytest.raises(stop):
        export(tiny, images, tmp_path)
    assert tree(tmp_path) == before


@pytest.mark.usefixtures("no_save")
def test_failed_check_publishes_nothing(tiny, images, tmp_path, tree, monkeypatch):
    class Model:
        def __init__(self, folder):
            assert (folder / "saved_model.pb").exists()

        def run(self, image):
            return {"translated": image[..., :1]}

    monkeypatch.setattr(saved_model, "LoadedModel", Model)
    with pytest.raises(ExportError, match=r"serving/a2b/1: differs .*; not published"):
        export(tiny, images, tmp_path)
    assert tree(tmp_path) == []


def test_folders_of_killed_exports_are_removed_and_those_of_running_ones_stay(tmp_path):
    killed = tmp_path / ".writing-killed" / "model" / "variables"
    killed.mkdir(parents=True)
    (killed / "variables.index").write_text("half")
    (tmp_path / ".writing-file").write_text("not a folder")
    (tmp_path / "1").mkdir()
    with staging_folder(tmp_path) as first, staging_folder(tmp_path) as second:
        assert first.parent != second.parent and first.parent.is_dir() and second.parent.is_dir()
        assert not (tmp_path / ".writing-killed").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".writing-file", "1"]


def test_without_locks_nobody_s_folder_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(saved_model, "lock_folder", lambda folder: lambda: None)
    (tmp_path / ".writing-theirs").mkdir()
    with staging_folder(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [".writing-theirs"]


def test_what_stops_as_it_begins_leaves_nothing(tmp_path, monkeypatch):
    def lock_folder(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(saved_model, "lock_folder", lock_folder)
    with pytest.raises(KeyboardInterrupt), staging_folder(tmp_path / "serving" / "a2b"):
        raise AssertionError("it began")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_another_export_cleared_away_is_made_again(tmp_path, monkeypatch):
    """It came between the making and the locking."""
    taken = []

    def lock_folder(folder):
        release = files.lock_folder(folder)
        if not taken:
            taken.append(folder)
            folder.rmdir()
        return release

    monkeypatch.setattr(saved_model, "lock_folder", lock_folder)
    with staging_folder(tmp_path) as folder:
        assert folder.parent.is_dir() and folder.parent != taken[0]
    assert list(tmp_path.iterdir()) == []


def test_staging_folder_is_readable_by_a_server_of_another_user(tmp_path):
    with staging_folder(tmp_path) as folder:
        folder.mkdir()
        mode = publish(folder, tmp_path / "versions").stat().st_mode
    assert mode == (tmp_path / "versions").stat().st_mode
