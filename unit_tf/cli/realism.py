"""unit-evaluate --inception_weights: how far translations lie from real images, FID and KID.

Of each direction the translations of its test images are held against real images of the
domain that they are to look like, and so are the untouched inputs: what a translator that does
nothing would get. Importing it, defining flags and checking them needs neither TensorFlow nor
numpy.
"""

from absl import flags as absl_flags

from unit_tf.cli import judges
from unit_tf.config import UserError
from unit_tf.methods.registry import METHODS, find_method

FLAG = "inception_weights"
GROUPS = ("translation", "identity")
FEWEST = 2  # of which there is a covariance


def define_flags(values):
    """Defines the flag; None where it is not given."""
    text = (
        "FID and KID: Keras' InceptionV3 weights without its classifier, .h5; or "
        f"{judges.FETCHED} to let Keras download them. Not comparable with FIDs of TF-slim's "
        "Inception"
    )
    absl_flags.DEFINE_string(FLAG, None, text, flag_values=values)


def check_flags(values):
    """Raises UserError for a file that is not there or of another kind, and a limit of 1."""
    value, limit = values[FLAG].value, values["limit"].value
    judges.check_file(FLAG, value, (".h5",), fetched=True)
    if value is not None and limit is not None and limit < FEWEST:
        raise UserError(f"--limit={limit}: FID and KID (--{FLAG}) need {FEWEST} or more")


def refuse_classifiers(values, method):
    """Raises UserError where the flag was given for a method that is scored by classes."""
    if values[FLAG].value is not None and find_method(method).labelled:
        others = [name for name, spec in METHODS.items() if not spec.labelled]
        raise UserError(
            f"--{FLAG}={values[FLAG].value}: method {method} is scored by the classes that it "
            f"reads; only for methods {', '.join(others)}"
        )


def require_images(values, data):
    """Raises UserError where a direction that is evaluated has too few images on either side.

    Args:
      values: FlagValues with ``define_flags``' flag.
      data: Data.
    """
    from unit_tf.cli.diverse import real_images

    for source, target in ("ab", "ba") if values[FLAG].value is not None else ():
        tests = getattr(data, f"test_{source}")
        for domain, found in ((source, tests), (target, real_images(data, source, target))):
            if tests and len(found) < FEWEST:
                raise UserError(
                    f"--{FLAG}: {len(found)} test images of {domain.upper()} for {source}2"
                    f"{target}; FID and KID need {FEWEST} or more: --data.test_dir_{domain} names "
                    "some"
                )


def open_network(values):
    """Reads the weights that the flag names.

    Returns:
      evaluation.inception_v3.InceptionV3; None without the flag.

    Raises:
      UserError: the file cannot be used.
    """
    from unit_tf.evaluation.features.inception_v3 import load_inception_v3

    if values[FLAG].value is None:
        return None
    try:
        return load_inception_v3(values[FLAG].value)
    except ValueError as error:
        raise UserError(f"--{FLAG}={error}") from None


def add_realism(result, watched, data, direction, values, output):
    """Measures one direction, prints the figures and puts them beside the others.

    Args:
      result: scores.DirectionResult of the same direction.
      watched: features.Watched, the translator that ``result`` was made with.
      data: Data.
      direction: ``"a2b"`` or ``"b2a"``.
      values: FlagValues with ``define_flags``' flag, and ``limit``.
      output: folder for the results, where real images' features are kept.

    Returns:
      DirectionResult with "realism" among its figures.

    Raises:
      UserError: an image cannot be translated, or features are not finite.
    """
    from unit_tf.cli.diverse import real_images
    from unit_tf.cli.features import cached_features

    source, target = direction.split("2")
    tests = _spread(getattr(data, f"test_{source}"), values["limit"].value)
    reals = _spread(real_images(data, source, target), values["limit"].value)
    groups = {
        "translation": watched.features(tests),
        "identity": cached_features(watched.network, [test.load for test in tests], output),
    }
    try:
        figures = measure(groups, cached_features(watched.network, reals, output))
    except ValueError as error:
        raise UserError(f"--{FLAG}={values[FLAG].value}: {error}") from None
    print(figures_text(direction, figures), flush=True)
    figures["weights"] = values[FLAG].value
    return result._replace(figures={**result.figures, "realism": figures})


def measure(groups, reals):
    """FID and KID of each group against the same real images.

    Args:
      groups: {name of GROUPS: float32 [N, D]}.
      reals: float32 [M, D].

    Returns:
      dict fit for JSON: "label", "images" (N), "real" (M), "notes", "fid" {group: float} and
      "kid" {group: what ``kid.kid`` gives}.

    Raises:
      ValueError: features that are not finite.
    """
    from unit_tf.evaluation.features.inception_v3 import LABEL
    from unit_tf.evaluation.metrics.fid import frechet_distance
    from unit_tf.evaluation.metrics.kid import kid

    count, width = len(groups["translation"]), reals.shape[1]
    fewest, notes = min(count, len(reals)), []
    if fewest <= width:
        notes.append(
            f"FID is biased upwards at {fewest} images (fewer than {width + 1} leave a "
            "covariance singular); KID is the one to read"
        )
    return {
        "label": LABEL, "images": count, "real": len(reals), "notes": notes,
        "fid": {name: frechet_distance(found, reals) for name, found in groups.items()},
        "kid": {name: kid(found, reals) for name, found in groups.items()},
    }  # fmt: skip


def figures_text(direction, figures):
    """``measure``'s figures for people."""
    from unit_tf.evaluation.metrics.diversity import table

    counts = f"{figures['images']} translations, {figures['real']} real images"
    fids = {name: {"mean": d, "standard_error": None} for name, d in figures["fid"].items()}
    rows = {
        name: {"label": figures["label"], **found}
        for name, found in (("fid", fids), ("kid", figures["kid"]))
    }
    lines = [f"{direction}: {counts}; KID +- its standard error", table(rows, GROUPS)]
    return "\n".join([*lines, *(f"note: {note}" for note in figures["notes"])])


def _spread(items, limit):
    """At most ``limit`` of them, evenly spaced, as for the other scores."""
    from unit_tf.evaluation.image_grids import evenly_spaced

    return [items[i] for i in evenly_spaced(len(items), limit or len(items))]
