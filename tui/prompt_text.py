"""Prompts, differences and lineages as styled text."""

from __future__ import annotations

import time

from textual.content import Content

from promptopt.results.numbers import counted, signed_with_error
from promptopt.results.statistics import PairedDifference
from promptopt.results.word_diff import DiffPart, WordDiff, word_diff
from promptopt.runs.state import SEED_CANDIDATE, CandidateState, RunState, candidate_name
from tui.cells import shown
from tui.run_words import PERSON, PERSON_SIGN, STATE_WORDS, score_text, sign_of
from tui.themes import MUTED

CHARACTERS = 20_000
"""More of a prompt is not laid out on the screen; a copy or an export holds all of it."""

REMARKS_SHOWN = 5
CHARACTERS_OF_A_REMARK = 1_000

WORDS_COMPARED = 4_000
"""Aligning takes time that grows with the product of the lengths."""


SMALL_MODEL = (
    "a very small model: its prompts read oddly; what counts is the score on unseen examples"
)
SMALL_MODEL_SHORT = "from a very small model: reads oddly"

OUTCOMES = {
    "within": "at the first try",
    "sent back": "at the second try",
    "projected": "cut down to it",
    "over": "which was only recorded",
}
"""How an edit budget was kept, for people."""

_MARKS = {"delete": ("[-", "-]", "$error strike"), "insert": ("{+", "+}", "$success bold")}


def prompt_content(text: str) -> Content:
    """A prompt as it stands, line breaks kept."""
    if not text.strip():
        return Content.assemble((f"(nothing but {counted(len(text), 'blank')})", MUTED))
    content = Content(shown(text[:CHARACTERS], newlines=True))
    if len(text) <= CHARACTERS:
        return content
    rest = f"\n… {len(text) - CHARACTERS:,} more characters; export shows them all"
    return Content.assemble(content, (rest, MUTED))


def by_small_model(state: RunState) -> bool:
    """Whether the model that comes along writes all the prompts of a run."""
    setup = state.setup
    return setup is not None and (setup.task_model, setup.optimizer_model) == ("local", "local")


def small_model_note(state: RunState) -> Content | None:
    """Why the prompts look as they do, where the model that comes along writes them all.

    Stands above a prompt or in a border: below, it would seem a part of the prompt.
    """
    if not by_small_model(state):
        return None
    return Content.styled(SMALL_MODEL, f"{MUTED} italic")


def compared_with(state: RunState, candidate: CandidateState) -> CandidateState | None:
    """What a candidate is compared with: its parent, or else the seed prompt."""
    other = candidate.parent if candidate.parent is not None else SEED_CANDIDATE
    return state.candidates.get(other) if other != candidate.id else None


def diff_heading(state: RunState, candidate: CandidateState) -> str:
    """What the diff of a candidate compares, in a few words."""
    other = compared_with(state, candidate)
    if other is None:
        return "the seed prompt"
    if candidate.parent is None:
        return f"diff against the seed {candidate_name(other.id)}"
    return f"diff against {candidate_name(other.id)}"


def diff_content(state: RunState, candidate: CandidateState) -> Content:
    """The words that went and came, marked by signs as well as by colour."""
    other = compared_with(state, candidate)
    if other is None:
        return Content.assemble(("The search started here: there is nothing before it.", MUTED))
    old, new = other.text, candidate.text
    if old == new:
        return Content.assemble(("The same text.", MUTED))
    diff = short_word_diff(old, new)
    if diff is None:
        return Content.assemble(("Too long to compare on the screen; export both.", MUTED))
    heading = Content.assemble((f"{counted(diff.distance, 'word')} changed", MUTED))
    if candidate.parent is None:
        by_a_person = candidate.operation == PERSON
        how = "written by a person" if by_a_person else "proposed from examples"
        heading += Content.assemble((f"; no parent: it was {how}", MUTED))
    return Content.assemble(heading, _budget(candidate), "\n\n", diff_parts(diff))


def short_word_diff(old: str, new: str) -> WordDiff | None:
    """The difference of two prompts; None where they are too long to be aligned while one waits."""
    if max(len(old.split()), len(new.split())) > WORDS_COMPARED:
        return None
    return word_diff(old, new)


