import contextlib
import io
import pathlib
import subprocess
import sys
import threading
import types

import pytest

# These tools import each other by their bare names, which Python finds beside the script it runs.
sys.path.append(str(pathlib.Path(__file__).parents[3] / "tools" / "reproduction"))


@pytest.fixture(scope="module", autouse=True)
def no_kid():
    """KID's network takes seconds, whatever it looks at, and is not installed everywhere."""
    from unit_tf.evaluation.features import efficientnet_lite0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(efficientnet_lite0, "weights_file", lambda: None)
        yield


@pytest.fixture
def emoji(tmp_path):
    """Folder as tools/prepare_emoji.sh writes it, with one image in each part of a set."""
    from PIL import Image

    import image_sets

    for data_set in image_sets.DATA_SETS.values():
        for part in image_sets.PARTS if data_set.emoji else ():
            folder = tmp_path / "emoji" / data_set.emoji / part
            folder.mkdir(parents=True)
            Image.new("RGB", (image_sets.SIDE, image_sets.SIDE)).save(folder / "0.png")
    return tmp_path / "emoji"


@pytest.fixture
def in_process(load_tool, monkeypatch, eager_steps):
    """``with in_process():`` runs grid.py's trainings in this process, one at a time, eagerly."""
    import grid
    from unit_tf.cli import flags, quiet

    one_at_a_time = threading.Lock()

    class Finished:
        """Stands for a process of train_and_read.py or read_styles.py, which has ended."""

        def __init__(self, command, env, stdout, stderr):
            said = io.StringIO()
            # Not stdout: grid.py prints there meanwhile, in another thread.
            with one_at_a_time, contextlib.redirect_stderr(said):
                tool = load_tool(f"reproduction/{pathlib.Path(command[1]).stem}")
                self.code = flags.run(tool.main, tool.FLAGS, tool.__doc__, command[1:])
            stdout.write(said.getvalue().encode())

        def wait(self):
            return self.code

    monkeypatch.setattr(quiet, "prefer_onednn", lambda: None)  # would outlive the test
    stand_in = types.SimpleNamespace(Popen=Finished, run=subprocess.run)

    @contextlib.contextmanager
    def patched():
        with monkeypatch.context() as patch:
            patch.setattr(grid, "subprocess", stand_in)
            yield

    return patched
