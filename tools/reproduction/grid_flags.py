"""Flags of the tools that run many trainings: folders, rows, seeds, and settings of their own."""

import os
import stat

from absl import flags as absl_flags

from unit_tf import config as config_lib


def check_folder(flag, path):
    """Raises UserError where the folder that a flag names can neither be written to nor made."""
    for there in (path, *path.absolute().parents):
        try:
            fits = stat.S_ISDIR(there.stat().st_mode) and os.access(there, os.W_OK)
            break
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:  # such as a name that is too long
            raise config_lib.UserError(f"--{flag}={path}: {error.strerror.lower()}") from None
    if not fits:
        raise config_lib.UserError(f"--{flag}={path}: {there} is no folder to write to")


def chosen_rows(names, rows, groups):
    """The rows that ``--rows`` names, each once.

    Args:
      names: list of str, rows and groups.
      rows: names of all rows.
      groups: {name: rows of it}.

    Raises:
      UserError: there is no such row.
    """
    for name in names:
        if name not in {*rows, *groups}:
            hint = config_lib.nearest(name, [*groups, *rows])
            raise config_lib.UserError(f"--rows={name}: no such row{hint}")
    if not names:
        raise config_lib.UserError(f"--rows: none; of {', '.join([*groups, *rows])}")
    return list(dict.fromkeys(row for name in names for row in groups.get(name, [name])))


def chosen_seeds(texts):
    """The numbers of ``--seeds``, each once.

    Raises:
      UserError: one is no seed.
    """
    field = config_lib.lookup("run.seed")
    seeds = [config_lib.parse_value("seeds", field, text) for text in texts]
    if not seeds:
        raise config_lib.UserError("--seeds: none; numbers, comma-separated")
    return list(dict.fromkeys(seeds))


def refuse_own_settings(values, names):
    """Raises UserError where a setting is given that the tool sets itself."""
    for name in ("run.seed", *names):
        if values[name].value is not None:
            hint = "; --seeds names seeds" if name == "run.seed" else ""
            raise config_lib.UserError(f"--{name}: set by this tool{hint}")


def chosen(values, flag, known):
    """The names of a list flag, each once.

    Args:
      values: FlagValues.
      flag: name.
      known: names that there are.

    Raises:
      UserError: none is given, or one is not known.
    """
    for name in values[flag].value:
        if name not in known:
            hint = config_lib.nearest(name, list(known))
            raise config_lib.UserError(f"--{flag}={name}: no such name{hint}")
    if not values[flag].value:
        raise config_lib.UserError(f"--{flag}: none; of {', '.join(known)}")
    return list(dict.fromkeys(values[flag].value))


def define_report(results, values):
    """Defines the flags of a tool that makes tables of records.

    Args:
      results: folder of the records.
      values: FlagValues.
    """
    absl_flags.DEFINE_string("results", results, "folder of records", flag_values=values)
    absl_flags.DEFINE_string("document", None, "Markdown file to write into", flag_values=values)
    absl_flags.DEFINE_bool(
        "check", False, "only see whether records and document are fit", flag_values=values
    )
