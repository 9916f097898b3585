"""What a run took: images, requests, their latencies."""

import threading
import time

import numpy as np

PERCENTILES = (50, 90, 99)


class Statistics:
    """Counts what many threads do; the clock starts when it is made."""

    def __init__(self):
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._latencies = []
        self._retries = 0

    def add_request(self, seconds):
        """Notes an answered request and how long that attempt took."""
        with self._lock:
            self._latencies.append(seconds)

    def add_retry(self):
        """Notes that a failed attempt is made again."""
        with self._lock:
            self._retries += 1

    def summary(self, model, translated, failed):
        """One line for the user.

        Args:
          model: who translated.
          translated: number of images written.
          failed: number of images that were not.
        """
        seconds = time.monotonic() - self._started
        parts = [
            f"{translated} of {translated + failed} images translated by {model}",
            f"{failed} failed",
            f"{seconds:.2f} s, {translated / seconds:.1f} images/s",
            f"{len(self._latencies)} requests, {self._retries} retries",
        ]
        if self._latencies:
            values = np.percentile(self._latencies, PERCENTILES) * 1000
            shown = zip(PERCENTILES, values, strict=True)
            parts.append("latency " + " ".join(f"p{p} {value:.0f} ms" for p, value in shown))
        return "; ".join(parts)
