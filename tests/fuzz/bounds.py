"""Files of up to 1 MiB made to cost time or memory: at the bounds of the contract, and in the shapes that once did."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

from builders import ROOT, USCC, application, brand, shop
from fuzz.attempt import AS_OF, Attempt
from fuzz.odd import FORMATS

MEBIBYTE = 1 << 20
_DAY = date(2020, 1, 1)


def _day(number: int) -> str:
    return (_DAY + timedelta(days=number)).isoformat()


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _dated(count: int, name: str = "牌子{}") -> list[dict[str, Any]]:
    """Brands of `count`, each with days of its own."""
    made = []
    for n in range(count):
        term = {"sealed_by_subject": True, "valid_from": _day(n * 7), "valid_until": _day(n * 9 + 2500)}
        made.append(brand(name.format(n), evidence=term, trademark_no=str(10**7 + n)))
    return made


def _filled(around: bytes, inner: bytes, between: bytes = b"") -> bytes:
    """`around`, whose `%` is `inner` as often as a mebibyte holds it."""
    first, last = around.split(b"%")
    times = (MEBIBYTE - len(around)) // len(inner + between)
    return first + between.join([inner] * times) + last


def _with(field: str, value: str) -> dict[str, Any]:
    return application({field: value})


# Texts that grow, or are dear to compare: long compatibility characters, accents, jamo, look-alikes, signs.
_LONG = (
    "ﷺ",
    "e\u0301",
    "\u0301",
    "\u1100\u1161\u11a8",
    "Уу",
    "雲",
    "(R)",
    "Ⓡ",
    "·",
    "云A",
    "①",
    "🅪",
    "\u200b",
    "O",
    "０",
)

APPLICATIONS: dict[str, Callable[[Random], bytes]] = {
    "200 brands with days of their own": lambda r: _dumped(application({"/brands": _dated(200)})),
    "201 brands": lambda r: _dumped(application({"/brands": _dated(201)})),
    "200 brands with long names": lambda r: _dumped(
        application({"/brands": _dated(200, (c := r.choice(_LONG)) * (1500 // len(c.encode())) + "{}")})
    ),
    "a long text": lambda r: _dumped(
        _with(
            r.choice(("/subject/name", "/business_license/name", "/business_license/uscc", "/shop/name")),
            r.choice(_LONG) * 700,
        )
    ),
    "a text over the bound": lambda r: _dumped(_with("/business_license/uscc", r.choice(_LONG) * 200_000))[:MEBIBYTE],
    "1,000 unknown fields": lambda r: _dumped({**application(), **{f"brand{n}": n for n in range(1000)}}),
    "1,000 unknown fields in 200 brands": lambda r: _dumped(
        application({"/brands": [{**b, **{f"{k}_{'x' * 180}": 0 for k in "abcde"}} for b in _dated(200)]})
    ),
    "80,000 unknown fields": lambda r: _dumped({**application(), **{f"field{n}": 0 for n in range(60_000)}}),
    "a long key over a long array": lambda r: _filled(
        b'{"' + b"k" * r.choice((200, 201, 87_000)) + b'":[%]}', b"{}", b","
    ),
    "many empty brands": lambda r: _filled(
        b'{"application_id":"A","subject":{"type":"other"},"brands":[%]}', b"{}", b","
    ),
    "a deep list": lambda r: _filled(b"%", r.choice((b"[", b'{"a":', b'[{"a":[', b"[[],"))),
    "61 levels, some times": lambda r: _dumped({"a": [json.loads("[" * 61 + "]" * 61)] * 2000}),
    "many wrong types": lambda r: _filled(b'{"brands":[%]}', b"0", b","),
    "brands that are wrong in many fields": lambda r: _dumped(
        {
            "brands": [
                {"name": 1, "trademark_no": [], "evidence": dict.fromkeys(("type", "valid_from", "valid_until"), 0)}
            ]
            * 200
        }
    ),
    "many duplicate keys": lambda r: _filled(b"{%}", b'"a":0', b","),
    "many escapes": lambda r: _filled(b'{"a":"%"}', rb"\u0041"),
    "many lone surrogates": lambda r: _filled(b'{"a":[%]}', rb'"\ud800"', b","),
    "many infinities": lambda r: _filled(b"[%]", r.choice((b"NaN", b"1e999", b"-Infinity")), b","),
    "a long number": lambda r: _filled(b'{"application_id":%}', r.choice((b"9", b"1e", b"0.", b"-"))),
    "an open string": lambda r: _filled(b'{"application_id":"%', r.choice((b"a", b"\\", "云".encode()))),
    "bytes of no encoding": lambda r: _filled(
        b"%", r.choice((b"\xff", b"\xa1\xa1", b"\xed\xa0\x80", b"\x00", b"\xd4\xc6"))
    ),
    "white space": lambda r: _filled(b"%" + _dumped(application()), r.choice((b" ", b"\n", b"\r\n", b"\t"))),
    "quotes and brackets": lambda r: bytes(r.choices(b'"[]{}:,\\ 0aten', k=MEBIBYTE)),
    "random bytes": lambda r: r.randbytes(MEBIBYTE),
    "many commas": lambda r: _filled(b"[%]", b","),
    "strings without an end": lambda r: _filled(b"%", b'"\n'),
    "a key in many places": lambda r: _filled(b'{"brands":[%]}', b'{"valid_untill":1}', b","),
    "days that are none": lambda r: _filled(b'{"submitted_on":"%"}', r.choice((b"2024", "年".encode(), b"9-"))),
}


def _short(number: int) -> bytes:
    shown = {"record": "shop", "shop_id": str(number), "subject_id": USCC, "brands": [], "opened_on": "2022-01-01"}
    return json.dumps(shown, separators=(",", ":")).encode() + b"\n"


def _lines(records: list[dict[str, Any]]) -> bytes:
    found, size = [], 0
    for line in (_dumped(record) + b"\n" for record in records):
        size += len(line)
        if size > MEBIBYTE:
            break
        found.append(line)
    return b"".join(found)


def _in_turn(*kinds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for one_of_each in zip(*kinds, strict=False) for record in one_of_each]


def _mark(day: int, **values: Any) -> dict[str, Any]:
    return {"record": "mark", "subject_id": USCC, "on": _day(day), **values}


RECORDS: dict[str, Callable[[Random], bytes]] = {
    "many open shops": lambda r: _lines([shop(f"S-{n}", (f"牌子{n}",)) for n in range(9000)]),
    "many shops that were closed": lambda r: _lines(
        [shop(f"S-{n}", ("x",), closed_on=_day(900 + n % 1000), closed_for="voluntary_exit") for n in range(9000)]
    ),
    "an exit every forty days for ages": lambda r: _lines(
        [
            shop(f"S-{n}", ("x",), opened_on=_day(day - 1), closed_on=_day(day), closed_for="voluntary_exit")
            for n, day in enumerate(range(1650, 1650 + 9000 * 40, 40))
        ]
    ),
    "shops with many brands": lambda r: _lines(
        [shop(f"S-{n}", tuple(f"牌子{k}" for k in range(150))) for n in range(500)]
    ),
    "shops that this application opened": lambda r: _lines(
        [shop(f"S-{n}", ("云上", f"牌子{n}"), application_id="A-1") for n in range(9000)]
    ),
    "brands that look alike": lambda r: _lines(
        [shop(f"S-{n}", tuple(r.choice(_LONG) * 40 + f"{k}" for k in range(20))) for n in range(900)]
    ),
    "a brand in one shop after another": lambda r: _lines(
        [
            shop(f"S-{n}", ("云上",), opened_on=_day(1676 + n), closed_on=_day(1677 + n), closed_for="other")
            for n in range(9000)
        ]
    ),
    "bans that follow each other": lambda r: _lines(
        [
            {
                "record": "ban",
                "subject_id": USCC,
                "on": _day(1676 + n),
                "revoked_on": _day(1677 + n),
                "reason": ("application_fraud", "serious_violation")[n % 2],
            }
            for n in range(9000)
        ]
    ),
    "one shop in many versions": lambda r: _lines([shop("S-1", (f"牌子{n}",)) for n in range(9000)]),
    "broken lines": lambda r: _filled(b"%", r.choice((b"\n\n{\n", b"{}\n", b'{"record":"shop"}\n', b"\xff\n", b"[\n"))),
    "a long line": lambda r: _filled(b'{"record":"shop","x":"%"}\n', b"a"),
    "a record with many fields": lambda r: _dumped({**shop(), **{f"x{n}": n for n in range(70_000)}})[:MEBIBYTE],
    "a shop with brands of nothing": lambda r: _filled(b'{"record":"shop","brands":[%]}\n', b"{}", b","),
    "a shop with many brands": lambda r: _filled(_dumped(shop("S-1", ("%",))) + b"\n", b'x"},{"name":"y'),
    "shops with as many brands as may be": lambda r: _lines(
        [shop(f"S-{n}", tuple(f"牌{n}-{k}" for k in range(1000))) for n in range(99)]
    ),
    "many fields nearly known": lambda r: _dumped({**shop(), **{f"subject_i{n}": 0 for n in range(50_000)}})[:MEBIBYTE],
    "lists in lists": lambda r: _filled(b'{"record":"shop","x":[%]}\n', b"[[],[]]", b","),
    "shops in a few words": lambda r: b"".join(_short(n) for n in range(28_000))[:MEBIBYTE].rpartition(b"\n")[0],
    "fields nearly known": lambda r: _lines([{**shop(f"S-{n}"), f"closed_{n}": 1} for n in range(9000)]),
    "many bans": lambda r: _lines(
        [
            {"record": "ban", "subject_id": USCC, "on": _day(n % 1000), "reason": "application_fraud"}
            for n in range(20_000)
        ]
    ),
    "many violations": lambda r: _lines(
        [{"record": "violation", "subject_id": USCC, "on": _day(n % 1000), "kind": "other"} for n in range(20_000)]
    ),
    "subjects by schemes that there are not": lambda r: _lines(
        [
            {"record": "ban", "subject_id": f"{a}{b}.{c}{d}x:1", "on": "2023-05-01", "reason": "serious_violation"}
            for a, b, c, d in product("abcdefghij", repeat=4)
        ]
    ),
    "waivers of every rule": lambda r: _lines(
        [
            {"record": "mark", "subject_id": USCC, "kind": "waiver", "on": "2023-05-01", "about": rule, "by": "x"}
            for rule in sorted(path.stem for path in (ROOT / "schemas/douyin").glob("*.json")) * 900
        ]
    ),
    "marks of as many kinds": lambda r: _lines(
        [{"record": "mark", "subject_id": USCC, "kind": f"kind_{n}", "on": "2023-05-01"} for n in range(12_000)]
    ),
    "shops and waivers": lambda r: _lines(
        _in_turn(
            [shop(f"S-{n}", ("x",)) for n in range(9000)],
            [_mark(r.randrange(900), kind="waiver", about="max-three-shops", by="x") for _ in range(9000)],
        )
    ),
    "shops and marks of as many kinds": lambda r: _lines(
        _in_turn(
            [shop(f"S-{n}", ("x",), opened_on=_day(900 + n)) for n in range(9000)],
            [_mark(n, kind=f"kind_{n}") for n in range(9000)],
        )
    ),
    "shops that a waiver lets in": lambda r: _lines(
        [
            *(shop(f"O-{n}", (f"o{n}",), opened_on=_day(0)) for n in range(3)),
            *_in_turn(
                [
                    shop(f"S-{n}", ("x",), opened_on=_day(n), closed_on=_day(n + 1), closed_for="other")
                    for n in range(1, 9000)
                ],
                [_mark(n, kind="waiver", about="max-three-shops", by="x") for n in range(9000)],
            ),
        ]
    ),
    "shops and all that may be on record": lambda r: _lines(
        _in_turn(
            [shop(f"S-{n}", (f"b{n % 7}", f"c{n % 5}"), opened_on=_day(900 + n % 700)) for n in range(9000)],
            [
                shop(f"X-{n}", ("x",), opened_on=_day(n), closed_on=_day(900 + n), closed_for="voluntary_exit")
                for n in range(9000)
            ],
            [_mark(n, kind="b_points", value=n) for n in range(9000)],
            [{"record": "violation", "subject_id": USCC, "on": _day(n), "kind": "other"} for n in range(9000)],
            [{"record": "ban", "subject_id": USCC, "on": _day(n), "reason": "serious_violation"} for n in range(9000)],
        )
    ),
    "empty lines": lambda r: b"\n" * MEBIBYTE,
    "random bytes": lambda r: r.randbytes(MEBIBYTE),
}
# An audit judges and tells each shop, and whatever else is on record of its subject stands beside each of them.
AUDITED = {
    name: RECORDS[name]
    for name in (
        "many open shops",
        "many shops that were closed",
        "shops with many brands",
        "brands that look alike",
        "shops that this application opened",
        "shops and waivers",
        "shops and marks of as many kinds",
        "shops that a waiver lets in",
        "shops and all that may be on record",
    )
}
_HEAD = b"shop_id,subject_id,subject_type,brands,trademark_nos,opened_on,closed_on,closed_for,application_id\n"
TABLES: dict[str, Callable[[Random], bytes]] = {
    "many shops": lambda r: (
        b"shop_id,subject_id,brands,opened_on\n"
        + b"".join(f"{n},{USCC},x,2022-01-01\n".encode() for n in range(27_000))
    ),
    "many brands in a cell": lambda r: _HEAD + _filled(f"S-1,{USCC},,%,,2022-01-01,,,\n".encode(), b"a;"),
    "backslashes in a cell": lambda r: _HEAD + _filled(f"S-1,{USCC},,%,,2022-01-01,,,\n".encode(), b"\\"),
    "separators in a cell": lambda r: _HEAD + _filled(f"S-1,{USCC},,%,,2022-01-01,,,\n".encode(), "；".encode()),
    "many columns": lambda r: _filled(b"%\n", b"shop_id,"),
    "an open quote": lambda r: _HEAD + _filled(b'S-1,"%', r.choice((b"a", b"\n", b'""'))),
    "broken lines": lambda r: _HEAD + _filled(b"%", r.choice((b",\n", b"a,b\n", b",,,,,,,,\n"))),
    "random bytes": lambda r: r.randbytes(MEBIBYTE),
}


def _rule(schema: dict[str, Any]) -> bytes:
    rule = json.loads((ROOT / "schemas/douyin/max-three-shops.json").read_text("utf-8"))
    return _dumped({**rule, **schema})[:MEBIBYTE]


def _nested(keyword: str, levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {keyword: [schema] if keyword.endswith("Of") else schema}
    return schema


def _pattern(pattern: str) -> bytes:
    return _rule({"properties": {"application": {"properties": {"application_id": {"pattern": pattern}}}}})


RULES: dict[str, Callable[[Random], bytes]] = {
    "nested subschemas": lambda r: _rule(
        _nested(r.choice(("allOf", "anyOf", "not", "items")), r.choice((20, 60, 90, 375)))
    ),
    "many subschemas": lambda r: _rule({"allOf": [{"properties": {f"p{n}": {}}} for n in range(20_000)]}),
    "a keyword of letters and dots": lambda r: _rule({"a." * 60_000: 0}),
    "many keywords": lambda r: _rule({f"keyword{n}": n for n in range(40_000)}),
    "nested groups": lambda r: _pattern("^" + "(" * (n := r.choice((50, 90, 3000))) + "a" + ")" * n + "$"),
    "a chain of alternatives": lambda r: _pattern("^" + "(a|aa)" * r.choice((2, 30, 9000)) + "$"),
    "a long pattern": lambda r: _pattern("^[" + "a-z" * 100_000 + "]$"),
    "repeats": lambda r: _pattern("^" + "a{1,1000}" * r.choice((1, 20, 5000)) + "$"),
    "a long list of values": lambda r: _rule({"enum": [f"v{n}" for n in range(60_000)]}),
    "random bytes": lambda r: r.randbytes(MEBIBYTE),
}


def _in_lines(number: str, brand: str, uscc: Callable[[int], str] = lambda n: USCC) -> bytes:
    """A mebibyte of applications, a line each."""
    made, size = [], 0
    while size < MEBIBYTE:
        n = len(made)
        names = {"/application_id": number.format(n), "/brands/0/name": brand.format(n)}
        made.append(_dumped(application({**names, "/business_license/uscc": uscc(n)})) + b"\n")
        size += len(made[-1])
    return b"".join(made[:-1])


# Of these a run is judged together.
TOGETHER: dict[str, Callable[[Random], bytes]] = {
    "one subject, each a brand of its own": lambda r: _in_lines("A-{}", "牌子{}"),
    "one subject, one brand": lambda r: _in_lines("A-{}", "牌子"),
    "one subject, brands that look alike": lambda r: _in_lines("A-{}", r.choice(("云上{}牌", "BRAND {} AND CO"))),
    "one and the same": lambda r: _in_lines("A-1", "牌子"),
    "one id, each another content": lambda r: _in_lines("A-1", "牌子{}"),
    "subjects that all have another number": lambda r: _in_lines("A-{}", "牌子", "9199999900000{:04}X".format),
}
SETTINGS: dict[str, Callable[[Random], bytes]] = {
    "many keys": lambda r: "".join(f"key{n} = {n}\n" for n in range(60_000)).encode()[:MEBIBYTE],
    "dotted keys": lambda r: _filled(
        b"%", r.choice((b"a.", b"[a]\n", b"[[a]]\n", b"a = [", b"# a\n", b'"""', b"\xff"))
    ),
    "a long list": lambda r: _filled(b"paths = [%]", b'"one.json"', b","),
    "a long word": lambda r: _filled(b'registry = "%"', b"a"),
}


