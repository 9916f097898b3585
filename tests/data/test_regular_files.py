import os
import socket

import pytest

from unit_tf.data.images import BadImage, decode
from unit_tf.data.regular_files import read_regular_file


def test_content_through_links(tmp_path):
    (tmp_path / "x").write_bytes(b"content")
    (tmp_path / "link").symlink_to("x")
    assert read_regular_file(tmp_path / "link") == b"content"
    assert read_regular_file(str(tmp_path / "x"), largest=7) == b"content"


@pytest.mark.timeout(20)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.png")
    with pytest.raises(BadImage, match=r"x\.png: a named pipe, not a file$"):
        decode(tmp_path / "x.png", 3)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/random"])
def test_a_link_to_a_device_is_refused(tmp_path, device):
    (tmp_path / "x.png").symlink_to(device)
    with pytest.raises(BadImage, match=r"x\.png: a device, not a file$"):
        decode(tmp_path / "x.png", 3)


def test_a_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the whole path may be too long for one
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("x.png")
        with pytest.raises(BadImage, match="a socket, not a file"):
            decode("x.png", 3)


def test_a_link_that_loops_is_refused(tmp_path):
    (tmp_path / "loop.png").symlink_to("loop.png")
    with pytest.raises(BadImage, match="too many levels of symbolic links"):
        decode(tmp_path / "loop.png", 3)


def test_a_large_file_is_refused_unread(tmp_path):
    with open(tmp_path / "x.png", "wb") as file:
        file.truncate(2**40)  # a sparse one, that takes no room
    with pytest.raises(BadImage, match=r"more than 1,074 million bytes"):
        decode(tmp_path / "x.png", 3)
