"""An export's work: each task in each format is written, checked and put into the manifest."""

import contextlib
import shutil

from unit_tf.export import manifest, warmup
from unit_tf.export.export_report import ExportReport, Progress, describe, remarks
from unit_tf.export.formats import WRITERS, Job
from unit_tf.export.parity import Artefact, Reference
from unit_tf.export.selection import chosen_tasks, probe
from unit_tf.export.task_images import calibration_of, compared_on
from unit_tf.export.web.writer import WebModel, page_title, write_web

from unit_tf.config import UserError
from unit_tf.files import disk_fault
from unit_tf.inference import load as load_lib


def export_plan(plan, progress=None):
    """Loads the method, writes and checks every format, writes the manifest.

    Args:
      plan: plan.Plan.
      progress: export_report.Progress, which hears of each artefact; default: a silent one.

    Returns:
      ExportReport.

    Raises:
      ExportError: an artefact is not what the model is. Those before it stay.
      UserError: the method, the data or the output folder cannot be used so.
    """
    loaded = load_lib.load(plan.workdir, plan.request.checkpoint)
    return _Publisher(plan, loaded, progress or Progress()).run()


class _Publisher:
    """One export under way.

    Args:
      plan: plan.Plan.
      loaded: inference.load.LoadedTranslator.
      progress: Progress.
    """

    def __init__(self, plan, loaded, progress):
        self._plan, self._loaded, self._progress = plan, loaded, progress
        self._artefacts, self._notes = {}, []

    def run(self):
        """Does everything; the ExportReport."""
        plan, tasks = self._plan, chosen_tasks(self._plan, self._loaded.method)
        # Before anything is written: what cannot be calibrated is refused whole.
        calibration = {task.name: calibration_of(plan, task) for task in tasks}
        if "saved_model" in plan.request.formats and not warmup.is_available():
            self._note(f"no warm-up requests in the SavedModels; {warmup.INSTALL} adds them")
        if plan.size_note and "tflite" in plan.writers:
            self._note(plan.size_note)
        for note in plan.pads.notes:
            self._note(note)
        compared = self._comparison(tasks)
        with _named_output(plan.output):
            probe(plan, tasks)
            models = []
            for task in tasks:
                written = self._export_task(task, compared[task.name], calibration[task.name])
                models += self._web_models(task, written)
            if plan.litert:
                self._export_page(models)
        return ExportReport(plan.output, self._artefacts, tuple(self._notes))

    def _note(self, line):
        self._notes.append(line)
        self._progress.note(line)

    def _comparison(self, tasks):
        """{task's name: task_images.Compared}.

        Raises:
          UserError: the user named the data, and they cannot be used.
        """
        found = {task.name: compared_on(self._plan, task) for task in tasks}
        reasons = [reason for compared in found.values() for reason in compared.reasons()]
        for reason in dict.fromkeys(reasons):
            if self._plan.data_named:
                raise UserError(reason)
            self._note(f"comparing on random images: {reason}")
        return found

    def _export_task(self, task, compared, calibration):
        """Writes one task in every format; the list of formats.Written."""
        plan, images = self._plan, compared.images
        reference = Reference(self._loaded.method, task.name, images.arrays, compared.guides.arrays)
        size = task.tflite_size(plan.image_size)
        job = Job(reference, plan.output, size, plan.request.quantizations, calibration)
        done = []
        for name in plan.writers_of(task):
            written = WRITERS[name](job)
            while True:
                with self._progress.converting():
                    one = next(written, None)
                if one is None:
                    break
                done.append(one)
                path = self._add(one.artefact, images, **task.about, **one.kind)
                for line in remarks(path, *one):
                    self._note(line)
        return done

    def _web_models(self, task, written):
        """The WebModel of a translator's first TFLite model; [] of anything else."""
        method, models = self._loaded.method, [w for w in written if w.kind["format"] == "tflite"]
        if task.name not in method.directions or not models:
            return []
        path, kind = models[0].artefact.path, models[0].kind
        channels = [method.channels[domain] for domain in task.name.split("2")]
        drawing = self._plan.pads.polarities.get(task.domain)
        of_floats = "layer" in kind["gpu"]  # others were not looked at for GPUs, see float16_range
        return [
            WebModel(
                task.name, path, kind["image_size"], *channels, kind["quantization"],
                method.style_size, drawing, of_floats,
            )
        ]  # fmt: skip

    def _export_page(self, models):
        """Writes the page of the translators' models."""
        plan = self._plan
        title = page_title(plan.workdir, self._loaded.config.preset)
        page = write_web(plan.output, models, plan.litert, title)
        made_of = [model.path.relative_to(plan.output).as_posix() for model in models]
        drawing = {model.direction: model.drawing for model in models}
        self._add(Artefact(page, None), None, format="web", models=made_of, drawing=drawing)

    def _add(self, artefact, images, **what):
        """Puts an artefact into the manifest and tells of it; its path below the output folder."""
        path = artefact.path.relative_to(self._plan.output).as_posix()
        with _all_or_nothing(artefact.path, self._plan.output):
            entry = manifest.entry(artefact, self._loaded, images, **what)
            manifest.update(self._plan.output, {path: entry})
        self._artefacts[path] = entry
        self._progress.wrote(describe(artefact, images.origin if images else ""))
        return path


@contextlib.contextmanager
def _all_or_nothing(path, output):
    """Removes an artefact that could not be put into the manifest, so that the two agree."""
    try:
        yield
    except BaseException:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError, UserError):
            manifest.update(output, {})  # forgets what it replaced
        raise


@contextlib.contextmanager
def _named_output(output):
    """Turns an OSError or a full disk inside into a UserError that names ``--output``."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if fault := disk_fault(error):  # TensorFlow's are no OSErrors
            raise UserError(f"--output={output}: cannot be written to: {fault}") from None
        if not isinstance(error, OSError):
            raise
        reason = f"{error.strerror or error} ({error.filename or output})"
        raise UserError(f"--output={output}: cannot be written to: {reason}") from None
