import numpy as np
import pytest
from PIL import Image

from unit_tf.config import DataConfig, UserError
from unit_tf.data.training_sides import training_sides


@pytest.fixture
def folders(tmp_path):
    """(sizes of A, sizes of B) -> DataConfig; sizes are (width, height)."""

    def write(**sizes):
        for domain, each in sizes.items():
            (tmp_path / domain).mkdir()
            for i, size in enumerate(each):
                image = np.random.default_rng(i).integers(0, 256, (*size[::-1], 3), np.uint8)
                Image.fromarray(image).save(tmp_path / domain / f"{i}.png")
        places = {f"dir_{domain}": str(tmp_path / domain) for domain in sizes}
        return DataConfig(**places, cache_dir="off")

    return write


def test_shorter_sides_of_both_domains_without_what_does_not_decode(folders, tmp_path):
    config = folders(a=[(90, 70), (80, 80)], b=[(64, 200)])
    (tmp_path / "b" / "broken.png").write_bytes(b"\x89PNG")
    assert training_sides(config) == [64, 70, 80]


@pytest.mark.parametrize("source", ["blue_marble", "avatars", "tfds"])
def test_other_sources_say_nothing(source):
    assert training_sides(DataConfig(source=source)) == []


def test_a_folder_that_is_not_there():
    with pytest.raises(UserError, match="--data.dir_a=absent: no such folder"):
        training_sides(DataConfig(dir_a="absent", dir_b="absent"))
