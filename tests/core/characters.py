"""Classes of characters that the rules share, as parts of regular expressions."""

HYPHENS = "-\u2010\u2011\u2012\u2013\u2212"
# A letter or digit of any script: what `\w` matches, without the underscore.
ALNUM = r"[^\W_]"
