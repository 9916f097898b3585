"""Shows how far a long check of images is: a bar on a terminal, elsewhere a line now and then."""

import sys
import time

from tqdm import tqdm

from unit_tf.config import printable

QUIET_SECONDS = 2  # a check that takes no longer shows nothing on a terminal
LINE_EVERY_SECONDS = 10


def with_progress(checks, total, what="", stream=None):
    """Yields what ``checks`` yields, and says on stderr how far it is.

    Args:
      checks: iterable, with one item for each image.
      total: number of images.
      what: which images they are, for the line or bar; "" for nothing.
      stream: where to write; None for stderr.

    Yields:
      the items.
    """
    stream, what = stream or sys.stderr, f"{printable(what)}: " if what else ""
    if stream.isatty():
        yield from tqdm(
            checks, f"{what}checking", total=total, unit="image", delay=QUIET_SECONDS,
            leave=False, file=stream, dynamic_ncols=True,
        )  # fmt: skip
        return
    said = time.monotonic()
    for done, check in enumerate(checks, 1):
        yield check
        now = time.monotonic()
        if now - said >= LINE_EVERY_SECONDS and done < total:
            said = now
            print(f"{what}checked {done} of {total} images", file=stream, flush=True)
