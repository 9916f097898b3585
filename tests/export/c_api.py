"""A SavedModel run by TensorFlow's C API alone: what a server's loader does. No Python TensorFlow.

  python c_api.py LIBRARY MODEL < REQUESTS

A request a line, as JSON with "input", "output" and either "floats": [shape, values] or "bytes":
[base64 of each string]. An answer a line: {"floats": [shape, values]}, {"bytes": [base64]} or
{"error": [code, message]}. Only ctypes and the standard library.
"""

import base64
import ctypes
import json
import sys

FLOAT, STRING = 1, 7
POINTERS = (
    "NewStatus", "NewGraph", "NewSessionOptions", "LoadSessionFromSavedModel",
    "GraphOperationByName", "AllocateTensor", "TensorData", "StringGetDataPointer",
)  # fmt: skip


class Output(ctypes.Structure):
    _fields_ = [("operation", ctypes.c_void_p), ("index", ctypes.c_int)]


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("free", ctypes.c_void_p)]


class Model:
    """A session on a SavedModel's tag ``serve``."""

    def __init__(self, library, folder):
        self.c = ctypes.CDLL(library)
        for name in POINTERS:
            getattr(self.c, f"TF_{name}").restype = ctypes.c_void_p
        self.c.TF_Message.restype = ctypes.c_char_p
        self.c.TF_Dim.restype = ctypes.c_int64
        self.c.TF_StringGetSize.restype = ctypes.c_size_t
        self.status = ctypes.c_void_p(self.c.TF_NewStatus())
        self.graph = ctypes.c_void_p(self.c.TF_NewGraph())
        options = ctypes.c_void_p(self.c.TF_NewSessionOptions())
        tags = (ctypes.c_char_p * 1)(b"serve")
        self.session = ctypes.c_void_p(
            self.c.TF_LoadSessionFromSavedModel(
                options, None, folder.encode(), tags, 1, self.graph, None, self.status
            )
        )
        self.check()

    def check(self):
        code = self.c.TF_GetCode(self.status)
        if code:
            raise RuntimeError(code, self.c.TF_Message(self.status).decode(errors="replace"))

    def tensor(self, kind, shape, items):
        """A tensor of floats, or of byte strings."""
        dims = (ctypes.c_int64 * len(shape))(*shape)
        size = ctypes.c_size_t(len(items) * (4 if kind == FLOAT else 24))
        tensor = ctypes.c_void_p(self.c.TF_AllocateTensor(kind, dims, len(shape), size))
        data = self.c.TF_TensorData(tensor)
        if kind == FLOAT:
            ctypes.memmove(data, (ctypes.c_float * len(items))(*items), 4 * len(items))
        else:
            for i, item in enumerate(items):
                at = ctypes.c_void_p(data + 24 * i)
                self.c.TF_StringInit(at)
                self.c.TF_StringCopy(at, item, ctypes.c_size_t(len(item)))
        return tensor

    def values(self, tensor):
        """(shape, floats or byte strings) of a tensor."""
        shape = [self.c.TF_Dim(tensor, i) for i in range(self.c.TF_NumDims(tensor))]
        count = 1
        for side in shape:
            count *= side
        data = self.c.TF_TensorData(tensor)
        if self.c.TF_TensorType(tensor) == FLOAT:
            return shape, list((ctypes.c_float * count).from_address(data))
        strings = []
        for i in range(count):
            at = ctypes.c_void_p(data + 24 * i)
            size = self.c.TF_StringGetSize(at)
            strings.append(ctypes.string_at(self.c.TF_StringGetDataPointer(at), size))
        return shape, strings

    def end(self, name):
        """The end of an operation by a tensor's name, such as ``serving_default_image:0``."""
        name, index = name.split(":")
        operation = self.c.TF_GraphOperationByName(self.graph, name.encode())
        if not operation:
            raise RuntimeError(5, f"no operation {name}")
        return Output(operation, int(index))

    def run(self, source, target, tensor):
        """Feeds one tensor, fetches another."""
        fetched = (ctypes.c_void_p * 1)()
        self.c.TF_SessionRun(
            self.session, None,
            (Output * 1)(self.end(source)), (ctypes.c_void_p * 1)(tensor), 1,
            (Output * 1)(self.end(target)), fetched, 1,
            None, 0, None, self.status,
        )  # fmt: skip
        self.check()
        return self.values(ctypes.c_void_p(fetched[0]))


def answer(model, request):
    """One request's answer, as the module's docstring says."""
    if "floats" in request:
        tensor = model.tensor(FLOAT, *request["floats"])
    else:
        strings = [base64.b64decode(text) for text in request["bytes"]]
        tensor = model.tensor(STRING, [len(strings)], strings)
    try:
        shape, found = model.run(request["input"], request["output"], tensor)
    except RuntimeError as error:
        return {"error": list(error.args)}
    if found and isinstance(found[0], bytes):
        return {"bytes": [base64.b64encode(item).decode() for item in found]}
    return {"floats": [shape, found]}


if __name__ == "__main__":
    served = Model(*sys.argv[1:])
    for line in sys.stdin:
        print(json.dumps(answer(served, json.loads(line))), flush=True)
