"""When checkpoints are scored, which is kept as the best, and what a resume makes of it."""

import json

import pytest

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.training import checkpoints
from unit_tf.training.checkpoint_choice import BEST_FILE, read_best
from unit_tf.training.score_watch import SCORES, ScoreWatch, read_scores
from unit_tf.training.workdir import checkpoint_root, list_checkpoints


class Log:
    """Keeps what would go to TensorBoard."""

    def __init__(self):
        self.seen = {}

    def scalars(self, step, values):
        self.seen[step] = values


@pytest.fixture
def scored(tmp_path):
    """Saves and scores as a loop does: (values by step, ...) -> [steps that were scored].

    A value may be an exception, which the scorer raises then.
    """

    def run(values, every=10, keep=2, start=0, steps=1000, name="l1", log=None):
        seen = []

        def scorer(folder):
            assert folder.is_dir()
            value = values[int(folder.name)]
            if isinstance(value, Exception):
                raise value
            seen.append(int(folder.name))
            return name, {name: value, f"{name}_a2b": value}

        settings = {"run.score_every": every, "run.keep_checkpoints": keep, "run.steps": steps}
        config = ExperimentConfig().replace(settings)
        watch = ScoreWatch(config, tmp_path, scorer, start)
        for step in values:
            folder = checkpoint_root(tmp_path) / f"{step:09d}"
            folder.mkdir(parents=True)
            checkpoints.drop_old(tmp_path, keep)  # as ``save`` does
            watch.look(step, folder, log or Log())
        return seen

    return run


def there(workdir):
    return [int(path.name) for path in list_checkpoints(workdir)]


@pytest.mark.parametrize(
    ("every", "saved", "scored_steps"),
    [
        (10, (5, 10, 15, 20, 24), [10, 20]),
        (10, (4, 8, 12, 16, 20), [12, 20]),
        (3, (10, 20, 30), [10, 20, 30]),
        (1000, (10, 20), []),
        (0, (10, 20), []),
    ],
)
def test_the_first_checkpoint_at_or_after_each_multiple(scored, every, saved, scored_steps):
    assert scored(dict.fromkeys(saved, 1.0), every) == scored_steps


def test_the_last_checkpoint_of_a_training_is_scored(scored):
    assert scored(dict.fromkeys((12, 15, 17), 1.0), steps=17) == [12, 17]


def test_the_best_stays_beside_the_newest(scored, tmp_path):
    log = Log()
    scored({10: 5.0, 20: 2.0, 30: 4.0, 40: 2.0, 50: 3.0}, log=log)
    assert there(tmp_path) == [20, 40, 50] and read_best(tmp_path)["step"] == 20
    assert log.seen[30] == {"score/l1": 4.0, "score/l1_a2b": 4.0}
    lines = [json.loads(line) for line in (tmp_path / SCORES).read_text().splitlines()]
    assert lines == read_scores(tmp_path) and len(lines) == 10
    assert lines[2] == {"step": 20, "name": "l1", "value": 2.0, "lower_is_better": True}


def test_an_old_best_goes_when_a_better_one_comes(scored, tmp_path):
    scored({10: 5.0, 20: 6.0, 30: 7.0, 40: 1.0})
    assert there(tmp_path) == [30, 40] and read_best(tmp_path)["step"] == 40


def test_a_resume_goes_on_with_scores_and_best(scored, tmp_path, capsys):
    """Scores behind the checkpoint from which it goes on are forgotten: those steps come again."""
    scored({10: 2.0, 20: 5.0, 30: 6.0})
    assert scored({25: 1.5, 35: 3.0}, start=20, keep=9) == [35]
    assert [e["step"] for e in read_scores(tmp_path) if e["name"] == "l1"] == [10, 20, 35]
    assert read_best(tmp_path)["step"] == 10 and 10 in there(tmp_path)
    assert capsys.readouterr().err == ""


def test_tidying_and_no_more_scores_leave_the_best(scored, tmp_path):
    scored({10: 2.0, 20: 5.0, 30: 6.0})
    checkpoints.tidy(tmp_path, list_checkpoints(tmp_path)[-1])
    assert scored({40: 1.0, 50: 1.0}, every=0, start=30) == []
    assert there(tmp_path) == [10, 40, 50] and read_best(tmp_path)["step"] == 10


def test_a_best_that_is_gone_is_named_and_forgotten(scored, tmp_path, capsys):
    scored({10: 2.0, 20: 5.0, 30: 6.0})
    (checkpoint_root(tmp_path) / "000000010").rmdir()
    scored({40: 5.5}, start=30)
    said = capsys.readouterr().err
    assert said == "the best checkpoint, step 10, is gone; the best is sought anew\n"
    assert read_best(tmp_path)["step"] == 40


def test_scores_of_two_kinds_are_not_compared(scored, tmp_path):
    scored({10: 2.0})
    scored({20: 5.0}, start=10, name="kid")
    assert read_best(tmp_path) == {
        "step": 20, "name": "kid", "value": 5.0, "lower_is_better": True
    }  # fmt: skip


def test_what_cannot_be_scored_stops_nothing(scored, tmp_path, capsys):
    """The next checkpoint is scored in its place."""
    assert scored({10: UserError("x.png: gone"), 15: 3.0, 19: 1.0}) == [15]
    assert capsys.readouterr().err == "step 10: no score: x.png: gone\n"
    assert read_best(tmp_path)["step"] == 15


def test_lines_that_are_no_scores_are_left_out(tmp_path):
    good = {"step": 1, "name": "l1", "value": 2.5, "lower_is_better": True}
    bad = ["{", "[1]", '{"step": 1}', json.dumps({**good, "value": "2"}), "[" * 100_000]
    bad.append(json.dumps({**good, "value": float("nan")}))
    (tmp_path / SCORES).write_text("\n".join([*bad, json.dumps(good)]))
    assert read_scores(tmp_path) == [good]


@pytest.mark.parametrize("name", [SCORES, BEST_FILE])
def test_a_folder_in_place_of_a_file(scored, tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(UserError, match=f"{name}: a folder; training writes a file of that name"):
        scored({10: 1.0})
