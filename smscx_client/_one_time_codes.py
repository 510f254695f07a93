"""One-time codes: find the code in the text of an SMS, in any language and script."""

from __future__ import annotations

import re
import unicodedata

LONGEST_TEXT = 2_000
"""More characters than any SMS has. The rest of a longer one is ignored, because it could take long to search."""
CURRENCY = (
    "(?:[$¢£¥₡-₿€฿﷼]|(?:USD|EUR|GBP|INR|RUB|TRY|BRL|CNY|JPY|PLN|CZK|HUF|RON|UAH|KZT|AED|SAR|CHF|SEK|NOK|DKK|AUD|CAD|SGD"
    "|HKD|MXN|ZAR|NGN|KES|PHP|IDR|THB|VND|MYR|EGP|KRW|COP|TL|Rs|Rp|RM|kr|zł|Kč|Ft|lei|лв|руб|грн|тг|тенге|сум|元|円|원)"
    r"(?![^\W\d_]))"
)
AMOUNT = r"(?:\d{1,3}(?: \d{3})+|\d+(?:[.,']\d+)*)(?:[.,]\d\d)?"
NOT_CODES = (
    re.compile(r"(?i)[a-z]+://[!-~]+|[\w.+-]+@[\w-]+\.[\w.-]+|\b[a-z][a-z\d-]*(?:\.[a-z\d-]+)*\.[a-z]{2,}/[!-~]*"),
    re.compile(r"(?<!\S)[\w+/]{11}\s*\Z", re.ASCII),  # identifies the app that reads the SMS
    re.compile(r"\b\d{1,2}([./])\d{1,2}\1\d{2,4}|\d{4}([./-])\d{1,2}\2\d{1,2}|\d{1,2}-\d{1,2}-\d{4}|\d{4} ?[年년]"),
    re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?!\d)"),
    re.compile(rf"(?<![^\W\d_]){CURRENCY}\.? ?{AMOUNT}|{AMOUNT} ?{CURRENCY}(?! ?\d)"),
    re.compile(r"(?:\+|\b00)\d(?:[ ().-]{0,2}\d){6,}|\d(?:(?:[ .-]|\)[ -]?| \()?\d){8,}"),  # phone and account numbers
    re.compile(r"\d{1,3}(?:[.,']\d{3})+(?:[.,]\d\d)?(?!\d)|\b\d{1,5}\.\d\d?(?!\d)|\b\d{1,3},\d\d(?!\d)|\d+ ?%"),
    re.compile(r"(?<![A-Za-z0-9])[xX*•…]+[ -]?\d{3,6}(?![\d*])|\d+[*xX•]{2,}\d*"),  # the end of a card number
)
BOUND_TO_DOMAIN = re.compile(r"^@[^\s@]+\.[^\s@]+ #(\S+)", re.MULTILINE)
"""The last line of an SMS that a browser can read."""
CANDIDATE = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z]{1,4}-)?"
    r"(\d{3}[ -]\d{3}|\d{4}[ -]\d{4}|\d{4,8}|\d\d([ -])\d\d\2\d\d|\d([ -])\d(?:\3\d){2,6}"
    r"|(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z\d]{5,10})"
    r"(?![A-Za-z0-9])"
)
WORD = re.compile(
    r"(?i)c[oòó]d|kod|kód|код|κωδ|otp|\bpin\b|\btan\b|passw|parol|парол|סיסמ|קוד|رمز|كود|کد|कोड|ओटीपी|কোড|ওটিপি|รหัส|\bmã\b"
    r"|[码碼]|コード|번호|šifr|kood|կոդ|კოდ"
)
"""Words for "code". They count, but a code needs none."""


def find_code(text: str) -> str | None:
    """Return the one-time code in a message; None if there is none.

    Digits are returned as 0 to 9, without the dash or spaces between them and without a prefix such as ``G-``.
    """
    plain = "".join(map(_plain, unicodedata.normalize("NFKC", text[:LONGEST_TEXT])))
    if bound := BOUND_TO_DOMAIN.search(plain):
        return bound[1]
    for pattern in NOT_CODES:
        plain = pattern.sub(" | ", plain)
    best = max(CANDIDATE.finditer(plain), key=lambda found: _score(plain, found), default=None)  # the first of equals
    if best is None or _score(plain, best) < 0:
        return None
    return re.sub("[ -]", "", best[1])


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    return {"Cf": "", "Pd": "-"}.get(category, character)


def _score(text: str, found: re.Match[str]) -> int:
    """Return how much a candidate is like a code; less than 0 if it is none."""
    before, after, code = text[: found.start()], text[found.end() :], found[1]
    stands_out = bool(re.search(r"(?:[:=\[({<\"'“«「]|\A|\n)\s*\Z", before))
    score = 2 * stands_out + 3 * bool(WORD.search(before[-30:])) + bool(WORD.search(after[:30]))
    if not re.fullmatch(r"[\d -]+", code):
        return score - (1 if len(re.findall(r"\d+|\D+", code)) > 2 else 4)
    score += 3 * (sum(map(str.isdigit, code)) == 6) - 3 * bool(re.fullmatch(r"(?:19|20)\d\d", code))
    return score - 2 * bool(re.search("[#№] ?$", before))
