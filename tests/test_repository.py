"""What GitHub and other tools read of this repository is whole and agrees with setup.py."""

import ast
import importlib.metadata
import pathlib
import re

import pytest

yaml = pytest.importorskip("yaml")

ROOT = pathlib.Path(__file__).parents[1]
PAPER = "Unsupervised Image-to-Image Translation Networks"


def load(name):
    """A YAML file of the repository, parsed."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def setup_arguments():
    """``{argument of setuptools.setup: its value}`` of those that are literals."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    setup = next(call for call in calls if getattr(call.func, "attr", "") == "setup")
    found = {}
    for keyword in setup.keywords:
        try:
            found[keyword.arg] = ast.literal_eval(keyword.value)
        except ValueError:
            pass
    return found


SETUP = setup_arguments()


def pythons():
    """The Python versions that setup.py allows: ``["3.10", ...]``."""
    low, high = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", SETUP["python_requires"]).groups()
    return [f"3.{minor}" for minor in range(int(low), int(high))]


def is_allowed(version, bounds):
    """Whether ``1.2.3`` lies within ``>=1.2,<1.3``."""

    def numbers(text):
        return [int(part) for part in text.split(".")]

    compare = {">=": lambda a, b: a >= b, "<": lambda a, b: a < b}
    pairs = re.findall(r"(>=|<)([\d.]+)", bounds)
    assert pairs
    return all(compare[sign](numbers(version), numbers(bound)) for sign, bound in pairs)


def test_the_workflow_runs_what_the_project_calls_ci():
    workflow = load(".github/workflows/ci.yml")
    job = workflow["jobs"]["test"]
    assert [step["run"] for step in job["steps"] if "run" in step] == ["bash .ci/run"]
    assert job["strategy"]["matrix"]["python"] == pythons()
    assert job["runs-on"].startswith("ubuntu")
    triggers = workflow[True]  # YAML 1.1 reads the key "on" as true
    assert set(triggers) == {"push", "pull_request"}
    assert workflow["permissions"] == {"contents": "read"}


def test_the_page_is_the_one_of_the_documents_and_comes_by_hand():
    """Only the deploying job may write, and only to Pages; the one that runs packages, nothing."""
    workflow = load(".github/workflows/page.yml")
    assert set(workflow[True]) == {"workflow_dispatch"}
    export, deploy = (workflow["jobs"][name] for name in ("export", "deploy"))
    assert workflow["permissions"] == {"contents": "read"} and "permissions" not in export
    assert deploy["needs"] == "export" and not any("run" in step for step in deploy["steps"])
    assert deploy["permissions"] == {"pages": "write", "id-token": "write"}
    *_, install, command = [step["run"] for step in export["steps"] if "run" in step]
    lines = (ROOT / "docs/deploy.md").read_text(encoding="utf-8").splitlines()
    assert install in lines and command in lines
    output = re.search(r"--output=(\S+)", command)[1]
    assert export["steps"][-1]["with"]["path"] == f"{output}/web"


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github/workflows").iterdir()), ids=lambda path: path.name
)
def test_a_workflow_pins_actions_by_major_version(path):
    jobs = load(path.relative_to(ROOT))["jobs"].values()
    used = [step["uses"] for job in jobs for step in job["steps"] if "uses" in step]
    assert used and all(re.fullmatch(r"actions/[a-z-]+@v\d+", name) for name in used)
    assert len({name.partition("@")[0] for name in used}) == len(used)


def test_every_allowed_python_is_named_everywhere():
    """In the README, in CONTRIBUTING.md and where .venv is made."""
    span = f"{pythons()[0]}-{pythons()[-1]}"
    for name in ("README.md", "CONTRIBUTING.md", "tools/env.sh"):
        assert span in (ROOT / name).read_text(encoding="utf-8"), name


def test_the_bug_form_asks_for_what_a_bug_needs():
    form = load(".github/ISSUE_TEMPLATE/bug.yml")
    assert form["name"] and form["description"]
    fields = {entry["id"]: entry for entry in form["body"] if entry["type"] != "markdown"}
    assert {"command", "stderr", "config", "versions"} <= set(fields)
    required = {name for name, field in fields.items() if field.get("validations")}
    assert {"command", "stderr", "versions"} <= required
    assert all(field["attributes"]["label"] for field in fields.values())


def test_the_pull_request_form_is_short_and_asks_for_tests_and_licence():
    text = (ROOT / ".github/pull_request_template.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 30
    for word in ("tools/test.sh", "CHANGELOG.md", "CONTRIBUTING.md", "non-commercial"):
        assert word in text


def test_the_citation_names_this_version_and_the_paper():
    citation = load("CITATION.cff")
    needed = ("cff-version", "message", "title", "authors")  # the format's own
    assert all(citation[key] for key in needed)
    assert (citation["type"], citation["version"]) == ("software", SETUP["version"])
    assert citation["license"] == SETUP["license"]
    papers = {paper["title"]: paper for paper in citation["references"]}
    names = [author["family-names"] for author in papers[PAPER]["authors"]]
    assert names == ["Liu", "Breuel", "Kautz"]
    assert papers[PAPER]["year"] == 2017


def test_pre_commit_runs_a_ruff_that_ci_may_run_too():
    repositories = load(".pre-commit-config.yaml")["repos"]
    ruff = next(entry for entry in repositories if entry["repo"].endswith("/ruff-pre-commit"))
    assert [hook["id"] for hook in ruff["hooks"]] == ["ruff-check", "ruff-format"]
    wanted = next(need for need in SETUP["extras_require"]["test"] if need.startswith("ruff"))
    assert is_allowed(ruff["rev"].removeprefix("v"), wanted.removeprefix("ruff"))
    assert not is_allowed("0.16.9", wanted.removeprefix("ruff"))


def test_the_installed_version_is_the_written_one():
    assert importlib.metadata.version("unit_tf") == SETUP["version"]
