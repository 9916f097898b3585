"""Cuts square crops of heads out of photographs by template matching, as UNIT's authors did.

  python tools/crop_heads.py --templates=heads --input=photos --output=cut [--min_score=0.6]

Templates are a few crops of heads, framed as the results should be. In each photograph the place
that is most like one of them, or its mirror image, is found over a range of scales, and cut out.
Nothing is learned: heads like no template are missed, and other things can resemble one. So look at
the contact sheet, then set --min_score. In the output folder:

  crops/NAME.png   the crops, in their folders; of images that are rejected there is none
  contact.png      up to 100 crops by falling score, evenly spaced; rejected ones in red
  report.csv       every image by falling score: its crop in pixels of the upright image, what
                   it is most like, and why it was rejected

--scales=SMALLEST:LARGEST:STEPS are lengths of a head's longer side as shares of the image's
shorter one, a constant factor apart. Images are shrunk until a head of the scale in question has
48 pixels, never enlarged: time does not grow with the photograph, but a head is found to about 1/48
of its length, and none below 48 pixels is. A crop never reaches beyond the image: it is moved
inside, and its side is at most the image's shorter one. Crops below --size are enlarged. Needs
OpenCV: pip install -e ".[tools]"
"""

import concurrent.futures
import contextlib
import csv
import os
import pathlib
import sys
import typing

from absl import flags as absl_flags

from unit_tf.cli import flags
from unit_tf.config import UserError

