"""Scoring of predictions, word edit distance and selection over score tables, compiled.

Texts are `str`. Wherever a sequence of them is asked for, a list or a tuple is the quickest; a
`str` by itself is refused. An argument of another type raises `TypeError`, and one with a lone
surrogate, which no file or model can have sent, `UnicodeEncodeError`; both name the argument and
the row.

Where texts are scored or normalised they may also be an Arrow array of strings (string, large
string or string view; for References a list or large list of these), which is read in place:
anything with `__arrow_c_array__` or `__arrow_c_stream__`, such as arrays of pyarrow and series of
polars. A null is refused with a `TypeError` that names its row, text that is not UTF-8 with a
`ValueError`. NumPy's arrays of strings are read as other sequences are: they are not UTF-8, or have
no public form to read them in.

What a letter, white space or lower case is follows Unicode 14.0, as in CPython 3.11, whichever
interpreter runs: a score does not change with it.

Every call that can take long releases the interpreter, and Ctrl-C ends it within a tenth of a
second, in the middle of a text too. How many threads it uses never changes its results.

Importing this module does not import NumPy; the functions that return arrays do.
"""

from collections.abc import Sequence
from typing import Final, Literal, Protocol, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EDIT_DELETE",
    "EDIT_INSERT",
    "EDIT_REPLACE",
    "Choices",
    "CoreError",
    "EmptyReferencesError",
    "ParameterError",
    "References",
    "ScoreError",
    "Selection",
    "ShapeError",
    "editops",
    "extract_answers",
    "extract_choice",
    "levenshtein",
    "levenshtein_cdist",
    "levenshtein_many",
    "normalize",
    "paired_bootstrap",
    "pareto_front",
    "score",
    "score_choices",
    "score_matrix",
    "within_budget",
    "words",
]

_Normalizer: TypeAlias = Literal[
    "ape", "ape_whole", "ape_reference", "squad", "gpo", "gpo_reference", "none"
]
_Metric: TypeAlias = Literal[
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
_AnswerKind: TypeAlias = Literal["number", "boolean", "multiple_choice"]
_Table: TypeAlias = Sequence[Sequence[float]] | NDArray[np.float64]
_Rows: TypeAlias = Sequence[int] | NDArray[np.integer]

class _ArrowArray(Protocol):
    def __arrow_c_array__(self) -> tuple[object, object]: ...

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self) -> object: ...

_Texts: TypeAlias = Sequence[str] | _ArrowArray | _ArrowStream
_Answers: TypeAlias = Sequence[Sequence[str]] | _ArrowArray | _ArrowStream

class CoreError(ValueError):
    """A value that the core cannot work with."""

class ShapeError(CoreError):
    """Arguments whose lengths or row numbers do not fit together."""

class ScoreError(CoreError):
    """A score that is missing, not a number or out of its range."""

class EmptyReferencesError(CoreError):
    """A row without any accepted answer."""

    row: int
    """The number of the row, counted from 0."""

class ParameterError(CoreError):
    """An option whose value is not one of those that are possible."""

