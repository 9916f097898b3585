"""unit-translate in styles: every translation a file, and one image to compare them by."""

from unit_tf.cli.styled import style_encoder, styled_translator
from unit_tf.data.images import decode
from unit_tf.evaluation.image_grids import as_shown, evenly_spaced, image_grid
from unit_tf.inference import image_files

# Rows, and columns beside the inputs', of a sheet; of more they are evenly spaced ones. At 512
# pixels an image that is as much as viewers open at ease.
SHEET_SIDE = 12
LONGEST_TITLE = 20


def translate_in_styles(plan, method, direction, jobs):
    """Writes the translations of every image in every style, and at last the sheet.

    Args:
      plan: styles.Plan.
      method: Method with styles.
      direction: ``"a2b"`` or ``"b2a"``.
      jobs: non-empty list of image_files.Job.

    Yields:
      pathlib.Path of each file, once it is there.

    Raises:
      UserError: an image cannot be translated or written.
    """
    source, target = direction.split("2")
    encode = style_encoder(method, target)

    def style_of(file):
        return encode(decode(file, method.channels[target]), str(file))

    styles = plan.mix(plan.given.styles(method.style_size, style_of))
    translate = styled_translator(method, direction)
    shown = evenly_spaced(len(jobs), SHEET_SIDE) if plan.sheet else ()
    columns = evenly_spaced(len(styles), SHEET_SIDE)
    rows = []
    for i, job in enumerate(jobs):
        image = decode(job.source, method.channels[source])
        row = [as_shown(image)]
        results = translate(image, styles, str(job.source))
        for k, (path, result) in enumerate(zip(plan.targets(job), results, strict=True)):
            image_files.write_image(path, result)
            yield path
            if i in shown and k in columns:
                row.append(as_shown(result))
        if i in shown:
            rows.append(row)
    if plan.sheet:
        image_files.write_image(plan.sheet, _sheet(plan, columns, rows, method.channels[target]))
        yield plan.sheet


def _sheet(plan, columns, rows, channels):
    """Inputs downwards, styles to the right, under their examples where they have some."""
    titles = ["input", *(_shortened(plan.titles[k]) for k in columns)]
    heads = [plan.heads[k] and as_shown(decode(plan.heads[k], channels)) for k in columns]
    return image_grid([[None, *heads], *rows] if any(plan.heads) else rows, titles)


def _shortened(title):
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 3]}..."
