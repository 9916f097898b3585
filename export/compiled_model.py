"""TensorFlow Lite models run by LiteRT's CompiledModel on the CPU, as an app of today runs them."""

import functools

import numpy as np
from ai_edge_litert.compiled_model import CompiledModel
from ai_edge_litert.tensor_buffer import TensorBuffer

ALIGNMENT = 64  # bytes, of LiteRT's memory


def load_compiled(path, pairs):
    """The signature of a .tflite file, in LiteRT's CompiledModel.

    Of a model of any size CompiledModel does not know how large its results are, and writes them
    into whatever buffer it gets. So ``pairs`` say it, and such a model must have been run by
    LiteRT's interpreter before: results of other sizes would overwrite memory.

    Args:
      path: the file.
      pairs: ({input: array}, {name: array}) as ``parity.Reference.pairs`` gives: it will be run on
        inputs of these shapes.

    Returns:
      callable of its named inputs -> {name: array}, as ``tflite.load_tflite`` gives.
    """
    return functools.partial(
        _run, CompiledModel.from_file(str(path)), {_shapes(x): y for x, y in pairs}
    )


def _shapes(inputs):
    return tuple(array.shape for array in inputs.values())


def _run(model, known, **inputs):
    """{name: array} of a CompiledModel; ``known`` has results like these by inputs' shapes."""
    ((signature, ends),) = model.get_signature_list().items()
    details = model.get_input_tensor_details(signature)
    given = {}
    for name, array in inputs.items():
        if tuple(details[name]["shape"]) != array.shape:
            model.resize_input_tensor_by_name(signature, name, array.shape)
        given[name] = model.create_input_buffer_by_name(signature, name)
        given[name].write(array)
    like = known[_shapes(inputs)]
    results = {name: _aligned(like[name]) for name in ends["outputs"]}
    buffers = {name: TensorBuffer.create_from_host_memory(y) for name, y in results.items()}
    model.run_by_name(signature, given, buffers)
    return results


def _aligned(like):
    """An array like another one, at a multiple of 64 bytes: LiteRT would copy any other."""
    memory = np.empty(like.nbytes + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + like.nbytes].view(like.dtype).reshape(like.shape)
