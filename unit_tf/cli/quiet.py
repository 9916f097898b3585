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
)


@contextlib.contextmanager
def _captured_stderr():
    """Gives a file that receives whatever this process writes to file descriptor 2 meanwhile."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield file
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)


def start_tensorflow():
    """Imports TensorFlow and looks for devices; passes on every line that is not NOISE."""
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    lines = []
    try:
        with _captured_stderr() as file:
            try:
                import tensorflow as tf

                tf.config.list_physical_devices("GPU")
            finally:
                file.seek(0)
                lines = file.read().decode(errors="replace").splitlines()
    finally:
        for line in lines:
            if not NOISE.search(line):
                print(line, file=sys.stderr)