def normalize(texts: _Texts, normalizer: _Normalizer = "ape") -> list[str]:
    """The texts in the form in which predictions and references are compared.

    `"ape"` reads a completion as Instruction Induction does (Honovich et al. 2022,
    arXiv:2205.10782, whose evaluation APE uses): its first sentence, lower case, no punctuation, no
    "and" between words. In order:

    1. The labels `Sentence 1:` and `Sentence 2:` become a space.
    2. White space at both ends goes, then everything from the first line feed on.
    3. Everything from the period on that ends the first sentence goes. A period ends one if a word
       comes before it, no letter or digit follows it directly, and it belongs to no abbreviation: a
       single letter after another period (`U.S.`), or the title Dr, Mr, Mrs, Ms, Prof, St or vs
       with more text after it.
    4. Lower case.
    5. Marks. A hyphen (also U+2010 to U+2013 and U+2212) stays, as `-`, where it is the sign of a
       number: no letter or digit before it; after it a digit or a decimal point with its digit,
       perhaps after a currency sign. Elsewhere it becomes a space, as dashes do. A period stays
       where a digit follows it and no letter comes before it, and goes elsewhere, as `…` does. A
       comma after a digit and before exactly three goes, and becomes a space elsewhere. Quotation
       marks, single or double, straight or curved, go. A dollar sign with no letter or digit before
       it goes. Any other ASCII punctuation stays between two digits and becomes a space elsewhere.
       Other characters stay. If nothing is left, the text is nothing but marks and keeps them.
    6. Words are one space apart; a word `and` between two others goes.

    `"ape_whole"` is the same without the cuts of steps 2 and 3, for answers of several sentences.

    `"ape_reference"` is the published form of the same, exactly: ` and ` and the labels become a
    space; strip; cut at the first line feed, then at the first period; lower case; `-` becomes a
    space; ASCII punctuation goes. It makes -24 of 24, 1 of 1.5, the same of every text of marks,
    and `yes ` with a space of `yes .`.

    `"squad"` is SQuAD's official form (Rajpurkar et al. 2016, arXiv:1606.05250, evaluate-v1.1.py):
    lower case; ASCII punctuation goes; the words a, an and the become a space; words are one space
    apart.

    `"gpo"` reads the whole text as GPO does (Tang et al. 2024, arXiv:2402.17564): steps 4 and 5
    of `"ape"`, words one space apart, so that `(A)` is `a`.

    `"gpo_reference"` is the published form of it: lower case; ASCII punctuation goes; strip. It
    makes -24 equal to 24 and 1.5 to 15.

    `"none"` only strips white space from both ends.

    Raises:
        ParameterError: there is no such normalizer.
    """

@final
class References:
    """The accepted answers of each row, normalised and tokenised once.

    Every candidate is scored against the same rows: prepare them once, share them between threads.

    Args:
        answers: one or more accepted answers for each row.
        normalizer: what `normalize` does to answers and predictions.

    Raises:
        EmptyReferencesError: a row has no answer.
        ParameterError: there is no such normalizer.
    """

    def __new__(cls, answers: _Answers, normalizer: _Normalizer = "ape") -> References: ...
    def __len__(self) -> int:
        """The number of rows."""

    @property
    def normalizer(self) -> _Normalizer:
        """What is done to answers and predictions before they are compared."""

