import dataclasses

import h5py
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig
from unit_tf.data import pipeline
from unit_tf.data.base import DataError
from unit_tf.data.pipeline import training_dataset
from unit_tf.data.sources import labelled
from unit_tf.data.sources.labelled import open_labelled

tfds = pytest.importorskip("tensorflow_datasets")
USUAL = {"flip": False, "channels": 1, "image_size": (32, 32)}


def settings(folder, a="mnist", b="usps", batch=4, **changes):
    """ExperimentConfig of two labelled sets; which method reads it does not matter here."""
    data = {"source": "labelled", "labelled_a": a, "labelled_b": b, "tfds_dir": str(folder)}
    data = {f"data.{key}": value for key, value in {**USUAL, **data, **changes}.items()}
    return ExperimentConfig().replace({**data, "optim.batch_size": batch})


def open_and_read(config, count=6, start_step=0):
    dataset = training_dataset(open_labelled(config.data), config, start_step)
    return list(dataset.take(count).as_numpy_iterator())


def centres(x):
    """The grey value of each image's middle, which says whose it is."""
    return np.rint((x[:, 16, 16, 0] + 1) * 127.5).astype(int)


def equal(read, other):
    pairs = zip(read, other, strict=True)
    return all(np.array_equal(x, y) for one, two in pairs for x, y in zip(one, two, strict=True))


def test_batches_are_two_unpaired_domains_and_the_sources_labels(small_digits):
    config = settings(small_digits)
    dataset = training_dataset(open_labelled(config.data), config)
    assert [(s.shape.as_list(), s.dtype) for s in dataset.element_spec] == [
        ([4, 32, 32, 1], tf.float32),
        ([4, 32, 32, 1], tf.float32),
        ([4], tf.int32),
    ]
    read = list(dataset.take(6).as_numpy_iterator())
    assert all(np.array_equal(centres(x_a), 20 * y_a) for x_a, _, y_a in read)
    assert sorted(np.concatenate([y for *_, y in read])) == sorted([i % 10 for i in range(12)] * 2)
    values = np.stack([x_a for x_a, *_ in read])
    assert values.min() == -1 and values.max() == np.float32(180) / 127.5 - 1


def test_the_end_of_a_split_waits_for_nothing(small_digits, tuning):
    open_labelled(settings(small_digits).data)
    assert set(tuning) == {False}


def test_the_targets_training_labels_change_no_batch(small_digits, tmp_path, write_digits):
    """And that the source's do shows that such a change would be seen."""

    def reverse(split, labels):
        return labels[::-1] if split == "train" else labels

    expected = open_and_read(settings(small_digits))
    other = write_digits(write_digits(tmp_path, "mnist"), "usps", reverse)
    test_labels = [p.label for p in open_labelled(settings(small_digits).data).test_b]
    assert equal(open_and_read(settings(other)), expected)
    assert [p.label for p in open_labelled(settings(other).data).test_b] == test_labels
    source = write_digits(write_digits(tmp_path / "source", "mnist", reverse), "usps")
    changed = open_and_read(settings(source))
    assert all(np.array_equal(x[0], y[0]) for x, y in zip(changed, expected, strict=True))
    assert not equal(changed, expected)


def test_the_targets_training_labels_are_nowhere(small_digits):
    data = open_labelled(settings(small_digits, b="svhn_cropped").data)
    assert data.labels_a.tolist() == [i % 10 for i in map(grey, all_of(data.train_a))]
    held = [v for v in vars(data.train_b).values() if isinstance(v, np.ndarray)]
    assert [v.shape for v in held] == [(15, 32, 32, 1)]  # the images and nothing beside them


def grey(crop):
    return int(crop[16, 16, 0]) // 20


def all_of(domain):
    return [domain.crop(i, np.random.default_rng(0)) for i in range(len(domain))]


@pytest.mark.parametrize("start", [1, 3, 10])
def test_resume_is_exact(small_digits, start):
    config = settings(small_digits, invert=True, shift=3, rotate=20, scale=0.2)
    whole = open_and_read(config, start + 3)
    assert equal(open_and_read(config, 3, start), whole[start:])


