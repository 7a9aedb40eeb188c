"""The 57 subjects of MMLU by category (Hendrycks et al. 2021, appendix)."""

from __future__ import annotations

CATEGORIES: dict[str, tuple[str, ...]] = {
    "STEM": (
        "abstract_algebra",
        "astronomy",
        "college_biology",
        "college_chemistry",
        "college_computer_science",
        "college_mathematics",
        "college_physics",
        "computer_security",
        "conceptual_physics",
        "electrical_engineering",
        "elementary_mathematics",
        "high_school_biology",
        "high_school_chemistry",
        "high_school_computer_science",
        "high_school_mathematics",
        "high_school_physics",
        "high_school_statistics",
        "machine_learning",
    ),
    "Humanities": (
        "formal_logic",
        "high_school_european_history",
        "high_school_us_history",
        "high_school_world_history",
        "international_law",
        "jurisprudence",
        "logical_fallacies",
        "moral_disputes",
        "moral_scenarios",
        "philosophy",
        "prehistory",
        "professional_law",
        "world_religions",
    ),
    "Social": (
        "econometrics",
        "high_school_geography",
        "high_school_government_and_politics",
        "high_school_macroeconomics",
        "high_school_microeconomics",
        "high_school_psychology",
        "human_sexuality",
        "professional_psychology",
        "public_relations",
        "security_studies",
        "sociology",
        "us_foreign_policy",
    ),
    "Other": (
        "anatomy",
        "business_ethics",
        "clinical_knowledge",
        "college_medicine",
        "global_facts",
        "human_aging",
        "management",
        "marketing",
        "medical_genetics",
        "miscellaneous",
        "nutrition",
        "professional_accounting",
        "professional_medicine",
        "virology",
    ),
}
"""Category to its subjects."""

SUBJECTS: dict[str, str] = {
    subject: category for category, subjects in CATEGORIES.items() for subject in subjects
}
"""Subject to its category."""


def category_of(name: str) -> str | None:
    """The category of a subject, written with underscores, blanks or dashes; None for others."""
    return SUBJECTS.get("_".join(name.replace("-", " ").replace("_", " ").lower().split()))


def with_subject(prompt: str, name: str) -> str:
    """A seed prompt with the subject in place of {subject}, as GPO's code fills it in.

    Args:
        prompt: like "The following are multiple choice questions about {subject}."
        name: of a data set. One that is no subject leaves the prompt as it is.
    """
    if category_of(name) is None:
        return prompt
    return prompt.replace("{subject}", " ".join(name.replace("-", " ").replace("_", " ").split()))


def category_named(name: str) -> str | None:
    """The category that a name means, in any case: "stem", "Social Sciences"; else None."""
    word = name.casefold().replace("_", " ").removesuffix(" sciences").strip()
    return next((each for each in CATEGORIES if each.casefold() == word), None)
