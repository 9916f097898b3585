"""Does a written artefact do what the model in memory does? Measured before it is published."""

import hashlib
import math
import pathlib
import typing

import numpy as np
import tensorflow as tf
from unit_tf.export.differences import allowed, difference, differences, nudged
from unit_tf.export.tasks import SIGNATURE, build_task

from unit_tf.config import UserError
from unit_tf.layers import litert_forms
from unit_tf.methods.spec import other


class ExportError(UserError):
    """An artefact is not what the model is; it was removed. The command's exit code is 1."""


class Parity(typing.NamedTuple):
    """How far an artefact's results, be they images or numbers, are from the model's.

    Attributes:
      max_difference: largest absolute difference, in [0, 1].
      mean_difference: mean absolute difference.
      psnr: peak signal-to-noise ratio in dB, peak 1, from the mean squared difference over all
        images; inf where there is no difference.
      images: how many were compared.
      label_agreement: share of them that get the model's label; None of a translator.
    """

    max_difference: float
    mean_difference: float
    psnr: float
    images: int
    label_agreement: float | None = None


class Artefact(typing.NamedTuple):
    """Something that was exported.

    Attributes:
      path: the file or folder.
      parity: Parity; None for a page, whose models have theirs.
      latency: {threads: median milliseconds an image}; empty where it was not measured.
      compiled: Parity of a TFLite model in CompiledModel; ``parity`` is the interpreter's.
    """

    path: pathlib.Path
    parity: Parity
    latency: dict = {}
    compiled: Parity | None = None

    def files(self):
        """Every file of it, sorted."""
        found = [self.path] if self.path.is_file() else self.path.rglob("*")
        return sorted(path for path in found if path.is_file())

    @property
    def num_bytes(self):
        """Bytes of all its files."""
        return sum(path.stat().st_size for path in self.files())

    def digests(self):
        """{path below the artefact's folder: sha256 in hex} of every file."""
        base = self.path.parent if self.path.is_file() else self.path
        return {
            path.relative_to(base).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.files()
        }


class Reference:
    """The model's own results, each computed once however many artefacts are held to it.

    Args:
      method: a Method.
      name: of a task, such as ``"a2b"`` (tasks.build_task).
      images: non-empty list of uint8 arrays [H, W, C] of the task's domain.
      guides: the same of the task's ``guide_domain``, where it has one.

    Attributes:
      task: the tasks.Task.
      images: {domain: list}.
    """

    def __init__(self, method, name, images, guides=()):
        self.task = build_task(method, name)
        self.images = {self.task.domain: images, other(self.task.domain): guides}
        self._known = {}

    def pair(self, first, shape, name=SIGNATURE):
        """({input: float32 array}, {name: array}): a signature's example and the model's results.

        Args:
          first: index of the first image.
          shape: (count, height, width).
          name: of the signature; where that takes files, (its name, the name it is like).

        Raises:
          ExportError: the model's own results are not finite.
        """
        signature = self._signature(name)
        key = first, tuple(shape), signature.compute
        if key not in self._known:
            inputs = signature.example(self.images, first, shape)
            results = _computed(signature, inputs)
            for output, y in results.items():
                if not np.isfinite(y).all():
                    raise ExportError(
                        f"the model's own result ({output}) is not finite; nothing published"
                    )
            self._known[key] = inputs, results
        return self._known[key]

    def pairs(self, image_size, name=SIGNATURE):
        """One pair for each image, at ``image_size``, a batch of one."""
        count = len(self.images[self.task.domain])
        return [self.pair(i, (1, *image_size), name) for i in range(count)]

    def rounding(self, name, inputs, expected):
        """How far rounding alone moves the model's results, as ``differences.difference`` has it.

        The model computes in the forms that LiteRT runs (layers/litert_forms.py), of inputs whose
        last bits are other ones. Both are as right as ``expected``.

        Args:
          name: of the signature.
          inputs, expected: a pair of it.
        """
        with litert_forms.for_litert():
            found = _computed(self._signature(name), nudged(inputs))
        return difference(found, expected)

    def _signature(self, name):
        """The signature of a name; of one that takes files, the one it is like."""
        signatures = self.task.signatures
        return signatures[signatures[name].like or name]


