"""`onboard rules pages`: the reference of a ruleset, one page a rule."""

from pathlib import Path

import click
from msgspec import structs

from ...authoring.pages import rule_pages
from ...errors import OnboardingError, Problem
from ...files import read_file
from ...messages import say, text
from ...outputs.files import whole_file
from ...reading.encoding import MAX_BYTES
from ...reading.json_text import parse
from ...rules.loading import DEFAULT, load_ruleset, read_files, ruleset_folder
from ...rules.ruleset import MANIFEST
from ...subject_number import BY_USCC
from ..errors import shown
from ..language import resolve_language
from ..options import lang_option, traceback_option

MARK = "<!-- onboard rules pages -->"  # by which a page of ours is known from other files in its folder


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
    pages = {name: f"{page}\n{MARK}\n" for name, page in pages.items()}
    there = {path.name: read_file(path, MAX_BYTES).decode(errors="replace") for path in write.glob("*.md")}
    stale = sorted(name for name in {*pages, *there} if pages.get(name) != there.get(name))
    # Others keep their files, whether we would write over them or take them away.
    foreign = [name for name in stale if name in there and not there[name].endswith(f"{MARK}\n")]
    if foreign and not check:
        hint = text("outputs.give-own-folder")
        raise OnboardingError(*(Problem(text("outputs.no-page"), source=str(write / n), hint=hint) for n in foreign))
    if stale and not check:
        write.mkdir(parents=True, exist_ok=True)
    for name in stale:
        done = "stale" if check else "written" if name in pages else "removed"
        if done == "written":
            with whole_file(write / name) as file:
                file.write(pages[name])
        elif done == "removed":
            (write / name).unlink()
        click.echo(shown(say(f"authoring.page-{done}", resolve_language(lang), path=write / name)))
    return 1 if check and stale else 0


def _index(folder: str, pages: dict[str, str]) -> str:
    about = parse(read_files(ruleset_folder(folder))[MANIFEST])
    source, number = about["source"], load_ruleset(folder).subject_number
    lines = [f"# {about['title']['en']} ({about['title']['zh']})", ""]
    lines += [f"- {source['name'][lang]} ({source['date']})" for lang in ("en", "zh")]
    lines += [f"- <{source['url']}>"] if "url" in source else []
    known_by = text("authoring.known-by", **structs.asdict(number)) if number != BY_USCC else {}
    lines += [f"- {words}" for words in known_by.values()]
    lines += ["", *(f"- [{name.removesuffix('.md')}]({name})" for name in pages), ""]
    return "\n".join(lines)
