"""Shipped weights: half precision on disk, and safe to read whatever the file holds."""

import pathlib

import numpy as np
import pytest

from unit_tf.files import write_text
from unit_tf.training import checkpoints
from unit_tf.training.workdir import CONFIG, TRANSLATOR, WorkdirError, load_method


@pytest.fixture
def translator(small_config, make_trainer, tmp_path):
    """(method, file with its weights at step 9)."""
    method = make_trainer(small_config()).method
    path = tmp_path / TRANSLATOR
    checkpoints.write_translator(method, 9, path)
    return method, path


def test_translator_round_trip_in_half_precision(translator, small_config, make_trainer):
    method, path = translator
    other = make_trainer(small_config({"run.seed": 3})).method
    assert checkpoints.read_translator(other, path) == 9
    for old, new in zip(method.generator_variables, other.generator_variables, strict=True):
        np.testing.assert_array_equal(new.numpy(), old.numpy().astype(np.float16))
    size = sum(2 * int(np.prod(v.shape)) for v in method.generator_variables)
    assert path.stat().st_size < size + 400 * len(method.generator_variables)


def test_shipped_translator_loads(translator, small_config):
    method, path = translator
    write_text(path.parent / CONFIG, small_config({"run.precision": "mixed_float16"}).to_json())
    loaded = load_method(path.parent)
    assert (loaded.step, loaded.source) == (9, path)
    assert loaded.method.encoder.private_a.compute_dtype == "float32"


class Trap:
    """Unpickling one of these writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (self.path,)


def rewrite(path, change):
    with np.load(path, allow_pickle=True) as file:
        arrays = dict(file.items())
    change(arrays)
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    "damage", ["text", "cut", "empty", "pickle", "array", "object", "misfit", "words", "lacking"]
)
def test_bad_translator_is_refused_and_nothing_changes(damage, translator):
    method, path = translator
    trap = path.parent / "unpickled"
    name = method.generator_variables[0].path
    bombs = np.array([Trap(trap)], dtype=object)
    if damage == "text":
        path.write_text("weights")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "pickle":
        with open(path, "wb") as file:
            np.save(file, bombs, allow_pickle=True)
    elif damage == "array":
        with open(path, "wb") as file:
            np.save(file, np.zeros(3))
    elif damage == "words":
        words = np.full(method.generator_variables[0].shape, "w")
        rewrite(path, lambda arrays: arrays.update({name: words}))
    elif damage == "object":
        rewrite(path, lambda arrays: arrays.update({name: bombs}))
    elif damage == "misfit":
        rewrite(path, lambda arrays: arrays.update({name: np.zeros((2, 2), np.float16)}))
    else:
        rewrite(path, lambda arrays: arrays.pop(name))
    before = [v.numpy() for v in method.generator_variables]
    with pytest.raises(WorkdirError) as error:
        checkpoints.read_translator(method, path)
    assert "\n" not in str(error.value) and str(path) in str(error.value)
    assert not trap.exists()
    for old, variable in zip(before, method.generator_variables, strict=True):
        np.testing.assert_array_equal(variable.numpy(), old)


def test_flipped_byte_in_a_translator_is_noticed(translator):
    method, path = translator
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(WorkdirError):
        checkpoints.read_translator(method, path)
