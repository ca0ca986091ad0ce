"""Calls put together at random: every command and option there is, with values that fit and values that do not."""

from random import Random

import click
from builders import OTHER_USCC, ROOT, USCC
from fuzz.attempt import Attempt
from fuzz.mutated import CSV, SETTINGS
from fuzz.odd import FORMATS, ODD

from onboarding.cli.check import check_command
from onboarding.cli.main import whole_group

PASSWORD = "Zq7Losung"
POSTGRES = ("postgresql://u:{}@127.0.0.1:1/x", "postgresql://u:{}@[", "host=127.0.0.1 port=1 password={}")
# Bytes that are no UTF-8 stand there as the system hands them over.
PATHS = (*ODD["paths"], "a" * 300, "a/" * 2100, *(address.format(PASSWORD) for address in POSTGRES))
OUTPUTS = [f"{name}={path}" for name in FORMATS for path in ("out", "one.json", "in", "/dev/full", "")]
WORDS = (*ODD["words"], *FORMATS, *OUTPUTS, USCC, OTHER_USCC, "9" * 400)
ENVIRONMENTS = ODD["environments"]


def _commands(command: click.Command, words: tuple[str, ...]) -> dict[tuple[str, ...], click.Command]:
    if not isinstance(command, click.Group):
        return {words: command}
    return {k: v for name, inner in command.commands.items() for k, v in _commands(inner, (*words, name)).items()}


COMMANDS = _commands(whole_group(), ("onboard",)) | {("onboard-check",): check_command}


def _files() -> dict[str, bytes]:
    examples = ROOT / "examples"
    rules = {f"rules/{p.name}": p.read_bytes() for p in (ROOT / "schemas/douyin").glob("m*.json")}
    return rules | {
        "rules/ruleset.json": (ROOT / "schemas/douyin/ruleset.json").read_bytes(),
        "one.json": (examples / "passes/new-company.json").read_bytes(),
        "two.json": (examples / "refused/several-reasons.json").read_bytes(),
        "in/three.json": (examples / "invalid/not-json.json").read_bytes(),
        "名称.json": (examples / "undecided/brand-without-name.json").read_bytes(),
        "records.jsonl": (examples / "registry.jsonl").read_bytes(),
        "shops.csv": CSV,
        "settings.toml": SETTINGS,
    }


FILES = _files()


def _call(random: Random) -> tuple[str, ...]:
    words, command = random.choice([*COMMANDS.items(), (("onboard-check",), check_command)])
    call = list(words)
    for param in command.params:
        if isinstance(param, click.Argument):
            for _ in range(random.choice((1, 1, 1, 0, 2))):
                call.append(_value(param, random))
        elif param.name not in ("traceback", "help") and random.random() < 0.25:
            call.append(random.choice([*param.opts, *param.secondary_opts]))
            if not getattr(param, "is_flag", False):
                call.append(_value(param, random))
    if words[-1] == "serve":
        # Else it would serve: this address is in documents alone, and no machine's.
        call += ("--host", "203.0.113.1")
    if random.random() < 0.1:
        call.insert(random.randrange(1, len(call) + 1), random.choice((*PATHS, *WORDS)))
    # A null character is refused by the system itself.
    return tuple(word.replace("\x00", "") for word in call)


def _value(param: click.Parameter, random: Random) -> str:
    chance = random.random()
    if isinstance(param.type, click.Choice) and chance < 0.7:
        return str(random.choice(list(param.type.choices)))
    if param.name == "registry" and chance < 0.6:
        return random.choice(("registry.db", "records.jsonl"))
    if param.name in ("paths", "path") and chance < 0.6:
        return random.choice(("one.json", "two.json", "in", "名称.json"))
    return random.choice(PATHS if chance < 0.8 else WORDS)


def attempt(random: Random) -> Attempt:
    """One call on a folder with files of all kinds, and sometimes with odd streams and an odd environment."""
    made = ("onboard", "registry", "import", "records.jsonl", "registry.db")
    files = dict(FILES)
    if random.random() < 0.1:
        files["onboard-check.toml"] = SETTINGS
    return Attempt(
        "command line",
        (made, *(_call(random) for _ in range(3))),
        files,
        stdin=random.choice((b"", FILES["one.json"], b"\xff", b"y\n\n\n", FILES["records.jsonl"])),
        secrets=(PASSWORD,),
    )


def apart(random: Random) -> Attempt:
    """The same as processes of their own, in an odd environment, with streams closed."""
    made = attempt(random)
    env: dict[str, str] = {}
    for odd in random.sample(ENVIRONMENTS, random.choice((0, 1, 1, 2))):
        env |= odd
    closed = "".join(sorted(random.sample("012", random.choice((0, 0, 1, 1, 2, 3)))))
    return Attempt(
        "process", made.calls[:3], made.files, made.stdin, env, closed, own_process=True, secrets=made.secrets
    )  # fmt: skip
