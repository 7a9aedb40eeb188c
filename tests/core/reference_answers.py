"""Which answer a text gives, in plain Python: our rules, and what GPO's evaluation does."""

from __future__ import annotations

import re
import string
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction

from tests.core.characters import ALNUM, HYPHENS

EXACT = Context(prec=10_000)
FILLER = r"[ \t*_\"'`)]*"
FRACTION = (
    rf"(?<!{ALNUM})(?<![0-9]/)(?P<dividend>[0-9]{{1,18}})/(?!0+(?![0-9]))"
    r"(?P<divisor>[0-9]{1,18})(?![0-9])(?![./][0-9])(?!,[0-9]{3}(?![0-9]))"
)
NUMBER = re.compile(
    rf"(?P<sign>(?<!{ALNUM})[{HYPHENS}])?[$£¥€]?"
    rf"(?:{FRACTION}|(?P<whole>(?<!{ALNUM})[0-9]{{1,3}}(?:,[0-9]{{3}}(?![0-9]))+|(?<!{ALNUM})[0-9]+)"
    rf"(?:\.(?P<fraction>[0-9]+))?|(?<!{ALNUM})(?<!\.)\.(?P<part>[0-9]+))"
)
UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
IN_WORDS = re.compile(
    rf"(?<!{ALNUM})(?:(?P<tens>{'|'.join(TENS)})(?:(?:-|\s+)(?P<unit>{'|'.join(UNITS[1:10])}))?"
    rf"|(?P<small>{'|'.join(UNITS)}))(?!{ALNUM})"
)
TRUTH = re.compile(rf"(?<!{ALNUM})(?:yes|no|true|false|valid|invalid)(?!{ALNUM})")
DENIED = {"true": "false", "false": "true", "valid": "invalid", "invalid": "valid"}


def ascii_lower(text: str) -> str:
    return text.translate(str.maketrans(string.ascii_uppercase, string.ascii_lowercase))


def announced(text: str) -> list[tuple[str, bool]]:
    """The parts that are announced, the last first, and whether the announcement follows."""
    parts = []
    lowered = ascii_lower(text)
    starts = [m.start() for m in re.finditer(r"answer|(?=####)", lowered)]
    for start in starts:
        if lowered.startswith("####", start):
            parts.append((text[start + 4 :], False))
            continue
        end = start + len("answer")
        if re.search(rf"{ALNUM}\Z", text[:start]) or re.match(ALNUM, text[end:]):
            continue
        behind = re.match(rf"{FILLER}(?:[:=]|is(?!\w)(?:{FILLER}[:=])?)", lowered[end:])
        ahead = re.search(r" is the(?: final| correct| right)? \Z", lowered[:start])
        if behind:
            parts.append((text[end + behind.end() :], False))
        elif ahead:
            parts.append((text[: ahead.start()].split("\n")[-1], True))
    return parts[::-1]


def canonical(value: Decimal | Fraction, decimals: int | None) -> str:
    if isinstance(value, Fraction):
        if decimals is not None:
            value = Decimal(round(value * 10**decimals)).scaleb(-decimals, EXACT)
        elif 10**64 % value.denominator:
            return str(value)
        else:
            value = Decimal(int(value * 10**64)).scaleb(-64, EXACT)
    with localcontext(prec=10_000):
        if decimals is not None:
            value = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
        written = f"{value:f}"
        if decimals is None and "." in written:
            written = written.rstrip("0").rstrip(".")
        return written.removeprefix("-") if not value else written


def numbers(text: str) -> list[Decimal | Fraction]:
    found: list[Decimal | Fraction] = []
    for match in NUMBER.finditer(text):
        if match["divisor"]:
            value = Fraction(int(match["dividend"]), int(match["divisor"]))
            found.append(-value if match["sign"] else value)
            continue
        whole = (match["whole"] or "0").replace(",", "")
        fraction = match["fraction"] or match["part"] or "0"
        found.append(Decimal(f"{'-' if match['sign'] else ''}{whole}.{fraction}"))
    if found:
        return found
    for match in IN_WORDS.finditer(ascii_lower(text)):
        tens = 10 * (TENS.index(match["tens"]) + 2) if match["tens"] else 0
        word = match["unit"] or match["small"]
        found.append(Decimal(tens + (UNITS.index(word) if word else 0)))
    return found


def number(text: str, decimals: int | None) -> str | None:
    for part, is_before in [*announced(text), (text, True)]:
        if found := numbers(part):
            return canonical(found[-1 if is_before else 0], decimals)
    return None


def truths(text: str) -> list[tuple[str, bool]]:
    found = []
    lowered = ascii_lower(text)
    for match in TRUTH.finditer(lowered):
        before = lowered[: match.start()]
        is_denied = re.search(r"((?<![a-z0-9])not|n['’]t)\s+\Z", before)
        value = DENIED.get(match[0], match[0]) if is_denied else match[0]
        found.append((value, re.search(ALNUM, before) is None))
    return found


def boolean(text: str) -> str | None:
    for part, is_before in announced(text):
        if found := truths(part):
            return found[-1 if is_before else 0][0]
    found = truths(text)
    if not found:
        return None
    return found[0][0] if found[0][1] else found[-1][0]


def multiple_choice(text: str) -> str | None:
    # Here, since its module goes by this one's.
    from tests.core.reference_choices import extract_choice

    option = extract_choice(text, [""] * 26)
    return None if option is None else string.ascii_uppercase[option]


def default(text: str, kind: str, decimals: int | None = None) -> str | None:
    if kind == "number":
        return number(text, decimals)
    return boolean(text) if kind == "boolean" else multiple_choice(text)


# What follows is written after get_normalized_prediction of GPO's metrics.py, step for step.

WORD_NUMBERS = {word: str(n) for n, word in enumerate(UNITS[:13]) if n}
PRIMARY = ["answer is ", "answer: ", "answer is: "]
SECONDARY = ["is: ", "are: "]
AHEAD = [
    " is the correct answer",
    " is the right answer",
    " is the final answer",
    " is the answer",
]


def is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def published_number(text: str, is_announced: bool, decimals: int) -> str:
    text = " ".join(WORD_NUMBERS.get(token, token) for token in text.split(" ")).split("=")[-1]
    for mark in "$,%€£:":
        text = text.replace(mark, "")
    parts = text.strip().split(" ")
    if not is_announced:
        parts.reverse()
    part = next((part for part in parts if any(c.isdigit() for c in part)), parts[0])
    while part and part[-1].isalpha():
        part = part[:-1]
    part = part.removesuffix("-")
    if is_float(part):
        return f"{round(float(part), decimals):.{decimals}f}"
    last = re.search(r"(\d+)(?!.*\d)", part)
    return last[0] if last else part


def published(prediction: str, kind: str, decimals: int | None = None) -> str:
    text = prediction.lower().strip()
    is_announced = False
    behind = PRIMARY if any(marker in prediction for marker in PRIMARY) else SECONDARY
    for marker in ["#### ", *behind]:
        if marker in text:
            text = text.split(marker)[-1]
            is_announced = True
    for marker in AHEAD:
        if marker in text:
            text = text.split(marker)[0]
            is_announced = True
    if kind == "multiple_choice":
        letters = re.findall(r"\([A-Za-z]\)", text.lower())
        return letters[0] if letters else text.lower()
    if kind == "number":
        return published_number(text, is_announced, decimals or 0)
    return text.translate(str.maketrans("", "", string.punctuation)).strip()
