"""Contact sheets: some images of every list, and those that something was found in."""

import functools
import os
import pathlib

import numpy as np
from PIL import Image, ImageOps

from unit_tf.config import UserError, printable
from unit_tf.data.checks.findings import KINDS
from unit_tf.data.checks.list_statistics import PARTS
from unit_tf.data.image_grids import image_grid, spread
from unit_tf.data.images import BadImage
from unit_tf.data.sources.folders import image_folders
from unit_tf.files import atomic_path

COLUMNS, ROWS = 8, 12
SIDE = 160
LONGEST_TITLE = 22
OVERVIEW = "overview.png"


def refuse_sheets(config, folder):
    """Raises UserError for a folder among the images, where sheets would be trained on.

    Args:
      config: DataConfig.
      folder: path; need not exist.
    """
    for flag, place in image_folders(config):
        real, image_folder = (pathlib.Path(os.path.realpath(path)) for path in (folder, place))
        if real.is_relative_to(image_folder):
            raise UserError(
                f"--sheets={folder}: lies in {flag}={place}, whose images are read; name a "
                "folder elsewhere"
            )


def write_sheets(report, folder):
    """Writes the sheets; of an earlier run into the same folder none is left.

    ``overview.png`` has a row of each list, evenly spaced; ``KIND_PART.png`` has the images of a
    finding, those that are duplicates of one another in one row. Of many, evenly spaced ones are
    shown.

    Args:
      report: image_check.Report.
      folder: path; is made.

    Yields:
      pathlib.Path of each, once it is there.
    """
    folder = pathlib.Path(folder)
    images = {image.where: image for part in report.lists.values() for image in part}
    lists = [
        [i.where for i in p if not report.facts[i.where].reason] for p in report.lists.values()
    ]
    sheets = {OVERVIEW: [spread(wheres, COLUMNS) for wheres in lists if wheres]}
    for finding in report.findings:
        if finding.groups:
            sheets[_sheet_name(finding.kind, finding.part)] = _rows(finding.groups)
    for stale in _own_sheets(folder) - sheets.keys():
        (folder / stale).unlink()
    for name, rows in sheets.items():
        shown = [row for row in (_row(row, images) for row in rows) if row is not None]
        if shown:
            with atomic_path(folder / name) as temporary:
                Image.fromarray(_stack(shown)).save(temporary)
            yield folder / name


def _sheet_name(kind, part):
    return "_".join(filter(None, (kind, part))) + ".png"


def _own_sheets(folder):
    """Names in a folder that a sheet of a finding may have."""
    names = {_sheet_name(kind, part) for kind in KINDS for part in ("", "a", "b", *PARTS)}
    return {path.name for path in folder.glob("*.png")} & names


def _rows(groups):
    """Rows of ``where``: one for each group, or as many in each as fit where none has partners."""
    if any(len(group) > 1 for group in groups):
        return [group[:COLUMNS] for group in spread(list(groups), ROWS)]
    wheres = spread([where for group in groups for where in group], ROWS * COLUMNS)
    return [wheres[i : i + COLUMNS] for i in range(0, len(wheres), COLUMNS)]


def _row(wheres, images):
    """uint8 [H, W, 3]: images under their names; None where none can be decoded."""
    cells, titles = [], []
    for where in wheres:
        try:
            cells.append(_small(images[where].load(channels=3)))
        except BadImage:
            continue
        title = printable(where)
        titles.append(title if len(title) <= LONGEST_TITLE else f"...{title[3 - LONGEST_TITLE :]}")
    return image_grid([cells], titles) if cells else None


def _small(pixels):
    image = Image.fromarray(pixels)
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(ImageOps.expand(image, 1, "grey"))  # a white image on white is seen, too


def _stack(rows):
    """Rows of any width, one below the other on white."""
    width = max(row.shape[1] for row in rows)
    beside = [((0, 0), (0, width - row.shape[1]), (0, 0)) for row in rows]
    padded = map(functools.partial(np.pad, constant_values=255), rows, beside)
    return np.concatenate(list(padded))
