"""Translations in many styles: every one a file, and one sheet to compare them by."""

from unit_tf.config import printable
from unit_tf.data.image_grids import as_shown, evenly_spaced, image_grid
from unit_tf.inference import image_files
from unit_tf.inference.overlap import ahead, behind, workers
from unit_tf.inference.style_codes import style_encoder, styled_translator

# Rows, and columns beside the inputs', of a sheet; of more they are evenly spaced ones. At 512
# pixels an image that is as much as viewers open at ease.
SHEET_SIDE = 12
LONGEST_TITLE = 20


def write_in_styles(translation, method):
    """Writes the translations of every image in every style, and at last the sheet.

    Of clips there is the first frame on the sheet, and no more.

    Args:
      translation: file_translation.FileTranslation with a plan.
      method: Method with styles.

    Yields:
      pathlib.Path of each file, once it is there.

    Raises:
      UserError: an image cannot be translated or written.
    """
    plan, clips = translation.plan, translation.clips
    jobs = [job for job in translation.jobs if plan.sheet or job.source not in clips]
    styles = planned_styles(translation, method)
    translate = styled_translator(method, translation.direction, translation.shifts)
    sheet = _Sheet(plan, len(jobs), len(styles))

    def results(inputs):
        for row, (job, image) in enumerate(inputs):
            sheet.add_input(row, image)
            found = translate(image, styles, str(job.source))
            for column, (path, result) in enumerate(zip(plan.targets(job), found, strict=True)):
                sheet.add_result(row, column, result)
                if job.source not in clips:  # which is written whole, elsewhere
                    yield path, result

    def read(job):
        return job, translation.decoded.take(job.source)

    def store(item):
        image_files.write_image(*item)
        return item[0]

    with workers() as pool:
        yield from behind(pool, store, results(ahead(pool, read, jobs)))
    if plan.sheet:
        image_files.write_image(plan.sheet, sheet.image())
        yield plan.sheet


def planned_styles(translation, method):
    """The styles that a plan asks for, float32 [K, style_size].

    Args:
      translation: file_translation.FileTranslation with a plan.
      method: Method with styles.

    Raises:
      UserError: a guide cannot be read any more.
    """
    plan = translation.plan
    encode = style_encoder(method, translation.direction.split("2")[1])

    def style_of(file):
        return encode(plan.given.decoded.take(file), str(file))

    return plan.mix(plan.given.styles(method.style_size, style_of))


class _Sheet:
    """Inputs downwards, styles to the right, under their guides where they have some.

    Args:
      plan: StylePlan.
      inputs: how many there are.
      styles: how many there are.
    """

    def __init__(self, plan, inputs, styles):
        self._plan = plan
        self._shown = set(evenly_spaced(inputs, SHEET_SIDE) if plan.sheet else ())
        self._columns = evenly_spaced(styles, SHEET_SIDE)
        self._rows = []

    def add_input(self, row, image):
        """Begins a row, where it is one of those shown."""
        if row in self._shown:
            self._rows.append([as_shown(image)])

    def add_result(self, row, column, image):
        """The next image of the row begun last."""
        if row in self._shown and column in self._columns:
            self._rows[-1].append(as_shown(image))

    def image(self):
        """uint8 [H, W, 3]."""
        heads, rows = [self._plan.heads[k] for k in self._columns], self._rows
        titles = ["input", *(_shortened(self._plan.titles[k]) for k in self._columns)]
        if any(self._plan.heads):
            above = [head and as_shown(self._plan.given.decoded.take(head)) for head in heads]
            rows = [[None, *above], *rows]
        return image_grid(rows, titles)


def _shortened(title):
    title = printable(title)
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 3]}..."
