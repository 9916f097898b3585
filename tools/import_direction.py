"""Fails when files import against the direction that the architecture allows, or in a circle.

  python tools/import_direction.py [ROOT]

The directions are those of the table below. No two files of the package have one name, and none
imports itself, through whichever others. Every import counts: at the top of a file, inside a
function, behind TYPE_CHECKING, relative, and ``importlib.import_module("unit_tf...")``. Prints one
line for each breach, of circles the shortest alone, and exits 1 if there is any.
"""

import ast
import collections
import pathlib
import sys
import typing

# What each part of unit_tf may import of unit_tf, besides itself. A dotted name allows that module
# alone; ANY allows all of it but unit_tf.export. A dotted row is a part of its own, which does not
# import the rest of its folder either.
ANY = "*"
ALLOWED = {
    "config": (),
    "files": (),
    "weight_files": (),
    "presets": ("config", "methods.registry"),
    "resolve": (
        "config", "presets", "methods.registry", "data.registry", "models.architectures",
        "models.size_checks", "weight_files",
    ),
    "layers": (),
    "models": ("layers", "weight_files"),
    "losses": ("layers.norm", "layers.rows"),
    "methods": ("models", "layers", "losses", "config", "weight_files"),
    "data": ("config", "files"),
    "inference": (
        "methods", "layers.dtypes", "layers.subpixel", "layers.norm", "data", "resolve", "config",
        "files", "training.workdir", "training.checkpoint_choice",
        "models.student_sizes",
        "evaluation.metrics.flicker",
    ),
    "training": (
        "methods", "layers.dtypes", "layers.latent", "layers.recomputing", "layers.subpixel",
        "losses.weighting",
        "losses.adversarial",
        "data", "resolve", "config", "files",
    ),
    "lowering": ("training", "data", "config", "files", "weight_files"),
    "evaluation": (
        "config", "data", "files", "resolve", "methods.registry", "methods.spec", "inference",
        "training.workdir", "training.checkpoint_choice", "models.vgg16", "weight_files",
    ),
    "report": (
        "config", "files", "presets", "methods.registry", "data.image_grids", "data.images",
        "training.workdir", "training.checkpoint_choice", "training.health.health_log",
    ),
    "evaluation.metrics": (),
    # VGG16 is one network, of the perceptual term and of LPIPS.
    "evaluation.features": (
        "evaluation.metrics", "models.vgg16", "models.vgg16_weights", "weight_files", "config",
        "files",
    ),
    "api": ("presets", "config", "resolve", "inference", "training", "evaluation", "report"),
    "cli": (ANY,),
    "export": (ANY,),
}  # fmt: skip

# unit_tf/__init__.py re-exports from these, lazily.
ALLOWED[""] = tuple(part for part in ALLOWED if part not in ("cli", "export"))

# Parts that import nothing outside the standard library, so that --help answers at once.
STDLIB_ONLY = ("config", "files", "presets", "resolve", "api")

# Top-level names that nothing imports, besides export: that folder's only name is unit_tf.export.
FORBIDDEN = ("tools", "tests", "examples")

# The folders of tools whose scripts import each other, by their bare names: Python looks for them
# beside the script that it runs.
SIBLINGS = ("tools.reproduction", "tools.against_torch", "tools.overhead", "tools.pages")

# Names that say what a file is to its folder; any other is one file's in the whole package.
SHARED_NAMES = ("__init__", "base", "registry", "spec", "cli")


class Import(typing.NamedTuple):
    """One import: the module (dotted, absolute) and the line it stands on."""

    target: str
    line: int


def sources(root):
    """``{dotted module name: path}`` of the package, export, tools, tests and examples."""
    modules = {}
    for top in ("unit_tf", "export", "tools", "tests", "examples"):
        for path in sorted((root / top).rglob("*.py")):
            parts = list(path.relative_to(root).with_suffix("").parts)
            if top == "export":
                parts.insert(0, "unit_tf")
            if parts[-1] == "__init__":
                parts.pop()
            modules[".".join(parts)] = path
    return modules


