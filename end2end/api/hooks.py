"""What schemathesis cannot know: texts that the document describes by the name of a format, and which answers each operation gave."""

import atexit
import collections
import json
import os

import schemathesis
from hypothesis import strategies as st

# ---- formats: all that the server takes, not only what is usual there


def chars(*ranges, also=""):
    """Any character but controls, lone surrogates and these."""
    return st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="".join(chr(c) for r in ranges for c in r) + also)


def texts(alphabet, most):
    return st.text(alphabet, min_size=1, max_size=most).filter(lambda text: text.strip())


def span(first, last):
    return range(first, last + 1)


RIGHT_TO_LEFT = [
    *(span(0x590, 0x8FF), span(0x200E, 0x200F), span(0x202A, 0x202E), span(0x2066, 0x2069), span(0xFB1D, 0xFDFF)),
    *(span(0xFE70, 0xFEFC), span(0x10800, 0x10FFF), span(0x1E800, 0x1EFFF)),
]
EMOJI = [span(0x2190, 0x2BFF), span(0x1F000, 0x1FAFF), span(0xE0020, 0xE007F)]
UNSEEN = [span(0x200B, 0x200F), span(0x2028, 0x202E), span(0x2060, 0x206F), span(0xFFF9, 0xFFFB), span(0xE0000, 0xE007F)]

name = texts(chars(*RIGHT_TO_LEFT, *EMOJI, *UNSEEN, also="<>\u3030\u303d\ufe0f\u00ad\ufeff\ufffe\uffff"), 80)
file_name = texts(chars(*UNSEEN, also="/\\\u00ad\u061c\u180e\ufeff\ufffe\uffff"), 120).filter(lambda text: text.strip() not in (".", ".."))
prose = texts(chars(), 300)
label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
email = st.builds("{}@{}.{}".format, st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}", fullmatch=True), label, label)

FORMATS = {
    "name": name,
    "file-name": file_name,
    "prose": prose,
    "text": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    "email": email,
    # Not one of the platform's own words, nor one that is taken.
    "slug": st.from_regex(r"z[a-z0-9]{3,15}", fullmatch=True),
    "plan": st.sampled_from(["free", "starter", "pro", "enterprise"]),
    "decimal": st.decimals(min_value=0, max_value=999_999_999, places=2).map(str),
}
for format, strategy in FORMATS.items():
    schemathesis.openapi.format(format, strategy)

# ---- answers by operation and status

ANSWERS = collections.defaultdict(collections.Counter)


@schemathesis.hook
def after_call(context, case, response):
    ANSWERS[case.operation.label][response.status_code] += 1


@atexit.register
def write():
    if path := os.environ.get("ANSWERS"):
        with open(path, "w") as file:
            json.dump(ANSWERS, file)
