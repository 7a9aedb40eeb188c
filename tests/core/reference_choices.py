"""Which option a free text names, in plain Python: the rules of `extract_choice` one by one."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tests.core.characters import ALNUM
from tests.core.reference import QUOTATION, fold, whole_occurrences

NOUNS = "option|choice|letter|answer"
LETTER_VERDICT = int | Literal["ambiguous"]
FILLER = r"[ \t*_\"'`)]*"
ANNOUNCEMENT = re.compile(
    rf"(?<!{ALNUM})(?:answer|choice|option)(?!{ALNUM}){FILLER}"
    rf"(?:[:=]|is(?!\w)|(?:would|should|must|could)(?!\w){FILLER}be(?!\w))"
)
# Case is ignored for ASCII only: `re.IGNORECASE` would also take the long s for an s.
SMALL = {ord(letter): ord(letter.lower()) for letter in string.ascii_uppercase}


@dataclass
class Mention:
    at: int
    option: int
    form: Literal["marked", "capital", "small"]
    stance: Literal["denied", "asserted", "plain"]
    opens_line: bool


def phrase_words(phrase: str) -> list[str]:
    words = [re.sub("['’]", "", word.lower()) for word in re.findall(r"[\w'’]+", phrase)]
    return [word for word in words if word]


def following(text: str) -> list[str]:
    return phrase_words(re.split(r"[\n.;?!]", text)[0])


def preceding(text: str) -> list[str]:
    return phrase_words(re.split(r"[\n.;?!]", text)[-1])[::-1]


def form(letter: str, before: str, after: str, opens_line: bool) -> str | None:
    if re.search(rf"\w[.\-{QUOTATION}]?\Z", before):
        return None
    if re.match(rf"[.\-{QUOTATION}]?\w|[+#]", after):
        return None
    brackets = before[-1:] + after[:1]
    if brackets in ("()", "[]", "{}") or (opens_line and re.match(r"[).:]", after)):
        return "marked"
    stem = before.rstrip(" \t*_\"'`(")
    nouns = phrase_words(re.split(r"[^\w'’]", stem)[-1])
    is_named = bool(nouns) and nouns[0] in NOUNS.split("|") and stem[-1] != "’"
    if is_named and letter.isupper():
        return "marked"
    if letter in "AaIi" and re.match(r"[ \t]+\w", after):
        shows_letter = ["is", "because", "since", "as", "and", "or", "but", "which"]
        if following(after)[:1] and following(after)[0] not in shows_letter:
            return None
    if is_named:
        return "marked"
    return "capital" if letter.isupper() else "small"


def stance(before: str, after: str) -> Literal["denied", "asserted", "plain"]:
    skipped = {*NOUNS.split("|"), "the", "be", "of"}
    left = [word for word in preceding(before) if word not in skipped]
    denials = ["not", "nor", "neither", "than", "isnt", "wasnt", "cannot", "cant", "instead"]
    verb, complement = "".join(following(after)[:1]), set(following(after)[1:4])
    is_verb = verb in ("is", "was", "must")
    if left and left[0] in denials:
        return "denied"
    if verb in ("isnt", "wasnt", "cannot", "cant"):
        return "denied"
    if is_verb and complement & {"not", "wrong", "incorrect", "false", "invalid"}:
        return "denied"
    if is_verb and complement & {"correct", "right", "true", "best", "answer"}:
        return "asserted"
    return "plain"


def find_mentions(text: str, count: int) -> list[Mention]:
    found = []
    for match in re.finditer("[A-Za-z]", text):
        option = "abcdefghijklmnopqrstuvwxyz".index(match[0].lower())
        before, after = text[: match.start()], text[match.end() :]
        opens_line = not re.search(ALNUM, before.split("\n")[-1])
        kind = form(match[0], before, after, opens_line) if option < count else None
        if kind is not None:
            found.append(
                Mention(match.start(), option, kind, stance(before, after), opens_line)  # type: ignore[arg-type]
            )
    return found


class Question:
    """The rules, applied to one text and its options."""

    def __init__(self, text: str, choices: Sequence[str]) -> None:
        self.text = text
        self.choices = choices
        self.folded = [fold(choice) for choice in choices]
        self.mentions = find_mentions(text, len(choices))

    def only(self, options: set[int]) -> int | None:
        return next(iter(options)) if len(options) == 1 else None

    def equal_to(self, text: str) -> int | None:
        return self.only({i for i, option in enumerate(self.folded) if option and option == text})

    def opening(self, text: str) -> int | None:
        opening = [option for option in self.folded if 0 in whole_occurrences(text, option)]
        return self.equal_to(max(opening, key=len)) if opening else None

    def contained(self, text: str) -> int | None:
        found = [
            (at, at + len(option), i)
            for i, option in enumerate(self.folded)
            for at in whole_occurrences(text, option)
        ]
        return self.only(
            {
                i
                for start, end, i in found
                if not any(s <= start and end <= e and (s, e) != (start, end) for s, e, _ in found)
            }
        )

    def agreement(self, one: int | None, other: int | None) -> LETTER_VERDICT | None:
        if one is not None and other is not None and one != other:
            return "ambiguous"
        return other if one is None else one

    def unless_listed(self, mention: Mention) -> LETTER_VERDICT:
        others = [m for m in self.mentions if m.form != "small" and m.stance != "denied"]
        neighbours = [m for m in others if m.at < mention.at][-1:]
        neighbours += [m for m in others if m.at > mention.at][:1]
        for other in neighbours:
            first, second = sorted((mention.at, other.at))
            between = self.text[first + 1 : second]
            listing = {"and", "or", "either", "both", "the", *NOUNS.split("|")}
            is_list = not re.search(r"[\n.;?!]", between) and set(phrase_words(between)) <= listing
            if is_list and other.option != mention.option:
                return "ambiguous"
        return mention.option

    def whole(self) -> LETTER_VERDICT | None:
        letter = None
        match = re.fullmatch(r"\W*([A-Za-z])(?![+#])\W*", self.text)
        if match and ord(match[1].lower()) - ord("a") < len(self.choices):
            letter = ord(match[1].lower()) - ord("a")
        stripped = self.text.strip()
        same = {
            i for i, choice in enumerate(self.choices) if stripped and choice.strip() == stripped
        }
        said = self.only(same)
        return self.agreement(letter, self.equal_to(fold(self.text)) if said is None else said)

    def announced(self, start: int, end: int) -> LETTER_VERDICT | None:
        match = re.compile(r"\w").search(self.text, start, end)
        if not match:
            return None
        first = match.start()
        line_end = self.text.find("\n", first, end)
        end = end if line_end < 0 else line_end
        scope = fold(self.text[start:end])
        letters = [
            m
            for m in self.mentions
            if first <= m.at < end and m.stance != "denied" and (m.form != "small" or m.at == first)
        ]
        option = self.opening(scope)
        if option is not None and not (letters and letters[0].form == "marked"):
            is_letter = len(self.folded[option].encode()) == 1
            if letters and letters[0].at == first and letters[0].option != option and is_letter:
                return "ambiguous"
            return option
        return self.unless_listed(letters[0]) if letters else self.contained(scope)

    def stated(self) -> LETTER_VERDICT | None:
        found = list(ANNOUNCEMENT.finditer(self.text.translate(SMALL)))
        ends = [*(match.start() for match in found), len(self.text)][1:]
        statements: list[tuple[int, LETTER_VERDICT | None]] = [
            (match.end(), self.announced(match.end(), end))
            for match, end in zip(found, ends, strict=True)
        ]
        statements += [(m.at + 0.5, m.option) for m in self.mentions if m.stance == "asserted"]  # type: ignore[misc]
        verdicts = [verdict for _, verdict in sorted(statements, key=lambda s: s[0])]
        verdicts = [verdict for verdict in verdicts if verdict is not None]
        return verdicts[-1] if verdicts else None

    def is_item(self, mention: Mention) -> bool:
        line = self.text[mention.at + 1 :].split("\n")[0]
        is_marked = mention.form == "marked" and mention.opens_line
        return is_marked and re.search(r"\w", line) is not None

    def marked(self) -> LETTER_VERDICT | None:
        opens_with_option = self.opening(fold(self.text)) is not None
        has_list = len({m.option for m in self.mentions if self.is_item(m)}) > 1
        counting = []
        for mention in self.mentions:
            opens_text = mention.form == "capital" and not re.search(r"\w", self.text[: mention.at])
            is_marked = mention.form == "marked" or (opens_text and not opens_with_option)
            is_copied = has_list and self.is_item(mention)
            if is_marked and mention.stance != "denied" and not is_copied:
                counting.append(mention)
        return self.unless_listed(counting[-1]) if counting else None

    def occurring(self) -> LETTER_VERDICT | None:
        capitals = [m for m in self.mentions if m.form == "capital" and m.stance != "denied"]
        letter = self.unless_listed(capitals[-1]) if capitals else None
        if letter == "ambiguous":
            return letter
        return self.agreement(letter, self.contained(fold(self.text)))


def extract_choice(text: str, choices: Sequence[str]) -> int | None:
    question = Question(text, choices)
    for rule in (question.whole, question.stated, question.marked, question.occurring):
        verdict = rule()
        if verdict is not None:
            return None if verdict == "ambiguous" else verdict
    return None
