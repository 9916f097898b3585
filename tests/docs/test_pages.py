"""What the documents name exists: pages, anchors, images, files, presets and settings."""

import pathlib
import re

import pytest

from unit_tf.config import ExperimentConfig
from unit_tf.presets import PRESETS

ROOT = pathlib.Path(__file__).parents[2]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob(".github/*.md"))
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*\bsrc=\"([^\"]+)\"")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
PATH = re.compile(
    r"(?<![\w/.-])(?:tools|tests|unit_tf|export|docs|examples|\.ci|\.github)/[\w./-]+"
)
PRESET = re.compile(r"--preset=(\w+)")
SETTING = re.compile(r"--((?:data|model|weights|optim|run)\.\w+)")


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def anchors(text):
    """The anchors that GitHub gives the headings of a page."""
    names = []
    for title in HEADING.findall(FENCE.sub("", text)):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()
        name = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
        names.append(f"{name}-{names.count(name)}" if name in names else name)
    return names


def dead_links(page, text, root):
    """The relative links of a page that lead nowhere."""
    dead = []
    for link in filter(None, (a or b for a, b in LINK.findall(FENCE.sub("", text)))):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (root / page).parent / place if place else root / page
        if not target.exists():
            dead.append(link)
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            dead.append(link)
    return dead


def test_dead_links_are_found(tmp_path):
    """Pages, images and anchors; not the web's, not those in code, and GitHub's way of naming."""
    (tmp_path / "other.md").write_text("# One: `two`, *three* (d)\n## Same\n## Same\n")
    good = "[a](other.md#one-two-three-d) [b](#here) [c](https://x.y/z#w) [d](other.md#same-1)\n"
    code = "# Here\n```\n[x](no.md)\n# Not a heading\n```\n"
    text = good + code + '[e](no.md) ![f](no.png) [g](#not-a-heading) <img src="none.png">'
    (tmp_path / "page.md").write_text(text)
    assert dead_links("page.md", text, tmp_path) == [
        "no.md",
        "no.png",
        "#not-a-heading",
        "none.png",
    ]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    assert dead_links(page, read(page), ROOT) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != "CHANGELOG.md"])
def test_files_that_a_page_names_exist(page):
    """But not in the changelog, which may name what is gone; yours.py is the reader's own."""
    named = {path.rstrip("./") for path in PATH.findall(read(page))}
    named = {path for path in named if not path.endswith("/yours.py")}
    assert [p for p in sorted(named) if not (ROOT / p).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_presets_and_settings_that_a_page_names_exist(page):
    text = read(page)
    known = {name for name, _ in ExperimentConfig().items()}
    assert set(PRESET.findall(text)) - {"NAME"} <= PRESETS.keys()
    assert set(SETTING.findall(text)) <= known


def test_every_page_can_be_reached_from_the_readme():
    seen, waiting = set(), ["README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        for link, _ in LINK.findall(FENCE.sub("", read(page))):
            target = (ROOT / page).parent / link.partition("#")[0]
            if target.suffix == ".md" and target.exists():
                waiting.append(str(target.resolve().relative_to(ROOT.resolve())))
    assert {page for page in PAGES if not page.startswith(".github")} <= seen


def test_the_readme_is_short_and_names_the_two_commands():
    text = read("README.md")
    assert len(text.splitlines()) <= 90
    for command in ("bash tools/quickstart.sh", "bash tools/test.sh", "record_addons_goldens.sh"):
        assert command in text


def test_the_shipped_translators_are_named_where_they_are_taken():
    from unit_tf.training.workdir import PRETRAINED

    names = ", ".join(f"`{path.name}`" for path in sorted(PRETRAINED.iterdir()))
    assert f"({names})" in read("docs/api.md")
    for path in PRETRAINED.iterdir():
        assert f"unit_tf/pretrained/{path.name}/MODEL_CARD.md" in read("README.md")
