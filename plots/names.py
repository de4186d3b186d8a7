"""Names as they are drawn: every character of a name is seen, none is taken for a command.

A character that no installed font has, or that steers the text instead of standing in it (line breaks, controls, marks that
turn the direction), is drawn as its code point: `<U+202E>`. Runs of Hebrew and Arabic, which matplotlib would draw backwards,
are put into the order in which they are seen; their letters are not joined.
"""

import re
import unicodedata

from matplotlib import font_manager

BASE = "DejaVu Sans"  # comes with matplotlib
# Fonts whose code points do not mean what Unicode says, or whose glyphs are all the same box.
NOT_TEXT = re.compile(r"(cm[a-z]{1,4}\d+|ms[ab]m\d+|esint|eufm|rsfs|stmary|wasy|dsrom|STIXSize|STIXNonUnicode|Last ?Resort|"
                      r"Symbol|Standard Symbols|Wingdings|Webdings|D050000L|OpenSymbol|Noto Color Emoji|Unifont Upper CSUR)", re.I)
STEERING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class Writer:
    """Turns names into what is drawn, and remembers which fonts that takes."""

    def __init__(self, reorder=True):
        """reorder: False for SVG, whose viewers order Hebrew and Arabic themselves."""
        self.fonts = [BASE]
        self._reorder = reorder
        self._known = {}
        self._candidates = None

    def shown(self, name):
        text = "".join(c if self._can_draw(c) else f"<U+{ord(c):04X}>" for c in name)
        return _as_seen(text) if self._reorder else text

    def _can_draw(self, c):
        if " " <= c <= "~":
            return True
        if c not in self._known:
            steers = unicodedata.category(c) in STEERING or (unicodedata.category(c) == "Zs" and c != " ")
            self._known[c] = not steers and (_has(BASE, c) or self._find(c))
        return self._known[c]

    def _find(self, c):
        """True when an installed font has the character; it is among the fonts from then on."""
        if any(_has(font, c) for font in self.fonts[1:]):
            return True
        if self._candidates is None:
            families = {entry.name for entry in font_manager.fontManager.ttflist}
            self._candidates = sorted(f for f in families if not NOT_TEXT.match(f) and not f.startswith("DejaVu"))
        for font in self._candidates:
            if _has(font, c):
                self.fonts.append(font)
                return True
        return False


def width(text):
    """Width of the text's widest line in ems."""
    return max((sum(_advance(c) for c in line) for line in text.split("\n")), default=0.0)


def wrapped(name, characters):
    """The name in lines of about so many average characters, broken at spaces where possible. Nothing is left out but the
    spaces at the breaks."""
    room = characters * 0.56  # ems of an average character
    lines = [""]
    for word in re.findall(r" *[^ ]+| +$", name) or [name]:
        if width(lines[-1] + word) <= room:
            lines[-1] += word
            continue
        if lines[-1]:
            lines.append("")
            word = word.lstrip(" ")
        while width(word) > room:
            fits = next(k for k in range(len(word), 0, -1) if k == 1 or width(word[:k]) <= room)
            lines[-1] = word[:fits]
            lines.append("")
            word = word[fits:]
        lines[-1] = word
    return "\n".join(lines)


_fonts, _advances = {}, {}


def _font(family):
    if family not in _fonts:
        try:
            path = font_manager.findfont(font_manager.FontProperties(family=family), fallback_to_default=False)
            font = font_manager.get_font(path)
            _fonts[family] = font, font.get_charmap()
        except (OSError, ValueError, RuntimeError):  # a font file that cannot be read is no font
            _fonts[family] = None, {}
    return _fonts[family]


def _has(family, c):
    return ord(c) in _font(family)[1]


def _advance(c):
    if c not in _advances:
        font, glyphs = _font(BASE)
        if ord(c) in glyphs:
            font.set_size(10, 72)
            _advances[c] = font.load_char(ord(c)).linearHoriAdvance / 65536 / 10
        else:
            _advances[c] = 1.0
    return _advances[c]


def _as_seen(text):
    """The text with its right-to-left runs turned round; numbers and marks within them keep their own order."""
    return re.sub(_RUN, lambda run: "".join(reversed(re.findall(_PART, run[0]))), text)


_RTL = "\u0590-\u05ff\u0600-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefe"
_RUN = re.compile(f"[{_RTL}](?:[^A-Za-z<>\n]*[{_RTL}])?")
_MARKS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
_PART = re.compile(f"[0-9\u0660-\u0669\u06f0-\u06f9][0-9.,:\u0660-\u0669\u06f0-\u06f9]*|.[{_MARKS}]*", re.S)
