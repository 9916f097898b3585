"""TensorBoard's files: numbers, grids and times, also of a file that is still being written."""

import io
import os

import numpy as np
import pytest
from PIL import Image

from unit_tf.report.event_files import read_history


def test_everything_that_was_logged_comes_back(make_training):
    history = read_history(make_training([10, 20]) / "logs")
    assert history.scalars == {
        "total/generator": {10: 10.0, 20: 5.0}, "gan/a": {10: 10.0, 20: 20.0}
    }  # fmt: skip
    assert history.columns == ["a", "a->b"] and sorted(history.grids) == [10, 20]
    with Image.open(io.BytesIO(history.grids[20])) as grid:
        assert np.asarray(grid).shape == (16, 16, 3)
    assert {step for _, step in history.times} == {10, 20}
    assert all(moment > 1e9 for moment, _ in history.times)


def test_a_step_that_was_trained_twice_has_its_last_value(make_training):
    make_training([10, 20, 30])
    folder = make_training([20])
    assert len(list((folder / "logs").iterdir())) == 2
    history = read_history(folder / "logs")
    assert sorted(history.scalars["gan/a"]) == [10, 20, 30] and len(history.grids) == 3


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_a_record_that_is_not_whole_ends_the_file(make_training, cut):
    folder = make_training([10, 20]) / "logs"
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-cut])
    history = read_history(folder)
    assert history.scalars["gan/a"] == {10: 10.0, 20: 20.0} and list(history.grids) == [10]


def test_other_bytes_are_no_history(tmp_path):
    for number, content in enumerate((b"", b"x" * 100, b"\xff" * 64, bytes(8) + b"1234")):
        (tmp_path / f"events.{number}").write_bytes(content)
    (tmp_path / "events.folder").mkdir()
    os.mkfifo(tmp_path / "events.pipe")
    (tmp_path / "events.loop").symlink_to("events.loop")
    assert read_history(tmp_path) == ({}, {}, [], [])
    assert read_history(tmp_path / "absent") == ({}, {}, [], [])


def test_an_image_without_its_parts_is_none(tmp_path):
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    event = Event(step=1)
    value = event.summary.value.add(tag="samples")
    value.metadata.plugin_data.plugin_name = "images"
    value.tensor.string_val.append(b"8")
    with open(tmp_path / "events.1", "wb") as file:
        RecordWriter(file).write(event.SerializeToString())
    assert read_history(tmp_path).grids == {}
