"""What an account may be called, what guards it, and how long its links hold: pure values."""

from __future__ import annotations

import re
from datetime import timedelta

from parley.kernel.errors import Refusal

PASSWORD_LEAST = 10
PASSWORD_MOST = 200  # a longer one only costs time
FEWEST_CHARACTERS = 4  # different ones in a password

CONFIRM_WITHIN = timedelta(days=2)  # somebody signs up on Friday evening and reads mail on Sunday
RESET_WITHIN = timedelta(hours=1)
EMAIL_WITHIN = timedelta(days=1)
SESSION_FOR = timedelta(days=60)
FRESH_FOR = timedelta(minutes=10)  # after signing in, what cannot be undone needs no password
SEEN_EVERY = timedelta(minutes=10)  # so that reading a page seldom writes

LONGEST_EMAIL = 254  # RFC 5321 leaves no more between the brackets
NAME_MOST = 60
ABOUT_MOST = 1000

ALL_RIGHTS = "all-rights-reserved"
LICENCES = {
    "CC-BY-4.0": "Others may use it and must name you (CC BY 4.0)",
    "CC-BY-SA-4.0": "The same, and what they make of it stays as free (CC BY-SA 4.0)",
    "CC0-1.0": "Anybody may use it in any way (CC0 1.0)",
    ALL_RIGHTS: "Nobody may use it elsewhere (all rights reserved)",
}

# The commonest passwords in the lists that guessers use, of those long enough to be tried here.
_COMMON = """
0123456789 0987654321 1029384756 1122334455 11223344556677 1231231230 1233211234567
1234512345 123456123456 1234567890 12345678900 123456789012 1234567890a 123456789abc
1234567891 12345678910 123456789a 123456789q 12345qwert 1234abcd1234 123654789987 123qweasdzxc
147258369147 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc 789456123123 9876543210
987654321a a123456789 aa123456789 abc1234567 abc123456789 abcd123456 abcdefghij adminadmin
administrator administrator1 alexander1 anthony123 asdf123456 asdfasdfasdf asdfghjkl1 asdfghjkl;
baseball123 basketball basketball1 butterfly1 changeme123 charlie123 chocolate1 christian1
computer123 dragon1234 elizabeth1 facebook123 football10 football123 forever123 google1234
hello12345 helloworld iloveyou12 iloveyou123 internet123 jennifer12 jordan2323 letmein123
letmeinnow liverpool1 liverpoolfc manchester manchester1 master1234 michael123 michelle12
monkey1234 motherlode p@ssw0rd123 pass123456 passw0rd123 password00 password01 password10
password11 password12 password123 password1234 password12345 password123456 password21
password99 passwordpassword princess12 princess123 q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedc1 qazwsxedcrfv
qwe123qwe123 qweasdzxc123 qwer123456 qwerasdfzxcv qwerty1234 qwerty12345 qwerty123456 qwertyqwerty
qwertyuiop qwertyuiop1 qwertyuiop123 qwertzuiop secret1234 september1 slipknot666 spiderman1
starwars123 summer2020 summer2024 sunshine12 sunshine123 superman12 superman123 thisisapassword
trustno1trustno1 undertaker unknown123 welcome123 welcome1234 whatever123 zaq12wsxcde3 zxcvbnm123
zxcvbnm1234 zxcvbnmasd
"""
COMMON = frozenset(_COMMON.split())

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")

_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
             ("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))


def may_be_passed_on(licence: str) -> bool:
    """Whether others may pass on what stands under this licence."""
    return licence != ALL_RIGHTS


def email_address(raw: str) -> str | None:
    """The address in one spelling (lower case, domain in ASCII), None when it cannot be one."""
    if len(raw) > LONGEST_EMAIL:
        return None
    local, _, domain = raw.strip().lower().rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None
    fits = len(address) <= LONGEST_EMAIL and len(local) <= 64
    return address if fits and _EMAIL.fullmatch(address) else None


def weak_password(password: str, *own: str) -> str | None:
    """Why a password will not do, None when it will. `own`: the person's e-mail, handle, name."""
    if len(password) < PASSWORD_LEAST:
        return f"A password needs at least {PASSWORD_LEAST} characters; a few words do nicely."
    if len(password) > PASSWORD_MOST:
        return f"A password may have {PASSWORD_MOST} characters at most."
    plain = password.strip().casefold()
    names = {name.casefold() for name in own} | {name.casefold().split("@")[0] for name in own}
    if plain in names:
        return "Your password must not be your name or your address; others know those."
    if plain in COMMON or len(set(plain)) < FEWEST_CHARACTERS:
        return "This password is among the first that a guesser tries. Please choose another."
    return None


def browser_name(user_agent: str) -> str:
    """`Firefox on Linux`, as far as the browser says; only words of ours."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def may_unlink(has_password: bool, identities: int) -> Refusal | None:
    """Whether a person can still sign in after taking one of their outside sign-ins away."""
    if has_password or identities > 1:
        return None
    return Refusal("last_way_in", "This is your only way to sign in. Set a password first.")