def test_a_position_has_the_same_crop_in_any_batch(small_digits):
    changes = {"invert": True, "shift": 3, "rotate": 20, "scale": 0.2}
    small = open_and_read(settings(small_digits, batch=3, **changes), 8)
    large = open_and_read(settings(small_digits, batch=8, **changes), 3)
    small, large = ([np.concatenate(x) for x in zip(*read, strict=True)] for read in (small, large))
    assert equal([small], [large])
    assert not np.array_equal(small[0][:12], small[0][12:])


def test_svhn_to_mnist_as_the_released_recipe(small_digits):
    config = settings(small_digits, "svhn_cropped", "mnist", channels=3, fit="nearest", invert=True)
    data = open_labelled(config.data)
    assert (len(data.train_a), len(data.train_b)) == (15, 12)  # svhn's are those of "extra"
    assert (len(data.test_a), len(data.test_b)) == (6, 4)
    read = open_and_read(config, 30)
    colour, digits, labels = (np.concatenate(x) for x in zip(*read, strict=True))
    assert np.array_equal(centres(colour), 20 * labels)  # never inverted
    assert digits.shape == (120, 32, 32, 3) and (digits == digits[..., :1]).all()
    inverted = centres(digits) % 20 == 15  # 255 - 20 n
    assert 0.3 < inverted.mean() < 0.7
    assert np.array_equal(digits[:, 0, 0, 0], digits[:, 16, 16, 0])  # no black frame


def test_the_domains_are_inverted_independently(small_digits):
    read = open_and_read(settings(small_digits, invert=True), 40)
    a, b = (np.concatenate([centres(x[d]) % 20 == 15 for x in read]) for d in (0, 1))
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.3


def test_colour_becomes_luma_where_one_channel_is_asked_for(small_digits):
    data = open_labelled(settings(small_digits, "svhn_cropped").data)
    assert data.train_a.crop(7, np.random.default_rng(0)).shape == (32, 32, 1)
    assert data.labels_a.tolist() == [grey(crop) for crop in all_of(data.train_a)]


@pytest.mark.parametrize("channels", [1, 3])
def test_held_out_images_have_labels_and_are_not_changed(small_digits, channels):
    config = settings(small_digits, "usps", "svhn_cropped", channels=channels, invert=True, shift=9)
    data = open_labelled(config.data)
    assert sorted(p.name for p in data.test_a) == [f"test_{i:05d}.png" for i in range(5)]
    for images in (data.test_a, data.test_b):
        assert all(p.load().shape == (32, 32, channels) for p in images)
        assert all(p.load().dtype == np.uint8 for p in images)
        assert [p.label for p in images] == [grey(p.load()) for p in images]
        assert all(type(p.label) is int and p.load_truth is None for p in images)
    assert sorted(p.label for p in data.test_a) == [0, 1, 2, 3, 4]


