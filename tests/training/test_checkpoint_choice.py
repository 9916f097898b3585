"""Newest, best or a step: which folder that is, and what is said where there is none."""

import json

import pytest

from unit_tf.training.checkpoint_choice import (
    BEST_FILE,
    best_checkpoint,
    find_checkpoint,
    read_best,
)
from unit_tf.training.workdir import TRANSLATOR, WorkdirError


@pytest.fixture
def make_run(tmp_path):
    """(*steps, best=None) -> folder with empty checkpoints of these steps."""

    def make(*steps, best=None):
        for step in steps:
            (tmp_path / "checkpoints" / f"{step:09d}").mkdir(parents=True)
        if best is not None:
            entry = {"step": best, "name": "l1", "value": 2, "lower_is_better": True}
            (tmp_path / BEST_FILE).write_text(json.dumps(entry))
        return tmp_path

    return make


def test_each_way_to_ask(make_run):
    run = make_run(5, 20, 300, best=20)
    assert find_checkpoint(run) is None and find_checkpoint(run, "newest") is None
    asked = {"best": 20, "5": 5, 300: 300, "000000300": 300}
    for word, step in asked.items():
        assert find_checkpoint(run, word) == run / "checkpoints" / f"{step:09d}"
    assert best_checkpoint(run) == find_checkpoint(run, "best")
    assert read_best(run) == {"step": 20, "name": "l1", "value": 2.0, "lower_is_better": True}


@pytest.mark.parametrize("asked", ["last", "", "-1", -1, 1.5, True, None, "1e3"])
def test_what_is_no_checkpoints_name(make_run, asked):
    with pytest.raises(WorkdirError) as caught:
        find_checkpoint(make_run(5), asked)
    assert str(caught.value) == f"--checkpoint={asked}: expected newest, best or a step"


@pytest.mark.parametrize(
    ("steps", "best", "asked", "message"),
    [
        ((5, 20), None, "7", "no checkpoint of that step; there are 5, 20"),
        ((5, 20), 5, 7, "no checkpoint of that step; there are 5, 20 (best: 5)"),
        ((5,), None, "best", "no best checkpoint is known (unit-train --run.score_every=N finds "
         "it); there are 5"),
        ((5,), 3, "best", "the best checkpoint, step 3, is gone; there are 5"),
        (range(1, 20), None, 99, "no checkpoint of that step; the last 12 are 8, 9, 10, 11, 12, "
         "13, 14, 15, 16, 17, 18, 19"),
    ],
)  # fmt: skip
def test_a_refusal_names_those_there_are(make_run, steps, best, asked, message):
    with pytest.raises(WorkdirError) as caught:
        find_checkpoint(make_run(*steps, best=best), asked)
    assert str(caught.value) == f"--checkpoint={asked}: {message}"


def test_folders_without_checkpoints(make_run, tmp_path):
    run = make_run()
    with pytest.raises(WorkdirError, match=f"that step; {run}/checkpoints has none$"):
        find_checkpoint(run, 7)
    (run / TRANSLATOR).touch()
    assert find_checkpoint(run) is None
    for asked in ("best", 7):
        with pytest.raises(WorkdirError, match="holds one translator and no checkpoints; leave"):
            find_checkpoint(run, asked)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", "[" * 100_000, '{"step": 5}', '{"step": "5", "name": "l1", "value": 1}',
     '{"step": true, "name": "l1", "value": 1}', '{"step": 5, "name": 1, "value": 1}',
     '{"step": 5, "name": "l1", "value": NaN}', '{"step": 5, "name": "l1", "value": []}'],
)  # fmt: skip
def test_a_file_that_names_no_best(make_run, text):
    run = make_run(5)
    (run / BEST_FILE).write_text(text)
    assert read_best(run) is None and best_checkpoint(run) is None
