"""`onboard rules pages`: the reference of a ruleset, one page a rule."""

from pathlib import Path

import click

from ...authoring.pages import rule_pages
from ...messages import say
from ...outputs.interface import safe
from ...reading.json_text import parse
from ...rules.loading import DEFAULT, read_files, ruleset_folder
from ...rules.ruleset import MANIFEST
from ..options import lang_option, language, traceback_option


@click.command("pages")
@click.argument("folder", default=DEFAULT, metavar="[NAME|FOLDER]")
@click.option("--write", metavar="FOLDER", type=click.Path(path_type=Path), required=True, help="Where the pages go.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a page is missing, stale or too many.")
@lang_option
@traceback_option
def write_pages(folder: str, write: Path, check: bool, lang: str | None, traceback: bool) -> int:
    """Write a Markdown page for each rule, in English and Chinese, from its file and its cases.

    \b
    Example: onboard rules pages my-rules/ --write docs/my-rules/ --check
    """
    pages = {"README.md": _index(folder, wanted := rule_pages(folder)), **wanted}
    there = {path.name: path.read_text(encoding="utf-8") for path in write.glob("*.md")}
    stale = sorted(name for name in {*pages, *there} if pages.get(name) != there.get(name))
    for name in stale:
        done = "stale" if check else "written" if name in pages else "removed"
        click.echo(safe(say(f"authoring.page-{done}", language(lang), path=write / name)))
    if check:
        return 1 if stale else 0
    write.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in pages:
            (write / name).write_text(pages[name], encoding="utf-8", newline="\n")
        else:
            (write / name).unlink()
    return 0


def _index(folder: str, pages: dict[str, str]) -> str:
    about = parse(read_files(ruleset_folder(folder))[MANIFEST])
    source = about["source"]
    lines = [f"# {about['title']['en']} ({about['title']['zh']})", ""]
    lines += [f"- {source['name'][lang]} ({source['date']})" for lang in ("en", "zh")]
    lines += [f"- <{source['url']}>"] if "url" in source else []
    lines += ["", *(f"- [{name.removesuffix('.md')}]({name})" for name in pages), ""]
    return "\n".join(lines)
