"""The look: one calm dark theme of our own, and what to do where colour is not wanted."""

from __future__ import annotations

import os

from textual.theme import Theme

DARK = Theme(
    name="promptopt-dark",
    dark=True,
    primary="#6cb0f0",
    secondary="#8fa3b8",
    accent="#e9c46a",
    success="#7fc992",
    warning="#e5a95c",
    error="#f0787a",
    foreground="#d3d9e1",
    background="#14171c",
    surface="#14171c",
    panel="#20252d",
    variables={
        "border": "#6cb0f0",
        "border-blurred": "#3a424d",
        "block-cursor-background": "#2b4a68",
        "block-cursor-foreground": "#f2f5f8",
        "block-cursor-blurred-background": "#262d36",
        "block-cursor-blurred-foreground": "#d3d9e1",
        "scrollbar": "#3a424d",
        "scrollbar-hover": "#4a5461",
        "scrollbar-active": "#6cb0f0",
        "scrollbar-background": "#14171c",
        "scrollbar-background-hover": "#14171c",
        "scrollbar-background-active": "#14171c",
        "scrollbar-corner-color": "#14171c",
        "input-cursor-background": "#d3d9e1",
        "input-cursor-foreground": "#14171c",
    },
)

WITHOUT_COLOUR = "ansi-dark"


def colour_is_unwanted() -> bool:
    """Whether NO_COLOR is set; with any value, which is how Textual reads it too."""
    return "NO_COLOR" in os.environ
