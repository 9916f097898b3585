"""Measures how long unit-check takes for many small images, made for it.

  python tools/bench_check.py [--images=20000] [--size=64]

Half of them are A's and half B's, in a temporary folder. Prints one line.
"""

import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image


def write_images(folder, count, size, seed):
    """Writes ``count`` JPEGs of coloured blobs; no two look the same."""
    folder.mkdir()
    noise = np.random.default_rng(seed)
    for i in range(count):
        blobs = Image.fromarray(noise.integers(0, 256, (8, 8, 3), np.uint8))
        blobs.resize((size, size), Image.Resampling.BICUBIC).save(folder / f"{i:06d}.jpg")


def main(argv):
    """Makes the images and times the command, in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=20_000, help="of both domains together")
    parser.add_argument("--size", type=int, default=64, help="their sides in pixels")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        for seed, name in enumerate("ab"):
            write_images(pathlib.Path(folder) / name, arguments.images // 2, arguments.size, seed)
        command = [sys.executable, "-m", "unit_tf.cli.check", f"--data.image_size={arguments.size}"]
        command += [f"--data.dir_{name}={folder}/{name}" for name in "ab"]
        start = time.monotonic()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        seconds = time.monotonic() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{arguments.images} images of {arguments.size}x{arguments.size}: {seconds:.1f} s, "
        f"{used.ru_utime + used.ru_stime:.1f} s of CPU time, {os.cpu_count()} CPUs"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
