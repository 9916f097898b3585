"""Flags of every command, and how a command starts and ends. Imports no TensorFlow.

Exit codes: 0 done, 1 a failure (a training that diverged or an artefact unlike its model, in one
line; anything else with its traceback), 2 bad input with one line on stderr,
130 stopped by Ctrl-C, 143 by SIGTERM, 141 where nobody reads what it prints any more.
"""

import contextlib
import io
import math
import os
import select
import signal
import sys
import threading

from absl import flags

from unit_tf import config as config_lib
from unit_tf.files import disk_fault
from unit_tf.resolve import choices

INTERRUPTED = 130
UNREAD = 128 + 13  # as a process that SIGPIPE ends
_SAID_BY_ABSL = {
    "('Non-boolean argument to boolean flag'": "true or false",
    "invalid literal for int()": "a whole number",
    "could not convert string to float": "a number",
}


def new_flags(version=True):
    """An empty set of flags that knows ``--help`` and ``-h``.

    Args:
      version: it also knows ``--version``. A command may have a flag of its own called so.

    Returns:
      FlagValues.
    """
    values = flags.FlagValues()
    flags.DEFINE_bool("help", False, "print this and stop", short_name="h", flag_values=values)
    if version:
        flags.DEFINE_bool("version", False, "print the version and stop", flag_values=values)
    return values


class _Switch(flags.BooleanParser):
    """Reads switches by the words that a config.json may have."""

    def parse(self, argument):
        words = {"yes": True, "no": False}
        return super().parse(words.get(str(argument).lower(), argument))


class _WholeNumber(flags.IntegerParser):
    """Reads integers as settings are: 1e5 is one."""

    def convert(self, argument):
        try:
            return super().convert(argument)
        except ValueError:
            with contextlib.suppress(ValueError):
                if (number := float(argument)).is_integer():
                    return int(number)
            raise


class _Number(flags.FloatParser):
    """Reads numbers; NaN, which is within no bounds and beyond none, is not one."""

    def convert(self, argument):
        number = super().convert(argument)
        if math.isnan(number):
            raise ValueError(f"could not convert string to float: {argument!r}")
        return number


def _prepare_parsers(values):
    """Has every switch and every number read by the parsers above."""
    for name in values:
        parser = values[name].parser
        if values[name].boolean:
            values[name].parser = _Switch()
        elif type(parser) is flags.IntegerParser:
            values[name].parser = _WholeNumber(parser.lower_bound, parser.upper_bound)
        elif type(parser) is flags.FloatParser:
            values[name].parser = _Number(parser.lower_bound, parser.upper_bound)


def define_config_flags(values, prefix=""):
    """Defines ``--section.field`` for every setting that starts so; unset flags are None."""
    for name in (name for name in config_lib.field_names() if name.startswith(prefix)):
        field = config_lib.lookup(name)
        valid = "|".join(str(choice) for choice in choices(name) or () if choice != "")
        text = field.metadata["help"] + (f" ({valid})" if valid else "")
        default = field.default
        shown = "x".join(map(str, default)) if isinstance(default, tuple) else default
        text += f"; default {shown!r}" if shown == "" else f"; default {shown}"
        define = flags.DEFINE_bool if field.type is bool else flags.DEFINE_string
        define(name, None, text, flag_values=values)


# Where images are now, for commands that read a finished training's data.
_MOVABLE = (
    "dir_a", "dir_b", "test_dir_a", "test_dir_b", "root", "tfds_dir", "usps_dir", "cache_dir",
    "max_megapixels",
)  # fmt: skip


def define_places(values):
    """Defines ``--data.*`` of _MOVABLE and ``--data.skip_bad``, for data that have moved."""
    for place in _MOVABLE:
        text = config_lib.lookup(f"data.{place}").metadata["help"]
        flags.DEFINE_string(f"data.{place}", None, text, flag_values=values)
    text = "leave unreadable images out instead of stopping"
    flags.DEFINE_bool("data.skip_bad", None, text, flag_values=values)


def define_checkpoint(values):
    """Defines which checkpoint of a training a command reads."""
    text = "which checkpoint of a training: newest, best (by --run.score_every) or a step"
    flags.DEFINE_string("checkpoint", "newest", text, flag_values=values)


# In commands that read a finished training: its own seed is in its configuration.
STYLE_SEED = "run.seed"


def define_style_seed(values):
    """Defines the seed of the styles that a command samples; None where it is not given."""
    flags.DEFINE_integer(
        STYLE_SEED, None, "methods with styles: seed of the sampled styles; default 0",
        lower_bound=0, upper_bound=2**31 - 1, flag_values=values,
    )  # fmt: skip


def config_overrides(values, prefix=""):
    """{"section.field": value} of the flags that were given and whose names start so."""
    names = [name for name in config_lib.field_names() if name.startswith(prefix)]
    found = {name: values[name].value for name in names if name in values}
    return {name: value for name, value in found.items() if value is not None}


def require(values, *names):
    """Raises UserError for the first flag that was not given."""
    for name in names:
        if not values[name].value:
            raise config_lib.UserError(f"--{name} is required; see --help")


def choice(values, name, valid):
    """The flag's value, which must be one of ``valid``."""
    value = values[name].value
    if value not in valid:
        raise config_lib.UserError(f"--{name}={value}: not valid{config_lib.nearest(value, valid)}")
    return value


