"""The package's imports follow the table in tools/import_direction.py; planted breaches show."""

import pathlib
import runpy
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
TOOL = ROOT / "tools" / "import_direction.py"
violations = runpy.run_path(str(TOOL))["violations"]


def plant(root, files):
    """A tree in the project's shape with one-line bodies; ``files`` are added or overwritten."""
    parts = ("layers", "models", "losses", "methods", "data", "training", "evaluation", "cli")
    tree = {f"unit_tf/{part}/__init__.py": "" for part in parts}
    tree |= {"unit_tf/__init__.py": "", "unit_tf/config/__init__.py": "import json\n"}
    tree |= {"export/__init__.py": "", "unit_tf/losses/weighting.py": "", "tools/check.py": ""}
    tree |= {"tools/reproduction/grid.py": "", "unit_tf/methods/base.py": ""}
    for name, text in (tree | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_this_repository_follows_the_table():
    """No import in the tree points the wrong way."""
    assert violations(ROOT) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("unit_tf/models/coupled.py", "from unit_tf.layers import blocks\n"),
        ("unit_tf/models/coupled.py", "from unit_tf import layers\n"),
        ("unit_tf/models/coupled.py", "from . import encoders\nfrom ..layers import norm\n"),
        ("unit_tf/training/trainer.py", "from unit_tf.losses import weighting\n"),
        ("unit_tf/training/trainer.py", "from unit_tf.losses.weighting import weighted_sum\n"),
        ("unit_tf/presets/__init__.py", "from unit_tf import config\n"),
        ("unit_tf/__init__.py", "def f():\n    from unit_tf.methods import unit\n"),
        ("unit_tf/cli/train.py", "import unit_tf\nfrom unit_tf.training import loop\n"),
        ("export/cli.py", "from unit_tf.cli import flags\nfrom unit_tf.export import parity\n"),
        ("tests/test_x.py", "from unit_tf.export import parity\n"),
        ("unit_tf/layers/norm.py", "import tensorflow as tf\n"),
        ("unit_tf/evaluation/x.py", "from unit_tf.data import base\nfrom . import metrics\n"),
        ("unit_tf/evaluation/x.py", "from unit_tf.evaluation.metrics import fid\n"),
        ("unit_tf/evaluation/metrics/x.py", "from unit_tf.evaluation.metrics import y\n"),
        ("unit_tf/evaluation/features/x.py", "from unit_tf.evaluation.metrics import y\n"),
        ("tools/reproduction/x.py", "import grid\nfrom grid import Grid\n"),
        ("unit_tf/losses/base.py", ""),
        ("tools/weighting.py", ""),
        ("tests/losses/weighting.py", ""),
    ],
)
def test_allowed(tmp_path, path, text):
    """Imports along the table are not reported."""
    assert violations(plant(tmp_path, {path: text})) == []


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("unit_tf/layers/x.py", "import unit_tf.losses\n", "layers may not import unit_tf.losses"),
        ("unit_tf/layers/x.py", "from .. import config\n", "layers may not import unit_tf.config"),
        ("unit_tf/losses/x.py", "import unit_tf\n", "losses may not import unit_tf itself"),
        ("unit_tf/evaluation/x.py", "from ..cli import flags\n", "may not import unit_tf.cli"),
        (
            "unit_tf/evaluation/metrics/x.py",
            "from unit_tf.data import base\n",
            "evaluation.metrics may not import unit_tf.data",
        ),
        (
            "unit_tf/evaluation/metrics/x.py",
            "from unit_tf.evaluation import grids\n",
            "evaluation.metrics may not import unit_tf.evaluation",
        ),
        (
            "unit_tf/evaluation/features/x.py",
            "from ..evaluators import base\n",
            "evaluation.features may not import unit_tf.evaluation.evaluators",
        ),
        ("unit_tf/models/x.py", "from unit_tf import training\n", "may not import"),
        ("unit_tf/models/x.py", "def f():\n  import unit_tf.methods\n", "x.py:2: models may not"),
        ("unit_tf/data/x.py", "from unit_tf import config, losses\n", "import unit_tf.losses"),
        (
            "unit_tf/data/x.py",
            'import importlib\nimportlib.import_module("unit_tf.training.loop")\n',
            "may not import unit_tf.training.loop",
        ),
        (
            "unit_tf/data/x.py",
            'import importlib\nimportlib.import_module("..cli", __package__)\n',
            "may not import unit_tf.cli",
        ),
        ("unit_tf/training/x.py", "from unit_tf.losses import gan\n", "may not import"),
        ("unit_tf/cli/x.py", "from unit_tf.export import parity\n", "all but export"),
        ("unit_tf/cli/x.py", "import export.parity\n", "it is unit_tf.export"),
        ("unit_tf/__init__.py", "from unit_tf.cli import train\n", "unit_tf/__init__ may not"),
        ("unit_tf/config/__init__.py", "import numpy\n", "the standard library only"),
        ("unit_tf/methods/x.py", "from tools import check\n", "nothing imports tools"),
        ("tests/test_x.py", "import tools.check\n", "nothing imports tools.check"),
        ("tools/other.py", "import check\n", "nothing imports tools.check"),
        ("tools/other.py", "from check import main\n", "nothing imports tools.check"),
        ("tools/other.py", "import reproduction.grid\n", "nothing imports tools.reproduction.grid"),
        ("tools/reproduction/x.py", "import check\n", "nothing imports tools.check"),
        ("tools/reproduction/x.py", "import tools.check\n", "nothing imports tools.check"),
        ("tests/test_x.py", "from tools.reproduction import grid\n", "nothing imports tools.repro"),
        ("unit_tf/stray/x.py", "import os\nimport sys\n", "stray is not in the table"),
        ("unit_tf/stray.py", "", "stray is not in the table"),
    ],
)
def test_breach_is_reported(tmp_path, path, text, expected):
    """A planted import against the table gives exactly one line, naming file and reason."""
    found = violations(plant(tmp_path, {path: text}))
    assert len(found) == 1
    assert found[0].startswith(f"{path}:")
    assert expected in found[0]


