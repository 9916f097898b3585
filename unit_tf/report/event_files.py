"""What a training has logged: its TensorBoard files, read while they may still grow.

No TensorFlow is imported. A file that ends within a record, as one does that is being written or
whose training was killed, counts up to there.
"""

import contextlib
import pathlib
import struct
import typing

LARGEST_RECORD = 2**26  # bytes; a grid of images is a few hundred thousand


class History(typing.NamedTuple):
    """A training's log, oldest first; where a step was trained twice, its last time counts.

    Attributes:
      scalars: {tag: {step: float}}.
      grids: {step: bytes of a PNG}.
      columns: list of str, the titles of a grid's columns; [] where there is no grid.
      times: list of (seconds since 1970, step), one for each event.
    """

    scalars: dict
    grids: dict
    columns: list
    times: list


def read_history(folder):
    """Reads all event files of a folder.

    Args:
      folder: WORKDIR/logs; need not exist.

    Returns:
      History.
    """
    history = History({}, {}, [], [])
    events = [e for path in sorted(pathlib.Path(folder).glob("events.*")) for e in _events(path)]
    for event in sorted(events, key=lambda e: e.wall_time):  # sorted is stable
        for value in event.summary.value:
            _add(history, event.step, value)
        if event.HasField("summary"):
            history.times.append((event.wall_time, event.step))
    return history


def _events(path):
    """Yields the Events of one file, up to what is damaged, not yet written or cannot be read."""
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto.event_pb2 import Event

    if not path.is_file():  # a folder, or a pipe that would be waited for
        return
    with contextlib.suppress(OSError), open(path, "rb") as file:
        # A record: its length, a checksum of that, the bytes, a checksum of those.
        while len(head := file.read(12)) == 12:
            (length,) = struct.unpack("<Q", head[:8])
            if length > LARGEST_RECORD:
                return
            record = file.read(length)
            if len(record) < length or len(file.read(4)) < 4:
                return
            try:
                yield Event.FromString(record)
            except DecodeError:
                return


def _add(history, step, value):
    """Takes in one value of an event: a number or a grid."""
    tensor = value.tensor
    if len(tensor.string_val) > 2:
        history.grids[step] = tensor.string_val[2]  # behind width and height
        if value.metadata.summary_description:
            history.columns[:] = value.metadata.summary_description.split(" | ")
    elif tensor.float_val:
        history.scalars.setdefault(value.tag, {})[step] = tensor.float_val[0]
    elif len(tensor.tensor_content) == 4:
        (number,) = struct.unpack("<f", tensor.tensor_content)
        history.scalars.setdefault(value.tag, {})[step] = number
