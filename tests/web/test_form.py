"""The form for sellers, without a browser: nothing typed is lost, reasons stand where they belong, and what is handed
in is kept for staff.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import ROOT, USCC, application, ban
from registry.make import load
from web.calls import Desk
from web.seller import Seller

from onboarding import check, load_ruleset
from onboarding.decisions import handed_in
from onboarding.errors import InputError
from onboarding.messages import Lang
from onboarding.models import to_plain
from onboarding.reading.documents import read_application
from onboarding.rules.loading import published_schema, shipped_rulesets
from onboarding.rules.outline import Asked, Part, outline
from onboarding.rules.ruleset import Ruleset
from onboarding.web.service import today
from onboarding.web.typed import Typed, name_of, read_typed

SOUND = {
    "subject.type": "enterprise",
    "subject.name": "云上茶业有限公司",
    "business_license.uscc": USCC,
    "business_license.valid_from": "2019年3月12日",
    "business_license.valid_until": "长期",
    "shop.name": "云上茶业旗舰店",
    "brands.0.name": "云上",
    "brands.0.evidence.type": "authorization_letter",
    "brands.0.evidence.valid_from": "2024/1/1",
    "brands.0.evidence.valid_until": "no fixed term",
    "brands.0.evidence.sealed_by_subject": "yes",
}
PLAIN = {
    "subject": {"type": "enterprise", "name": "云上茶业有限公司"},
    "business_license": {"uscc": USCC, "valid_from": "2019-03-12"},
    "shop": {"name": "云上茶业旗舰店"},
    "brands": [
        {
            "name": "云上",
            "evidence": {"type": "authorization_letter", "valid_from": "2024-01-01", "sealed_by_subject": True},
        }
    ],
}
MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}`"


def kept(service: Desk) -> list[dict[str, Any]]:
    with service.app.state.service.registry.reading() as session:
        return [to_plain(one.application) for one in handed_in.handed_in_after(session, 0, 100)]


def filled(service: Desk, changes: dict[str, str] | None = None, **about: Any) -> Seller:
    return Seller(service.anonymous, **about).type(SOUND | (changes or {}))


def test_whoever_comes_is_led_to_the_form(service: Desk) -> None:
    assert service.anonymous.get("/?ruleset=douyin").headers["location"] == "/apply?ruleset=douyin"


@pytest.mark.parametrize(
    ("asked", "query", "title"),
    [("zh-CN,en;q=0.5", "", "申请开店"), ("en", "", "Apply"), ("fr", "", "Apply"), ("en", "?lang=zh", "申请开店")],
)
def test_the_form_speaks_the_language_asked_for(service: Desk, asked: str, query: str, title: str) -> None:
    page = Seller(service.anonymous, lang=asked, query=query).page
    assert f"<h1>{title}" in page.answer.text
    assert page.answer.headers["content-language"] == ("zh-CN" if title == "申请开店" else "en")


def test_a_language_once_chosen_stays(service: Desk) -> None:
    seller = Seller(service.anonymous, lang="en", query="?lang=zh")
    assert seller.open("/apply").answer.headers["content-language"] == "zh-CN"


@pytest.mark.parametrize("name", shipped_rulesets())
def test_every_field_of_the_schema_and_of_the_ruleset_can_be_filled_in(tmp_path: Path, name: str) -> None:
    service = Desk(_registry(tmp_path), tmp_path, rulesets=(name,))
    page = Seller(service.anonymous).page
    own = {".".join(map(str, path)).replace("[]", "0") for path in load_ruleset(name).own_fields.application}
    assert page.names - {"sign", "file"} == set(_leaves("Application", "")) | own


def test_what_is_needed_before_one_begins_is_what_the_rules_say(service: Desk) -> None:
    text = Seller(service.anonymous).page.answer.text
    for clause in ("P1", "P2", "P3", "P4", "P7"):
        assert load_ruleset().clauses[clause]["zh"] in text


def test_a_sound_application_meets_the_rules_but_for_what_the_platform_looks_up(service: Desk) -> None:
    page = filled(service).press("check")
    assert "所填内容符合规则" in page.texts["verdict"]
    assert "由平台核查的事项" in page.texts["platform"]
    assert "wrong" not in page.texts


# What is changed in a sound form, and beside which field what is said of it.
WRONG: dict[str, tuple[dict[str, str], str, str]] = {
    "a letter for a digit": ({"business_license.uscc": "91999999MATEKTO19L"}, "business_license.uscc", "字母 O"),
    "another business": ({"business_license.name": "别家"}, "business_license.name", "名称"),
    "over": ({"business_license.valid_until": "2020/1/1"}, "business_license.valid_until", "已过有效期"),
    "no such day": ({"business_license.valid_until": "2024年2月30日"}, "business_license.valid_until", "存在的日期"),
    "which day": ({"brands.0.evidence.valid_from": "3/4/2024"}, "brands.0.evidence.valid_from", "存在的日期"),
    "no last day": ({"brands.0.evidence.valid_until": ""}, "brands.0.evidence.valid_until", "长期"),
    "no kind": ({"subject.type": ""}, "subject.type", "请填写"),
    "no number": ({"application_id": " "}, "application_id", "请填写"),
    "too long": ({"shop.name": "云" * 2001}, "shop.name", "店铺名称：最多填写 2000 个字符"),
    "long as it is compared": ({"shop.name": "ﷺ" * 200}, "shop.name", "店铺名称：最多填写 2000 个字符"),
    "a character that is not kept": ({"shop.name": "云\0上"}, "shop.name", "店铺名称：其中含有无法保存的字符"),
    "a number that cannot be seen": ({"application_id": "\u200b"}, "application_id", "请填写"),
    "an earlier one that is this one": ({"application_id": "A-1", "follows": "A-1 "}, "follows", "先前申请的编号"),
    "an individual": ({"subject.type": "individual"}, "subject.type", "个人"),
    "no licence": ({n: "" for n in SOUND if n.startswith("business")}, "business_license", "营业执照"),
    "no evidence": ({n: "" for n in SOUND if "evidence" in n}, "brands.0.evidence", "品牌资质"),
    "no brand": ({n: "" for n in SOUND if "brands" in n}, "brands", "品牌"),
    "neither seal nor signature": ({"brands.0.evidence.sealed_by_subject": "no"}, "brands.0.evidence", "公章"),
}


@pytest.mark.parametrize(("changes", "place", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_reason_stands_beside_its_field_and_in_the_summary_that_links_to_it(
    service: Desk, changes: dict[str, str], place: str, words: str
) -> None:
    seller = filled(service, changes)
    before = dict(seller.page.typed)
    page = seller.press("check")
    assert words in page.texts[f"{place}.wrong"]
    assert f"#{place}" in page.links
    assert place in {about.get("id") for _, about in page.tags}
    assert page.answer.text.count("错误：申请开店") == 1
    assert page.typed == before
    assert seller.press("hand-in").answer.request.url.path == "/apply"
    assert kept(service) == []


ODD = ["x" * 2001, "\0", "\x07", "\u200b", "0000-01-01", "2024-13-45", "-5", "3.5", "９９９９９９９９", "A-1", "\u202e"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", shipped_rulesets())
def test_whatever_is_typed_is_answered_in_sentences_by_the_label_of_the_field(
    tmp_path: Path, name: str, lang: Lang
) -> None:
    """What the core says of files, in backticks and by the names of fields, is for those who write files."""
    rules = load_ruleset(name)
    whole = outline(rules.own_fields)
    labels = {field_name: asked.label[lang] for field_name, asked in _asked(whole)}
    for place in labels:
        for odd in ODD:
            read = read_typed(Typed({"application_id": "A-1", "subject.type": "enterprise", place: odd}), whole)
            told = {problem.pointer for problem in read.problems}
            assert _said_by_the_core(read.plain, rules) <= told
            for problem in read.problems:
                words = problem.words(lang)
                assert "`" not in words
                assert words.endswith("." if lang == "en" else "。")
                assert any(words.startswith(label) for label in labels.values())


def test_what_no_browser_would_send_is_no_choice(service: Desk) -> None:
    page = filled(service, {"subject.type": "enterprize"}).press("check")
    assert "请从所列选项中选择" in page.texts["subject.type.wrong"]


def test_what_is_said_is_what_the_library_says(service: Desk) -> None:
    page = filled(service, {"business_license.uscc": "9199"}).press("check")
    wanted = {**PLAIN, "application_id": "A-1", "business_license": {"uscc": "9199"}}
    ((pointer, reasons),) = check(wanted, as_of=today()).errors_by_field("zh").items()
    assert pointer == "/business_license/uscc"
    assert all(reason in page.texts["business_license.uscc.wrong"] for reason in reasons)


def test_the_day_from_which_it_would_pass_is_told(service: Desk) -> None:
    page = filled(service, {"business_license.valid_from": "2999-01-01"}).press("check")
    assert "2999-01-01" in page.answer.text.split("</h2>")[1].split("</div>")[0]


def test_brands_are_added_and_removed_without_a_script(service: Desk) -> None:
    seller = filled(service)
    page = seller.press("add").answer
    assert ('id="brands.1"' in page.text, 'id="brands.2"' in page.text) == (True, False)
    seller.type({"brands.1.name": "甲"}).press("add")
    seller.type({"brands.2.name": "乙"})
    page = seller.press("remove 1")
    assert (page.fields["brands.0.name"], page.fields["brands.1.name"]) == ("云上", "乙")
    assert "brands.2.name" not in page.names


def test_what_is_handed_in_is_kept_for_staff_and_shown_to_whoever_has_the_receipt(service: Desk) -> None:
    page = filled(service).press("hand-in")
    number = kept(service)[0].pop("application_id")
    assert number in page.answer.text
    assert kept(service) == [{"application_id": number, "submitted_on": today().isoformat(), **PLAIN}]
    assert "/apply/receipt/" in str(page.answer.url)
    again = service.anonymous.get(f"{page.answer.url.path}/application.json")
    assert again.json() == kept(service)[0]
    assert service.anonymous.get("/apply/receipt/A-1").status_code == 404


def test_the_same_handed_in_again_is_the_same_application(service: Desk) -> None:
    seller = filled(service)
    form = dict(seller.page.fields)
    first = seller.press("hand-in").answer.url
    seller.page.fields = form
    assert seller.press("hand-in").answer.url == first
    assert len(kept(service)) == 1


def test_a_number_that_another_application_has_tells_nothing_of_it_and_is_replaced(service: Desk) -> None:
    filled(service, {"application_id": "A-1"}).press("hand-in")
    seller = filled(service, {"application_id": "A-1", "subject.name": "别家", "business_license.name": "别家"})
    page = seller.press("hand-in")
    assert page.answer.status_code == 409
    assert "云上茶业有限公司" not in page.answer.text
    assert page.fields["application_id"] != "A-1"
    assert "/receipt/" in str(seller.press("hand-in").answer.url)
    assert len(kept(service)) == 2


def test_what_fails_is_handed_in_only_where_one_says_so_again(service: Desk) -> None:
    seller = filled(service, {"subject.type": "individual"})
    assert 'value="hand-in-anyway"' not in seller.press("check").answer.text
    assert 'value="hand-in-anyway"' in seller.press("hand-in").answer.text
    assert kept(service) == []
    assert "/receipt/" in str(seller.press("hand-in-anyway").answer.url)


def test_what_lacks_something_to_be_decided_by_is_handed_in_only_where_one_says_so_again(tmp_path: Path) -> None:
    service = Desk(_registry(tmp_path), tmp_path, rulesets=("tiktok-shop-th",))
    seller = filled(service)
    page = seller.press("hand-in")
    assert "#subject.tax_id" in page.links
    assert kept(service) == []
    assert "/receipt/" in str(seller.press("hand-in-anyway").answer.url)


def test_a_form_from_elsewhere_hands_nothing_in_and_loses_nothing(service: Desk) -> None:
    seller = filled(service)
    for changes, headers in (({"sign": ""}, {}), ({}, {"sec-fetch-site": "cross-site"})):
        data = {**seller.page.fields, "action": "hand-in", **changes}
        answer = service.anonymous("POST", "/apply", data=data, headers={"accept": "text/html", **headers})
        assert (answer.status_code, SOUND["subject.name"] in answer.text) == (403, True)
    assert kept(service) == []


def test_an_applicant_who_was_refused_begins_with_what_was_handed_in(service: Desk) -> None:
    seller = filled(service)
    link = next(link for link in seller.press("hand-in").links if link.startswith("/apply?again="))
    page = seller.open(link)
    assert page.fields["follows"] == kept(service)[0]["application_id"] != page.fields["application_id"]
    assert page.fields.items() >= {**SOUND, "business_license.valid_from": "2019-03-12",
        "brands.0.evidence.valid_from": "2024-01-01", "brands.0.evidence.valid_until": "长期"}.items()  # fmt: skip


@pytest.mark.parametrize("path", sorted((ROOT / "examples/passes").glob("*.json")), ids=lambda path: path.stem)
def test_a_file_fills_the_form_and_the_form_makes_the_same_file(service: Desk, path: Path) -> None:
    seller = Seller(service.anonymous)
    seller.upload(path.read_bytes())
    made = seller.press("download").answer
    assert made.headers["content-disposition"].startswith("attachment")
    assert _without_nulls(made.json()) == _without_nulls(json.loads(path.read_bytes()))


BROKEN: dict[str, tuple[bytes, str]] = {
    "not JSON": (b'{\n  "application_id": }', "第 2 行"),
    "a kind that there is not": (b'{"application_id": "A", "subject": {"type": "enterprize"}}', "第 1 行"),
    "a key twice": (b'{"application_id": "A",\n "application_id": "B", "subject": {"type": "other"}}', "第 2 行"),
    "too deep": (b"[" * 5000, "64"),
    "GB18030": ('{"application_id": "编号"}'.encode("gb18030"), "UTF-8"),
    "nothing": (b"", "请先选择文件"),
    "no such day": (b'{"application_id": "A", "subject": {"type": "other"}, "submitted_on": "2024-02-30"}', "提交日期"),
    "no choice": (b'{"application_id": "A", "subject": {"type": "company"}}', "主体类型：在文件中应为"),
    "no text": (
        b'{"application_id": "A", "subject": {"type": "other"}, "shop": {"name": 5}}',
        "店铺名称：在文件中应为",
    ),
    "no yes or no": (
        b'{"application_id": "A", "subject": {"type": "other"}, "brands": [{"evidence": {"sealed_by_subject": "y"}}]}',
        "不加引号",
    ),
    "markup": (b'{"application_id": "<script>alert(1)</script>", "subject": 1}', "第 1 行"),
}


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_says_where_and_leaves_the_form_as_it_was(service: Desk, content: bytes, words: str) -> None:
    seller = filled(service)
    before = dict(seller.page.typed)
    page = seller.upload(content)
    assert words in page.answer.text
    assert page.typed == before
    assert "<script>alert" not in page.answer.text


def test_what_is_too_large_is_refused_on_a_page(service: Desk) -> None:
    assert filled(service).upload(b" " * (2 << 20)).answer.status_code == 413
    page = filled(service, {"shop.name": "x" * (1 << 20)}).press("check")
    assert (page.answer.status_code, page.answer.headers["content-type"]) == (413, "text/html; charset=utf-8")


def test_two_hundred_brands_have_room(service: Desk) -> None:
    seller = Seller(service.anonymous)
    wanted = application()
    wanted["brands"] = [{"name": f"品牌{i}"} for i in range(200)]
    page = seller.upload(json.dumps(wanted).encode())
    assert page.fields["brands.199.name"] == "品牌199"
    assert 'id="brands.200"' not in seller.press("add").answer.text


def test_markup_is_shown_as_it_was_typed_wherever_it_stands(service: Desk) -> None:
    seller = Seller(service.anonymous, query="?lang=zh&ruleset=douyin")
    fields = {name: MARKUP for name, value in seller.page.fields.items() if name != "sign"}
    fields |= {
        "subject.type": "enterprise",
        "business_license.valid_until": "长期",
        "brands.0.evidence.valid_until": "长期",
    }
    fields |= {"submitted_on": "", "follows": "", "business_license.valid_from": "", "brands.0.evidence.valid_from": ""}
    page = seller.type(fields).press("check")
    assert page.fields["shop.name"] == MARKUP
    receipt = seller.press("hand-in-anyway")
    assert "/receipt/" in str(receipt.answer.url)
    for shown in (page, receipt):
        scripts = [about for tag, about in shown.tags if tag == "script"]
        assert [about["src"].split("?")[0] for about in scripts] == ["/static/form.js"]
        assert {tag for tag, _ in shown.tags}.isdisjoint({"img", "style", "iframe"})
        assert not any(name.startswith("on") or name == "style" for _, about in shown.tags for name in about)
    days = {name: MARKUP for name in page.names if name.endswith(("_from", "_until", "_on"))}
    assert "<script>alert" not in Seller(service.anonymous).type(SOUND | days).press("check").answer.text


def test_what_cannot_be_shown_stays_as_it_was_typed(service: Desk) -> None:
    odd = "云\u200b上\u202e\x07 ﷺ"
    assert filled(service, {"shop.name": odd}).press("check").fields["shop.name"] == odd


@pytest.mark.parametrize("charset", ["unicode_escape", "punycode", "utf-16"])
def test_a_form_is_utf8_whatever_else_it_says(service: Desk, charset: str) -> None:
    content = b'--x\r\ncontent-disposition: form-data; name="application_id"\r\n\r\n\\ud800\r\n--x--\r\n'
    headers = {"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
    assert service.anonymous("POST", "/apply", content=content, headers=headers).status_code == 415
    headers = {"content-type": "multipart/form-data; boundary=x; charset=UTF-8"}
    assert service.anonymous("POST", "/apply", content=content, headers=headers).status_code == 200


def test_a_registry_that_is_gone_loses_nothing(service: Desk, tmp_path: Path) -> None:
    seller = filled(service)
    (tmp_path / "registry.db").rename(tmp_path / "gone.db")
    page = seller.press("hand-in")
    assert (page.answer.status_code, page.fields["shop.name"]) == (503, SOUND["shop.name"])
    (tmp_path / "gone.db").rename(tmp_path / "registry.db")
    assert "/receipt/" in str(seller.press("hand-in").answer.url)


def test_more_than_a_disk_can_hold_is_not_taken(service: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in, "MOST_A_DAY", 1)
    filled(service).press("hand-in")
    page = filled(service).press("hand-in")
    assert (page.answer.status_code, page.fields["shop.name"]) == (503, SOUND["shop.name"])


def test_nobody_learns_by_the_form_what_is_on_record(service: Desk) -> None:
    def shown() -> list[str]:
        seller = filled(service, {"application_id": f"A-{len(kept(service))}"})
        pages = [seller.press("check").answer.text, seller.press("hand-in").answer.text]
        return [text.replace(f"A-{len(kept(service)) - 1}", "") for text in pages]

    before = shown()
    load(service.app.state.service.registry, ban())
    after = shown()
    assert [len(text) for text in before] == [len(text) for text in after]
    assert "封禁" not in after[1]


def test_another_ruleset_of_the_service_can_be_chosen_with_nothing_lost(tmp_path: Path) -> None:
    service = Desk(_registry(tmp_path), tmp_path, rulesets=("douyin", "douyin-2020"))
    page = filled(service, query="?ruleset=douyin-2020").press("check")
    assert "店铺类型" in page.texts["shop.type.wrong"]
    assert page.answer.headers["ruleset-digest"] == load_ruleset("douyin-2020").digest
    assert Seller(service.anonymous, query="?ruleset=nowhere").page.answer.status_code == 404


def test_a_page_runs_and_loads_nothing_but_what_the_service_sends(service: Desk) -> None:
    answer = Seller(service.anonymous).page.answer
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["cache-control"] == "no-store"


def _said_by_the_core(plain: Any, rules: Ruleset) -> set[str | None]:
    """Where the core finds something wrong with an application."""
    try:
        read_application(plain, rules.own_fields)
    except InputError as error:
        return {problem.pointer for problem in error.problems}
    return set()


def _asked(part: Part, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Asked]]:
    """Every field, by the name that the form has for it in the first brand."""
    for asked in part.fields:
        yield name_of((*at, asked.name)), asked
    for inner in part.parts:
        yield from _asked(inner, (*at, inner.name, *((0,) if inner.several else ())))


def _registry(folder: Path) -> str:
    from onboarding.registry import open_database

    with open_database(folder / "forms.db") as registry:
        registry.init()
    return str(folder / "forms.db")


def _leaves(model: str, above: str) -> list[str]:
    """The names of all fields of the published schema, as the form calls them, with one brand."""
    found: list[str] = []
    for name, about in published_schema("application")["$defs"][model]["properties"].items():
        options = [about, *about.get("anyOf", ())]
        items = [option["items"] for option in options if "items" in option]
        inner = [option["$ref"] for option in [*options, *items] if "$ref" in option]
        place = f"{above}{name}" + (".0" if items else "")
        found += _leaves(inner[0].rsplit("/")[-1], f"{place}.") if inner else [place]
    return found


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
