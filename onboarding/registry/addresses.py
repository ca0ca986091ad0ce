"""What of an address may be shown: all but passwords, however it is spelt and wherever it was given.

An address may be given where a file is meant, and what is meant as an address may be one that no driver reads. So
nothing is parsed here: what could be a password is left out, at the price of showing less than might be shown.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

HIDDEN = "***"

# No scheme is as long; without a bound a long word of letters and dots would be tried from each of its letters.
_SCHEME = r"\b(?:[a-z][a-z0-9+.-]{1,40}\s?:/+|(?:postgres|postgresql|sqlite)\s?:/*)"
# The colon may be written as `%3A`. In a message a name has no spaces; an address may have them anywhere.
_USER = rf"({_SCHEME}[^\s:/@\[]*?)(?::|%3a)"
# Before an `@` it is a `;` where Shift was not pressed; and a name may have an `@` of its own, as on Azure.
_USER_AT = rf"({_SCHEME}[^\s:;/\[]*?)(?:[:;]|%3a)\S*@"
_ANY_USER_AT = rf"({_SCHEME}[^:;/\[]*?)(?:[:;]|%3a).*@"
# A port is none; nor is what follows the drive in `sqlite:///C:/registry.db`.
_NO_PORT = r"(?!\d{1,5}(?!\w))(?![/\\*])"
# Each letter may be written as `%77`, and as `%2577`.
_KEYS = "|".join(
    "".join(f"(?:{letter}|%(?:25)?{ord(letter):x}|%(?:25)?{ord(letter.upper()):x})" for letter in key)
    for key in ("password", "passwd", "pwd")
)
_KEY = rf"((?:{_KEYS}|密码|口令)['\"]?\s*(?:[=:]|%3[ad])\s*|\bpass(?:word\w*|phrase)?\s*=\s*)"
# As an input method for Chinese types the signs of an address.
PLAIN_SIGNS = str.maketrans("：／＠？＝＆＃；", ":/@?=&#;")
# And as it types everything, where it is set to characters of full width; and what readers of addresses pass over.
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20} | dict.fromkeys(map(ord, "\t\r\n"))
_QUOTED = r"'(?:\\.|[^'\\])*'"


def shown_address(address: str) -> str:
    """`address`, or a path that may be one, without passwords and with any bytes that are not UTF-8 spelt out."""
    if not address.isascii():
        address = address.encode(errors="backslashreplace").decode()
    plain = address.translate(_PLAIN)
    if not any(sign in plain for sign in ":@=%"):
        return address
    shown = _shown(plain)
    return address if shown == plain else shown


def _shown(address: str) -> str:
    address = re.sub(r"(?is)\b(jdbc:\w+:).*@", rf"\1{HIDDEN}@", address)
    address = re.sub(rf"(?is){_ANY_USER_AT}", rf"\1:{HIDDEN}@", address)
    address = re.sub(rf"(?is){_USER}{_NO_PORT}[^/?#]+", rf"\1:{HIDDEN}", address)
    address = re.sub(r"(?s)^([^\s:@\\=]+):(?![\\/]).*@", rf"\1:{HIDDEN}@", address)
    return re.sub(rf"(?is){_KEY}(?:{_QUOTED}|.*?(?=[&;\s]+[\w%.+-]+\s*=|$))", rf"\1{HIDDEN}", address)


def holds_password(words: str) -> bool:
    """Whether there is an address with a password in what people write, such as a name or a reason."""
    plain = words.translate(_PLAIN)
    return any(re.search(rf"(?i){found}", plain) for found in (_USER_AT, rf"(?:{_KEYS})\s*=\s*\S"))


def without_passwords(message: str, given: Iterable[str]) -> str:
    """`message` without the passwords of addresses in it; `given` are the texts that it may quote whole."""
    for whole in given:
        for address in (whole, whole.partition("=")[2]):
            known = shown_address(address)
            if known == address:
                continue
            # As it may be quoted on one line.
            for quoted in (address, " ".join(address.split()), repr(address)[1:-1]):
                message = message.replace(quoted, known)
            # A path may be quoted in its shortest form, or by its folder where that is not there.
            for quoted in (str(Path(address)), os.path.dirname(address)):
                shown = shown_address(quoted)
                message = message.replace(quoted, shown) if shown != quoted else message
    message = re.sub(r"(?i)\b(jdbc:\w+:)\S*@", rf"\1{HIDDEN}@", message)
    message = re.sub(rf"(?i){_USER_AT}", rf"\1:{HIDDEN}@", message)
    message = re.sub(rf"(?i){_USER}{_NO_PORT}[^\s/?#]+", rf"\1:{HIDDEN}", message)
    message = re.sub(r"(?<![^\s`])([^\s`:@\\=]+):(?![\\/])\S*@", rf"\1:{HIDDEN}@", message)
    return re.sub(rf"(?i){_KEY}(?:{_QUOTED}|[^\s`&;]+)", rf"\1{HIDDEN}", message)
