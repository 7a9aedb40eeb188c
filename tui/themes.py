"""The look: a calm dark and a calm light theme, and what to do where colour is not wanted."""

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

LIGHT = Theme(
    name="promptopt-light",
    dark=False,
    primary="#1b5a9e",
    secondary="#53657a",
    accent="#7d5200",
    success="#1b6e35",
    warning="#8a5000",
    error="#ad221b",
    foreground="#1d232a",
    background="#fbfaf7",
    surface="#fbfaf7",
    panel="#eceae3",
    variables={
        "foreground-muted": "#5a626c",
        "border": "#1b5a9e",
        "border-blurred": "#c3c6c4",
        "block-cursor-background": "#c9dcf2",
        "block-cursor-foreground": "#10161d",
        "block-cursor-blurred-background": "#e6e5df",
        "block-cursor-blurred-foreground": "#1d232a",
        "scrollbar": "#c3c6c4",
        "scrollbar-hover": "#a9adac",
        "scrollbar-active": "#1b5a9e",
        "scrollbar-background": "#fbfaf7",
        "scrollbar-background-hover": "#fbfaf7",
        "scrollbar-background-active": "#fbfaf7",
        "scrollbar-corner-color": "#fbfaf7",
        "input-cursor-background": "#1d232a",
        "input-cursor-foreground": "#fbfaf7",
    },
)

OURS = (DARK, LIGHT)

MUTED = "$foreground-muted"
"""The style of text that matters less than what stands beside it."""

ANSI = ("ansi-dark", "ansi-light")
"""Themes in the sixteen colours of the terminal's own, whatever these are."""

WITHOUT_COLOUR = ANSI[0]


def colour_is_unwanted() -> bool:
    """Whether NO_COLOR is set; with any value, which is how Textual reads it too."""
    return "NO_COLOR" in os.environ
