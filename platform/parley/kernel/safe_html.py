"""What people type: checked on the way in, rendered and sanitised once when written.

Text is stored as typed. The HTML beside it goes through three hands: markdown-it (which knows
no raw HTML), bleach, and nh3, another parser with the last word. No other module imports them.
"""

from __future__ import annotations

import html as entities
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import nh3
from bleach.linkifier import LinkifyFilter
from bleach.sanitizer import Cleaner
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from parley.kernel.errors import Invalid

Mention = Callable[[str], str | None]

HANDLE = re.compile(r"[a-z][a-z0-9_]{2,29}")
RESERVED = {
    "abuse", "account", "accounts", "admin", "administrator", "all", "anonymous", "api",
    "billing", "bot", "community", "contact", "deleted", "everyone", "feed", "help", "here",
    "info", "mail", "mailer_daemon", "me", "member", "members", "moderation", "moderator",
    "nobody", "noreply", "null", "official", "operator", "parley", "postmaster", "press",
    "privacy", "representative", "root", "search", "security", "settings", "staff", "steward",
    "stewards", "support", "system", "team", "terms", "thread", "threads", "treasurer",
    "undefined", "vendor", "vendors", "webmaster", "www",
}  # fmt: skip

TAGS = {
    "p", "br", "em", "strong", "s", "a", "ul", "ol", "li", "blockquote", "pre", "code", "hr",
    "h3", "h4", "h5",
}  # fmt: skip
DIRECTED = {"p", "ul", "ol", "blockquote", "pre", "h3", "h4", "h5"}
ATTRIBUTES = {tag: {"dir"} for tag in DIRECTED} | {"a": {"href", "title"}}
ATTRIBUTES["ol"] = {"dir", "start"}
ATTRIBUTES["*"] = set()  # else nh3 lets its own few pass on every tag
SCHEMES = {"http", "https", "mailto"}
REL = "nofollow ugc noopener"
DEEPEST = 12  # lists in quotes in lists: beyond this the marks are shown as typed, nothing is lost

# Tab, LF and CR are text. U+FFFE and U+FFFF may not stand in XML, so no feed could carry them.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that look like nothing
_PDF, _PDI = "\u202c", "\u2069"
_BIDI_CLOSER = {
    **dict.fromkeys("\u202a\u202b\u202d\u202e", _PDF),
    **dict.fromkeys("\u2066\u2067\u2068", _PDI),
}
_MENTION = re.compile(r"""(?<![^\s(\[{"'“‘«„,;—–-])@([A-Za-z][A-Za-z0-9_]{2,29})(?![\w@]|[.]\w)""")
_LINK = re.compile(r"(?:https?://|mailto:)", re.ASCII | re.IGNORECASE)
# Bare addresses need a scheme or "www.": bleach's own pattern makes "waited.Is" a link.
_BARE_URL = re.compile(
    r"""\b(?:https?://|www\.(?=\w))[^\s<>"“”«»\u200b\u202a-\u202e\u2066-\u2069]*"""
    r"""[^\s<>"“”«»\u200b\u202a-\u202e\u2066-\u2069.,;:!?'’*…]""",
    re.ASCII | re.IGNORECASE,
)
_BREAK = re.compile(r"<br>\n?")
_ITEM_END = re.compile(r"</li>\s*")
_ITEM = re.compile(r"<li>\s*(?:<p>)?")
_BLOCKS = re.compile(r"(?:</?(?:p|div|pre|h[1-6]|ul|ol|blockquote|table|tr|hr)>\s*)+")


def clean_text(raw: str | None, *, field: str, least: int, most: int, what: str) -> str:
    """The text as typed, with LF as the only line end; `least` and `most` count characters.

    :raise Invalid: with words under `field` for control characters, half surrogates, a text
        that shows nothing (unless `least` is 0), or one that is too short or too long
    """
    text = (raw or "").replace("\r\n", "\n").replace("\r", "\n")
    _refuse_controls(text, field, what)
    _refuse_size(text, field, least, most, what)
    return text


def clean_line(raw: str | None, *, field: str, least: int, most: int, what: str) -> str:
    """One line (a title, a name): NFC, ends stripped, runs of white space folded to one space.

    :raise Invalid: as `clean_text`, and for marks that turn the reading direction
    """
    _refuse_controls(raw or "", field, what)
    line = " ".join(unicodedata.normalize("NFC", raw or "").split())
    if _BIDI.search(line):
        raise Invalid(
            {
                field: f"The {what} holds a hidden mark that turns the reading direction. "
                "Please type it again without it."
            }
        )
    _refuse_size(line, field, least, most, what)
    return line


