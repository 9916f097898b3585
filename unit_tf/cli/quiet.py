"""Starts TensorFlow without the lines that tell a user of a command nothing."""

import contextlib
import gc
import io
import os
import re
import sys
import tempfile

# Written by TensorFlow's C++ before its log level counts: no CUDA here, which CPU, which library.
NOISE = re.compile(
    r"absl::InitializeLog|cudart_stub|cuda_platform|cuda_dso_loader|cuda_fft|cuda_dnn|cuda_blas"
    r"|cpu_feature_guard|port\.cc|computation_placer|TF-TRT|oneDNN custom operations"
    r"|To enable the following instructions"
    # Said by converters of every model: an attribute from a newer writer, and progress bars.
    r"|Op<name=Identity;|XNNPACK delegate for CPU|^fully_quantize: |^\s*$"
    r"|^Running Calibration|^Applying Transformations"
    # LiteRT's CompiledModel: which accelerators it looks for, and which are not here.
    r"|^INFO: \[|npu_registry|libLiteRtCompilerPlugin"
)
# What TensorFlow and Keras import where it is installed, for plots and for models of JAX. No
# command needs that of them, and it is a quarter of their start.
SPARED = ("cv2", "jax", "matplotlib", "scipy")


def _scratch_file():
    """A file for what is held back: in memory where that can be, so that no full disk matters."""
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("stderr"), "w+b")
    return tempfile.TemporaryFile()


class _LossyWriter(io.TextIOWrapper):
    """Text that is lost where its file takes no more: a message must not end what it is about."""

    def write(self, text):
        with contextlib.suppress(OSError):
            return super().write(text)
        return len(text)


@contextlib.contextmanager
def _captured_stderr(file):
    """Has a file receive what C++ writes to descriptor 2 and Python to sys.stderr."""
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    kept = os.dup(2)
    text = _LossyWriter(open(file.fileno(), "wb", buffering=0, closefd=False), write_through=True)
    try:
        os.dup2(file.fileno(), 2)
        with contextlib.redirect_stderr(text):
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextlib.contextmanager
def filtered_stderr():
    """Holds back what is written to stderr meanwhile; at the end passes on what is not NOISE.

    Where nothing can be held back, everything is passed on at once.
    """
    try:
        file = _scratch_file()
    except OSError:
        file = None
    if file is None:
        yield
        return
    with file:
        try:
            with _captured_stderr(file):
                yield
        finally:
            _pass_on(file)


def _pass_on(file):
    """Prints the lines that are not NOISE; never raises, as a failure may be on its way up."""
    with contextlib.suppress(OSError):
        file.seek(0)
        for line in file.read().decode(errors="replace").splitlines():
            if not NOISE.search(line):
                print(line, file=sys.stderr)


@contextlib.contextmanager
def as_if_absent(names):
    """Has imports of packages fail as if they were not installed; later ones find them again.

    Args:
      names: of packages. One that has been imported before stays.
    """
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))
    try:
        yield
    finally:
        for name in absent:
            if sys.modules.get(name) is None:  # else somebody has put it there meanwhile
                sys.modules.pop(name, None)


def close_stderr():
    """Drops what is written to stderr from here on: by C++, while the process ends."""
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    with contextlib.suppress(OSError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)


def prefer_onednn():
    """Has TensorFlow use oneDNN on every CPU, unless the user's environment says otherwise.

    By itself it does so on some. On others its own convolutions are slower for images of 32x32
    pixels (docs/results.md has figures). Call it before ``start_tensorflow``.
    """
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def start_tensorflow():
    """Imports TensorFlow and looks for devices; passes on every line that is not NOISE."""
    if "tensorflow" in sys.modules:
        return
    # Where a worker of several is lost, C++ says it in ten lines besides the exception.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3" if os.environ.get("TF_CONFIG") else "2")
    # Imports and tracing make so many objects that Python's collector takes a tenth of their time
    # or more, as it is tuned.
    gc.set_threshold(20_000, 20, 20)
    with filtered_stderr(), as_if_absent(SPARED):
        import tensorflow as tf

        tf.config.list_physical_devices("GPU")