def diff_parts(diff: WordDiff) -> Content:
    """The words of a difference, marked by signs as well as by colour."""
    return Content(" ").join(map(_part, diff.parts))


def _budget(candidate: CandidateState) -> Content:
    """How the words counted stand against the edit budget, and how it was kept."""
    if candidate.edit_budget is None or candidate.distance is None:
        return Content("")
    over = candidate.distance > candidate.edit_budget
    kept = OUTCOMES.get(candidate.edit_outcome, shown(candidate.edit_outcome))
    return Content.assemble(
        (" of ", MUTED),
        (f"{candidate.edit_budget} allowed", "bold $error" if over else "bold $success"),
        (f", {kept}" if kept else "", MUTED),
    )


def _part(part: DiffPart) -> Content:
    text = shown(part.text)
    if part.kind not in _MARKS:
        return Content(text)
    before, after, style = _MARKS[part.kind]
    return Content.styled(f"{before}{text}{after}", style)


def facts_content(
    state: RunState, candidate: CandidateState, best: CandidateState | None
) -> Content:
    """How a candidate came to be and how it scores, in two or three lines."""
    sign = sign_of(state, candidate, best.id if best else None)
    parents = " ".join(candidate_name(each) for each in candidate.parents)
    by_a_person = candidate.operation == PERSON
    made = f"{PERSON_SIGN} by a person" if by_a_person else shown(candidate.operation)
    origin = f"{made} at step {candidate.step}"
    origin += f" from {parents}" if parents else ""
    lines = [
        Content.assemble(
            (f"{sign} " if sign.strip() else "", "$accent"),
            (STATE_WORDS.get(candidate.status, shown(candidate.status)), "bold"),
            (f"  {origin}", MUTED),
        ),
        Content.assemble(("dev  ", MUTED), score_text(candidate.dev), _of_dev(state, candidate)),
    ]
    if candidate.test is not None:
        lines.append(Content.assemble(("test ", MUTED), score_text(candidate.test)))
    return Content("\n").join(lines)


def remarks_content(state: RunState, candidate: int | None) -> Content | None:
    """The last remarks on a candidate, or with None on the run; None where there is none."""
    remarks = [each for each in state.notes if each.candidate == candidate]
    if not remarks:
        return None
    lines = []
    if len(remarks) > REMARKS_SHOWN:
        lines.append(Content.styled(f"{len(remarks) - REMARKS_SHOWN} earlier remarks", MUTED))
    for each in remarks[-REMARKS_SHOWN:]:
        when = time.strftime("%d %b %H:%M", time.localtime(each.at))
        lines.append(
            Content.assemble(
                (f"remark {when} ", MUTED), shown(each.text[:CHARACTERS_OF_A_REMARK], newlines=True)
            )
        )
    return Content("\n").join(lines)


def _of_dev(state: RunState, candidate: CandidateState) -> tuple[str, str]:
    text = ""
    if candidate.dev is not None and not state.is_complete(candidate):
        text = f" of {state.full_dev}"
    if candidate.unscored:
        text += f", {counted(candidate.unscored, 'failed call')}"
    return text, MUTED


def difference_content(other: CandidateState, difference: PairedDifference | None) -> Content:
    """How a candidate does against another on the examples of both."""
    name = candidate_name(other.id)
    if difference is None:
        return Content.assemble((f"against {name}: no example in common", MUTED))
    tone = MUTED if difference.within_noise else "$success" if difference.mean > 0 else "$error"
    same = difference.n - difference.fixed - difference.broken
    # An answer that is more right than before has not been wrong.
    up, down = ("fixed", "broke") if difference.right_or_wrong else ("better", "worse")
    return Content.assemble(
        (f"against {name} ", MUTED),
        (signed_with_error(difference.mean, difference.stderr), f"bold {tone}"),
        (f" on the same n={difference.n}", MUTED),
        (", within noise" if difference.within_noise else "", MUTED),
        "\n",
        (f"{up} {difference.fixed}", "$success"),
        (" · ", MUTED),
        (f"{down} {difference.broken}", "$error"),
        (f" · same {same}", MUTED),
    )
