"""A trained method's weights in one .npz file: arrays by variable path, and the step.

Training writes such a file beside each checkpoint (float32, all networks), and a translator that is
saved or shipped is one (float32 or half floats, what translating needs). Reading unpickles nothing,
and either every weight gets its value or none does. Random seeds of dropout are in neither, nor is
what a method calls its ``training_state``.
"""

import contextlib

import numpy as np

from unit_tf.methods.weight_errors import MisfitError, WeightsError
from unit_tf.weight_files import open_npz

_STEP = "step"
_FLOATS = (np.dtype(np.float16), np.dtype(np.float32))


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


def kept_weights(method):
    """The weights that a file beside a checkpoint has, by path: all networks', for whatever comes.

    Args:
      method: Method.

    Returns:
      {path: Keras variable}.
    """
    spare = {id(v) for v in method.training_state}
    return named(v for v in method.weights if id(v) not in spare)


def needed_weights(method):
    """The weights that translating and classifying read, by path.

    Args:
      method: Method.

    Returns:
      {path: Keras variable}: all where the method classifies, else all but the discriminators'.
    """
    spare = () if method.classifies else method.discriminator_variables
    spare = {id(v) for v in spare}
    return {path: v for path, v in kept_weights(method).items() if id(v) not in spare}


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


def network_of(path):
    """The network that a variable's path belongs to: its first part, as ``"encoder_a"``."""
    return path.partition("/")[0]


def networks_in(path):
    """Names of the networks that a file of weights has layers of.

    Raises:
      WeightsError: it is none.
    """
    with _opened(path) as file:
        return {network_of(name) for name in file.names if name != _STEP}


def _as_it_is(name):
    return name


def read_weights(method, path, networks=None, stored_as=_as_it_is):
    """Puts the weights of a file into a method; what the file has beyond the needed ones too.

    Args:
      method: Method with the networks that they were trained in.
      path: the .npz file.
      networks: names as ``network_of`` gives them. The others, which the file may have or not, stay
        as they are. None for all that is needed or there.
      stored_as: path of a variable -> its name in the file; None for one that stays as it is. All
        that the file has of these networks must have a variable.

    Returns:
      training steps that they have seen.

    Raises:
      WeightsError: the file is broken; the method is unchanged.
      MisfitError: it belongs to other networks; the method is unchanged.
    """
    with _opened(path) as file:
        names = _fitting(method, file, path, networks, stored_as)
        step = _step(file)
        stored = {name: file.read(key) for name, key in names.items()}
    for name, variable in named(method.weights).items():
        if name in stored:
            variable.assign(stored[name].astype(np.float32))
    return step


def holds_weights(method, path):
    """Whether the weights that a method needs are a file's, every number of them.

    Args:
      method: Method.
      path: an .npz file of a method of its sizes.

    Raises:
      WeightsError: the file is broken.
      MisfitError: it belongs to other networks.
    """
    with _opened(path) as file:
        _fitting(method, file, path)
        return all(
            np.array_equal(file.read(name).astype(np.float32), variable.numpy())
            for name, variable in needed_weights(method).items()
        )


def check_fit(method, path):
    """Raises as ``read_weights`` does where a file's headers alone tell; reads no weights."""
    with _opened(path) as file:
        _fitting(method, file, path)


@contextlib.contextmanager
def _opened(path):
    """Gives a file's NpzReader; what that raises becomes a WeightsError that names the file."""
    try:
        with open_npz(path) as file:
            yield file
    except WeightsError:
        raise
    except ValueError as error:
        raise WeightsError(f"{path}: not translator weights ({error})") from None


def _fitting(method, file, path, networks=None, stored_as=_as_it_is):
    """{path of a variable: its name in the file} of the weights to read; each has its shape.

    By the headers alone: of a file that does not fit, nothing is unpacked.
    """
    weights, foreign = named(method.weights), set(file.names) - {_STEP}
    if networks is None:
        needed = needed_weights(method)
        names = [name for name in weights if name in needed or stored_as(name) in foreign]
    else:
        names = [name for name in weights if network_of(name) in networks]
        foreign = {name for name in foreign if network_of(name) in networks}
    keys = {name: key for name in names if (key := stored_as(name)) is not None}
    for name, key in keys.items():
        if key not in file.names:
            raise MisfitError(path, f"{key} is missing")
        found, wanted = file.header(key), tuple(weights[name].shape)
        if found.dtype not in _FLOATS or found.shape != wanted:
            raise MisfitError(path, f"{key} is {_shown(found)}, expected {_sides(wanted)}")
    if foreign := sorted(foreign - set(map(stored_as, weights))):
        raise MisfitError(path, f"{foreign[0]} is of no layer")
    return keys


def _shown(header):
    text = _sides(header.shape)
    return text if header.dtype in _FLOATS else f"{text} of {header.dtype}"


def _sides(shape):
    return "x".join(map(str, shape)) or "a number"


def _step(file):
    """The number of training steps; 0 in a file that does not say.

    Raises:
      ValueError: it is no such number.
    """
    if _STEP not in file.names:
        return 0
    header = file.header(_STEP)
    if header.shape or header.dtype.kind not in "iu":
        raise ValueError(f"{_STEP}: {_shown(header)}, expected a whole number")
    step = int(file.read(_STEP))
    if step < 0:
        raise ValueError(f"{_STEP}: {step}, expected 0 or more")
    return step
