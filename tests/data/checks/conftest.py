"""A report on images in which something of nearly every kind is wrong."""

import pytest
from PIL import Image

from unit_tf.config import DataConfig
from unit_tf.data.checks.image_check import check_images


@pytest.fixture
def config(tmp_path, draw_head):
    """DataConfig: of A's eight images 4 and 5 are good alone; of two held out one is A's 3."""
    for name in ("a", "b", "test"):
        (tmp_path / name).mkdir()
        for i in range(6):
            draw_head(10 * ord(name[0]) + i).resize((64, 64)).save(tmp_path / name / f"{i}.png")
    a = tmp_path / "a"
    draw_head(10 * ord("a")).resize((96, 96)).save(a / "large 0.jpg", quality=95)
    (a / "1.png").write_bytes(b"")
    Image.new("RGB", (64, 64), "white").save(a / "2.png")
    (a / "copy.png").write_bytes((a / "4.png").read_bytes())
    (tmp_path / "test/t.png").write_bytes((a / "3.png").read_bytes())
    (a / "x\n\x1b[2J.png").write_bytes(b"")
    return DataConfig(
        dir_a=str(a), dir_b=str(tmp_path / "b"), test_dir_a=str(tmp_path / "test"),
        image_size=(64, 64),
    )  # fmt: skip


@pytest.fixture
def report(config):
    return check_images(config)
