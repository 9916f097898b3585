"""Images whose styles a translation takes: found, named and checked, later encoded."""

import typing

from unit_tf.config import UserError
from unit_tf.data.image_listing import named_places
from unit_tf.inference import image_files
from unit_tf.inference.decoded_images import DecodedImages

# Results have an underscore in their names, so none of them is ever called so.
MATRIX = "matrix.png"


class GuideImages(typing.NamedTuple):
    """Styles of images.

    Attributes:
      files: non-empty list of pathlib.Path.
      names: what results are called after, one a file, all different.
      decoded: DecodedImages that reads them.
    """

    files: list
    names: list
    decoded: DecodedImages
    sheet = MATRIX

    def styles(self, size, encode):
        """float32 [files, size]; ``encode`` is (path) -> float32 [1, size]."""
        import numpy as np

        return np.concatenate([encode(file) for file in self.files])


def open_guides(request, output, decoded, skip_bad):
    """The images that ``request.style`` names; each has been decoded once.

    Args:
      request: style_requests.StyleRequest.
      output: path of the folder for results; what lies in it is no guide.
      decoded: DecodedImages of the guides' domain.
      skip_bad: leave out those that cannot be read.

    Returns:
      GuideImages.

    Raises:
      UserError: there are none, one cannot be read, two would share a name, or there are not two
        to go from one to the other.
    """
    text, steps = request.style, request.interpolate

    def refuse_other_than_two(names):
        if steps and len(names) != 2:
            raise UserError(
                f"--interpolate={steps}: goes from one image to another, but --style={text} "
                f"names {len(names)}"
            )

    names = _named_guides(text, output)
    if not skip_bad:
        _refuse_shared_names(text, names)
    refuse_other_than_two(names)
    jobs = [image_files.Job(file, None) for file in names]
    jobs = image_files.usable(jobs, decoded.channels, skip_bad, decoded=decoded, where="style")
    files = [job.source for job in jobs]
    refuse_other_than_two(files)
    names = {file: names[file] for file in files}
    _refuse_shared_names(text, names)
    return GuideImages(files, [names[file] for file in files], decoded)


def _named_guides(text, output):
    """{path: name}: a file's own without its extension, after those of the folders it is below."""
    names = {}
    for place in named_places(text) or [text or "''"]:
        folder, files = image_files.find("style", place, output)
        for file in (f for f in files if f not in names):  # named twice, it is one
            names[file] = "-".join(file.relative_to(folder).with_suffix("").parts)
    return names


def _refuse_shared_names(text, names):
    """Raises UserError where two of {path: name} have one name."""
    taken = {}
    for file, name in names.items():
        if name in taken:
            both = f"{taken[name]} and {file}"
            raise UserError(f"--style={text}: {both} would share the name {name}; rename one")
        taken[name] = file
