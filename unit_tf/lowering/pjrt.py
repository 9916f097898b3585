"""A lowered training on a device, through JAX's PJRT client; no TensorFlow."""

import concurrent.futures
import math
import pathlib

import numpy as np

from unit_tf.config import UserError
from unit_tf.files import os_reason
from unit_tf.lowering import program_folder


class Programs:
    """The two compiled programs, and the variables on the device.

    Args:
      folder: of tools/lower_train_step.py.
      state_file: the variables to begin with.

    Attributes:
      manifest: program_folder.Manifest.
      step: steps done.
    """

    def __init__(self, folder, state_file):
        jax, device_list = _load_jax()
        jax.config.update("jax_enable_x64", True)  # the step is counted in int64
        self._jax, folder = jax, pathlib.Path(folder)
        texts = {
            folder / name: _text(folder / name)
            for name in (program_folder.STEP_PROGRAM, program_folder.SAMPLE_PROGRAM)
        }
        self.manifest = program_folder.read_manifest(folder)
        values = program_folder.read_state(state_file, self.manifest)
        self.step = int(values[program_folder.position_of(self.manifest)])
        self.device = jax.local_devices()[0]
        # jax.jit takes functions of its own alone; a program from elsewhere goes to the client.
        devices = device_list((self.device,))
        self._programs = {
            path.name: self._compiled(path, text, devices) for path, text in texts.items()
        }
        self._state = [self._put(value) for value in values]
        self._running = None
        self._seed = self._put(np.int32(self.manifest.config.run.seed))

    def _compiled(self, path, text, devices):
        try:
            return self.device.client.compile_and_load(text, devices)
        except self._jax.errors.JaxRuntimeError as error:
            if not any(word in str(error) for word in ("INVALID_ARGUMENT", "Failed to parse")):
                raise  # the device's trouble, not the file's
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"{path}: this JAX, {self._jax.__version__}, cannot read it ({reason})"
            ) from None

    def _put(self, array):
        return self._jax.device_put(array, self.device)

    def _run(self, name, arguments):
        results = self._programs[name].execute_sharded(arguments)
        return [shards[0] for shards in results.disassemble_into_single_device_arrays()]

    def train(self, x_a, x_b):
        """One step; returns the losses, still on the device, by name.

        The old variables' memory becomes the new ones'.
        """
        batch = [self._put(x_a), self._put(x_b)]
        # A buffer that is given away is gone: the seed is no variable, so it stays.
        results = self._run(program_folder.STEP_PROGRAM, [*batch, self._seed, *self._state])
        # One step ahead and no more: what is queued holds its memory.
        if self._running is not None:
            self._running.block_until_ready()
        self._running = results[0]
        count = len(self.manifest.logs)
        for index, value in zip(self.manifest.updated, results[count:], strict=True):
            self._state[index] = value
        self.step += 1
        return dict(zip(self.manifest.logs, results[:count], strict=True))

    def sample(self, x_a, x_b):
        """{"column title": float32 images in [-1, 1]}, the log's grid."""
        variables = [self._state[i] for i in self.manifest.sample_state]
        columns = self._run(
            program_folder.SAMPLE_PROGRAM, [self._put(x_a), self._put(x_b), *variables]
        )
        return dict(zip(self.manifest.columns, map(np.asarray, columns), strict=True))

    def values(self):
        """The variables as arrays, in the manifest's order."""
        return [np.asarray(value) for value in self._state]

    def operations(self):
        """Floating-point operations of a step as XLA counts them; nan where it does not."""
        return float(
            self._programs[program_folder.STEP_PROGRAM].cost_analysis().get("flops", math.nan)
        )


def _load_jax():
    """(jax, the client's list of devices).

    Raises:
      UserError: it is not installed, or another than this knows.
    """
    try:
        import jax
        from jaxlib._jax import DeviceList
    except ImportError as error:
        raise UserError(
            f'JAX 0.10 or later is needed ({error}): pip install -e ".[lowered]"'
        ) from None
    return jax, DeviceList


def _text(path):
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({os_reason(error)})") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not UTF-8 text; lower the training again") from None


class Batches:
    """What the ordinary training reads, cut one step ahead in a thread of its own.

    Args:
      folder: of tools/lower_train_step.py.
      config: ExperimentConfig.
    """

    def __init__(self, folder, config):
        self._streams = program_folder.read_crops(
            pathlib.Path(folder) / program_folder.IMAGES, config
        )
        self._size = config.optim.images_a_step
        self._thread = concurrent.futures.ThreadPoolExecutor(1)
        self._next = None

    def first(self, rows):
        """The sample's images: (x_a, x_b) of the stream's first ``rows``."""
        return self._cut(0, rows)

    def __call__(self, step):
        """(x_a, x_b) of a step, counted from 0; the next one's are begun."""
        ahead, self._next = self._next, None
        found = ahead[1].result() if ahead and ahead[0] == step else self._cut(step, self._size)
        self._next = step + 1, self._thread.submit(self._cut, step + 1, self._size)
        return found

    def _cut(self, step, size):
        return tuple(self._streams[d].batch(step, size) for d in "ab")
