"""unit_tf.export as a function, beside the package of that name."""

import subprocess
import sys
import types

import pytest
import unit_tf.export
from unit_tf.export import manifest, publish
from unit_tf.export.export_report import Progress
from unit_tf.export.export_request import ExportRequest
from unit_tf.export.parity import ExportError
from unit_tf.export.python_api import export_translator

from unit_tf.config import UserError

pytestmark = pytest.mark.usefixtures("convert_once", "compare_few")


@pytest.fixture
def workdir(tiny, workdir_of):
    """A folder with a configuration; loading gives the tiny method."""
    return workdir_of(tiny)


class Heard(Progress):
    """Keeps the lines."""

    def __init__(self):
        self.lines, self.notes = [], []

    def wrote(self, line):
        self.lines.append(line)

    def note(self, line):
        self.notes.append(line)


def test_a_call_exports_and_reports(workdir, tmp_path, capfd):
    out, heard = tmp_path / "out", Heard()
    options = {"formats": ["tflite"], "direction": "a2b"}
    report = unit_tf.export(workdir, out, progress=heard, **options)
    path = "tflite/a2b_32x32_float32.tflite"
    assert list(report.artefacts) == [path] and report.paths == [out / path]
    assert report.artefacts == manifest.read(out)
    assert report.to_json() == (out / manifest.FILE).read_text()
    assert (out / path).stat().st_size == report.artefacts[path]["bytes"]
    assert [line.split("  ")[0] for line in heard.lines] == [str(out / path)]
    assert list(report.notes) == heard.notes and "on random images" in heard.notes[0]
    assert capfd.readouterr().out == ""  # a script's own


def test_an_artefact_that_differs_is_an_error_of_the_common_class(workdir, tmp_path, monkeypatch):
    def write(job):
        raise ExportError(f"{job.output}/x: differs by 1")
        yield

    monkeypatch.setitem(publish.WRITERS, "saved_model", write)
    request = ExportRequest(workdir, tmp_path / "out", formats="saved_model")
    with pytest.raises(UserError, match="/out/x: differs by 1") as caught:
        export_translator(request)
    assert type(caught.value) is ExportError


def test_the_package_stays_a_package():
    assert isinstance(unit_tf.export, types.ModuleType)
    assert unit_tf.export.manifest is manifest and unit_tf.export.__path__


PROGRAM = """
import sys
import unit_tf.export
from unit_tf.config import UserError
assert callable(unit_tf.export) and not {"absl", "numpy", "tensorflow"} & set(sys.modules)
try:
    unit_tf.export("blue_marble", "out", formats="web")
except UserError as error:
    print(error)
assert "tensorflow" not in sys.modules
"""


def test_importing_it_and_a_refusal_import_no_tensorflow(tmp_path, tree):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("--web.litert is required") and tree(tmp_path) == []
