"""What the site takes from outside docs/: pages that stand elsewhere in the repository, and files that a page links to.

A page's links are relative to where its source stands, so that they also work where the source is read. Here each is turned into the link
between the two pages; MkDocs then checks all of them, anchors included.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PLUGINS = "workflow/plugins/snakemake"
# Pages of the site whose source stands elsewhere.
PAGES = {
    "index.md": "README.md",
    "configuration.md": "config/README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "plugins/hf-jobs.md": f"{PLUGINS}-executor-plugin-hf-jobs/README.md",
    "plugins/hfbucket.md": f"{PLUGINS}-storage-plugin-hfbucket/README.md",
}
PLACES = {source: page for page, source in PAGES.items()}
# A link behind a code block, whose text is skipped, or by itself.
LINK = re.compile(r"(```.*?```)|\]\((?![a-z]+:)([^)\s#]+)(#[^)\s]*)?\)", re.DOTALL)
ROLE = re.compile(r":(?:func|class|mod|data|meth|attr):(?=<code>)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from elsewhere, and the files that pages link to."""
    for page, source in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    for file in list(files.documentation_pages()):
        for target in _linked(Path(str(file.abs_src_path))):
            if _place(target) not in files.src_uris and target.is_file():
                files.append(File.generated(config, _place(target), abs_src_path=str(target)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the links of a page's source into those between pages of the site; what leads nowhere stays, and MkDocs tells of it."""
    source = Path(str(page.file.abs_src_path))
    here = os.path.dirname(page.file.src_uri)

    def turned(found: re.Match[str]) -> str:
        code, target, anchor = found.groups()
        if code or not (source.parent / target).is_file():
            return found[0]
        return f"]({os.path.relpath(_place((source.parent / target).resolve()), here or '.')}{anchor or ''})"

    return LINK.sub(turned, markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Take the roles of Sphinx out of docstrings."""
    return ROLE.sub("", html)


def _linked(source: Path) -> Iterator[Path]:
    for _, target, _ in LINK.findall(source.read_text(encoding="utf-8")):
        if target:
            yield (source.parent / target).resolve()


def _place(target: Path) -> str:
    """Return where a file of the repository stands in the site."""
    if target.is_relative_to(DOCS):
        return target.relative_to(DOCS).as_posix()
    path = target.relative_to(ROOT).as_posix()
    return PLACES.get(path, f"files/{path}")
