"""Tensors of a PyTorch ``.pth`` file in the format before 1.6, without PyTorch and unpickling.

Such a file is a few pickles, then the tensors' storages. A pickle is a program, and running it may
run anything. Here ``pickletools`` only takes it apart; of its instructions those that describe
tensors are followed by hand, and whatever else it asks for is refused.
"""

import math
import pickletools
import typing

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C  # the first pickle
DTYPES = {
    "torch FloatStorage": np.dtype("<f4"), "torch DoubleStorage": np.dtype("<f8"),
    "torch LongStorage": np.dtype("<i8"), "torch IntStorage": np.dtype("<i4"),
}  # fmt: skip
_REBUILD, _DICT = "torch._utils _rebuild_tensor_v2", "collections OrderedDict"
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_LITERALS = {"BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE", "SHORT_BINUNICODE"}
_IGNORED = {"PROTO", "STOP", "BUILD"}
_MARK = object()


class Storage(typing.NamedTuple):
    """Where a tensor's numbers are: ``size`` of them, in the storage called ``key``."""

    dtype: np.dtype
    key: str
    size: int


class Tensor(typing.NamedTuple):
    """A view of a storage; ``strides`` count numbers, not bytes, and need not be contiguous."""

    storage: Storage
    offset: int
    shape: tuple
    strides: tuple


def read_pth(path):
    """Reads a ``.pth`` file.

    Args:
      path: of the file.

    Returns:
      {name: numpy array, C-contiguous}.

    Raises:
      ValueError: it is no such file, is damaged, or asks for more than tensors; in words.
      OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        try:
            if _pickled(file) != MAGIC:
                raise ValueError("not a .pth file of before PyTorch 1.6")
            _pickled(file), _pickled(file)  # protocol, sizes of types
            tensors, keys = _pickled(file), _pickled(file)
            storages = _read_storages(file, _named_tensors(tensors), keys)
            return {name: _array(t, storages) for name, t in _named_tensors(tensors).items()}
        except (IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"damaged ({error})") from None


def _named_tensors(value):
    """The tensors of a dict of them, each once and by name."""
    if not isinstance(value, dict):
        raise ValueError("holds no named tensors")
    return {str(name): tensor for name, tensor in value.items() if isinstance(tensor, Tensor)}


def _read_storages(file, tensors, keys):
    """{key: array [size]}; the file has them in the order of ``keys``, each behind its size."""
    known = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    found = {}
    for key in keys:
        storage = known[key]
        size = int.from_bytes(file.read(8), "little")
        data = file.read(size * storage.dtype.itemsize) if size == storage.size else b""
        if len(data) != storage.size * storage.dtype.itemsize:
            raise ValueError(f"storage {key} is not whole")
        found[key] = np.frombuffer(data, storage.dtype)
    return found


def _array(tensor, storages):
    numbers = storages[tensor.storage.key]
    reach = sum((n - 1) * s for n, s in zip(tensor.shape, tensor.strides, strict=True))
    if min((*tensor.shape, *tensor.strides, tensor.offset), default=0) < 0:
        raise ValueError("negative sizes")
    if math.prod(tensor.shape) and tensor.offset + reach >= len(numbers):
        raise ValueError("a tensor reaches beyond its storage")
    strides = [s * numbers.itemsize for s in tensor.strides]
    view = np.lib.stride_tricks.as_strided(
        numbers[tensor.offset :], tensor.shape, strides, writeable=False
    )
    return np.ascontiguousarray(view).reshape(tensor.shape)


def _pickled(file):
    """The value that the next pickle describes, as far as tensors have it.

    Raises:
      ValueError: it describes something else.
    """
    stack, memo = [], {}
    for opcode, argument, _ in pickletools.genops(file):
        name = opcode.name
        if name in _CONSTANTS or name in _LITERALS:
            stack.append(_CONSTANTS.get(name, argument))
        elif name == "GLOBAL":
            stack.append(_known(argument))
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif name not in _IGNORED:
            _apply(name, stack)
        elif name == "BUILD":
            stack.pop()  # attributes of the dict: versions of modules
    return stack[-1]


def _known(name):
    """A global's name, where it is one that tensors need."""
    if name not in DTYPES and name not in (_REBUILD, _DICT):
        raise ValueError(f"asks for {name}, which no file of tensors needs")
    return name


def _apply(name, stack):
    """One instruction that changes the stack."""
    if name == "MARK":
        stack.append(_MARK)
    elif name in ("EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE"):
        stack.append({"EMPTY_DICT": {}, "EMPTY_LIST": [], "EMPTY_TUPLE": ()}[name])
    elif name == "TUPLE":
        stack.append(tuple(_since_mark(stack)))
    elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
        count = int(name[-1])
        stack[-count:] = [tuple(stack[-count:])]
    elif name == "APPEND":
        item = stack.pop()
        stack[-1].append(item)
    elif name == "APPENDS":
        items = _since_mark(stack)
        stack[-1].extend(items)
    elif name == "SETITEMS":
        items = _since_mark(stack)
        stack[-1].update(zip(items[::2], items[1::2], strict=True))
    elif name == "SETITEM":
        value, key = stack.pop(), stack.pop()
        stack[-1][key] = value
    elif name == "BINPERSID":
        _, kind, key, _, size, *_ = stack.pop()
        stack.append(Storage(DTYPES[kind], key, size))
    elif name == "REDUCE":
        arguments, function = stack.pop(), stack.pop()
        stack.append({} if function == _DICT else Tensor(*arguments[:4]))
    else:
        raise ValueError(f"has the instruction {name}, which no file of tensors needs")


def _since_mark(stack):
    """Takes what was pushed since the last mark off the stack, and the mark."""
    place = len(stack) - 1 - stack[::-1].index(_MARK)
    items = stack[place + 1 :]
    del stack[place:]
    return items
