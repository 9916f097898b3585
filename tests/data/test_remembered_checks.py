"""Images are decoded once, and again only where something has changed."""

import json
import os
import sys
import threading

import numpy as np
import pytest
from PIL import Image

from unit_tf.data import remembered_checks
from unit_tf.data.decode_all import decode_all
from unit_tf.data.image_limits import Limits
from unit_tf.data.image_lists import ImageFile
from unit_tf.data.remembered_checks import Check, RememberedChecks
from unit_tf.data.value_ranges import Extent


@pytest.fixture(autouse=True)
def every_check_is_long(monkeypatch):
    monkeypatch.setattr(remembered_checks, "LONG_SECONDS", 0)


@pytest.fixture
def decoded(monkeypatch):
    """Names of the files that were decoded since it was last cleared."""
    module = sys.modules[decode_all.__module__]
    names, decode = [], module.decode

    def count(encoded, channels, name, *more):
        names.append(os.path.basename(name))
        return decode(encoded, channels, name, *more)

    monkeypatch.setattr(module, "decode", count)
    return names


@pytest.fixture
def images(tmp_path):
    """Three files."""
    (tmp_path / "in/deep").mkdir(parents=True)
    paths = [tmp_path / "in" / name for name in ("a.png", "b.png", "deep/c.png")]
    for i, path in enumerate(paths):
        Image.new("RGB", (5 + i, 4)).save(path)
    return [ImageFile(path.name, str(path)) for path in paths]


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def stored(cache):
    (path,) = cache.rglob("*.json")
    return path


def names_in(cache):
    return [os.path.basename(path) for path in json.loads(stored(cache).read_bytes())["images"]]


def test_a_second_check_decodes_nothing(images, cache, decoded, capsys):
    first = decode_all(images, str(cache))
    assert sorted(decoded) == ["a.png", "b.png", "c.png"]
    decoded.clear()
    assert decode_all(images, str(cache)) == first and decoded == []
    assert [(c.height, c.width) for c in first.values()] == [(4, 5), (4, 6), (4, 7)]
    assert len({c.digest for c in first.values()}) == 3
    assert capsys.readouterr().err == ""
    assert [p.name for p in stored(cache).parent.iterdir()] == [stored(cache).name]


def test_changed_files_alone_are_decoded_again(images, cache, decoded):
    decode_all(images, str(cache))
    decoded.clear()
    os.utime(images[0].where, (1, 1))
    Image.new("RGB", (50, 40)).save(images[1].where)
    found = decode_all(images, str(cache))
    assert sorted(decoded) == ["a.png", "b.png"] and found[images[1].where].width == 50


def test_what_is_bad_is_not_remembered(images, cache, decoded):
    with open(images[0].where, "wb"):
        pass
    for _ in range(2):
        assert decode_all(images, str(cache))[images[0].where] == "empty file"
    os.remove(images[1].where)
    assert decode_all(images, str(cache))[images[1].where] == "no such file or directory"


def test_which_part_is_taken_is_remembered(images, cache):
    pages = [Image.new("RGB", (8, 8), (k, 0, 0)) for k in range(2)]
    path = images[0].where.replace("a.png", "a.tif")
    pages[0].save(path, save_all=True, append_images=pages[1:])
    found = [decode_all([ImageFile("a", path)], str(cache))[path].remark for _ in range(2)]
    assert found == ["only page 1 of 2 taken"] * 2


