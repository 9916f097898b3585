"""The source archive and the wheel hold what they should, and the wheel works by itself."""

import email
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

ROOT = pathlib.Path(__file__).parents[1]
COPIED = ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
FOLDERS = ("unit_tf", "export")
CACHES = ("__pycache__", "*.egg-info")
# What lies about in a checkout and must stay out.
PLANTED = (
    "unit_tf/__pycache__/planted.cpython-311.pyc",
    "export/serving/__pycache__/planted.pyc",
    "tests/test_planted.py",
    "tools/planted.py",
    "docs/planted.md",
    ".cache/planted.npz",
    "runs/planted/config.json",
)


def build(hook, folder):
    """What setuptools' ``build_sdist`` or ``build_wheel`` makes of a folder: a path."""
    code = f"from setuptools.build_meta import {hook}; print('made', {hook}('dist'))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "dist" / re.search(r"^made (.+)$", done.stdout, re.MULTILINE)[1]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of what is built, so that nothing is left in the repository; and some litter."""
    folder = tmp_path_factory.mktemp("build") / "checkout"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(*CACHES))
    for name in COPIED:
        shutil.copy(ROOT / name, folder)
    for name in PLANTED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return folder


@pytest.fixture(scope="module")
def sdist(checkout):
    return build("build_sdist", checkout)


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """Built from the unpacked source archive, which therefore is whole."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    return build("build_wheel", source)


def wanted():
    """Every file of the package, by its path in a wheel."""
    files = set()
    for name, prefix in (("unit_tf", "unit_tf"), ("export", "unit_tf/export")):
        for path in (ROOT / name).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                files.add(f"{prefix}/{path.relative_to(ROOT / name).as_posix()}")
    return files


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    """Code, weights, the exported page, the servers' configurations."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == wanted()
    assert {name.split("/")[0] for name in names} == {"unit_tf"}
    assert "unit_tf/pretrained/blue_marble/config.json" in names
    assert "unit_tf/evaluation/features/weights/avatar_attributes.json" in names
    assert "unit_tf/export/web/page/index.html" in names
    assert "unit_tf/export/serving/docker-compose.yml" in names


def test_the_wheel_says_what_it_is(wheel):
    archive = zipfile.ZipFile(wheel)
    (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    metadata = email.message_from_bytes(archive.read(name))
    assert set(metadata["Requires-Python"].split(",")) == {">=3.10", "<3.14"}
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload().startswith("# unit_tf\n")


def test_the_source_archive_holds_what_installs(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    package = {name.replace("unit_tf/export/", "export/") for name in wanted()}
    assert package <= names
    assert set(COPIED) <= names
    assert [name for name in PLANTED if name in names] == []
    assert [name for name in names if name.endswith(".pyc")] == []


@pytest.fixture(scope="module")
def clean(wheel, tmp_path_factory):
    """bin/ of an environment with the wheel, that sees the packages it needs but no checkout."""
    folder = tmp_path_factory.mktemp("clean")
    run = dict(check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], **run)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    python = folder / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run([*pip, "--python", python, *install], **run)
    (packages,) = folder.glob("lib/python*/site-packages")
    # Plain lines: what these folders' own .pth files say, as where the checkout is, stays unread.
    others = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "needed.pth").write_text("\n".join(others) + "\n")
    return folder / "bin"


def run_clean(arguments, folder):
    """A command outside of any checkout; its output."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment["TF_CPP_MIN_LOG_LEVEL"] = "3"
    done = subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_environment_has_the_wheel_and_its_commands(clean, tmp_path):
    where = "import unit_tf, unit_tf.export; print(unit_tf.__file__, unit_tf.export.__file__)"
    paths = run_clean([clean / "python", "-c", where], tmp_path).split()
    assert len(paths) == 2
    assert all(clean.parent in pathlib.Path(path).parents for path in paths)
    for name in ("unit-check", "unit-train", "unit-translate", "unit-evaluate", "unit-export"):
        assert name in run_clean([clean / name, "--help"], tmp_path)


def test_the_readmes_lines_run_in_it(clean, tmp_path):
    """From import to a translated image, with the weights that came in the wheel."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (tmp_path / "five_lines.py").write_text(re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1])
    noise = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "tile.png")
    run_clean([clean / "python", "five_lines.py"], tmp_path)
    with Image.open(tmp_path / "map.png") as image:
        assert (image.size, image.mode) == ((70, 50), "RGB")
        assert np.asarray(image).std() > 1
