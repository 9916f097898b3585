"""Faces rendered by several processes at once.

Each is a Python of its own that runs ``avatar_images``, so neither TensorFlow nor the caller's main
program is imported there, and it ends with its input, however the caller ends.
"""

import concurrent.futures
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile

import numpy as np
from tqdm import tqdm

from unit_tf.data.base import DataError
from unit_tf.data.sources.avatar_images import parts

_FACES_AT_A_TIME = 16
_ROOT = pathlib.Path(__file__).parents[3]


def render_faces(faces, size, processes=None):
    """Images of faces, with a progress bar on a terminal and one line elsewhere.

    Args:
      faces: list of avatar_faces.Face.
      size: pixels a side.
      processes: how many render; None: one for each CPU of this process.

    Returns:
      uint8 array [N, size, size, 3], in the order of ``faces``.

    Raises:
      DataError: a process failed; the line says why.
    """
    images = np.empty((len(faces), size, size, 3), np.uint8)
    starts = queue.SimpleQueue()
    for start in range(0, len(faces), _FACES_AT_A_TIME):
        starts.put(start)
    processes = min(processes or _cpus(), starts.qsize())
    text = f"rendering {len(faces)} faces of {size}x{size}"
    if not sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)
    workers = []
    with tqdm(total=len(faces), desc=text, unit="face", disable=None) as bar:
        try:
            workers += [_Worker() for _ in range(processes)]
            with concurrent.futures.ThreadPoolExecutor(max(1, processes)) as pool:
                futures = [pool.submit(_fill, images, faces, starts, w, bar) for w in workers]
                try:
                    for future in concurrent.futures.as_completed(futures):
                        future.result()
                except BaseException:
                    _stop(workers)  # or the pool would wait for their threads
                    raise
        finally:
            _stop(workers)
    return images


def _cpus():
    """How many CPUs this process may use; macOS knows only how many there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Worker:
    """A process that renders."""

    def __init__(self):
        self.errors = tempfile.TemporaryFile()
        path = [os.path.abspath(entry) for entry in sys.path]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "unit_tf.data.sources.avatar_images"],
            # There and not in the user's folder, whose files could be taken for modules.
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
        )

    def render(self, faces, size):
        """uint8 array [N, size, size, 3]; DataError where the process ended."""
        request = json.dumps([size, [parts(face) for face in faces]]) + "\n"
        expected = len(faces) * size * size * 3
        try:
            self.process.stdin.write(request.encode())
            self.process.stdin.flush()
            content = self.process.stdout.read(expected)
        except OSError:
            content = b""
        if len(content) != expected:
            raise DataError(f"--data.source=avatars: rendering failed ({self._reason()})")
        return np.frombuffer(content, np.uint8).reshape(len(faces), size, size, 3)

    def _reason(self):
        """The last line that the process wrote to stderr, or how it ended."""
        status = self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), f"exit status {status}")

    def stop(self):
        """Ends the process."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            try:
                stream.close()
            except OSError:
                pass  # what was not yet written has no reader


def _fill(images, faces, starts, worker, bar):
    """Renders into ``images`` until no start is left."""
    while True:
        try:
            start = starts.get_nowait()
        except queue.Empty:
            return
        some = faces[start : start + _FACES_AT_A_TIME]
        images[start : start + len(some)] = worker.render(some, images.shape[1])
        bar.update(len(some))


def _stop(workers):
    for worker in workers:
        worker.stop()