def clean_handle(raw: str | None, field: str = "handle") -> str:
    """The handle in lower case, without a leading @.

    :raise Invalid: when it is not 3 to 30 of a-z, 0-9 and _, begins with no letter, or looks
        like a name of the house
    """
    typed = (raw or "").strip().removeprefix("@")
    handle = typed.lower()
    if not typed.isascii() or not HANDLE.fullmatch(handle):  # the Kelvin sign lowers to a plain k
        raise Invalid(
            {
                field: "A handle has 3 to 30 letters a to z, digits or underscores, "
                "and begins with a letter."
            }
        )
    if skeleton(handle) in _RESERVED_SKELETONS or skeleton(handle).startswith("parley"):
        raise Invalid(
            {field: "This handle is kept for the community's own use. Please choose another."}
        )
    return handle


def skeleton(handle: str) -> str:
    """What a handle looks like at a glance: two handles with one skeleton are look-alikes.

    Folds case, underscores, 0/o, 1/i/l, 2/z, 5/s, 8/b, 9/g, rn/m and vv/w; two digits never
    fold into one another, so `tom6` and `tom8` stay apart.
    """
    folded = handle.lower().replace("_", "").translate(_LOOK_ALIKE)
    return folded.replace("rn", "m").replace("vv", "w")


def render(markdown: str, mention: Mention | None = None) -> str:
    """Safe HTML of a text; `mention(handle)` gives the address of a person, or None.

    Blocks carry `dir="auto"` and every line closes the direction marks it opened, so a
    right-to-left override ends where its line ends. Handles are passed in lower case.
    """
    env = {"mention": mention} if mention else {}
    return sanitize(_tools.markdown.render(_balanced(markdown), env))


def mentions(markdown: str) -> set[str]:
    """The handles, in lower case, that `render` would offer to its `mention`."""
    if "@" not in markdown:
        return set()
    found: set[str] = set()
    _tools.markdown.parse(_balanced(markdown), {"mention": found.add})
    return found


def sanitize(html: str) -> str:
    """HTML of the safe subset only, bare addresses linked; again on its own result, no change."""
    return _tools.last_word.clean(_tools.bleach.clean(html))


def plain(html: str) -> str:
    """The text of some HTML: no tags, a line for each block, list items with a dash."""
    text = _tools.text_only.clean(html)
    text = _BREAK.sub("\n", text)
    text = _ITEM.sub("\n- ", _ITEM_END.sub("", text))
    text = _BLOCKS.sub("\n\n", text)
    return _balanced(entities.unescape(text).strip())


def excerpt(text: str, n: int) -> str:
    """At most `n` characters of a plain text on one line, cut at a word, with an ellipsis."""
    line = " ".join(_BIDI.sub("", text).split())
    if len(line) <= n:
        return line
    cut = line[: n - 1]
    if line[n - 1] != " " and " " in cut:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:.–—-") + "…"


def _refuse_controls(text: str, field: str, what: str) -> None:
    if _SURROGATE.search(text):
        raise Invalid(
            {
                field: f"The {what} holds a broken character (half of a pair). "
                "Please type that place again."
            }
        )
    if found := _CONTROL.search(text):
        raise Invalid(
            {
                field: f"The {what} holds an invisible control character "
                f"(U+{ord(found[0]):04X}). Please remove it."
            }
        )


def _refuse_size(text: str, field: str, least: int, most: int, what: str) -> None:
    if least and not any(map(_shows, text)):
        raise Invalid({field: f"The {what} is empty. Please write something."})
    if (size := len(text.strip())) < least:
        raise Invalid({field: f"The {what} needs at least {least} characters; it has {size}."})
    if len(text) > most:
        raise Invalid(
            {field: f"The {what} may have {most:,} characters at most; it has {len(text):,}."}
        )


def _shows(character: str) -> bool:
    return unicodedata.category(character)[0] not in "ZCM" and character not in _BLANK


def _balanced(text: str) -> str:
    """Close on each line the direction marks opened there; drop closers that close nothing."""
    if not _BIDI.search(text):
        return text
    return "\n".join(_balanced_line(line) for line in text.split("\n"))


