"""Exports as plain Python functions. Imports no TensorFlow before the request was checked."""

from unit_tf.export.export_request import ExportRequest
from unit_tf.export.plan import make_plan

from unit_tf.config import check_options


def export(workdir, output, *, progress=None, **options):
    """Writes a trained translator or classifier for servers, phones or browsers.

    Each artefact is loaded again and compared with the model before it is published. Formats are
    described in docs/deploy.md.

    Args:
      workdir: a training's folder, or the name of a shipped translator.
      output: folder to write to; need not exist.
      progress: export_report.Progress, which hears of each artefact; default: a silent one.
      **options: further fields of ExportRequest: ``formats``, ``direction``, ``image_size``,
        ``quantizations``, ``litert``, ``data``, ``checkpoint``, ``drawing_a``, ``drawing_b``.

    Returns:
      ExportReport: what was written, as OUTPUT/manifest.json has it.

    Raises:
      UserError: something that was asked for cannot be; nothing is written.
      ExportError: a UserError too: an artefact differs from the model, and was not published.

    Example:
      >>> report = export("blue_marble", "exported", formats=["tflite"], direction="a2b")
      >>> list(report.artefacts)
      ['tflite/a2b_64x64_float32.tflite']
    """
    check_options(options, ExportRequest, given=("workdir", "output"))
    return export_translator(ExportRequest(workdir, output, **options), progress)


def export_translator(request, progress=None):
    """``export`` of an ExportRequest."""
    plan = make_plan(request)
    from unit_tf.export.publish import export_plan  # imports TensorFlow

    return export_plan(plan, progress)
