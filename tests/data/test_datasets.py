import subprocess
import sys

import pytest

from unit_tf.config import DataConfig
from unit_tf.data.base import DataError
from unit_tf.data.datasets import open_data


@pytest.mark.parametrize("source", ["folder", "tfds", "labelled", "celeb_a", "avatars"])
def test_a_source_answers(source):
    with pytest.raises(DataError, match="not given"):
        open_data(DataConfig(source=source))


def test_an_unknown_source():
    with pytest.raises(DataError, match="valid: folder, blue_marble, coast, tfds, labelled"):
        open_data(DataConfig(source="x"))


def test_opening_needs_no_tensorflow():
    code = (
        "import sys, unit_tf.data.datasets;"
        "from unit_tf.data.sources import avatars, celeb_a, coast, coloured_digits, folders;"
        "from unit_tf.data.sources import labelled, tfds_splits;"
        "sys.exit('tensorflow' in sys.modules or 'tensorflow_datasets' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
