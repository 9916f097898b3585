"""Files of weights: whole or half precision, and safe to read whatever they hold."""

import io
import pathlib
import tracemalloc
import zipfile

import numpy as np
import pytest

from unit_tf.methods.weights import (
    MisfitError,
    WeightsError,
    half_floats,
    named,
    needed_weights,
    networks_in,
    read_weights,
    write_weights,
)


@pytest.fixture
def shipped(make, tmp_path):
    """(method, file with its weights at step 9)."""
    method = make()
    path = tmp_path / "translator.npz"
    write_weights(path, half_floats(method), 9, compressed=True)
    return method, path


@pytest.fixture
def other(make):
    """The same networks; their weights are put back afterwards, as tests share them."""
    method = make()
    before = [v.numpy() for v in method.weights]
    for variable in method.weights:
        variable.assign(variable + 1)
    yield method
    for variable, value in zip(method.weights, before, strict=True):
        variable.assign(value)


def test_round_trip_in_half_precision(shipped, other):
    path, trained = shipped[1], [v.numpy() - 1 for v in other.generator_variables]
    spare = [v.numpy() for v in other.discriminator_variables]
    assert read_weights(other, path) == 9
    for old, new in zip(trained, other.generator_variables, strict=True):
        np.testing.assert_allclose(new.numpy(), old, atol=2e-3)
        np.testing.assert_array_equal(new.numpy(), new.numpy().astype(np.float16))
    for old, new in zip(spare, other.discriminator_variables, strict=True):
        np.testing.assert_array_equal(new.numpy(), old)
    size = sum(2 * int(np.prod(v.shape)) for v in other.generator_variables)
    assert path.stat().st_size < size + 400 * len(other.generator_variables)


def test_whole_networks_come_back_to_the_bit(other, tmp_path):
    kept = {path: v.numpy() for path, v in named(other.weights).items()}
    assert len(kept) > len(needed_weights(other)) > 10
    write_weights(tmp_path / "w.npz", kept, 3)
    for variable in other.weights:
        variable.assign(variable * 2 + 1)
    assert read_weights(other, tmp_path / "w.npz") == 3
    for path, variable in named(other.weights).items():
        np.testing.assert_array_equal(variable.numpy(), kept[path], err_msg=path)


def test_some_networks_alone(other, tmp_path):
    """They are read whole, the others stay, and what the file has of others does not count."""
    path, kept = tmp_path / "w.npz", {p: v.numpy() for p, v in named(other.weights).items()}
    chosen = {p: value for p, value in kept.items() if p.startswith("encoder_a/")}
    write_weights(path, {**chosen, "elsewhere/kernel": np.zeros(2, np.float32)}, 3)
    assert networks_in(path) == {"encoder_a", "elsewhere"}
    for variable in other.weights:
        variable.assign(variable * 2 + 1)
    assert read_weights(other, path, {"encoder_a"}) == 3
    for name, variable in named(other.weights).items():
        expected = kept[name] if name in chosen else kept[name] * 2 + 1
        np.testing.assert_array_equal(variable.numpy(), expected, err_msg=name)
    with pytest.raises(MisfitError, match="encoder_b/.* is missing"):
        read_weights(other, path, {"encoder_a", "encoder_b"})
    with pytest.raises(MisfitError, match="elsewhere/kernel is of no layer"):
        read_weights(other, path, {"encoder_a", "elsewhere"})


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
def test_bad_translator_is_refused_and_nothing_changes(damage, shipped):
    method, path = shipped
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
    with pytest.raises(WeightsError) as error:
        read_weights(method, path)
    assert "\n" not in str(error.value) and str(path) in str(error.value)
    assert not trap.exists()
    for old, variable in zip(before, method.generator_variables, strict=True):
        np.testing.assert_array_equal(variable.numpy(), old)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_flipped_byte_is_noticed(shipped, compressed):
    method, path = shipped
    write_weights(path, half_floats(method), 9, compressed)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(WeightsError, match="not translator weights"):
        read_weights(method, path)


def add_member(path, name, header, unpacked):
    """Replaces one of a file's arrays by one that unpacks to that number of zeros."""
    with zipfile.ZipFile(path) as old:
        kept = {n: old.read(n) for n in old.namelist() if n != f"{name}.npy"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for member, content in kept.items():
            new.writestr(member, content)
        start = io.BytesIO()
        np.lib.format.write_array_header_1_0(start, header)
        with new.open(f"{name}.npy", "w") as file:
            file.write(start.getvalue())
            for _ in range(unpacked // 2**20):
                file.write(bytes(2**20))


def header_of(shape, descr="<f4"):
    return {"descr": descr, "fortran_order": False, "shape": shape}


@pytest.mark.parametrize(
    "shape", [(2**40, 2**20), (2**24,), (-1, -4), (10**30,)], ids=["huge", "bomb", "below", "long"]
)
def test_no_array_is_unpacked_before_its_size_is_known(shape, shipped):
    """Neither one that only claims to be large, nor one that is."""
    method, path = shipped
    name = method.generator_variables[0].path
    add_member(path, name, header_of(shape), 2**26)
    tracemalloc.start()
    with pytest.raises(WeightsError, match=name) as error:
        read_weights(method, path)
    assert tracemalloc.get_traced_memory()[1] < 2**25
    tracemalloc.stop()
    assert "\n" not in str(error.value)


def test_what_no_layer_has_is_named_and_not_read(shipped):
    """As of a configuration with fewer blocks than the training had; it may be a bomb as well."""
    method, path = shipped
    add_member(path, "encoder_a/block9/kernel", header_of((2**24,)), 2**26)
    with pytest.raises(MisfitError, match="encoder_a/block9/kernel is of no layer"):
        read_weights(method, path)


@pytest.mark.parametrize("step", [np.inf, -1, 7.5, np.zeros(2, np.int64), "7", 2**70])
def test_a_step_that_is_none(step, shipped):
    method, path = shipped
    rewrite(path, lambda arrays: arrays.update(step=np.asarray(step)))
    with pytest.raises(WeightsError, match="not translator weights .*step: ") as error:
        read_weights(method, path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_the_first_misfit_is_told_with_its_shapes(shipped):
    method, path = shipped
    variable = method.generator_variables[0]
    rewrite(path, lambda arrays: arrays.update({variable.path: np.zeros((2, 2), np.float16)}))
    wanted = "x".join(map(str, variable.shape))
    told = f"does not fit its config.json; first misfit: {variable.path} is 2x2, expected {wanted}"
    with pytest.raises(MisfitError, match=told):
        read_weights(method, path)
