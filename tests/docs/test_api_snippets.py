"""Every Python snippet of the README and of docs/api.md runs, in the order of its page."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PAGES = ("README.md", "docs/api.md")
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets(page):
    """[(line number, source)] of a page's fenced Python blocks."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [(text.count("\n", 0, m.start(1)) + 1, m[1]) for m in FENCE.finditer(text)]


class Page:
    """Runs a page's snippets in order, with one namespace, each once."""

    def __init__(self, page):
        self.page = page
        self.waiting = snippets(page)
        self.namespace = {"__name__": "__snippet__"}

    def run_through(self, line):
        """Runs what has not run yet, up to the snippet that begins at ``line``."""
        while self.waiting and self.waiting[0][0] <= line:
            begin, source = self.waiting.pop(0)
            # Empty lines before it, so that a traceback names the page's own line.
            code = compile("\n" * (begin - 1) + source, str(ROOT / self.page), "exec")
            exec(code, self.namespace)


@pytest.fixture(scope="module")
def pages(snippet_folder, tiny_trainings):
    return {page: Page(page) for page in PAGES}


def test_the_pages_have_snippets():
    assert len(snippets("README.md")) == 1
    assert len(snippets("docs/api.md")) >= 10


@pytest.mark.parametrize(
    ("page", "line"),
    [(page, line) for page in PAGES for line, _ in snippets(page)],
    ids=lambda value: str(value),
)
def test_a_snippet_runs(pages, page, line):
    pages[page].run_through(line)


def test_the_readme_and_the_api_page_begin_alike():
    """The five lines that a stranger meets first."""
    (_, readme), (_, page) = snippets("README.md")[0], snippets("docs/api.md")[0]
    assert readme == page
    assert len(readme.splitlines()) <= 5
