# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a managed host sends is data of whoever is root there: parsed within bounds, escaped, and no template."""
from __future__ import annotations

import json
import math
import re

from ansible import template
from ansible.utils.unsafe_proxy import wrap_var

from .schema import DEEPEST, NoNumber, in_words

LONGEST = 16 * 1024 * 1024             # characters of an answer
MOST_VALUES = 1_000_000                # in it
KEPT = 2                               # times as large may be what is kept: an answer, and what the controller knows
SHORT = 2000                           # characters of a host's text within a sentence
BRACKET = re.compile(r'[][{}]')
# What moves a cursor, ends a line or turns the direction of text: C0 but tab and line feed, DEL, C1, the marks,
# overrides and isolates of Unicode's bidirectional algorithm, its separators; and halves of characters.
CONTROLS = re.compile(r'[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]')
# Up to ansible-core 2.18 a text is a template unless it says that it is none; since then it is none unless it says so.
ALL_ARE_TEMPLATES = not hasattr(template, 'trust_as_template')


def escaped(text):
    """text without what could drive a terminal or turn a page around: such a character is spelled, as \\x1b."""
    return CONTROLS.sub(lambda one: f'\\x{ord(one[0]):02x}' if one[0] < '\x80' else f'\\u{ord(one[0]):04x}', text)


def short(text):
    """The beginning of a host's text, escaped, for a sentence."""
    return escaped(text if len(text) <= SHORT else text[:SHORT] + '…')


def plain(value):
    """A copy of a parsed value in which every text is escaped. Raises ValueError where that makes one of two keys."""
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, dict):
        return _object((escaped(key), plain(one)) for key, one in value.items())
    if isinstance(value, list):
        return [plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def json_text(value):
    """value as the controller keeps it."""
    return json.dumps(value, ensure_ascii=False, separators=(',', ':'), default=str)


def no_template(value):
    """value as Ansible takes data."""
    return wrap_var(value) if ALL_ARE_TEMPLATES else value


def no_template_text(text):
    """The text of an exception, which Ansible makes a new text of: what begins a template is taken apart."""
    return re.sub(r'\{(?=[{%#])', '{ ', short(text))


def _whole(word):
    number = int(word) if len(word) <= 20 else 1 << 64
    return number if -1 << 63 <= number < 1 << 63 else NoNumber()


def _broken(word):
    number = float(word) if len(word) <= 400 else math.inf
    return number if math.isfinite(number) else NoNumber()


def _object(pairs):
    value = {}
    for name, one in pairs:
        if name in value:
            raise ValueError(f'{in_words([name])}: the key stands twice')
        value[name] = one
    return value


def parsed(text, times=1):
    """The JSON value of text, which may be so many times as large as an answer. Raises ValueError, before it costs
    anything, where that is out of bounds."""
    if len(text) > times * LONGEST:
        raise ValueError(f'it has {len(text):,} characters, and {times * LONGEST:,} are the most')
    signs = ''.join(text.replace('\\\\', '').replace('\\"', '').split('"')[::2])       # what is in no text
    if sum(map(signs.count, ',[{')) > times * MOST_VALUES:
        raise ValueError(f'it holds more than {times * MOST_VALUES:,} values')
    level = 0
    for sign in BRACKET.finditer(signs):
        level += 1 if sign[0] in '[{' else -1
        if level > DEEPEST:
            raise ValueError(f'it is deeper than {DEEPEST} levels')
    return json.loads(text, parse_int=_whole, parse_float=_broken, parse_constant=lambda _word: NoNumber(),
                      object_pairs_hook=_object)
