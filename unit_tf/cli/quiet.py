"""Starts TensorFlow without the lines that tell a user of a command nothing."""

import contextlib
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
)


@contextlib.contextmanager
def _captured_stderr():
    """Gives a file that receives what C++ writes to descriptor 2 and Python to sys.stderr."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file, open(file.fileno(), "w", closefd=False) as text:
        os.dup2(file.fileno(), 2)
        try:
            with contextlib.redirect_stderr(text):
                yield file
        finally:
            text.flush()
            os.dup2(kept, 2)
            os.close(kept)


@contextlib.contextmanager
def filtered_stderr():
    """Holds back what is written to stderr meanwhile; at the end passes on what is not NOISE."""
    lines = []
    try:
        with _captured_stderr() as file:
            try:
                yield
            finally:
                sys.stderr.flush()
                file.seek(0)
                lines = file.read().decode(errors="replace").splitlines()
    finally:
        for line in lines:
            if not NOISE.search(line):
                print(line, file=sys.stderr)


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
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with filtered_stderr():
        import tensorflow as tf

        tf.config.list_physical_devices("GPU")
