"""Checks of many images: in threads, and with a word now and then about how far they are."""

import concurrent.futures
import os
import sys
import time

from tqdm import tqdm

from unit_tf.config import printable

QUIET_SECONDS = 2  # a check that takes no longer shows nothing on a terminal
LINE_EVERY_SECONDS = 10
MOST_WORKERS = 32


def check_in_threads(check, images, what=""):
    """Calls a function on many images, and says on stderr how far it is.

    Args:
      check: (image) -> result; lets go of the GIL most of its time, as Pillow's decoders do.
      images: list.
      what: as in ``with_progress``.

    Returns:
      list of results, in the order of the images.
    """
    workers = min(MOST_WORKERS, os.cpu_count() or 1)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        try:
            return list(with_progress(pool.map(check, images), len(images), what))
        except BaseException:  # Ctrl-C need not wait for thousands of images
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def with_progress(checks, total, what="", stream=None, unit="image", verb="check"):
    """Yields what ``checks`` yields, and says on stderr how far it is.

    On a terminal that is a bar, elsewhere a line now and then.

    Args:
      checks: iterable, with one item for each ``unit``.
      total: number of items.
      what: which images they are, for the line or bar; "" for nothing.
      stream: where to write; None for stderr.
      unit: what an item is.
      verb: what is done to them; one that takes -ing and -ed: check, translat.

    Yields:
      the items.
    """
    stream, what = stream or sys.stderr, f"{printable(what)}: " if what else ""
    if stream.isatty():
        yield from tqdm(
            checks, f"{what}{verb}ing", total=total, unit=unit, delay=QUIET_SECONDS,
            leave=False, file=stream, dynamic_ncols=True,
        )  # fmt: skip
        return
    said = time.monotonic()
    for done, check in enumerate(checks, 1):
        yield check
        now = time.monotonic()
        if now - said >= LINE_EVERY_SECONDS and done < total:
            said = now
            print(f"{what}{verb}ed {done} of {total} {unit}s", file=stream, flush=True)
