"""What several screens say of the same action."""

PAUSE = "Pause the run, or let a paused one go on; calls in flight are finished first"
STOP = "Stop the run after the calls in flight (asks first); it can be resumed"
RESUME = "Take the run up again where it broke off; stored answers are not paid for twice"
EXPORT = "Write a prompt to a file or the clipboard, as text, JSON, Markdown and more"
EXPORT_SEVERAL = "Write the marked candidates, or with none marked the front of score and length"
MARK = "Mark the candidate, to compare it or to export it with others; or unmark it"
COPY = "Send the prompt to the terminal's clipboard (OSC 52)"
