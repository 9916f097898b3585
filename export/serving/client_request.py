"""What unit-serve-client is asked for. Imports neither TensorFlow nor numpy."""

import dataclasses
import pathlib
import re

from unit_tf.config import UserError, nearest
from unit_tf.config.value_range import OWN, parse_one_range

# Where a server of each protocol listens by default.
PROTOCOLS = {"grpc": "localhost:8500", "rest": "localhost:8501"}

LARGEST_SIDE = 1_000_000  # pixels; no image that is translated comes near
LONGEST_DEADLINE = 1_000_000  # seconds; sockets know no infinite ones


@dataclasses.dataclass(frozen=True)
class ClientRequest:
    """The flags of unit-serve-client. Messages call a value by its flag.

    Args:
      model: the served model's name.
      input: an image, or a folder of them.
      output: folder for the translations.
      server: host:port; default: this machine, at the protocol's port in PROTOCOLS.
      protocol: ``"grpc"`` or ``"rest"``.
      signature: ``"translate_bytes"`` sends image files, ``"serving_default"`` floats.
      version: ask this version; default: the latest.
      label: ask the version that has this label; not together with ``version``.
      batch_size: images in a request, at most.
      concurrency: requests at a time.
      deadline: seconds to wait for an answer, each try.
      retries: further tries where the server is busy, gone or too slow.
      tls: encrypt.
      value_range: ``"LOW,HIGH"``, the values that are black and white in images of more than 8
        bits; with ``"own"`` each image's type says them.
      resize: pixels that each image's shorter side is scaled to first; 0 for images as they are.

    Raises:
      UserError: a value cannot be; one line.
    """

    model: str
    input: str | pathlib.Path
    output: str | pathlib.Path
    server: str | None = None
    protocol: str = "grpc"
    signature: str = "translate_bytes"
    version: int | None = None
    label: str = ""
    batch_size: int = 4
    concurrency: int = 4
    deadline: float = 30.0
    retries: int = 3
    tls: bool = False
    value_range: str = OWN
    resize: int = 0

    def __post_init__(self):
        for name in ("model", "input", "output"):
            if not str(getattr(self, name) or ""):
                raise UserError(f"--{name} is required")
        if self.protocol not in PROTOCOLS:
            hint = nearest(self.protocol, PROTOCOLS)
            raise UserError(f"--protocol={self.protocol}: not valid{hint}")
        if self.version is not None and self.label:
            raise UserError("--version and --label both name a version; give one of them")
        lowest = {"batch_size": 1, "concurrency": 1, "retries": 0, "resize": 0}
        for name, low in lowest.items():
            if getattr(self, name) < low:
                raise UserError(f"--{name}={getattr(self, name)}: must be at least {low}")
        if self.resize > LARGEST_SIDE:
            raise UserError(f"--resize={self.resize}: must be at most {LARGEST_SIDE}")
        if not self.deadline > 0:
            raise UserError(f"--deadline={self.deadline}: must be above 0")
        if self.deadline > LONGEST_DEADLINE:
            raise UserError(f"--deadline={self.deadline}: must be at most {LONGEST_DEADLINE}")
        parse_one_range("--value_range", self.value_range)
        server = self.server or PROTOCOLS[self.protocol]
        match = re.fullmatch(r"(?:[^/:\[\]\s]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", server)
        if not match or not 0 < int(match[1]) < 65536:
            raise UserError(f"--server={server}: expected host:port, as {PROTOCOLS['grpc']}")
        object.__setattr__(self, "server", server)
