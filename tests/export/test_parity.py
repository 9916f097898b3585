import numpy as np
import pytest
from PIL import Image
from unit_tf.export import parity
from unit_tf.export.parity import Artefact, ExportError, check_parity, load_pictures

from unit_tf.config import DataConfig
from unit_tf.data.base import DataError


def check(method, change):
    """Parity of an artefact that is the model itself but for ``change`` of its output."""

    def load(path):
        assert path == "written"
        return lambda x: change(parity._reference(method, x, "a2b"))

    batches = parity.picture_batches(
        parity.random_pictures(DataConfig(), "a").arrays, [(1, 16, 16), (2, 13, 9)]
    )
    return check_parity("out/x", load, "written", method, "a2b", batches)


def test_difference_is_the_largest_over_all_batches(tiny):
    def change(y):
        y[-1, -1, -1] += 5e-5 if len(y) == 2 else 1e-5
        return y

    assert check(tiny, change) == pytest.approx(5e-5, rel=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: y + np.float32(2e-4), r"out/x: differs .* by 0\.0002 of \[0,1\] at 16x16"),
        (lambda y: y * np.float32(np.nan), "differs from the model by nan"),
        (lambda y: y[:, :-1], r"float32\[1, 15, 16, 1\] where the model gives float32\[1, 16, 16"),
        (lambda y: y.astype(np.float64), "gives float64"),
    ],
)
def test_another_output_is_an_error_of_one_line(tiny, change, message):
    with pytest.raises(ExportError, match=message) as caught:
        check(tiny, change)
    assert "\n" not in str(caught.value)


def test_model_that_is_not_finite_is_named_as_the_cause(tiny, monkeypatch):
    nan = float("nan")
    monkeypatch.setattr(type(tiny), "translate", lambda self, x, direction: x[..., :1] * nan)
    with pytest.raises(ExportError, match="the model's own translation is not finite"):
        check(tiny, lambda y: y)


def folders(tmp_path, test):
    for folder, level in (("a", 10), ("b", 20), ("ta", 30)):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (20, 18), (level,) * 3).save(tmp_path / folder / "x.png")
    paths = {k: str(tmp_path / v) for k, v in {"dir_a": "a", "dir_b": "b"}.items()}
    return DataConfig(image_size=(8, 8), **paths, test_dir_a=str(tmp_path / "ta") if test else "")


def test_held_out_pictures_come_first_and_whole(tmp_path):
    found = load_pictures(folders(tmp_path, test=True), "a")
    assert found.origin == "test pictures of a" and not found.why_random
    assert [p.shape for p in found.arrays] == [(18, 20, 3)] and found.arrays[0][0, 0, 0] == 30


def test_without_any_training_crops_serve(tmp_path):
    found = load_pictures(folders(tmp_path, test=False), "b")
    assert found.origin == "training pictures of b"
    assert [p.shape for p in found.arrays] == [(8, 8, 3)] and found.arrays[0][0, 0, 0] == 20


@pytest.mark.parametrize("channels", [1, 3])
def test_without_data_seeded_random_pictures_and_the_reason(channels):
    config = DataConfig(dir_a="/nowhere/a", dir_b="/nowhere/b", channels=channels)
    first, second = load_pictures(config, "a"), load_pictures(config, "a")
    assert first.origin == "random pictures" and "/nowhere" in first.why_random
    np.testing.assert_array_equal(first.arrays, second.arrays)
    assert first.arrays[0].shape[-1] == channels and first.arrays[0].dtype == np.uint8
    assert np.ptp(first.arrays[0]) > 100 and (first.arrays[0] != first.arrays[1]).any()


def test_nothing_is_fetched_for_an_export(monkeypatch):
    def opened(config):
        raise AssertionError("opened")

    monkeypatch.setattr(parity, "open_data", opened)
    found = load_pictures(DataConfig(source="tfds", tfds="cycle_gan/maps"), "a")
    assert "tfds_dir" in found.why_random


def test_unreadable_data_do_not_stop_an_export(monkeypatch):
    def opened(config):
        raise DataError("first line\nsecond")

    monkeypatch.setattr(parity, "open_data", opened)
    assert load_pictures(DataConfig(), "a").why_random == "first line"


def test_batches_cut_the_middle_and_mirror_beyond_it():
    picture = np.arange(5 * 4, dtype=np.uint8).reshape(5, 4, 1)
    (cut,) = parity.picture_batches([picture], [(2, 3, 7)])
    assert cut.shape == (2, 3, 7, 1) and cut.dtype == np.float32
    np.testing.assert_array_equal(np.round(cut[0, 0, :, 0] * 255), [4, 5, 6, 7, 7, 6, 5])
    np.testing.assert_array_equal(cut[1], cut[0, ::-1])


def test_artefact_counts_the_bytes_of_a_file_or_of_a_folder(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "one").write_bytes(b"123")
    (tmp_path / "sub/two").write_bytes(b"45")
    assert Artefact(tmp_path / "one", 0.0).num_bytes == 3
    assert Artefact(tmp_path, 0.0).num_bytes == 5