def test_another_pillow_checks_anew(images, cache, decoded, monkeypatch, capsys):
    decode_all(images, str(cache))
    monkeypatch.setattr(remembered_checks.PIL, "__version__", "0")
    decode_all(images, str(cache))
    assert len(decoded) == 6 and capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"[]", b"{}", b'{"made_by": 1', b"[" * 100_000,
        '{"made_by": MADE, "images": []}', '{"made_by": MADE, "images": {"x": [1, 2]}}',
        '{"made_by": MADE, "images": {"x": [1, 2, 3, 4, 5, 6, null]}}',
        '{"made_by": MADE, "images": {"x": [1, 2, 3, 4, "5", "6", ["0", "1", true]]}}',
        '{"made_by": MADE, "images": {"x": [1, 2, 3, 4, "5", "6", [0.0, 1e999, true]]}}',
        '{"made_by": MADE, "images": {"x": [1, 2, 3, 4, "5", "6", [2.0, 1.0, true]]}}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_made_anew_with_one_line(
    images, cache, decoded, content, monkeypatch, capsys
):
    monkeypatch.setattr(remembered_checks, "LONG_SECONDS", 0)
    decode_all(images, str(cache))
    path = stored(cache)
    made_by = json.dumps(json.loads(path.read_bytes())["made_by"])
    if isinstance(content, str):
        content = content.replace("MADE", made_by).encode()
    path.write_bytes(content)
    decoded.clear()
    monkeypatch.setattr(remembered_checks, "LONG_SECONDS", 1e9)  # also after a short check
    decode_all(images, str(cache))
    assert capsys.readouterr().err == f"{path}: damaged; checking images again\n"
    decode_all(images, str(cache))
    assert len(decoded) == 3 and capsys.readouterr().err == ""


def test_short_checks_leave_no_file(images, cache, monkeypatch):
    monkeypatch.setattr(remembered_checks, "LONG_SECONDS", 1e9)
    decode_all(images, str(cache))
    assert not cache.exists()


def test_it_can_be_switched_off(images, decoded, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    for _ in range(2):
        decode_all(images, "off")
    assert len(decoded) == 6 and not (tmp_path / "home").exists()


def test_a_full_disk_is_one_line(images, cache, monkeypatch, capsys):
    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(remembered_checks, "write_text", full)
    assert len(decode_all(images, str(cache))) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("cannot be written (no space left on device); these images will be "
                         "checked again")  # fmt: skip


def test_two_at_once_keep_what_both_found(images, cache, decoded):
    """Each began before the other has written; other lists of the folder stay as well."""
    folder = os.path.dirname(images[0].where)
    processes = [RememberedChecks(cache, [image.where for image in images], 89) for _ in range(2)]
    check = remembered_checks.Check(1, 2, 3, "x", "")
    status = os.stat(folder)
    for i, process in enumerate(processes):
        process.add(f"{folder}/{i}", status, check)
    threads = [threading.Thread(target=process.save, args=(1.0,)) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    known = RememberedChecks(cache, [image.where for image in images], 89)
    assert [known.find(f"{folder}/{i}", status) is not None for i in range(3)] == [
        True,
        True,
        False,
    ]


def test_the_oldest_of_very_many_are_forgotten(images, cache, monkeypatch):
    monkeypatch.setattr(remembered_checks, "KEPT_OTHERS", 1)
    decode_all(images, str(cache))
    os.utime(images[0].where, (1, 1))
    decode_all(images, str(cache))
    assert names_in(cache) == ["c.png", "a.png"]


def test_threads_that_end_in_another_order_change_no_file(images, cache):
    paths = [image.where for image in images]
    checks = RememberedChecks(cache, paths, megapixels=89)
    for path in reversed(paths):
        checks.add(path, os.stat(path), Check(1, 4, 5, "digest", ""))
    checks.save(took=2)
    assert names_in(cache) == ["a.png", "b.png", "c.png"]


def test_values_of_deep_images_are_noted_though_nothing_is_decoded(cache, tmp_path, decoded):
    """Also where the first check did not ask for them."""
    path = str(tmp_path / "deep.png")
    Image.fromarray(np.array([[5, 4095]], np.uint16)).save(path)
    decode_all([ImageFile("deep", path)], str(cache))
    noted = []
    decode_all([ImageFile("deep", path, value_range=noted.append)], str(cache))
    assert noted == [Extent(5, 4095, True)] and len(decoded) == 1


def test_another_limit_checks_anew(images, cache, decoded):
    decode_all(images, str(cache))
    decode_all([image._replace(limits=Limits(5)) for image in images], str(cache))
    assert len(decoded) == 6