FLAGS = flags.new_flags()
absl_flags.DEFINE_string(
    "templates", None, "crops of heads: a file, a folder, or several, comma-separated",
    flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_string("input", None, "an image, or a folder of them", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "folder for the results", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "size", 216, "side of the crops in pixels; the authors' animals have 216",
    lower_bound=8, upper_bound=4096, flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_string("scales", "0.2:1:24", "SMALLEST:LARGEST:STEPS", flag_values=FLAGS)
absl_flags.DEFINE_float("min_score", 0.6, "correlation below which to reject", flag_values=FLAGS)
absl_flags.DEFINE_float(
    "margin", 1.0, "side of the crop over the longer side of what was found", flag_values=FLAGS
)
absl_flags.DEFINE_bool("mirror", True, "look for mirrored templates as well", flag_values=FLAGS)
absl_flags.DEFINE_bool(
    "skip_bad", False, "reject unreadable images instead of stopping", flag_values=FLAGS
)

SMALLEST, MOST_STEPS = 0.05, 200
SUMMARIES = ("contact.png", "report.csv")
COLUMNS, SHOWN, THUMBNAIL, CAPTION = 10, 100, 128, 14
INK, RED, PAPER = (0, 0, 0), (200, 0, 0), (255, 255, 255)
FIELDS = ("file", "score", "kept", "why", "template", "mirrored", "scale", "left", "top", "side")


class Result(typing.NamedTuple):
    """What became of an image.

    Attributes:
      file: pathlib.Path.
      why: why it was rejected; "" where its crop was written.
      match: matching.Match, or None.
      box: (left, top, side) of the crop; None without a match.
    """

    file: pathlib.Path
    why: str
    match: typing.Any = None
    box: tuple | None = None


class Cutter(typing.NamedTuple):
    """Everything that is the same for all images.

    Attributes:
      templates: list of matching.Template.
      scales: rising list of float.
      size: side of the crops.
      min_score: what a match needs.
      margin: side of the crop over the match's longer one.
    """

    templates: list
    scales: list
    size: int
    min_score: float
    margin: float

    def __call__(self, job):
        """Searches an image and writes its crop, or removes an earlier run's; gives the Result."""
        from unit_tf.data import matching
        from unit_tf.data.images import decode
        from unit_tf.inference.image_files import write_image

        image = decode(job.source, 3)
        height, width = image.shape[:2]
        match = matching.search(image, self.templates, self.scales)
        if not match:
            remove(job.target)
            return Result(job.source, self._why_none(min(height, width)))
        box = matching.crop_box(match, self.margin, (width, height))
        if match.score >= self.min_score:
            write_image(job.target, cut(image, box, self.size))
            return Result(job.source, "", match, box)
        remove(job.target)
        return Result(job.source, f"score below {self.min_score}", match, box)

    def _why_none(self, shorter):
        from unit_tf.data import matching

        if matching.fits(shorter, self.scales[-1]):
            return "without contrast"
        return f"too small: at these scales no head would have {matching.SIDE} pixels"


def remove(path):
    """Removes what an earlier run wrote, if it did.

    Raises:
      UserError: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be removed ({str(error.strerror).lower()})") from None


def cut(image, box, size):
    """The square (left, top, side) of a uint8 [H, W, 3], antialiased to uint8 [size, size, 3]."""
    import numpy as np
    from PIL import Image

    left, top, side = box
    crop = Image.fromarray(image[top : top + side, left : left + side])
    return np.asarray(crop.resize((size, size), Image.Resampling.BICUBIC))


def parse_scales(text):
    """Rising list of float, a constant factor apart, of ``SMALLEST:LARGEST:STEPS``.

    Raises:
      UserError: it is none.
    """
    import numpy as np

    try:
        smallest, largest, steps = text.split(":")
        smallest, largest, steps = float(smallest), float(largest), int(steps)
    except ValueError:
        raise UserError(f"--scales={text}: expected SMALLEST:LARGEST:STEPS, as 0.2:1:24") from None
    if not SMALLEST <= smallest <= largest <= 1:
        raise UserError(f"--scales={text}: must be {SMALLEST} <= SMALLEST <= LARGEST <= 1")
    if not 1 <= steps <= MOST_STEPS or (steps == 1) != (smallest == largest):
        raise UserError(
            f"--scales={text}: STEPS must be 2 to {MOST_STEPS}, or 1 where both ends are the same"
        )
    return np.geomspace(smallest, largest, steps).tolist()


def bounded(name, low, high):
    """A flag's number, in [low, high]: absl's own bounds let nan pass."""
    value = FLAGS[name].value
    if not low <= value <= high:
        raise UserError(f"--{name}={value}: must be at least {low} and at most {high}")
    return value


def find_templates():
    """The files that ``--templates`` names, each once, in order."""
    from unit_tf.data.image_listing import named_places
    from unit_tf.inference import image_files

    places = named_places(FLAGS.templates) or [FLAGS.templates]
    found = (image_files.find("templates", place, FLAGS.output)[1] for place in places)
    return list(dict.fromkeys(file for files in found for file in files))


def plan(output, templates):
    """What to do, once it is sure that crops/ will hold this run's crops and no others.

    Args:
      output: pathlib.Path of the folder for results.
      templates: list of pathlib.Path.

    Returns:
      non-empty list of image_files.Job.

    Raises:
      UserError: nothing to do, or a result would overwrite what it should not.
    """
    from unit_tf.inference import image_files

    folder, files = image_files.find("input", FLAGS.input, output)
    crops = output / "crops"
    jobs = [
        image_files.Job(file, crops / file.relative_to(folder).with_suffix(".png"))
        for file in files
    ]
    summaries = [image_files.Job(files[0], output / name) for name in SUMMARIES]
    image_files.refuse_collisions([*jobs, *summaries], templates, shared=FLAGS.skip_bad)
    for _, path in (*summaries, *jobs):
        if path.is_dir():
            raise UserError(f"{path}: is a folder; a file is to be written there")
    targets = {job.target for job in jobs}
    for path in [crops, *crops.rglob("*")]:
        if os.path.lexists(path) and not (path.is_dir() or path in targets):
            raise UserError(f"{path}: is no crop of --input; remove it or name another --output")
    return jobs


def by_score(results):
    """Results by falling score, at last those without one; equal ones stay in order."""
    return sorted(results, key=lambda r: -r.match.score if r.match else 2)


def write_report(path, results):
    """Writes FIELDS of each Result as CSV.

    Raises:
      UserError: it cannot be written.
    """
    from unit_tf.files import atomic_path

    try:
        with atomic_path(path) as temporary:
            # Names that are not UTF-8 stay what they are.
            with open(temporary, "w", encoding="utf-8", errors="surrogateescape", newline="") as f:
                writer = csv.writer(f, lineterminator="\n")
                writer.writerow(FIELDS)
                writer.writerows(map(_row, results))
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({str(error.strerror).lower()})") from None


def _row(result):
    kept = "no" if result.why else "yes"
    if not result.match:
        return (result.file, "", kept, result.why, *[""] * 6)
    score, template, scale, _ = result.match
    mirrored = "yes" if template.mirrored else "no"
    found = (template.file, mirrored, f"{scale:.3f}", *result.box)
    return (result.file, f"{score:.4f}", kept, result.why, *found)


def write_contact(path, results):
    """Writes a sheet of crops with their scores and names; removes it if there are none.

    Args:
      path: pathlib.Path.
      results: list of Result, in the order to show.
    """
    from unit_tf.data.image_grids import image_grid, spread
    from unit_tf.inference.image_files import write_image

    found = [result for result in results if result.match]
    if not found:
        remove(path)
        return
    cells = [_captioned(each) for each in spread(found, SHOWN)]
    columns = min(COLUMNS, len(cells))
    cells += [None] * (-len(cells) % columns)
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    write_image(path, image_grid(rows, [""] * columns))


def _captioned(result):
    """uint8 [THUMBNAIL + CAPTION, THUMBNAIL, 3]: a crop above its score and file name."""
    import numpy as np
    from PIL import Image, ImageDraw

    from unit_tf.data.images import decode

    image = Image.new("RGB", (THUMBNAIL, THUMBNAIL + CAPTION), PAPER)
    image.paste(Image.fromarray(cut(decode(result.file, 3), result.box, THUMBNAIL)))
    # Pillow's own font has no other letters, and raises on names that are not UTF-8.
    name = "".join(c if c.isascii() and c.isprintable() else "?" for c in result.file.name)
    caption = f"{result.match.score:.3f} {name}"
    ImageDraw.Draw(image).text((0, THUMBNAIL), caption, fill=RED if result.why else INK)
    return np.asarray(image)


def cut_all(jobs, good, cutter):
    """Searches and cuts the readable images, in order, naming the crops on stdout.

    Args:
      jobs: list of image_files.Job.
      good: those of them that are readable; earlier runs' crops of the others are removed.
      cutter: Cutter.

    Returns:
      list of Result, one for each of ``good``.
    """
    for job in set(jobs).difference(good):
        remove(job.target)
    results = []
    # Closing what map gives cancels what has not begun, when this one is stopped.
    with (
        concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool,
        contextlib.closing(pool.map(cutter, good)) as found,
    ):
        for job, result in zip(good, found, strict=True):
            results.append(result)
            if not result.why:
                print(job.target, flush=True)
    return results


def main():
    """Cuts what the flags name."""
    flags.require(FLAGS, "templates", "input", "output")
    min_score, margin = bounded("min_score", 0, 1), bounded("margin", 0.1, 10)
    scales = parse_scales(FLAGS.scales)

    from unit_tf.data import matching
    from unit_tf.inference import image_files

    matching.load_cv2()
    output, files = pathlib.Path(FLAGS.output).expanduser(), find_templates()
    jobs = plan(output, files)
    templates = matching.read_templates(files, FLAGS.mirror)
    good, bad = image_files.check(jobs, 3, FLAGS.skip_bad)
    image_files.refuse_shared_targets(good)
    cutter = Cutter(templates, scales, FLAGS.size, min_score, margin)
    results = cut_all(jobs, good, cutter)
    results += [Result(pathlib.Path(error.name), error.reason) for error in bad]
    contact, report = (output / name for name in SUMMARIES)
    write_contact(contact, by_score(results))
    write_report(report, by_score(results))
    rejected = sum(bool(result.why) for result in results)
    print(f"{len(jobs) - rejected} of {len(jobs)} cropped; {rejected} rejected (see {report})")


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