def _version():
    from importlib import metadata  # here, as no other command needs to wait for it

    try:
        return metadata.version("unit_tf")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _help_text(values, description):
    lines = [description.strip(), "", "flags:"]
    for name in sorted(values, key=lambda n: ("." in n, n)):
        if values[name].name == name:
            default = values[name].default
            shown = "" if default in (None, False, "") else f" (default {default})"
            lines.append(f"  --{name}: {values[name].help}{shown}")
    return "\n".join(lines)


def _parse(values, argv):
    """Parses strictly; raises UserError in one line."""
    _prepare_parsers(values)
    try:
        stray = values(argv)[1:]
    except flags.UnrecognizedFlagError as error:
        names = [name for name in values if values[name].name == name]
        hint = config_lib.nearest(error.flagname, names) if names else ""
        if len(hint) > 200:
            hint = "; see --help"
        raise config_lib.UserError(f"--{error.flagname}: no such flag{hint}") from None
    except (flags.Error, ValueError) as error:  # --nodry_run=3 is a plain ValueError
        raise config_lib.UserError(_in_our_words(error)) from None
    if stray:
        raise config_lib.UserError(f"{stray[0]!r}: not a flag; every setting is --name=value")
    _refuse_homeless(values)


def _in_our_words(error):
    """What absl says of a flag's value, as messages about settings have it."""
    text = " ".join(str(error).split())
    for said, expected in _SAID_BY_ABSL.items():
        flag, found, _ = text.partition(f": {said}")
        if found:
            return f"{flag.removeprefix('flag ')}: expected {expected}"
    return text


def _refuse_homeless(values):
    """Raises UserError for a path below the home of a user that this machine does not know.

    Wherever such a path is expanded, pathlib raises a RuntimeError.
    """
    for name in values:
        value = values[name].value
        text = ",".join(value) if isinstance(value, list) else str(value)
        for path in map(str.strip, text.split(",")):
            if path.startswith("~") and os.path.expanduser(path).startswith("~"):
                raise config_lib.UserError(f"--{name}={text}: no such user, {path}")


@contextlib.contextmanager
def _stopped_by():
    """Lets SIGTERM (``docker stop``, batch queues) end a command as Ctrl-C does: clean up, then go.

    Yields:
      list of the signals that came. C++ between two Python frames may turn the KeyboardInterrupt
      that each raises into some other exception.
    """
    came = []

    def stop(number, frame):
        came.append(number)
        raise KeyboardInterrupt

    # Python gives signals to the main thread alone.
    numbers = (signal.SIGINT, signal.SIGTERM)
    main_thread = threading.current_thread() is threading.main_thread()
    before = {n: signal.signal(n, stop) for n in numbers} if main_thread else {}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_unread(stream):
    """Whether a stream is a pipe that nobody reads any more, as behind ``| head``."""
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)  # errors and hang-ups are told unasked
    except (AttributeError, OSError, ValueError):  # no such call, no file or a closed one
        return False
    return bool(poll.poll(0))


def _abandon(stream):
    """Sends what is left of a stream to nowhere, or Python would fail over it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _is_full(stream):
    """Whether a stream takes no more, not even an empty line; it is given up then."""
    try:
        if stream is not None:
            os.write(stream.fileno(), b"\n")
    except io.UnsupportedOperation:  # a notebook's
        return False
    except OSError:
        _abandon(stream)
        return True
    return False


def _open_what_is_closed():
    """Opens closed streams to nowhere: a file opened later would get a stream's number.

    TensorFlow's C++ would then write its log into a checkpoint.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)


def run(main, values, description, argv=None):
    """Parses the command line, runs ``main()`` and gives the process' exit code.

    Args:
      main: callable without arguments that reads ``values``; may return an exit code.
      values: FlagValues from ``new_flags``.
      description: the command's module docstring, shown by ``--help``.
      argv: the command line; default sys.argv.

    Returns:
      exit code.
    """
    argv = sys.argv if argv is None else argv
    _open_what_is_closed()
    name = os.path.basename(argv[0])
    # Names of files that are not UTF-8 are printed as they are, so that pipes can read them.
    if isinstance(sys.stdout, io.TextIOWrapper):  # notebooks have others
        sys.stdout.reconfigure(errors="surrogateescape")
    with _stopped_by() as came:
        try:
            _parse(values, argv)
            if values["version"].value is True:  # not 1, which may be a served model's
                print(f"unit_tf {_version()}", flush=True)
                return 0
            if values["help"].value:
                print(_help_text(values, description), flush=True)
                return 0
            code = main() or 0
            if sys.stdout is not None:  # closed, as of some daemons
                sys.stdout.flush()  # here a failure can still be answered for
            return code
        except BrokenPipeError:
            if not _is_unread(sys.stdout):
                raise
            _abandon(sys.stdout)
            return UNREAD
        except config_lib.UserError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 2
        except (Exception, KeyboardInterrupt) as error:
            if came or isinstance(error, KeyboardInterrupt):
                print(f"{name}: stopped", file=sys.stderr)
                return 128 + came[0] if came else INTERRUPTED
            fault = disk_fault(error) if isinstance(error, OSError) else None
            if fault is None:
                raise
            where = "standard output: " if _is_full(sys.stdout) else ""
            print(f"{name}: {where}cannot be written to: {fault}", file=sys.stderr)
            return 2
