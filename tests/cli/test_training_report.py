"""unit-report: a page about a training, and refusals in one line."""

from unit_tf.cli import training_report


def test_the_page_is_written(run_command, make_workdir, tmp_path):
    folder = make_workdir()
    (folder / "logs").mkdir()
    result = run_command(training_report, f"--workdir={folder}")
    assert (result.code, result.out.strip()) == (0, str(folder / "report.html"))
    other = tmp_path / "pages" / "mine.html"
    assert run_command(training_report, f"--workdir={folder}", f"--output={other}").code == 0
    assert other.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_refusals(refused, make_workdir, tmp_path):
    assert "--workdir" in refused(training_report)
    assert "no such folder" in refused(training_report, f"--workdir={tmp_path / 'x'}")
    assert "no logs in it" in refused(training_report, "--workdir=blue_marble")
    folder = make_workdir()
    (folder / "logs").mkdir()
    line = refused(training_report, f"--workdir={folder}", f"--output={tmp_path}")
    assert f"--output={tmp_path}: a folder, not a file" in line