def attempt(random: Random) -> Attempt:
    """One of the above, at random, as processes of their own."""
    shapes = {"application": APPLICATIONS, "records": RECORDS, "audit": AUDITED, "csv": TABLES, "rule": RULES}
    shapes |= {"together": TOGETHER, "settings": SETTINGS}
    of, made = random.choice([(of, name) for of, table in shapes.items() for name in table])
    return shaped(of, made, random)


def shaped(of: str, made: str, random: Random) -> Attempt:
    """The attempt with the file `made` of one kind; `audit in junit` is an audit that is told in that format."""
    of, _, told_in = of.partition(" in ")
    sound, wide = _dumped(application()), _dumped(application({"/brands": _dated(200)}))
    check = ("onboard-check", "one.json", "--as-of", AS_OF, "-o", random.choice(FORMATS))
    kind, files = f"bounds: {of}, {made}", {"records.jsonl": b"\n"}
    calls: tuple[tuple[str, ...], ...]
    match of:
        case "application":
            files |= {"one.json": APPLICATIONS[made](random)}
            calls = ((*check, "--registry", "records.jsonl"), ("onboard-check", "one.json", "-o", "json"))
        case "records":
            files |= {"one.json": random.choice((sound, wide)), "records.jsonl": RECORDS[made](random)}
            show = ("onboard", "registry", "show", USCC, "--registry", "registry.db")
            calls = (
                (*check, "--registry", "records.jsonl"),
                ("onboard", "registry", "import", "records.jsonl", "registry.db"),
                (*check, "--registry", "registry.db"),
                (*show, "-o", random.choice(("text", "json"))),
                ("onboard", "registry", "admit", "one.json", "--registry", "registry.db"),
                ("onboard", "registry", "export", "registry.db", random.choice(("-", "shops.csv"))),
            )
        case "audit":
            files |= {"records.jsonl": RECORDS[made](random)}
            shown = random.choice(((), ("--all",), ("--by-rule",)))
            rules = random.choice(("douyin", str(ROOT / "examples/rulesets/douyin-with-waivers")))
            audit = ("onboard", "registry", "audit", "--registry", "registry.db", "--ruleset", rules, *shown)
            # What is counted by rule has formats of its own.
            how = () if shown == ("--by-rule",) else ("-o", told_in or random.choice(FORMATS))
            calls = (("onboard", "registry", "import", "records.jsonl", "registry.db"), (*audit, *how))
        case "together":
            files |= {"many.jsonl": TOGETHER[made](random)}
            judged = ("many.jsonl", "--as-of", AS_OF, "--ruleset", random.choice(("douyin", "tmall-2019")))
            calls = (
                ("onboard-check", *judged, "--registry", "records.jsonl", "-o", told_in or random.choice(FORMATS)),
                ("onboard", "screen", *judged, "--registry", "records.jsonl", "-o", "reports.jsonl"),
            )
        case "csv":
            files |= {"one.json": random.choice((sound, wide)), "shops.csv": TABLES[made](random)[:MEBIBYTE]}
            calls = (
                ("onboard", "registry", "import", "shops.csv", "registry.db"),
                (*check, "--registry", "registry.db"),
                ("onboard", "registry", "show", USCC, "--registry", "registry.db"),
            )
        case "rule":
            ruleset = (ROOT / "schemas/douyin/ruleset.json").read_bytes()
            files |= {"one.json": sound, "r/ruleset.json": ruleset, "r/max-three-shops.json": RULES[made](random)}
            calls = (("onboard", "rules", "lint", "r"), (*check, "--registry", "records.jsonl", "--ruleset", "r"))
        case _:
            files |= {"one.json": sound, "onboard-check.toml": SETTINGS[made](random)}
            calls = (("onboard-check", "one.json"),)
    return Attempt(kind, calls, files, own_process=True)
