"""A trained method's weights in one .npz file: arrays by variable path, and the step.

Training writes such a file beside each checkpoint (float32, all networks), and a translator that is
saved or shipped is one (float32 or half floats, what translating needs). Reading unpickles nothing,
and either every weight gets its value or none does. Random seeds of dropout are in neither.
"""

import numpy as np

from unit_tf.config import UserError
from unit_tf.weight_files import UNREADABLE, load_arrays

_STEP = "step"
_FLOATS = (np.dtype(np.float16), np.dtype(np.float32))


class WeightsError(UserError):
    """A file holds no weights, or those of other networks."""


def named(variables):
    """{"encoder_a/conv0/conv/kernel": variable, ...}.

    Raises:
      ValueError: two variables share a path.
    """
    variables = list(variables)
    found = {v.path: v for v in variables}
    if len(found) != len(variables):
        raise ValueError("two variables share a path")
    return found


def needed_weights(method):
    """The weights that translating and classifying read, by path.

    Args:
      method: Method.

    Returns:
      {path: Keras variable}: all where the method classifies, else all but the discriminators'.
    """
    spare = () if method.classifies else method.discriminator_variables
    spare = {id(v) for v in spare}
    return named(v for v in method.weights if id(v) not in spare)


def half_floats(method):
    """{path: float16 array} of the weights that a shipped translator has."""
    return {path: v.numpy().astype(np.float16) for path, v in needed_weights(method).items()}


def write_weights(path, arrays, step, compressed=False):
    """Writes a file of weights, which should not have its final name yet.

    Args:
      path: the .npz file.
      arrays: {path of the variable: float32 or float16 array}.
      step: training steps that they have seen.
      compressed: smaller and slower; pays for half floats alone.
    """
    write = np.savez_compressed if compressed else np.savez
    with open(path, "wb") as file:
        write(file, **{_STEP: np.int64(step)}, **arrays)


def read_weights(method, path):
    """Puts the weights of a file into a method; what the file has beyond the needed ones too.

    Args:
      method: Method with the networks that they were trained in.
      path: the .npz file.

    Returns:
      training steps that they have seen.

    Raises:
      WeightsError: the file is broken or belongs to other networks; the method is unchanged.
    """
    stored = _arrays(path)
    step, needed = int(stored.pop(_STEP, 0)), needed_weights(method)
    present = {name: v for name, v in named(method.weights).items() if name in stored}
    for name, variable in {**needed, **present}.items():
        array = stored.get(name)
        if array is None or array.dtype not in _FLOATS or array.shape != tuple(variable.shape):
            raise WeightsError(f"{path}: does not fit its config.json; first misfit: {name}")
    for name, variable in present.items():
        variable.assign(stored[name].astype(np.float32))
    return step


def _arrays(path):
    try:
        stored = load_arrays(path)
        int(stored.get(_STEP, 0))
    except UNREADABLE as error:
        reason = " ".join(str(error).split())
        raise WeightsError(f"{path}: not translator weights ({reason})") from None
    return stored
