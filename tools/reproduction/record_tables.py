"""Tables of records in Markdown, and their places in a document."""

import pathlib
import statistics

import records
from unit_tf import config as config_lib


def markdown(columns, rows):
    """A Markdown table's lines; cells are text."""
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    return lines + [f"| {' | '.join(cells)} |" for cells in rows]


def mean(values, digits=4):
    """Mean and, of several, standard deviation."""
    text = f"{statistics.mean(values):.{digits}f}"
    return f"{text} ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else text


def steps_of(results):
    """The trainings' steps, as text."""
    return "/".join(str(s) for s in sorted({r["steps"] for r in results}))


def origins(results, what="training"):
    """A line for each way in which trainings, or what else records are of, were run."""
    kinds = {}
    for r in results:
        shown = {k: v for k, v in r["overrides"].items() if k not in config_lib.PLACES}
        if (precision := r["settings"].get("run.precision", "float32")) != "float32":
            shown["run.precision"] = precision
        settings = " ".join(f"--{k}={v}" for k, v in shown.items()) or "presets as they are"
        if "read_again" in r:
            settings += f"; last step read again at commit {r['read_again']['commit']}"
        key = r["commit"] or "unknown", r["date"], r["hardware"], r["tensorflow"], settings
        kinds.setdefault(key, []).append(r)
    return [
        f"{len(runs)} {what}{'s' * (len(runs) > 1)}: commit {commit}, {date}, {hardware}, "
        f"TensorFlow {version}, "
        f"{settings}."
        for (commit, date, hardware, version, settings), runs in sorted(kinds.items())
    ]


# Rows that need no training: their name in a record's references, and their title.
BASELINES = {"identity": "untouched input", "constant": "best constant colour"}


def markers(tool, group):
    """The lines around a group's table in a document."""
    return f"<!-- {tool} {group}: begin -->", f"<!-- {tool} {group}: end -->"


def filled(document, tool, tables):
    """A document with other tables.

    Args:
      document: path of a Markdown file.
      tool: name in its markers.
      tables: {group: Markdown}.

    Returns:
      its text.

    Raises:
      UserError: it cannot be read, or there is no place for a table.
    """
    path = pathlib.Path(document)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise config_lib.UserError(f"--document={path}: {error.strerror.lower()}") from None
    except UnicodeDecodeError:
        raise config_lib.UserError(f"--document={path}: not text in UTF-8") from None
    for group, content in tables.items():
        begin, end = markers(tool, group)
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise config_lib.UserError(f"--document={path}: no {begin} and {end} in it")
        text = f"{before}{begin}\n{content}\n{end}{after}"
    return text


def report(values, table, maker, marker, kind, more=None):
    """Prints tables of records, or writes them into a document.

    Args:
      values: FlagValues with ``grid_flags.define_report``'s.
      table: list of records -> Markdown.
      maker: the tool that makes the records, for messages.
      marker: before "table" in the document.
      kind: what has ``complaint`` and ``row_of``, as ``records.read_all`` takes them.
      more: {what takes the place of "table": as ``table``}; such a one may return "" for none.

    Raises:
      UserError: the records or the document are not fit.
    """
    from unit_tf.files import write_text

    found = records.read_all(
        values.results, kind.complaint, maker, kind.row_of, may_be_empty=values.check
    )
    wanted = {"table": table, **(more or {})} if found else {}
    made = {group: text for group, function in wanted.items() if (text := function(found))}
    text = filled(values.document, marker, made) if values.document else None
    if values.check:
        return
    if text is None:
        print("\n\n".join(made.values()))
    else:
        write_text(values.document, text)