def score(
    predictions: _Texts,
    references: References,
    metric: _Metric,
    *,
    rows: _Rows | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """The score of each prediction, in [0, 1]: the best over the accepted answers of its row.

    Prediction and answers are normalised by the references' normalizer; words are those of
    `str.split`.

    - `"exact_match"`: 1 where the texts are equal.
    - `"token_f1"`: the harmonic mean of precision and recall over words, repeats counted
      (Rajpurkar et al. 2016, section 6.1). 1 where neither has a word.
    - `"exact_set"`: 1 where both have the same set of words, in any order, repeats ignored
      (Honovich et al. 2022, for tasks whose answer is a list).
    - `"contains"`: 1 where the answer occurs in the prediction without cutting a word or a number
      in two. At either end a word must not go on (letters, digits and `_`, as `\\w` of `re`). A
      digit at its start must not come after a period, a sign, or a digit and one mark; one at its
      end must not come before a mark and a digit; a hyphen between two digits is no such mark.
      A period or hyphen at its start must not come after a digit, nor the hyphen after a letter.
      An empty answer is found in an empty prediction only.

    - `"rouge_l"`: the harmonic mean of precision and recall over the longest common subsequence of
      words (Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries", section 3.1, with
      beta 1). 1 where neither has a word.

    The other metrics read what normalisation would destroy, and need references with the normalizer
    `"none"`:

    - `"rouge_l_reference"`: ROUGE-L as GPO's published evaluation has it, the F score of the Python
      package `rouge` 1.0.1. Sentences are what periods separate, those of decimal numbers too;
      words are those of `str.split`, in the case and with the marks that they have; white space
      alone between two periods is an empty word. What two texts have in common is the set c of the
      words of the longest common subsequences of each sentence of the one with each of the other;
      of several, the one found from the ends, where the last word of the prediction goes before
      that of the answer. With p and a the sets of all words of prediction and answer, the score is
      2 * P * R / (P + R + 1e-8) of P = |c| / |p| and R = |c| / |a|, which is beta 1. It is the
      mean over the accepted answers, not the best, and never quite 1; 0 where a text has no
      sentence, which the package refuses. Its time grows with the product of the lengths.
    - `"boolean"`: 1 where prediction and answer have the same truth value: that of
      `extract_answers`, of which yes, true and valid are one, no, false and invalid the other, or,
      where a text gives none, the number that it gives, if that is 1 or 0.
    - `"boolean_reference"`: 1 where the answer, as by `"gpo_reference"`, is what `extract_answers`
      makes of the prediction with the variant `"reference"`. The branch of GPO's published
      evaluation that would look for a truth value compares the text with lists of words, so that it
      is never taken: "Yes, it is." stays `yes it is`, which is not `yes`.

    Two of these are for the forms of answers of BIG-Bench Hard:

    - `"dyck"`: 1 where the prediction's last closing brackets are those of the answer, white space
      aside. They are the last run of `)`, `]`, `}` and `>` with nothing but white space between
      them; a bracket that closes an opening one right after which a word starts, as in "(so it
      is)", belongs to no run and ends one.
    - `"word_sorting"`: 1 where the prediction lists the answer's words in its order, as all of the
      text, as all of a line, or as all of either after its last colon. Words are separated by white
      space or commas and compared in lower case, without the marks at either end; numbers before
      `.` or `)` are those of list items and don't count.

    `"dyck_reference"` and `"word_sorting_reference"` are what GPO's published evaluation does: the
    last match of `[>\\)\\]}]+[ >\\)\\]}]*` must be the answer space for space; the words must be
    each on a line of its own (lines with a space are passed over), or all of the text or of a line
    with one space between them.

    With `"ape_reference"` the metrics are the published ones too: `"token_f1"` is 0 where neither
    has a word, and `"contains"` is the search for `\\b(answer)\\b`, which finds 24 in -24 and an
    empty answer in any text with a word.

    Args:
        predictions: n texts.
        references: the prepared answers.
        metric: its name.
        rows: for each prediction the row it is scored against, where it is not its own number; a
            row may occur any number of times.
        threads: at most so many; by default as many as there are processors for a lot of text and
            one for a little.

    Returns:
        Shape (n,).

    Raises:
        ShapeError: there are not as many predictions as rows, or there is no such row.
        ParameterError: there is no such metric, it needs another normalizer, or there is fewer than
            one thread.
    """

def score_matrix(
    predictions: _Texts,
    references: References,
    metric: _Metric,
    *,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """`score` of the predictions of c candidates, each on all n rows of the references.

    Args:
        predictions: c times n texts, those of the first candidate first.
        references, metric, threads: as in `score`.

    Returns:
        Shape (c, n).

    Raises:
        ShapeError: the number of predictions is not a multiple of that of rows.
        ParameterError: as in `score`.
    """

def extract_answers(
    texts: Sequence[str],
    kind: _AnswerKind,
    *,
    decimals: int | None = None,
    variant: Literal["default", "reference"] = "default",
    threads: int | None = None,
) -> list[str | None]:
    """The answer that each text gives; None where it gives none.

    An answer is looked for where the text announces it, in the last announcement that has one. The
    word answer with `:`, `=` or is after it (spaces, tabs and ``*_"'`)`` may stand between),
    perhaps both is and a mark, and `####` announce what comes after them, of which the first
    counts; "is the answer", "is the final answer", and correct or right in place of final, what
    comes before them in their line, of which the last counts. Letter case is ignored.

    - `"number"`: elsewhere the last number of the text. A number is a run of ASCII digits without a
      letter or digit before it; a comma before each further three digits and a decimal point with
      its digits belong to it; a decimal point with digits and nothing before it is one too. A
      hyphen (also U+2010 to U+2013 and U+2212) directly before it, or before its `$`, `£`, `¥` or
      `€`, is its sign if no letter or digit comes before the hyphen. Two whole numbers of at most
      18 digits and without commas, with nothing but `/` between them and the second not zero, are
      one number, a fraction, unless a third one after a `/` makes a date of them; a whole number
      and a space before it ("5 1/2") do not belong to it. Where there are no digits at all, numbers
      from zero to ninety-nine in English words count. It is given without separators, needless
      zeros and the sign of zero; with `decimals`, rounded to so many places, halves to even, and
      with all of them. So is a fraction, by its exact value: 3/4 is 0.75. One whose decimal form
      does not end is given in lowest terms, 1/3 for 2/6, unless `decimals` are asked for.
    - `"boolean"`: elsewhere the first word of the text if it is a truth value, or else the last
      truth value: yes, no, true, false, valid or invalid, in lower case. After not or a word in
      n't, true is false, valid is invalid, and the other way round.
    - `"multiple_choice"`: the capital letter of the option that `extract_choice` names, for options
      of which only the letters A to Z are known.

    The variant `"reference"` gives what GPO's published evaluation makes of the text
    (`get_normalized_prediction`, whose announcements are case-sensitive): the first or last token
    with a digit rounded as a float (to 0 places by default), the text without ASCII punctuation,
    the first letter in round brackets with its brackets. Where there is nothing of the kind it is
    what is left of the text.

    Args:
        texts: n texts.
        kind: what is looked for.
        decimals: from 0 to 100.
        variant: whose rules.
        threads: as in `score`.

    Returns:
        n answers.

    Raises:
        ParameterError: there is no such kind or variant, or a number is out of its range.
    """

@final
class Choices:
    """The options of each row's multiple-choice question, and which of them are correct.

    Args:
        choices: one or more options for each row.
        correct: for each row the numbers, counted from 0, of the options that are correct.

    Raises:
        ShapeError: the two differ in length, a row has no option, or there is no such option.
        EmptyReferencesError: a row has no correct option.
    """

    def __new__(
        cls, choices: Sequence[Sequence[str]], correct: Sequence[Sequence[int]]
    ) -> Choices: ...
    def __len__(self) -> int:
        """The number of rows."""

def score_choices(
    predictions: Sequence[str], choices: Choices, *, rows: _Rows | None = None
) -> NDArray[np.float64]:
    """1.0 for each prediction that names a correct option of its row, else 0.0.

    Which option a prediction names is what `extract_choice` says; a prediction that names none
    scores 0.

    Args:
        predictions: n texts.
        choices: the prepared questions.
        rows: as in `score`.

    Returns:
        Shape (n,).

    Raises:
        ShapeError: there are not as many predictions as rows, or there is no such row.
    """

def extract_choice(text: str, choices: Sequence[str]) -> int | None:
    """The number, counted from 0, of the option that a free text names; None if it names none.

    The options have the letters A to Z in order; further ones have none. A letter is a **mention**
    if it stands by itself: not inside a word, a contraction (can't), a compound (A-level) or an
    abbreviation (U.S., C++). It is *marked* in brackets `(b)`, `[b]`, `{b}`; before `)`, `.` or
    `:` where it opens a line; or right after the word option, choice, letter or answer (spaces,
    tabs and ``*_"'`(`` may stand between). "A" and "I" before another word are the article and the
    pronoun and no mention, unless they are marked (by a word: as capitals) or the next word is is,
    because, since, as, and, or, but or which. A small letter that is not marked is a mention only
    as the first word of an announced answer.

    A mention is *denied* by not, nor, neither, than, isn't, wasn't, cannot, can't or instead before
    it ("option", "choice", "letter", "answer", the, be and of may stand between), by isn't,
    wasn't, cannot or can't after it, or by is, was or must after it with not, wrong, incorrect,
    false or invalid in the three words that follow. It is *asserted* by the same three verbs with
    correct, right, true, best or answer in the three words that follow. All of this holds within a
    phrase, which ends at a line feed and at `.`, `;`, `?` and `!`.

    An option's *text* is compared as `normalize` step 4 to 6 leaves it, "and" kept. Where it occurs
    only inside a longer option's occurrence, the longer one is meant.

    The first of these rules that decides:

    1. The whole text is one letter, marks aside, or says what exactly one option says, to the
       letter or else normalised. If it is both, of two options, nothing is named.
    2. Statements, the last one first. A statement is an asserted mention, or an announcement: the
       word answer, choice or option with `:`, `=`, is, or would, should, must or could be after it
       (spaces, tabs, ``*_"'` `` and `)` may stand between). An announcement holds from the next
       word to the end of its line, or to the next announcement if that comes first. It names the
       option whose text opens it, unless its first letter is marked (and nothing, if that text is
       itself the letter of another option); else its first letter that is not denied; else the one
       option whose text occurs in it. One that names nothing is passed over.
    3. The last marked letter that is not denied. Where lines open with the marked letters of two or
       more options, and words after them, they are a copy of the options and do not count. A
       capital letter that opens the text counts as marked, unless an option's text opens it.
    4. The one option whose text occurs, or the last capital letter that is not denied; nothing if
       there are both and they differ.

    A letter that forms a list with another option's letter next to it names nothing: between them
    no end of a phrase and no words but and, or, either, both, the, option, choice, letter, answer.

    Raises:
        TypeError: an argument is not of its type.
    """

def words(text: str) -> list[str]:
    """The words of a text: its longest runs without white space, as `text.split()` gives them.

    White space is what `str.isspace` calls so: the space, the tab, the ends of lines and pages, the
    separators U+001C to U+001F, U+0085, the no-break space and the other spaces of Unicode, but not
    the zero-width ones. Nothing else divides words and nothing is taken off them: case and
    punctuation count, so that "end" and "end." are two words, and a text without spaces, as in
    Chinese or Japanese, is one word a line. All distances and edits here are in these words.
    """

def levenshtein(a: str, b: str, *, score_cutoff: int | None = None) -> int:
    """How many words must be deleted, inserted or replaced to make text `b` of text `a`.

    Computed with the bit vectors of Myers (1999, doi:10.1145/316542.316550) and Hyyrö (2003), 128
    words at a time.

    Args:
        a, b: the texts; their words are those of `words`.
        score_cutoff: a distance above it is not computed to the end.

    Returns:
        The distance, or `score_cutoff + 1` where it is larger than `score_cutoff`.

    Raises:
        ParameterError: the cut-off is negative.
    """

def levenshtein_many(
    parent: str, candidates: Sequence[str], *, score_cutoff: int | None = None
) -> NDArray[np.uint32]:
    """`levenshtein` of one text and each of many.

    The words of the parent are numbered once; eight candidates are compared at a time, in registers
    as wide as the processor has.

    Args:
        parent: a text.
        candidates: n texts.
        score_cutoff: as in `levenshtein`.

    Returns:
        Shape (n,) for n candidates.

    Raises:
        ParameterError: the cut-off is negative.
    """

def levenshtein_cdist(
    queries: Sequence[str],
    candidates: Sequence[str],
    *,
    score_cutoff: int | None = None,
    threads: int | None = None,
) -> NDArray[np.uint32]:
    """`levenshtein` of each of some texts and each of others.

    The words of all texts are numbered once, and eight texts are compared at a time, in registers
    as wide as the processor has.

    Args:
        queries: q texts.
        candidates: c texts.
        score_cutoff: as in `levenshtein`; a small one saves most of the work.
        threads: at most so many; by default as many as there are processors for a lot of text and
            one for a little.

    Returns:
        Shape (q, c): row i, column j for query i and candidate j.

    Raises:
        ParameterError: the cut-off is negative, or there are fewer than one thread.
    """

def within_budget(parent: str, candidates: Sequence[str], budget: int) -> NDArray[np.bool_]:
    """Whether each candidate differs from its parent by at most `budget` words.

    Args:
        parent: a text.
        candidates: n texts.
        budget: the largest word edit distance that is allowed.

    Returns:
        Shape (n,) for n candidates.

    Raises:
        ParameterError: the budget is negative.
    """

EDIT_REPLACE: Final = 0
"""`editops`: word `b` stands where word `a` stood."""
EDIT_DELETE: Final = 1
"""`editops`: word `a` is gone; it stood before word `b`."""
EDIT_INSERT: Final = 2
"""`editops`: word `b` has come; it stands before word `a`."""

def editops(a: str, b: str) -> NDArray[np.int32]:
    """The edits that make the words of text `b` of those of text `a`, as few as there can be.

    Of several best alignments it is always the same one. Words that both texts share at their
    start are kept and, of what is left, those that they share at their end. Between these, read
    backwards, a word is deleted wherever a best alignment can, else kept or replaced where one can,
    else inserted.

    Computed from the bit vectors of Myers and Hyyrö, kept for each column; for texts whose columns
    would take more than 32 MiB, after dividing them by the method of Hirschberg (1975,
    doi:10.1145/360825.360861), which takes about twice the time.

    Args:
        a, b: the texts; their words are those of `words`.

    Returns:
        Shape (k, 3) for k edits, as many as `levenshtein` counts, in the order of the words: the
        operation (`EDIT_REPLACE`, `EDIT_DELETE` or `EDIT_INSERT`), the number of the word of `a`
        and that of the word of `b`, both from 0. Words between edits stay. A deletion names the
        word of `b` that it stands before, an insertion that of `a`; these may be one past the last
        word.
    """

@final
class Selection:
    """A choice among candidates by their scores on examples, of which as few as possible are asked.

    It keeps a table of scores, candidates by examples, that fills and grows. Live, `ask` says which
    cells come next and `tell` takes their scores, until `done`; `replay` does the same with a
    recorded table, and `simulate` with many seeds. It looks at no cell that it did not ask for.

    All candidates go through the examples in the same order, which the seed decides
    (xoshiro256++ 1.0, Blackman and Vigna 2021, doi:10.1145/3460772), so that two candidates are
    always compared on the same examples and none is scored twice on one. Scores are in [0, 1],
    higher is better. Of equal candidates the one with the lower number is preferred; sums are
    exact, rounded once, so that the same scores in another order are equal. Everything is
    deterministic.

    Where a call failed there is no score: its cell counts as used, and for no mean. A candidate of
    whose cells more than half failed comes behind all others. In a race it is compared on the
    examples where both have a score; while UCB has no score of a candidate that it has asked for,
    its bound is that of a mean of 0 over as many scores as calls have failed.

    Every kind takes:
        n_candidates: how many candidates there are, numbered from 0.
        n_examples: how many examples, at least 1.
        seed: of the order of the examples, from 0 to 2**63 - 1.
        shuffle: False leaves the examples in the order of their numbers, whatever the seed.
        known: scores known already, shape (n_candidates, n_examples), NaN where missing. Known
            cells are not asked for, but count as used once they are taken into account.

    Raises, every kind:
        ParameterError: an option is out of its range.
        ShapeError: `known` has another shape.
        ScoreError: a known score is out of [0, 1].

    It can be shared between threads.
    """

    @staticmethod
    def ucb(
        n_candidates: int,
        n_examples: int,
        budget: int,
        *,
        variant: Literal["ucb1", "ucb-e"] = "ucb1",
        exploration: float = 1.0,
        candidates_per_round: int = 1,
        examples_per_round: int = 1,
        seed: int = 0,
        shuffle: bool = True,
        known: _Table | None = None,
    ) -> Selection:
        """Upper confidence bounds: each round scores the candidates with the highest ones.

        For a candidate with mean m over n scores, of t in all, the bound is
        `m + exploration * sqrt(2 * ln(t) / n)` for `"ucb1"` (Auer et al. 2002,
        doi:10.1023/A:1013689704352) and `m + sqrt(exploration / n)` for `"ucb-e"` (Audibert and
        Bubeck 2010, "Best Arm Identification in Multi-Armed Bandits"), whose error is at most
        2 * budget * k * exp(-2 * exploration / 25) for k candidates where exploration is at most
        25/36 * (budget - k) / H1. A candidate without scores comes first, one that has been scored
        on all examples rests. UCB1 ranks by the number of scores and then by the mean, UCB-E by the
        mean.

        Args:
            budget: how many cells may be used, at least 1.
            exploration: not negative.
            candidates_per_round, examples_per_round: how many candidates a round scores, and on how
                many further examples each.
        """

    @staticmethod
    def successive_halving(
        n_candidates: int,
        n_examples: int,
        budget: int,
        *,
        divisor: int = 2,
        seed: int = 0,
        shuffle: bool = True,
        known: _Table | None = None,
    ) -> Selection:
        """Rounds of equal budget, after each of which one in `divisor` stays (Karnin et al. 2013,
        "Almost Optimal Exploration in Multi-Armed Bandits").

        With divisor 2 its error is at most 3 * log2(k) * exp(-budget / (8 * H2 * log2(k))).

        Args:
            budget: how many cells may be used: at least one for each candidate and round.
            divisor: at least 2.
        """

    @staticmethod
    def successive_rejects(
        n_candidates: int,
        n_examples: int,
        budget: int,
        *,
        seed: int = 0,
        shuffle: bool = True,
        known: _Table | None = None,
    ) -> Selection:
        """Phases, after each of which the worst candidate goes (Audibert and Bubeck 2010).

        Its error is at most k * (k - 1) / 2 * exp(-(budget - k) / (logbar(k) * H2)), where
        logbar(k) is 1/2 + 1/2 + 1/3 + … + 1/k.

        Args:
            budget: how many cells may be used: more than there are candidates.
        """

    @staticmethod
    def adaptive_filter(
        n_candidates: int,
        n_examples: int,
        examples_per_stage: int,
        *,
        keep: float = 0.5,
        few: int = 5,
        complete: bool = True,
        seed: int = 0,
        shuffle: bool = True,
        known: _Table | None = None,
    ) -> Selection:
        """The filter of APE (Zhou et al. 2023, arXiv:2211.01910, section 3.2): stages, each with a
        new subset of the examples that all candidates share; the few that are left at the end are
        scored on all examples.

        Args:
            examples_per_stage: how many examples a stage adds.
            keep: the part of the candidates that stays after a stage, between 0 and 1, both
                excluded; rounded up, but one goes at least.
            few: how many candidates are few enough.
            complete: False ends it when few are left, after one stage at least.
        """

    @staticmethod
    def race(
        n_candidates: int,
        n_examples: int,
        *,
        bound: Literal["hoeffding", "empirical_bernstein"] = "empirical_bernstein",
        error: float = 0.05,
        examples_per_round: int = 10,
        budget: int | None = None,
        seed: int = 0,
        shuffle: bool = True,
        known: _Table | None = None,
    ) -> Selection:
        """A race: every round scores all that are left on further examples, then drops those that a
        bound on the mean of the paired differences says are worse than the best (Maron and Moore
        1994, "Hoeffding Races"; Mnih et al. 2008, "Empirical Bernstein Stopping").

        For n differences, each within a range of 2, of N that there are, with the variance v, a
        candidate is worse when the mean of its differences is above
        `2 * sqrt(rho * ln(1 / e) / (2 * n))` for `"hoeffding"`, where rho is what sampling without
        replacement leaves of the spread (Bardenet and Maillard 2015, doi:10.3150/14-BEJ605,
        corollary 2.5), and `sqrt(2 * v * ln(3 / e) / n) + 6 * ln(3 / e) / n` for
        `"empirical_bernstein"` (Audibert et al. 2009, doi:10.1016/j.tcs.2009.01.016, theorem 1;
        without replacement it holds by theorem 4 of Hoeffding 1963). Here e is `error`, divided by
        the number of comparisons that could wrong the best: with each other candidate in each
        round. So the candidate with the highest mean over all examples drops out with probability
        `error` at most.

        Empirical Bernstein is the one for many examples on which candidates mostly agree. With a
        few hundred it is sure of nothing before the end; then Hoeffding drops the worst earlier.

        Args:
            error: between 0 and 1, both excluded.
            examples_per_round: how many examples come between two decisions.
            budget: how many cells may be used: at least those of the first round. None is no limit.
        """

    @property
    def n_candidates(self) -> int:
        """How many candidates there are."""

    @property
    def n_examples(self) -> int:
        """How many examples there are."""

    @property
    def done(self) -> bool:
        """Whether all is decided: nothing more will be asked."""

    @property
    def used(self) -> int:
        """How many cells have been taken into account."""

    @property
    def scores(self) -> NDArray[np.float64]:
        """A copy of the table, shape (n_candidates, n_examples), NaN where a cell is missing or
        its call failed."""

    @property
    def order(self) -> NDArray[np.int64]:
        """The examples in the order in which all candidates go through them."""

    @property
    def counts(self) -> NDArray[np.int64]:
        """For each candidate how many cells it has used: on the first so many of `order`."""

    @property
    def means(self) -> NDArray[np.float64]:
        """For each candidate its mean over these; NaN if it has no score."""

    @property
    def ranking(self) -> NDArray[np.int64]:
        """The numbers of all candidates, the best first; of those that dropped out, the last first.

        Before `done` it is what it would be now.
        """

    @property
    def survivors(self) -> NDArray[np.int64]:
        """The numbers of the candidates that have not dropped out, in order."""

    def ask(self) -> NDArray[np.int64]:
        """The cells that the next decision needs, shape (n, 2): candidate, example. None once all
        is decided, and the same ones until their scores are told."""

    def tell(self, scores: Sequence[float | None] | NDArray[np.float64]) -> None:
        """Takes the scores of the cells that `ask` gave, in their order; None where a call failed
        and there is no score.

        Raises:
            ShapeError: there are not as many scores as cells.
            ScoreError: a score is NaN or out of [0, 1].
        """

    def add_candidates(self, count: int) -> None:
        """Adds candidates, whose numbers are the next ones.

        A selection in rounds (halving, rejects, filter) takes them only before its first `ask`;
        later, begin anew with `known`. UCB scores them next. In a race they catch up first; its
        promise is for as many candidates as there are when one drops.

        Raises:
            CoreError: the rounds have begun.
            ParameterError: the count is negative, or the budget too small for so many.
        """

    def replay(self, scores: _Table) -> None:
        """Goes on to the end with the scores of a recorded table, shape (n_candidates,
        n_examples), in which cells that are not asked for may be NaN.

        Raises:
            ShapeError: the table has another shape.
            ScoreError: a score is out of [0, 1], or one that is asked for is NaN.
        """

    def simulate(
        self, scores: _Table, seeds: Sequence[int], *, threads: int | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Does the same from the start once for each seed, without changing this selection.

        Returns:
            For each of s seeds the best candidate and how many cells were used, both of shape (s,).

        Raises:
            As `replay`.
        """

def pareto_front(scores: _Table) -> NDArray[np.bool_]:
    """For each row whether no other row is at least as high in every column and higher in one.

    Args:
        scores: shape (n, m), higher is better.

    Returns:
        Shape (n,). Equal rows are both on the front or both not.

    Raises:
        ShapeError: there are no columns, or rows of different lengths.
        ScoreError: a score is not finite.
    """

def paired_bootstrap(
    a: Sequence[float] | NDArray[np.float64],
    b: Sequence[float] | NDArray[np.float64],
    *,
    n_resamples: int = 10_000,
    confidence_level: float = 0.95,
    seed: int = 0,
    threads: int | None = None,
) -> tuple[float, float, float, float]:
    """How sure it is that a is better than b, both scored on the same n examples.

    The paired percentile bootstrap (Efron and Tibshirani 1993, "An Introduction to the Bootstrap",
    chapter 13). Each 64 resamples have a stream of random numbers of their own, so that threads
    change no bit. Where there are few different values of a - b, as of scores of right and wrong,
    it is drawn how often each comes (Devroye 1986, "Non-Uniform Random Variate Generation", chapter
    XI): up to 16 of them and no more than one for every 32 examples. That takes about a third
    of the time of NumPy's `multinomial` on their counts, NumPy's quickest form; for other scores,
    about a ninth of the time of indices that NumPy draws.

    Args:
        a, b: shape (n,), finite numbers.
        n_resamples: from 1 to 10,000,000.
        confidence_level: between 0 and 1, neither of them.
        threads: 1 at least; as many as are worth it by default.

    Returns:
        The mean of a - b; the lower and the upper end of its interval, quantiles interpolated
        linearly; the part of the resamples in which it is at most 0.

    Raises:
        ShapeError: a and b differ in length or are empty.
        ScoreError: a score is not finite.
        ParameterError: an option is out of its range.
    """
