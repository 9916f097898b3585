"""The cache of rendered faces, whose renderer is a stand-in here."""

import json
import pathlib
import threading
import zipfile

import numpy as np
import pytest

from unit_tf.data.base import DataError
from unit_tf.data.sources import avatar_images, render_cache, render_pool
from unit_tf.data.sources.avatar_faces import sample_pairs
from unit_tf.files import lock_folder

SIZE = 32
FACES = [pair[0] for pair in sample_pairs("Smiling", "a", 3, 0)]
VERSIONS = {"python-avatars": "1.4.1", "resvg-py": "0.5.1"}


@pytest.fixture(autouse=True)
def rendered(monkeypatch):
    """The calls of the renderer; image i is i throughout."""
    calls = []

    def render_faces(faces, size):
        calls.append((len(faces), size))
        return np.broadcast_to(
            np.arange(len(faces), dtype=np.uint8)[:, None, None, None], (len(faces), size, size, 3)
        )

    monkeypatch.setattr(render_pool, "render_faces", render_faces)
    monkeypatch.setattr(avatar_images, "package_versions", lambda: VERSIONS)
    return calls


def cached(folder, faces=FACES, size=SIZE):
    return render_cache.cached_faces(faces, size, str(folder), "Smiling_train")


def stored(folder):
    (path,) = pathlib.Path(folder).rglob("*.npz")
    return path


def test_faces_are_rendered_once(tmp_path, rendered, capfd):
    first, second = cached(tmp_path), cached(tmp_path)
    np.testing.assert_array_equal(first, second)
    assert first.dtype == np.uint8 and first[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert rendered == [(3, SIZE)]
    assert capfd.readouterr().err == ""
    assert [path.name for path in stored(tmp_path).parent.iterdir()] == ["faces.npz"]


def test_other_faces_sizes_and_versions_are_other_entries(tmp_path, rendered, monkeypatch):
    """An entry is never rendered over for another one."""
    cached(tmp_path)
    cached(tmp_path, size=64)
    cached(tmp_path, faces=FACES[::-1])
    monkeypatch.setattr(avatar_images, "package_versions", lambda: {**VERSIONS, "resvg-py": "0.6"})
    cached(tmp_path)
    monkeypatch.setattr(avatar_images, "VERSION", avatar_images.VERSION + 1)
    cached(tmp_path)
    assert len(rendered) == len(list(tmp_path.rglob("*.npz"))) == 5


def truncated(path):
    path.write_bytes(path.read_bytes()[:-100])


def emptied(path):
    path.write_bytes(b"")


def flipped(path):
    """One byte in the middle of the images."""
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 255
    path.write_bytes(content)


def undeflatable(path):
    """At the first bytes of the compressed images zlib stops before any checksum."""
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("images.npy").header_offset + 30 + len("images.npy") + 20
    content = bytearray(path.read_bytes())
    content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)


def with_a_torn_header(path):
    """NumPy's tokenizer stops at it."""
    header = b'{"descr": ('
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", content)


def with_other_images(path):
    with np.load(path) as old:
        np.savez(path, images=255 - old["images"], manifest=old["manifest"])


def pickled(path):
    """As a stranger may have put there: it must not be unpickled."""
    np.savez(path, images=np.array([{}], object), manifest="{}")


def with_fewer_images(path):
    with np.load(path) as old:
        manifest = json.loads(str(old["manifest"]))
        images = old["images"][:2]
    manifest["sha256"] = render_cache._checksum(images)
    np.savez(path, images=images, manifest=json.dumps(manifest))


@pytest.mark.parametrize(
    "damage",
    [
        truncated, emptied, flipped, undeflatable, with_a_torn_header, with_other_images, pickled,
        with_fewer_images,
    ],
)  # fmt: skip
def test_a_damaged_file_is_rendered_again(tmp_path, rendered, capfd, damage):
    """With one line, once."""
    expected = cached(tmp_path)
    path = stored(tmp_path)
    damage(path)
    np.testing.assert_array_equal(cached(tmp_path), expected)
    assert capfd.readouterr().err == f"{path}: damaged; rendering it again\n"
    np.testing.assert_array_equal(cached(tmp_path), expected)
    assert len(rendered) == 2 and capfd.readouterr().err == ""


def test_a_stopped_rendering_leaves_no_file(tmp_path, monkeypatch):
    def render_faces(faces, size):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(render_pool, "render_faces", render_faces)
        with pytest.raises(KeyboardInterrupt):
            cached(tmp_path)
    assert not list(tmp_path.rglob("*.*"))
    assert len(cached(tmp_path)) == 3


def test_a_second_process_waits_and_reads(tmp_path, rendered, capfd, monkeypatch):
    """A lock is the process's and the file handle's, so a thread stands for the other process."""
    expected = cached(tmp_path)
    path = stored(tmp_path)
    kept = path.read_bytes()
    path.unlink()
    release = lock_folder(path.parent)
    found, waits = [], threading.Event()

    def lock(folder, wait=False):
        if wait:
            waits.set()
        return lock_folder(folder, wait)

    monkeypatch.setattr(render_cache, "lock_folder", lock)
    other = threading.Thread(target=lambda: found.append(cached(tmp_path)))
    other.start()
    assert waits.wait(60)
    other.join(0.3)
    assert other.is_alive() and not found
    path.write_bytes(kept)
    release()
    other.join(30)
    np.testing.assert_array_equal(found[0], expected)
    assert len(rendered) == 1
    said = f"{path.parent}: waiting for another process that renders it\n"
    assert capfd.readouterr().err == said


def test_a_folder_that_cannot_be_used_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError) as caught:
        cached(tmp_path / "file")
    said = f"--data.cache_dir={tmp_path / 'file'}: cannot be written to (not a directory)"
    assert str(caught.value) == said


def test_nothing_is_kept_where_that_is_switched_off(tmp_path, rendered, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cached("off")
    cached("off")
    assert len(rendered) == 2 and not list(tmp_path.iterdir())
