"""The table of ``unit-train --dry_run``."""

import math


def _count(variables):
    return sum(math.prod(v.shape) for v in variables)


def network_table(method):
    """A Markdown table of every network's layers: name, kernel shape, parameters.

    Args:
      method: Method with all its variables created.

    Returns:
      text; shared layers are listed once, under a name that ends in ``_shared``.
    """
    rows = []
    for variable in method.trainable_variables:
        owner, _, name = variable.path.rpartition("/")
        rows.append((owner, name, "x".join(map(str, variable.shape)), math.prod(variable.shape)))
    width = max(len(row[0]) for row in rows)
    lines = [
        f"| {'layer':{width}} | {'weight':6} | {'shape':>16} | {'parameters':>10} |",
        f"| {'-' * width} | ------ | {'-' * 16} | {'-' * 10} |",
    ]
    lines += [f"| {o:{width}} | {n:6} | {s:>16} | {c:>10,} |" for o, n, s, c in rows]
    networks = {}
    for variable in method.trainable_variables:
        networks.setdefault(variable.path.split("/")[0], []).append(variable)
    lines += ["", "| network | parameters |", "| --- | --- |"]
    lines += [f"| {name} | {_count(v):,} |" for name, v in networks.items()]
    lines.append(f"| all | {_count(method.trainable_variables):,} |")
    return "\n".join(lines)
