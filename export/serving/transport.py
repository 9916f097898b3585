"""What the client asks of a model server, whichever protocol carries it, and how that can fail."""

import io
import random
import re
import time
import typing

from PIL import Image

DEFAULT_SIGNATURE = "serving_default"
# What a signature is known by: its one output's name, and the type of both ends.
_KINDS = {"translated": "DT_FLOAT", "translated_bytes": "DT_STRING"}
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0  # seconds between attempts


# What TensorFlow puts around a message: the other errors' heading, what failed, and where.
_HEADING = re.compile(r"^\d+ root error\(s\) found\. ?\(0\) ?[A-Z_]+: ?")
_PLACES = re.compile(r"\{\{(?:function_)?node [^}]*\}\} ?")
_TRACE = re.compile(r" ?\[\[\{\{.*")
_ASSERTION = "assertion failed: ["


def without_trace(line):
    """A server's message without the names of its graph's nodes.

    Args:
      line: such as ``assertion failed: [at most 9 pixels:] [20 30] [[{{node map/Assert}}]]``.

    Returns:
      str: ``at most 9 pixels: 20 30``.
    """
    line = _PLACES.sub("", _TRACE.sub("", _HEADING.sub("", line)))
    if line.startswith(_ASSERTION) and line.endswith("]"):
        return line[len(_ASSERTION) : -1].replace("] [", " ").replace("[", "").replace("]", "")
    return line


class ServingError(Exception):
    """A request failed; the message is one printable line, whatever the server sent."""

    def __init__(self, message):
        line = without_trace(" ".join(str(message).split()))[:300]
        super().__init__("".join(c if c.isprintable() else "?" for c in line))


class Transient(ServingError):
    """Nobody answered, or not in time, or the server has too much to do: may work later."""


class Refused(ServingError):
    """The server does not take what was sent, be it one image or the whole batch."""


class NotFound(ServingError):
    """The server has no such model or version."""


class Target(typing.NamedTuple):
    """Which model is asked; without version and label, the latest version.

    Attributes:
      model: its name on the server, such as ``"a2b"``.
      version: a number, or None.
      label: a version's label, or "".
    """

    model: str
    version: int | None = None
    label: str = ""


class Signature(typing.NamedTuple):
    """A served function of one input and one output.

    Attributes:
      name: its name.
      input: the input's name.
      output: the output's name.
      encoded: True where images travel as PNG or JPEG bytes, False as floats in [0, 1].
    """

    name: str
    input: str
    output: str
    encoded: bool


class Model(typing.NamedTuple):
    """What the server says of a model.

    Attributes:
      version: the version that answered, or None where the server did not say.
      channels: colour channels of its input images.
      signatures: {name: Signature}.
    """

    version: int | None
    channels: int
    signatures: dict


class Transport(typing.Protocol):
    """A connection to one model on one server; its methods may be called from many threads."""

    def describe(self) -> Model:
        """Asks for the model's signatures; raises ServingError.

        All predictions after it come from the version that answered, though a newer one appear.
        """

    def predict(self, signature: Signature, inputs: list) -> list:
        """Translates a batch in one attempt; raises ServingError.

        Args:
          signature: which function.
          inputs: bytes of each image, or float32 arrays [H, W, C] of one shape in [0, 1].

        Returns:
          list of the results, in order: bytes of PNGs, or float32 arrays [H, W, C'] in [0, 1].
        """

    def close(self) -> None:
        """Ends the connection and, where the protocol can, the requests under way."""


def read_model(signature_defs, version):
    """The Model that a SignatureDefMap describes.

    Args:
      signature_defs: {name: SignatureDef}, as protobuf's JSON with the proto's field names, from a
        server that may send anything.
      version: as Model.version.

    Raises:
      ServingError: it is no translator of images.
    """
    signatures, channels = {}, None
    for name, definition in _object(signature_defs).items():
        inputs, outputs = (_object(_object(definition).get(key)) for key in ("inputs", "outputs"))
        if len(inputs) != 1 or len(outputs) != 1:
            continue  # encoders, and __saved_model_init_op, which every SavedModel of TF 2 has
        (source, info), (result, made) = *inputs.items(), *outputs.items()
        kind = _KINDS.get(result)
        if kind is None or any(_object(end).get("dtype") != kind for end in (info, made)):
            continue
        signatures[name] = Signature(name, source, result, kind == "DT_STRING")
        if name == DEFAULT_SIGNATURE:
            channels = _channels(_object(info))
    if channels not in (1, 3):
        raise ServingError(
            f"the model is no translator: its {DEFAULT_SIGNATURE} takes no [N, H, W, 1 or 3]"
        )
    return Model(version, channels, signatures)


def read_version(value):
    """A model's version from JSON: text, as protobuf writes an int64, or a number.

    Raises:
      ServingError: it is none.
    """
    if isinstance(value, str | int) and re.fullmatch("[0-9]{1,19}", str(value)[:20]):
        return int(value)
    shown = repr(value[:50]) if isinstance(value, str) else f"a {type(value).__name__}"
    raise ServingError(f"the server answered no number as the model's version, but {shown}")


def _object(value):
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def _channels(info):
    """The last of the four sizes that a TensorInfo promises, or None."""
    dims = _object(info.get("tensor_shape")).get("dim")
    if not isinstance(dims, list) or len(dims) != 4:
        return None
    return {"1": 1, "3": 3}.get(str(_object(dims[3]).get("size")))


def retrying(predict, retries, statistics):
    """``predict``, tried again with growing pauses where the failure may pass.

    One loop for both protocols. gRPC's own retry policy would do less: it knows five attempts,
    one deadline for all of them together, and no retry for a request above its buffer's 256 KiB.

    Args:
      predict: (signature, inputs) -> list, like Transport.predict.
      retries: how many further attempts, >= 0.
      statistics: Statistics, told of each answer and each retry.

    Returns:
      function with the arguments and the result of ``predict``; raises the last ServingError.
    """

    def run(signature, inputs):
        for attempt in range(retries + 1):
            started = time.monotonic()
            try:
                results = predict(signature, inputs)
            except Transient:
                if attempt == retries:
                    raise
                statistics.add_retry()
                time.sleep(pause(attempt))
            else:
                statistics.add_request(time.monotonic() - started)
                return results

    return run


def pause(attempt):
    """Seconds to wait after attempt 0, 1, ...: doubling, and spread so that clients part ways."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt) * random.uniform(0.5, 1)


def check_count(results, inputs):
    """``results``; raises ServingError unless there is one for each input."""
    if len(results) != len(inputs):
        raise ServingError(f"the server answered {len(results)} results for {len(inputs)} images")
    return results


def largest_answer(inputs, pixel):
    """How many bytes a right answer to some images has at most.

    Args:
      inputs: as in Transport.predict.
      pixel: bytes for each pixel of the inputs, whose size the results have.
    """
    return 2**20 + pixel * sum(height * width for height, width in map(size_of, inputs))


def size_of(payload):
    """(height, width) of an image as it is sent: a PNG or JPEG file, or an array [H, W, C]."""
    if not isinstance(payload, bytes):
        return payload.shape[:2]
    with Image.open(io.BytesIO(payload)) as image:  # reads the header alone
        return image.height, image.width
