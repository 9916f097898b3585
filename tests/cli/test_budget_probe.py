"""What the process of a probe answers where it measured nothing."""

import errno
import io
import json
import os
import sys

import pytest

from unit_tf.cli import budget_probe
from unit_tf.config import ExperimentConfig, UserError


@pytest.fixture
def answer(monkeypatch, capsys):
    """(request, error=what measuring raises) -> what main prints."""

    def ask(request, error=None):
        def fail(request):
            raise error

        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(request)))
        if error:
            monkeypatch.setattr(budget_probe, "answer_to", fail)
        budget_probe.main()
        return json.loads(capsys.readouterr().out)

    return ask


def test_what_a_user_can_mend(answer):
    assert answer({}, UserError("--data.dir_a: absent")) == {"refused": "--data.dir_a: absent"}
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    found = answer({}, full)["refused"]
    assert found.startswith("--run.minutes: its probe cannot write to /") and "space" in found


def test_what_nobody_can_is_no_answer(answer):
    with pytest.raises(OSError, match="no good"):
        answer({}, OSError(errno.EBADF, "no good"))


def test_a_method_that_only_the_caller_has(answer):
    """It is known before TensorFlow is imported."""
    text = ExperimentConfig().to_json().replace('"unit"', '"mine"')
    found = answer({"config": text, "cwd": os.getcwd()})
    assert found["unknown"].startswith("--model.method=mine: not valid")