@pytest.mark.parametrize("path", ["unit_tf/data/weighting.py", "export/deep/weighting.py"])
def test_two_files_of_one_name(tmp_path, path):
    """Wherever in the package they stand; tools and tests may be named after what they are of."""
    first, second = sorted([path, "unit_tf/losses/weighting.py"])
    assert violations(plant(tmp_path, {path: ""})) == [f"{second}:1: named as {first}"]


@pytest.mark.parametrize(
    ("files", "way"),
    [
        ({"x": "from unit_tf.losses import y\n", "y": "\nfrom unit_tf.losses import x\n"}, "xyx"),
        (  # inside functions, relative, and by name
            {
                "x": "def f():\n  from . import y\n",
                "y": "def f():\n  from .z import g\n",
                "z": "import importlib\nimportlib.import_module('unit_tf.losses.x')\n",
            },
            "xyzx",
        ),
        ({"x": "import unit_tf.losses.x\n"}, "xx"),
        (  # of two circles the shorter one
            {
                "x": "from . import y\n",
                "y": "from . import z\n",
                "z": "from . import v, x\n",
                "v": "from . import z\n",
            },
            "vzv",
        ),
    ],
    ids=["at the top", "in functions", "itself", "two"],
)
def test_a_circle_is_reported(tmp_path, files, way):
    """One line, at the import with which its first file begins it."""
    planted = {f"unit_tf/losses/{name}.py": text for name, text in files.items()}
    (found,) = violations(plant(tmp_path, planted))
    assert found.startswith(f"unit_tf/losses/{way[0]}.py:")
    assert found.endswith(": " + " -> ".join(f"unit_tf/losses/{name}.py" for name in way))


def test_a_circle_of_tools_is_reported(tmp_path):
    files = {"x": "import y\n", "y": "from x import main\n"}
    planted = {f"tools/reproduction/{name}.py": text for name, text in files.items()}
    (found,) = violations(plant(tmp_path, planted))
    assert "tools/reproduction/x.py -> tools/reproduction/y.py -> tools/repro" in found


def test_a_file_imported_twice_is_no_circle(tmp_path):
    files = {"x": "from . import y, z\n", "y": "from . import z\n", "z": ""}
    planted = {f"unit_tf/losses/{name}.py": text for name, text in files.items()}
    assert violations(plant(tmp_path, planted)) == []


def test_command_line(tmp_path):
    """Exit 0 with a summary on a clean tree; exit 1 with the lines on stderr otherwise."""

    def run():
        command = [sys.executable, str(TOOL), str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    plant(tmp_path, {})
    clean = run()
    assert clean.returncode == 0
    assert "none against the table" in clean.stdout
    plant(tmp_path, {"unit_tf/layers/x.py": "import unit_tf.models\n"})
    bad = run()
    assert bad.returncode == 1
    assert bad.stderr.startswith("unit_tf/layers/x.py:1: layers may not import unit_tf.models")