def _balanced_line(line: str) -> str:
    kept, due, isolates = [], [], 0
    for character in line:
        if closer := _BIDI_CLOSER.get(character):
            due.append(closer)
            isolates += closer == _PDI
        elif character == _PDF:
            if not due or due[-1] != _PDF:
                continue
            due.pop()
        elif character == _PDI:
            if not isolates:
                continue
            while due.pop() != _PDI:
                kept.append(_PDF)
            isolates -= 1
        kept.append(character)
    return "".join(kept + due[::-1])


def _finish(state: StateCore) -> None:
    """Our subset, on the parsed text: headings lowered, directions set, mentions linked."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 5)}"
        if token.type == "inline" and "mention" in state.env and "@" in token.content:
            token.children = _linked(token.children or [], state.env["mention"])
        elif token.nesting == 1 and token.tag in DIRECTED:
            token.attrSet("dir", "auto")


def _fence(_: Any, tokens: list[Token], index: int, *__: Any) -> str:
    """A fenced block; words after the fence that name no language belong to the text."""
    token = tokens[index]
    first = f"{token.info.strip()}\n" if len(token.info.split()) > 1 else ""
    return f'<pre dir="auto"><code>{entities.escape(first + token.content)}</code></pre>\n'


def _linked(children: list[Token], mention: Mention) -> list[Token]:
    linked, in_link = [], 0
    for child in children:
        in_link += child.nesting if child.tag == "a" else 0
        linked += [child] if in_link or child.type != "text" else _split(child, mention)
    return linked


def _split(text: Token, mention: Mention) -> list[Token]:
    parts, end = [], 0
    for match in _MENTION.finditer(text.content):
        if address := mention(match[1].lower()):
            parts += [
                Token("text", "", 0, content=text.content[end : match.start()]),
                Token("link_open", "a", 1, attrs={"href": address}),
                Token("text", "", 0, content=match[0]),
                Token("link_close", "a", -1),
            ]
            end = match.end()
    return [*parts, Token("text", "", 0, content=text.content[end:])] if parts else [text]


def _shallow(rule: Callable[..., bool]) -> Callable[..., bool]:
    """The rule down to `DEEPEST`; markdown-it's own limit would drop the text below it."""

    def limited(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level < DEEPEST and rule(state, start, end, silent)

    return limited


def _markdown() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False, "breaks": True, "xhtmlOut": False})
    md.enable("strikethrough")
    # Definitions would vanish, entities change what was typed; indented letters are no code,
    # and the "--" above a signature makes no heading.
    md.disable(["image", "html_block", "html_inline", "reference", "entity", "code", "lheading"])
    containers = ["paragraph", "reference", "blockquote", "list"]
    md.block.ruler.at("blockquote", _shallow(blockquote), {"alt": containers})
    md.block.ruler.at("list", _shallow(list_block), {"alt": containers[:3]})
    md.core.ruler.push("finish", _finish)
    md.add_render_rule("fence", _fence)
    md.validateLink = lambda url: bool(_LINK.match(url))  # type: ignore[method-assign]
    return md


class _Linker(LinkifyFilter):
    def extract_entities(self, token: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The token as it is: bleach's sanitizer has read it, twice would show &lt; as <."""
        yield token


def _escaped(attributes: dict[Any, str], is_new: bool) -> dict[Any, str]:
    """New addresses escaped as bleach finds the old ones, for it will unescape both."""
    if is_new:
        attributes[None, "href"] = attributes[None, "href"].replace("&", "&amp;")
    return attributes


class _Tools(threading.local):
    """Each thread has its own, because bleach's parser keeps state while it works."""

    def __init__(self) -> None:
        self.markdown = _markdown()
        self.bleach = Cleaner(
            tags=TAGS,
            attributes={tag: list(names) for tag, names in ATTRIBUTES.items()},
            protocols=SCHEMES,
            filters=[
                partial(_Linker, callbacks=[_escaped], skip_tags={"pre", "code"}, url_re=_BARE_URL)
            ],
        )
        self.last_word = nh3.Cleaner(
            tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=REL
        )
        self.text_only = nh3.Cleaner(
            tags={"p", "div", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "br",
                  "blockquote", "table", "tr", "hr"},
            attributes={"*": set()},
        )  # fmt: skip


_LOOK_ALIKE = str.maketrans("01i2589", "ollzsbg")
_RESERVED_SKELETONS = {skeleton(name) for name in RESERVED}
_tools = _Tools()