def test_splits_can_be_named_and_held_out_only_leaves_training_alone(small_digits):
    splits = {"dir_a": "train", "dir_b": "train[:2] + train[7:]", "test_dir_b": "train"}
    config = settings(small_digits, "svhn_cropped", **splits)
    data = open_labelled(config.data)
    assert (len(data.train_a), len(data.train_b)) == (3, 4)
    assert len(data.labels_a) == 3 and data.test_b[8].name == "train_00008.png"
    config = dataclasses.replace(config.data, dir_a="no_such_split")
    data = open_labelled(config, held_out_only=True)
    assert len(data.train_a) == len(data.train_b) == len(data.labels_a) == 0
    assert len(data.test_a) == 6 and len(data.test_b) == 9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labelled_b": ""}, "--data.labelled_b: not given"),
        ({"labelled_a": "emnist"}, "--data.labelled_a=emnist: not in .*it holds mnist, svhn_cr"),
        ({"dir_b": "extra"}, "--data.dir_b=extra: no such split of usps; valid: train, test$"),
        ({"test_dir_a": "val"}, "--data.test_dir_a=val: no such split of mnist"),
        ({"dir_a": "train[nonsense]"}, r"--data.dir_a=train\[nonsense\]: no slice of mnist \("),
        ({"dir_a": "train[:5"}, r"--data.dir_a=train\[:5: no slice of mnist \("),
        ({"dir_a": "train[:99]"}, r"--data.dir_a=train\[:99\]: no slice .*with 12 examples"),
        ({"test_dir_a": "test[:99]"}, r"--data.test_dir_a=test\[:99\]: no slice of mnist"),
        ({"dir_a": "train[4:2]"}, r"--data.dir_a=train\[4:2\]: ends before it begins"),
        ({"dir_a": "train+train[4:2]"}, r"--data.dir_a=train\+train\[4:2\]: ends before"),
        ({"dir_b": "train[:0]"}, r"--data.dir_b=train\[:0\]: no images in it"),
        ({"dir_a": "train[5:5]"}, r"--data.dir_a=train\[5:5\]: no images in it"),
        ({"dir_a": "train[:2]+val"}, r"--data.dir_a=train\[:2\]\+val: no such split of mnist"),
        ({"dir_a": "train + test[:2]"}, r"dir_a=train \+ test.* holds test images; .*test_dir_a"),
    ],
)
def test_wrong_settings_are_one_line(small_digits, changes, message):
    config = dataclasses.replace(settings(small_digits).data, **changes)
    with pytest.raises(DataError, match=message) as raised:
        open_labelled(config)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("shape", "classes", "message"),
    [
        ((28, 28, 1), 7, "labelled_a=mnist: no feature 'label' of 10 classes"),
        ((64, 64, 1), 10, "no feature 'image' of square images of one size up to 32x32"),
        ((28, 20, 1), 10, "of square images"),
        ((28, 28, 4), 10, "of square images"),
        ((None, None, 1), 10, "of square images"),
    ],
)
def test_other_features_are_one_line(tmp_path, shape, classes, message, write_digits):
    write_digits(tmp_path, "mnist", shape=shape, classes=classes)
    with pytest.raises(DataError, match=message):
        open_labelled(settings(tmp_path).data)


def test_images_without_a_label(tmp_path, write_digits):
    """tensorflow-datasets marks them with -1. In a target's training split nobody looks."""
    hidden = {"relabel": lambda split, labels: [-1] * len(labels) if split == "train" else labels}
    write_digits(write_digits(tmp_path, "mnist", **hidden), "usps")
    with pytest.raises(DataError, match="mnist/1.0.0 train: labels other than 0 to 9"):
        open_labelled(settings(tmp_path).data)
    assert len(open_labelled(settings(tmp_path, "usps", "mnist").data).train_b) == 12


def test_damaged_records(tmp_path, write_digits):
    write_digits(write_digits(tmp_path, "mnist"), "usps")
    (records,) = tmp_path.glob("usps/1.0.0/*train*")
    records.write_bytes(records.read_bytes()[:-20])
    with pytest.raises(DataError, match="usps/1.0.0 train: cannot be read") as raised:
        open_labelled(settings(tmp_path).data)
    assert "\n" not in str(raised.value)


def test_usps_is_prepared_beside_mnist(tmp_path, monkeypatch, write_digits):
    usps = pytest.importorskip("unit_tf.data.sources.usps")
    monkeypatch.setattr(usps, "COUNTS", {"train": 2, "test": 1})
    with h5py.File(tmp_path / "usps.h5", "w") as file:
        for split, count in usps.COUNTS.items():
            file[f"{split}/data"] = np.ones((count, 256), np.float32)
            file[f"{split}/target"] = np.full(count, 7)
    folder = write_digits(tmp_path / "tfds", "mnist")
    with pytest.raises(DataError, match="--data.usps_dir: not given"):
        open_labelled(settings(folder).data)
    config = settings(folder, usps_dir=str(tmp_path), fit="frame")
    data = open_labelled(config.data)
    assert len(data.train_b) == 2 and [p.label for p in data.test_b] == [7]
    assert data.test_b[0].load().sum() == 255 * 20 * 20
    assert (folder / "usps/1.0.0").is_dir()
    assert len(open_labelled(settings(folder).data).train_b) == 2  # the file is not needed again


