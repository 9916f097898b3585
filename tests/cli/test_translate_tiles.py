"""unit-translate in tiles: the result of the whole image, in few bytes of memory."""

import numpy as np

from unit_tf.cli import translate
from unit_tf.data.images import decode


def test_tiles_give_the_whole_images_file(tmp_path, make_workdir, save_image, run_command):
    workdir = make_workdir(**{"model.block_norm": "none"})
    for name in ("a.png", "b/c.tif", "d.png"):
        save_image(tmp_path / "in" / name, (8, 9) if name == "d.png" else (321, 330))
    arguments = f"--workdir={workdir}", "--direction=a2b", f"--input={tmp_path / 'in'}"
    whole = run_command(translate, *arguments, f"--output={tmp_path / 'whole'}")
    tiles = run_command(translate, *arguments, f"--output={tmp_path / 'tiles'}",
                        "--max_memory_gb=0.01")  # fmt: skip
    assert (whole.code, tiles.code) == (0, 0), tiles.err
    assert whole.err.count(" tiles of ") == 0 and tiles.err.count(" tiles of ") == 2
    assert tiles.out == whole.out.replace(str(tmp_path / "whole"), str(tmp_path / "tiles"))
    for name in ("a.png", "b/c.tif", "d.png"):
        found, expected = (decode(tmp_path / f / name, 3).astype(int) for f in ("tiles", "whole"))
        assert expected.std() > 1
        assert np.abs(found - expected).max() <= 1
