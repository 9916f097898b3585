import h5py
import numpy as np
import pytest

from unit_tf.data.base import DataError

tfds = pytest.importorskip("tensorflow_datasets")
usps = pytest.importorskip("unit_tf.data.sources.usps")
SMALL = {"train": 6, "test": 3}


@pytest.fixture(scope="module", autouse=True)
def no_network():
    """Fails where tensorflow-datasets would look for the data set in Google's cloud."""

    def ask(name):
        raise AssertionError(f"asked the network for {name}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfds.core.utils.gcs_utils, "is_dataset_on_gcs", ask)
        yield


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(usps, "COUNTS", SMALL)


def content(counts=SMALL):
    """{split: (data, target)} as in usps.h5."""
    rng = np.random.default_rng(0)
    return {
        split: (rng.random((n, 256), np.float32).round(3), rng.integers(0, 10, n, np.int32))
        for split, n in counts.items()
    }


def write(folder, parts):
    folder.mkdir(exist_ok=True)
    with h5py.File(folder / "usps.h5", "w") as file:
        for split, (data, target) in parts.items():
            file[f"{split}/data"], file[f"{split}/target"] = data, target
    return str(folder)


def by_image(images, labels):
    pairs = zip(images, labels, strict=True)
    return sorted((np.asarray(i, np.uint8).tobytes(), int(y)) for i, y in pairs)


def test_the_whole_data_set_is_prepared_once(tmp_path):
    parts = content({"train": 7291, "test": 2007})
    builder = usps.prepare(write(tmp_path / "manual", parts), tmp_path / "tfds")
    assert {s: i.num_examples for s, i in builder.info.splits.items()} == usps.COUNTS
    for split, (data, target) in parts.items():
        read = list(tfds.as_numpy(builder.as_dataset(split=split)))
        images, labels = [e["image"] for e in read], [e["label"] for e in read]
        assert images[0].shape == (16, 16, 1) and images[0].dtype == np.uint8
        expected = np.rint(data * 255).reshape(-1, 16, 16, 1)
        assert by_image(images, labels) == by_image(expected, target)
    assert [p.name for p in (tmp_path / "tfds/usps").iterdir()] == ["1.0.0"]
    (tmp_path / "manual/usps.h5").unlink()
    assert usps.prepare("", tmp_path / "tfds").info.splits["test"].num_examples == 2007


def test_pixels_keep_their_places(tmp_path, small):
    parts = content()
    images, _ = usps.read_usps(write(tmp_path / "manual", parts) + "/usps.h5")["train"]
    assert images[4, 3, 5, 0] == round(float(parts["train"][0][4, 3 * 16 + 5]) * 255)


def changed(split, data=None, target=None):
    """A damage: that split's arrays put through functions."""

    def damage(parts):
        values, labels = parts[split]
        parts[split] = (data(values) if data else values, target(labels) if target else labels)

    return damage


def with_first(value):
    def put(array):
        array = array.copy()
        array.flat[0] = value
        return array

    return put


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (changed("train", data=lambda x: x * 255), "train has values from 0 to 25"),
        (changed("test", data=lambda x: x * 2 - 1), "test has values from -"),
        (changed("test", data=with_first(np.nan)), "test has values from nan"),
        (changed("train", data=lambda x: x / 255), "expected 0 to 1"),
        (changed("train", target=with_first(10)), "train has labels other than 0 to 9"),
        (changed("train", data=lambda x: x[:-1]), r"train holds \(5, 256\) values and \(6,\) lab"),
        (changed("test", target=lambda y: y[:-1]), r"expected \(3, 256\) and \(3,\)"),
        (changed("test", data=lambda x: x[:, :-1]), r"test holds \(3, 255\)"),
        (changed("train", data=lambda x: x.astype("S4")), "train holds values of type .*; exp"),
        (changed("train", data=lambda x: x + 0j), "values of type complex64 and .*real numbers"),
        (changed("test", target=lambda y: y + 0j), "labels of type complex128; expected real"),
        (lambda parts: parts.pop("test"), "cut off, or not USPS as HDF5"),
    ],
)
def test_another_content_is_one_line(tmp_path, small, damage, message):
    parts = content()
    damage(parts)
    manual = write(tmp_path / "manual", parts)
    with pytest.raises(DataError, match=message) as raised:
        usps.prepare(manual, tmp_path / "tfds")
    assert "usps.h5: " in str(raised.value) and "\n" not in str(raised.value)
    assert not (tmp_path / "tfds").exists()


@pytest.mark.parametrize("keep", [0, 100, -200])
def test_a_file_cut_off(tmp_path, small, keep):
    manual = write(tmp_path / "manual", content())
    whole = (tmp_path / "manual/usps.h5").read_bytes()
    (tmp_path / "manual/usps.h5").write_bytes(whole[:keep])
    with pytest.raises(DataError, match=r"usps.h5: cut off, or not USPS as HDF5 .*kaggle"):
        usps.prepare(manual, tmp_path / "tfds")


def test_what_is_not_there_says_where_to_get_it(tmp_path):
    for manual, what in (("", "not given"), (tmp_path, "no usps.h5"), ("/nowhere", "no such fol")):
        with pytest.raises(DataError, match=rf"--data.usps_dir.*{what}.*kaggle.com.*--data.usps"):
            usps.prepare(str(manual), tmp_path / "tfds")


def test_of_two_processes_the_first_wins(tmp_path, small, monkeypatch):
    manual, prepare = write(tmp_path / "manual", content()), usps.Usps.download_and_prepare

    def too_late(self, **options):
        prepare(usps.Usps(data_dir=tmp_path / "tfds"), **options)
        raise OSError("Directory not empty")

    monkeypatch.setattr(usps.Usps, "download_and_prepare", too_late)
    builder = usps.prepare(manual, tmp_path / "tfds")
    assert builder.info.splits["train"].num_examples == SMALL["train"]


def test_a_disk_that_refuses_leaves_nothing_behind(tmp_path, small, monkeypatch):
    def refuse(self, images, labels):
        yield 0, {"image": images[0], "label": 0}
        raise OSError("No space left\non device")

    manual = write(tmp_path / "manual", content())
    with monkeypatch.context() as patch:
        patch.setattr(usps.Usps, "_generate_examples", refuse)
        with pytest.raises(DataError, match="usps: cannot be written .*No space left on device"):
            usps.prepare(manual, tmp_path / "tfds")
    assert not list(tmp_path.glob("tfds/usps/*"))
    assert usps.prepare(manual, tmp_path / "tfds").info.splits["test"].num_examples == 3