def test_a_folder_that_is_not_to_be_written_to_is_not(
    small_digits, tmp_path, monkeypatch, write_digits
):
    """USPS then goes to tensorflow-datasets' default directory, also for root."""
    usps, asked = pytest.importorskip("unit_tf.data.sources.usps"), []
    ready = tfds.builder_from_directory(small_digits / "usps/1.0.0")
    monkeypatch.setattr(usps, "prepare", lambda *where: asked.append(where) or ready)
    config = settings(write_digits(tmp_path / "tfds", "mnist"), usps_dir="manual").data
    open_labelled(config)
    (tmp_path / "tfds").chmod(0o555)
    open_labelled(config)
    (tmp_path / "tfds").chmod(0o755)
    assert asked == [("manual", tmp_path / "tfds"), ("manual", None)]


def test_without_a_directory_it_is_prepared_in_the_default_one(small_digits, monkeypatch):
    ready = {
        n: tfds.builder_from_directory(small_digits / n / "1.0.0")
        for n in ("mnist", "svhn_cropped")
    }
    monkeypatch.setattr(tfds, "builder", ready.get)
    for builder in ready.values():
        monkeypatch.setattr(builder, "download_and_prepare", lambda: None)
    config = settings("", "svhn_cropped", "mnist", channels=3)
    assert len(open_labelled(config.data).train_a) == 15


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (tfds.core.DatasetNotFoundError("x"), "tensorflow-datasets knows no such data set"),
        (OSError("no route\nto host"), r"cannot be fetched \(no route to host\); .*tfds_dir"),
    ],
)
def test_what_cannot_be_fetched_is_one_line(monkeypatch, error, message):
    def builder(name):
        raise error

    monkeypatch.setattr(tfds, "builder", builder)
    with pytest.raises(DataError, match=f"--data.labelled_a=mnist: {message}") as raised:
        open_labelled(settings("").data)
    assert "\n" not in str(raised.value)


def test_without_a_test_split_nothing_is_held_out(tmp_path, write_digits):
    write_digits(tmp_path, "mnist", counts={"train": 3})
    data = open_labelled(settings(write_digits(tmp_path, "usps")).data)
    assert data.test_a == [] and len(data.test_b) == 5


def test_replicas_share_a_batch(small_digits):
    config = settings(small_digits, shift=3)
    expected = open_and_read(config, 3)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    dataset = training_dataset(open_labelled(config.data), config)
    distributed = iter(strategy.experimental_distribute_dataset(dataset))
    for whole in expected:
        parts = [strategy.experimental_local_results(x) for x in next(distributed)]
        assert all(len(p) == 2 and p[0].shape[0] == 2 for p in parts)
        assert equal([[np.concatenate(p) for p in parts]], [whole])


def test_after_closing_a_batch_is_blank(small_digits, monkeypatch):
    config = settings(small_digits)
    data = open_labelled(config.data)
    monkeypatch.setattr(pipeline, "_CALLS", pipeline._Calls())
    pipeline._CALLS.close(quiet=0.01)
    x_a, _, y_a = next(iter(training_dataset(data, config)))
    assert (x_a.numpy() == -1).all() and not y_a.numpy().any()


def test_images_are_kept_in_eight_bits_and_once(small_digits):
    data = open_labelled(settings(small_digits, "svhn_cropped", "mnist", channels=3).data)
    (colour,) = (v for v in vars(data.train_a).values() if isinstance(v, np.ndarray))
    (digits,) = (v for v in vars(data.train_b).values() if isinstance(v, np.ndarray))
    assert colour.dtype == digits.dtype == np.uint8
    assert colour.shape[-1] == 3 and digits.shape[-1] == 1  # grey is repeated only in a batch


def test_more_images_than_are_decoded_at_a_time(small_digits, monkeypatch):
    expected = open_and_read(settings(small_digits))
    monkeypatch.setattr(labelled, "_DECODED_AT_A_TIME", 5)
    assert equal(open_and_read(settings(small_digits)), expected)
