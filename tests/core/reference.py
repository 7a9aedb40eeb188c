"""What the core computes, in plain Python: slow, and obvious enough to be believed."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from promptopt._core import EDIT_DELETE, EDIT_INSERT, EDIT_REPLACE
from tests.core import reference_answers
from tests.core.characters import ALNUM, HYPHENS

Normalizer = Literal["ape", "ape_whole", "ape_reference", "squad", "gpo", "gpo_reference", "none"]
Metric = Literal[
    "exact_match",
    "token_f1",
    "exact_set",
    "contains",
    "rouge_l",
    "rouge_l_reference",
    "boolean",
    "boolean_reference",
    "dyck",
    "dyck_reference",
    "word_sorting",
    "word_sorting_reference",
]

LABELS = ("Sentence 1:", "Sentence 2:")
TITLES = {"dr", "mr", "mrs", "ms", "prof", "st", "vs"}
QUOTATION = "'\"`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"
PUNCTUATION = re.escape(string.punctuation)


def lowered(text: str) -> list[str]:
    """For each character of a text what `str.lower` makes of it there."""
    lower = text.lower()
    pieces = []
    for character in text:
        length = len(character.lower())
        pieces.append(lower[:length])
        lower = lower[length:]
    return pieces


# In the order in which a mark is tried: what it is, and what becomes of it (None: it stays).
MARKS: list[tuple[str, str | None]] = [
    (rf"(?<!{ALNUM})[{HYPHENS}](?=[$£¥€]?\.?[0-9])", "-"),
    (rf"[{HYPHENS}\u2014\u2015]", " "),
    (r"(?<![^\W\d_])(?<![^\x00-\x7f\W])\.(?=[0-9])", "."),
    (r"[.…]", ""),
    (r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", ""),
    (r",", " "),
    (rf"[{QUOTATION}]", ""),
    (rf"(?<!{ALNUM})\$", ""),
    (rf"(?<=[0-9])[{PUNCTUATION}](?=[0-9])", None),
    (rf"[{PUNCTUATION}]", " "),
]
MARK = re.compile("|".join(f"({pattern})" for pattern, _ in MARKS))


def fold(text: str) -> str:
    pieces = lowered(text)
    for match in MARK.finditer(text):
        assert match.lastindex is not None
        replacement = MARKS[match.lastindex - 1][1]
        if replacement is not None:
            pieces[match.start()] = replacement
    return " ".join("".join(pieces).split()) or " ".join("".join(lowered(text)).split())


def first_sentence(line: str) -> str:
    for match in re.finditer(r"\.", line):
        before, after = line[: match.start()], line[match.end() :]
        has_word = re.search(ALNUM, before)
        goes_on = re.match(ALNUM, after)
        is_dotted = re.search(r"\.[A-Za-z]\Z", before)
        word = re.split(r"[\W_]", before)[-1]
        is_title = word.isascii() and word.lower() in TITLES and after.strip()
        if has_word and not goes_on and not is_dotted and not is_title:
            return before
    return line


def without_labels(text: str) -> str:
    for label in LABELS:
        text = text.replace(label, " ")
    return text


def without_conjunctions(folded: str) -> str:
    words = folded.split(" ")
    inner = [word for word in words[1:-1] if word != "and"]
    return " ".join([*words[:1], *inner, *words[1:][-1:]])


def ape(text: str) -> str:
    line = without_labels(text).strip().split("\n")[0]
    return without_conjunctions(fold(first_sentence(line)))


def ape_whole(text: str) -> str:
    return without_conjunctions(fold(without_labels(text)))


def ape_reference(text: str) -> str:
    text = without_labels(text.replace(" and ", " "))
    sentence = text.strip().split("\n")[0].split(".")[0].lower()
    return sentence.replace("-", " ").translate(str.maketrans("", "", string.punctuation))


def squad(text: str) -> str:
    text = text.lower().translate(str.maketrans("", "", string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def gpo_reference(text: str) -> str:
    return text.lower().translate(str.maketrans("", "", string.punctuation)).strip()


NORMALIZERS: dict[str, Callable[[str], str]] = {
    "ape": ape,
    "ape_whole": ape_whole,
    "ape_reference": ape_reference,
    "squad": squad,
    "gpo": fold,
    "gpo_reference": gpo_reference,
    "none": str.strip,
}


def is_cut(text: str, needle: str, at: int) -> bool:
    """Whether the occurrence of a needle at a place cuts a word or a number of the text in two."""
    before, after = text[:at], text[at + len(needle) :]
    joint = f"[{re.escape(''.join(set(string.punctuation) - set(QUOTATION) - {'-'}))}]"
    left = [
        (r"\w", r"\w"),
        (r"[0-9]", r"\."),
        (r"[0-9]", rf"(?<!{ALNUM})[{HYPHENS}]"),
        (r"[0-9]", rf"[0-9]{joint}"),
        (r"\.", r"[0-9]"),
        (rf"[{HYPHENS}]", ALNUM),
    ]
    right = [(r"\w", r"\w"), (r"[0-9]", rf"{joint}[0-9]")]
    return any(
        re.match(first, needle) and re.search(rf"(?:{previous})\Z", before)
        for first, previous in left
    ) or any(re.search(rf"{last}\Z", needle) and re.match(after_, after) for last, after_ in right)


def whole_occurrences(text: str, needle: str) -> list[int]:
    return [
        at
        for at in range(len(text) - len(needle) + 1)
        if needle and text.startswith(needle, at) and not is_cut(text, needle, at)
    ]


def contains(text: str, needle: str) -> bool:
    return bool(whole_occurrences(text, needle)) if needle else not text


def contains_reference(text: str, needle: str) -> bool:
    return re.search(rf"\b({re.escape(needle)})\b", text) is not None


def token_f1(prediction: str, answer: str, empty: float) -> float:
    predicted, accepted = prediction.split(), answer.split()
    if not predicted and not accepted:
        return empty
    same = sum((Counter(predicted) & Counter(accepted)).values())
    if same == 0:
        return 0.0
    precision = 1.0 * same / len(predicted)
    recall = 1.0 * same / len(accepted)
    return (2 * precision * recall) / (precision + recall)


def rouge_l(prediction: str, answer: str) -> float:
    """By the full table of common subsequences."""
    predicted, accepted = prediction.split(), answer.split()
    row = [0] * (len(accepted) + 1)
    for word in predicted:
        above, row = row, [0]
        for j, other in enumerate(accepted, start=1):
            row.append(above[j - 1] + 1 if word == other else max(above[j], row[-1]))
    if not predicted and not accepted:
        return 1.0
    if row[-1] == 0:
        return 0.0
    precision, recall = row[-1] / len(predicted), row[-1] / len(accepted)
    return (2 * precision * recall) / (precision + recall)


def rouge_l_reference(prediction: str, answer: str) -> float:
    """The steps of the package `rouge` 1.0.1: sentences, tables of dictionaries, unions of sets."""

    def sentences(text: str) -> list[list[str]]:
        parts = [part for part in text.split(".") if part]
        return [" ".join(part.split()).split(" ") for part in parts]

    def common(accepted: list[str], predicted: list[str]) -> set[str]:
        table: dict[tuple[int, int], int] = {}
        for i in range(len(accepted) + 1):
            for j in range(len(predicted) + 1):
                if i == 0 or j == 0:
                    table[i, j] = 0
                elif accepted[i - 1] == predicted[j - 1]:
                    table[i, j] = table[i - 1, j - 1] + 1
                else:
                    table[i, j] = max(table[i - 1, j], table[i, j - 1])
        i, j, found = len(accepted), len(predicted), set()
        while i and j:
            if accepted[i - 1] == predicted[j - 1]:
                found.add(accepted[i - 1])
                i, j = i - 1, j - 1
            elif table[i - 1, j] > table[i, j - 1]:
                i -= 1
            else:
                j -= 1
        return found

    predicted, accepted = sentences(prediction), sentences(answer)
    if not predicted or not accepted:
        return 0.0
    union = {word for a in accepted for p in predicted for word in common(a, p)}
    recall = len(union) / len({word for sentence in accepted for word in sentence})
    precision = len(union) / len({word for sentence in predicted for word in sentence})
    return 2.0 * ((precision * recall) / (precision + recall + 1e-8))


def truth(text: str) -> bool | None:
    value = reference_answers.boolean(text) or reference_answers.number(text, None)
    return {
        "yes": True,
        "true": True,
        "valid": True,
        "1": True,
        "no": False,
        "false": False,
        "invalid": False,
        "0": False,
    }.get(value or "")


def boolean(prediction: str, answer: str) -> bool:
    return truth(prediction) is not None and truth(prediction) == truth(answer)


def boolean_reference(prediction: str, answer: str) -> bool:
    return reference_answers.published(prediction, "boolean") == gpo_reference(answer)


def dyck(prediction: str, answer: str) -> bool:
    opening, around_words, runs, is_run = dict(zip(")]}>", "([{<", strict=True)), [], [""], False
    for at, character in enumerate(prediction):
        if character in "([{<" and prediction[at + 1 : at + 2].isalnum():
            around_words.append(character)
        if character in opening and around_words[-1:] == [opening[character]]:
            around_words.pop()
            is_run = False
        elif character in opening:
            runs.append((runs[-1] if is_run else "") + character)
            is_run = True
        elif not character.isspace():
            is_run = False
    return runs[-1] == "".join(answer.split())


def dyck_reference(prediction: str, answer: str) -> bool:
    found = re.findall(r"[>\)\]}]+[ >\)\]}]*", prediction.lower())
    return bool(found) and found[-1].strip() == answer.lower()


def listed_words(text: str) -> list[str]:
    pieces = [word for word in text.split() if not re.fullmatch(r"[0-9]+[.)]", word)]
    words = [re.sub(r"\A[\W_]+|[\W_]+\Z", "", word) for p in pieces for word in p.split(",")]
    return [word for word in words if word]


def word_sorting(prediction: str, answer: str) -> bool:
    prediction, answer = prediction.lower(), answer.lower()
    texts = [prediction, *prediction.split("\n")]
    texts += [text.rpartition(":")[2] for text in texts]
    return any(listed_words(text) == listed_words(answer) for text in texts)


def word_sorting_reference(prediction: str, answer: str) -> bool:
    prediction, answer = prediction.lower().strip(), answer.lower().strip()
    expected = [item.strip() for item in answer.split(" ")]
    got = [item.strip() for item in prediction.split("\n") if len(item.split(" ")) == 1]
    if got != expected:
        got = [item.strip() for item in prediction.split(" ") if len(item.split(" ")) == 1]
    if got != expected:
        got = prediction.split("\n")
        if any(line.split(" ") == expected for line in got):
            return True
    return got == expected


def score(prediction: str, answers: Sequence[str], metric: str, normalizer: str) -> float:
    normalize = NORMALIZERS[normalizer]
    is_published = normalizer == "ape_reference"
    search = contains_reference if is_published else contains
    scores: dict[str, Callable[[str, str], float]] = {
        "exact_match": lambda p, a: float(p == a),
        "token_f1": lambda p, a: token_f1(p, a, 0.0 if is_published else 1.0),
        "exact_set": lambda p, a: float(set(p.split()) == set(a.split())),
        "contains": lambda p, a: float(search(p, a)),
        "rouge_l": rouge_l,
        "rouge_l_reference": rouge_l_reference,
        "boolean": lambda p, a: float(boolean(p, a)),
        "boolean_reference": lambda p, a: float(boolean_reference(p, a)),
        "dyck": lambda p, a: float(dyck(p, a)),
        "dyck_reference": lambda p, a: float(dyck_reference(p, a)),
        "word_sorting": lambda p, a: float(word_sorting(p, a)),
        "word_sorting_reference": lambda p, a: float(word_sorting_reference(p, a)),
    }
    each = [scores[metric](normalize(prediction), normalize(answer)) for answer in answers]
    return sum(each) / len(each) if metric == "rouge_l_reference" else max(each)


def levenshtein(a: str, b: str, score_cutoff: int | None = None) -> int:
    """By the full table (Wagner and Fischer 1974)."""
    words_a, words_b = a.split(), b.split()
    row = list(range(len(words_b) + 1))
    for i, word_a in enumerate(words_a, start=1):
        above, row = row, [i]
        for j, word_b in enumerate(words_b, start=1):
            row.append(min(above[j - 1] + (word_a != word_b), above[j] + 1, row[j - 1] + 1))
    distance = row[-1]
    if score_cutoff is not None and distance > score_cutoff:
        return score_cutoff + 1
    return distance


def editops(a: str, b: str) -> list[list[int]]:
    """The uppermost best path through the full table, between the words shared at both ends."""
    words_a, words_b = a.split(), b.split()
    prefix = 0
    while prefix < min(len(words_a), len(words_b)) and words_a[prefix] == words_b[prefix]:
        prefix += 1
    del words_a[:prefix], words_b[:prefix]
    while words_a and words_b and words_a[-1] == words_b[-1]:
        del words_a[-1], words_b[-1]
    table = [list(range(len(words_b) + 1))]
    for i, word_a in enumerate(words_a, start=1):
        row = [i]
        for j, word_b in enumerate(words_b, start=1):
            above = table[-1]
            row.append(min(above[j - 1] + (word_a != word_b), above[j] + 1, row[j - 1] + 1))
        table.append(row)
    i, j = len(words_a), len(words_b)
    edits = []
    while i or j:
        distance = table[i][j]
        if i and table[i - 1][j] + 1 == distance:
            i -= 1
            edits.append([EDIT_DELETE, prefix + i, prefix + j])
        elif i and j and table[i - 1][j - 1] + (words_a[i - 1] != words_b[j - 1]) == distance:
            i, j = i - 1, j - 1
            if words_a[i] != words_b[j]:
                edits.append([EDIT_REPLACE, prefix + i, prefix + j])
        else:
            j -= 1
            edits.append([EDIT_INSERT, prefix + i, prefix + j])
    return edits[::-1]


def applied(a: str, b: str, edits: Iterable[Sequence[int]]) -> list[str]:
    """What edits make of the words of `a`; checks that they are in order and say what they do."""
    words_a, words_b = a.split(), b.split()
    made: list[str] = []
    at = 0
    for operation, index_a, index_b in edits:
        assert at <= index_a
        made += words_a[at:index_a]
        assert len(made) == index_b
        at = index_a + (operation != EDIT_INSERT)
        assert at <= len(words_a)
        if operation == EDIT_REPLACE:
            assert words_a[index_a] != words_b[index_b]
        if operation != EDIT_DELETE:
            made.append(words_b[index_b])
        assert operation in (EDIT_REPLACE, EDIT_DELETE, EDIT_INSERT)
    return made + words_a[at:]
