"""Tensors of a .pth file, read without running the pickles in it."""

import collections
import io
import os
import pickle
import struct
import sys
import types

import numpy as np
import pytest

from unit_tf.evaluation.features import pth_file


class FloatStorage:
    """Stands for torch's class, whose name alone is pickled."""


def _rebuild_tensor_v2():
    """Stands for torch's function, whose name alone is pickled."""


class Strided:
    """An array whose numbers lie in another order, and behind ``offset`` others."""

    def __init__(self, array, axes=None, offset=0):
        axes = axes or tuple(range(array.ndim))
        stored = np.ascontiguousarray(array.transpose(axes))
        self.numbers = np.concatenate([np.full(offset, 99), stored.ravel()]).astype("<f4")
        back = np.argsort(axes)
        self.strides = tuple(int(stored.strides[i] // stored.itemsize) for i in back)
        self.shape, self.offset = array.shape, offset

    def __reduce__(self):
        arguments = (self.numbers, self.offset, self.shape, self.strides)
        return _rebuild_tensor_v2, (*arguments, False, collections.OrderedDict())


class Writer(pickle.Pickler):
    """Keeps storages outside of the pickle."""

    def __init__(self, file):
        super().__init__(file, 2)
        self.storages = {}

    def persistent_id(self, obj):
        if not isinstance(obj, np.ndarray):
            return None
        key = str(1000 + len(self.storages))
        self.storages[key] = obj
        return "storage", FloatStorage, key, "cpu", len(obj), None


@pytest.fixture
def write(monkeypatch, tmp_path):
    """write({name: Strided}) -> path of a file as PyTorch wrote them before 1.6."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage, utils._rebuild_tensor_v2 = FloatStorage, _rebuild_tensor_v2
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    monkeypatch.setattr(FloatStorage, "__module__", "torch")
    monkeypatch.setattr(_rebuild_tensor_v2, "__module__", "torch._utils")

    def write(value, magic=pth_file.MAGIC):
        path = tmp_path / "weights.pth"
        with open(path, "wb") as file:
            for head in (magic, 1001, {"little_endian": True}):
                pickle.dump(head, file, 2)
            body = io.BytesIO()
            writer = Writer(body)
            writer.dump(value)
            file.write(body.getvalue())
            pickle.dump(sorted(writer.storages), file, 2)
            for key in sorted(writer.storages):
                numbers = writer.storages[key]
                file.write(struct.pack("<q", len(numbers)) + numbers.tobytes())
        return path

    return write


def test_tensors_come_back_whatever_their_strides(write):
    arrays = {
        "conv.weight": np.random.default_rng(0).normal(size=(4, 3, 2, 2)).astype("f4"),
        "bn.bias": np.arange(5, dtype="f4"),
        "scalar": np.float32(7.0).reshape(()),
    }
    axes = {"conv.weight": (2, 3, 1, 0)}
    value = collections.OrderedDict(
        (name, Strided(array, axes.get(name), offset=2)) for name, array in arrays.items()
    )
    found = pth_file.read_pth(write(value))
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].shape == array.shape and found[name].flags.c_contiguous


class Attack:
    def __reduce__(self):
        return os.system, ("touch attacked",)


def test_nothing_in_it_is_run(write, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="asks for .*system, which no file of tensors needs"):
        pth_file.read_pth(write({"x": Attack()}))
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize("strides", [(1000, 1), (-1, 1)])
def test_a_tensor_stays_within_its_storage(write, strides):
    tensor = Strided(np.zeros((2, 3), "f4"))
    tensor.strides = strides
    with pytest.raises(ValueError, match="beyond its storage|negative"):
        pth_file.read_pth(write({"x": tensor}))


def test_other_files_are_told_apart(write, tmp_path):
    with pytest.raises(ValueError, match="not a .pth file"):
        pth_file.read_pth(write({}, magic=1))
    with pytest.raises(ValueError, match="no named tensors"):
        pth_file.read_pth(write([1]))
    path = write({"x": Strided(np.zeros(9, "f4"))})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="is not whole"):
        pth_file.read_pth(path)
    for content in (b"", b"\x80\x02", b"PK\x03\x04 a zip", os.urandom(64)):
        path.write_bytes(content)
        with pytest.raises(ValueError):
            pth_file.read_pth(path)