def _computed(signature, inputs):
    """{name: array} of a signature's function, of {input: float32 array}."""
    # On the CPU, where TFLite runs: a GPU multiplies float32 in 10 bits (TF32) by default. With the
    # more exact means, or the model itself would be off by more than what is held to it.
    with tf.device("CPU:0"), litert_forms.staged_means():
        results = signature.compute(*map(tf.constant, inputs.values()))
    return {output: y.numpy() for output, y in results.items()}


def measure(name, run, pairs, tolerance=None, rounding=lambda inputs, expected: 0.0):
    """Compares an artefact's results with the model's.

    Args:
      name: the path under which it will be published, for the message.
      run: function of named arrays, the first of them [N, H, W, C], to {name: array}.
      pairs: ({input: array}, {name: array}), as ``Reference.pairs`` gives; integers are labels.
      tolerance: largest difference of floats allowed; None for any.
      rounding: function of a pair, asked where ``tolerance`` is exceeded: by how much rounding
        alone moves the model's results (differences.py).

    Returns:
      Parity.

    Raises:
      ExportError: a larger difference, another shape or type, or values that are not finite.
    """
    tally = _Tally()
    for inputs, expected in pairs:
        found = _same_kind(name, run(**inputs), expected)
        largest = tally.add(found, expected)
        if tolerance is not None and largest > tolerance:
            alone = rounding(inputs, expected)
            if largest > (limit := allowed(alone, tolerance)):
                height, width = next(iter(inputs.values())).shape[1:3]
                raise ExportError(
                    f"{name}: differs from the model by {largest:.2g} of [0,1] at "
                    f"{height}x{width}; at most {limit:.2g} is allowed, where rounding alone "
                    f"makes {alone:.1g}; not published"
                )
    return tally.parity()


class _Tally:
    """Sums of differences over batches."""

    def __init__(self):
        self.largest = self._absolute = self._squared = 0.0
        self._values = self._images = self._labels = self._agreeing = 0

    def add(self, found, expected):
        """Counts one batch's {name: array}; gives the largest difference in it."""
        largest = 0.0
        for each in differences(found, expected):
            largest = max(largest, float(each.max()))
            self._absolute += float(each.sum(dtype=np.float64))
            self._squared += float(np.square(each, dtype=np.float64).sum())
            self._values += each.size
            self._images += len(each)
        for name, wanted in expected.items():
            if np.issubdtype(wanted.dtype, np.integer):
                self._labels += wanted.size
                self._agreeing += int((found[name] == wanted).sum())
        self.largest = max(self.largest, largest)
        return largest

    def parity(self):
        """The Parity of everything that was counted."""
        squared = self._squared
        psnr = 10 * math.log10(self._values / squared) if squared else math.inf
        agreement = self._agreeing / self._labels if self._labels else None
        mean = self._absolute / self._values
        return Parity(self.largest, mean, psnr, self._images, agreement)


def _same_kind(name, found, expected):
    """``found``, whose arrays must have the shapes and types of ``expected`` and be finite."""
    kinds = [
        {key: f"{array.dtype}{list(array.shape)}" for key, array in sorted(results.items())}
        for results in (found, expected)
    ]
    if kinds[0] != kinds[1]:
        gives, model = (", ".join(f"{k} {v}" for k, v in kind.items()) for kind in kinds)
        raise ExportError(f"{name}: gives {gives} where the model gives {model}; not published")
    if not all(np.isfinite(array).all() for array in found.values()):
        raise ExportError(f"{name}: gives values that are not finite; not published")
    return found