def imports(path, module, known):
    """Yields every Import of the file ``path``, which is ``module``."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(beside(alias.name, package, known), node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = absolute("." * node.level + (node.module or ""), package)
            base = base if node.level else beside(base, package, known)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield Import(inner if inner in known else base, node.lineno)
        elif isinstance(node, ast.Call) and (name := dynamic_import(node)):
            yield Import(absolute(name, package), node.lineno)


def absolute(name, package):
    """``name`` as written in an import (leading dots and all) inside ``package``, made absolute."""
    stem = name.lstrip(".")
    dots = len(name) - len(stem)
    if not dots:
        return name
    parents = package.split(".")
    return ".".join(parents[: len(parents) - dots + 1] + ([stem] if stem else []))


def beside(name, package, known):
    """The absolute name of what a tool imports by its bare name: another tool, if there is one."""
    if package.partition(".")[0] != "tools":
        return name
    return next((full for p in (package, "tools") if (full := f"{p}.{name}") in known), name)


def dynamic_import(call):
    """The literal that ``import_module(...)`` or ``__import__(...)`` is given, else ""."""
    function = call.func
    name = getattr(function, "attr", getattr(function, "id", ""))
    first = call.args[0] if call.args else None
    literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return first.value if name in ("import_module", "__import__") and literal else ""


def part_of(module):
    """The row of the table that a dotted module name belongs to: the longest one that fits."""
    inner = module.partition(".")[2]
    parents = [inner]
    while "." in parents[-1]:
        parents.append(parents[-1].rpartition(".")[0])
    return next((name for name in parents if name in ALLOWED), parents[-1])


def complaint(module, target):
    """Why ``module`` may not import ``target``, or "" when it may."""
    top, _, inner = target.partition(".")
    home, part = module.partition(".")[0], part_of(module)
    if top == "export":
        return f"nothing imports {target}: it is unit_tf.{target}"
    if target.rpartition(".")[0] == module.rpartition(".")[0] in SIBLINGS:
        return ""
    if top in FORBIDDEN:
        return f"nothing imports {target}"
    if home != "unit_tf" or part not in ALLOWED:
        return ""  # anyone may import the package; violations() names a part without a row
    if top == "unit_tf":
        return package_complaint(part, inner)
    if part in STDLIB_ONLY and top not in sys.stdlib_module_names:
        return f"{part} imports the standard library only, not {target}"
    return ""


def package_complaint(part, inner):
    """The same for two places inside unit_tf: a part, and a dotted name below unit_tf."""
    if inner == part or part and inner.startswith(f"{part}."):
        return ""
    allowed = ALLOWED[part]
    if ANY in allowed and inner.partition(".")[0] != "export":
        return ""
    if any(inner == name or inner.startswith(f"{name}.") for name in allowed):
        return ""
    names = "all but export" if ANY in allowed else ", ".join(allowed) or "nothing"
    target = f"unit_tf.{inner}" if inner else "unit_tf itself"
    return f"{part or 'unit_tf/__init__'} may not import {target} (allowed: {names})"


def namesakes(paths):
    """One line for each file of the package that is named as an earlier one, at any depth.

    Args:
      paths: those of all sources, relative to the root.
    """
    first = {}
    for path in sorted(paths):
        if path.parts[0] in ("unit_tf", "export") and path.stem not in SHARED_NAMES:
            if (other := first.setdefault(path.stem, path)) != path:
                yield f"{path.as_posix()}:1: named as {other.as_posix()}"


def shortest_circle(graph):
    """A shortest way along the imports from a file back to itself.

    Args:
      graph: {module: {module that it imports: line}}.

    Returns:
      list of modules, the first again at its end; empty where there is no way.
    """
    ways = [way for module in sorted(graph) if (way := way_back(graph, module))]
    return min(ways, key=len, default=[])


def way_back(graph, start):
    """The same for one file, breadth first."""
    before, queue = {}, collections.deque([start])
    while queue:
        module = queue.popleft()
        for target in sorted(graph.get(module, ())):
            if target == start:
                way = [module]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return [*reversed(way), start]
            if target not in before:
                before[target] = module
                queue.append(target)
    return []


def violations(root):
    """One line for each breach below ``root``, as ``path:line: why``."""
    known = sources(root)
    where = {module: path.relative_to(root) for module, path in known.items()}
    found, graph = set(namesakes(where.values())), collections.defaultdict(dict)
    for module, path in known.items():
        top, part = module.partition(".")[0], part_of(module)
        if top == "unit_tf" and part not in ALLOWED:
            text = f"{part} is not in the table of tools/import_direction.py"
            found.add(f"{where[module].as_posix()}:1: {text}")
        for target, line in imports(path, module, known):
            if why := complaint(module, target):
                found.add(f"{where[module].as_posix()}:{line}: {why}")
            if target in known:
                graph[module].setdefault(target, line)
    if circle := shortest_circle(graph):
        way = " -> ".join(where[module].as_posix() for module in circle)
        line = graph[circle[0]][circle[1]]
        found.add(f"{where[circle[0]].as_posix()}:{line}: imports itself: {way}")
    return sorted(found)


def main(argv):
    """Prints the breaches below the given root (default: this repository); 1 if any."""
    root = pathlib.Path(argv[0]) if argv else pathlib.Path(__file__).resolve().parents[1]
    found = violations(root)
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"import direction: {len(sources(root))} modules, none against the table")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
