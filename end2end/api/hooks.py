"""What schemathesis cannot know: texts that the document describes by the name of a format, and which answers each operation gave."""

import atexit
import collections
import datetime
import json
import os

import schemathesis
from hypothesis import strategies as st

# ---- formats: all that the server takes, not only what is usual there


def chars(*banned):
    """Any character but controls, lone surrogates and these: ranges with their last ones."""
    kept, first = [], 0
    for start, last in sorted(banned):
        if first < start:
            kept.append(st.characters(min_codepoint=first, max_codepoint=start - 1, exclude_categories=["Cc", "Cs"]))
        first = last + 1
    return st.one_of(*kept, st.characters(min_codepoint=first, exclude_categories=["Cc", "Cs"]))


def texts(alphabet, most):
    return st.text(alphabet, min_size=1, max_size=most).filter(lambda text: text.strip())


def letters(least, most):
    return st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=least, max_size=most)


MARKUP = [(0x3C, 0x3C), (0x3E, 0x3E)]
RIGHT_TO_LEFT = [(0x590, 0x8FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC), (0x10800, 0x10FFF), (0x1E800, 0x1EFFF)]
EMOJI = [(0x2190, 0x2BFF), (0x3030, 0x3030), (0x303D, 0x303D), (0xFE0F, 0xFE0F), (0x1F000, 0x1FAFF)]
UNSEEN = [(0xAD, 0xAD), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFF), (0xE0000, 0xE007F)]
SLASHES = [(0x2F, 0x2F), (0x5C, 0x5C)]

FORMATS = {
    "name": texts(chars(*MARKUP, *RIGHT_TO_LEFT, *EMOJI, *UNSEEN), 40),
    "file-name": texts(chars(*SLASHES, *UNSEEN, (0x61C, 0x61C), (0x180E, 0x180E)), 40).filter(lambda text: text.strip() not in (".", "..")),
    "prose": texts(chars(), 60),
    "email": st.builds("{}@{}.{}".format, st.text("aZ09!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=20), letters(1, 12), letters(1, 12)),
    # None of the platform's own words.
    "slug": letters(3, 16).map("z{}".format),
    "plan": st.sampled_from(["free", "starter", "pro", "enterprise"]),
    "template": st.sampled_from(["customer-support", "internal-knowledge"]),
    "meter": st.sampled_from(["tokens", "messages"]),
    "last-day": st.integers(1, 300).map(lambda days: str(datetime.date.today() + datetime.timedelta(days))),
    "decimal": st.integers(0, 99_999_999_999).map(lambda cents: f"{cents // 100}.{cents % 100:02}"),
}
for format, strategy in FORMATS.items():
    schemathesis.openapi.format(format, strategy)

# The body of an import: an archive that this server made.
if archive := os.environ.get("ARCHIVE"):
    with open(archive, "rb") as file:
        schemathesis.openapi.media_type("application/gzip", st.just(file.read()))

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
