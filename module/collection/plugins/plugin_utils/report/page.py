# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: one file for people, which loads nothing and in which no text of a host is more than text."""
from __future__ import annotations

import base64
import collections
import functools
import hashlib
import json
import os
import shlex
from datetime import datetime

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from . import fleet as counted
from .catalogue import in_words
from .result import text

HERE = os.path.dirname(__file__)
TOP_HOSTS, TOP_CONTROLS = 7, 8
STATIC_HOSTS = 200                     # rows that are there without JavaScript
PITCH, GAP = 3.5, 6                    # of the marks in a strip, and between its sections
MARKS = {'p': (13, 3), 'f': (0, 16), 'r': (5, 11), 'b': (5, 11), 'w': (0, 4), 't': (7, 2)}


def strip_width(fleet):
    """The width of a strip in its own units."""
    return PITCH * len(fleet.used) + GAP * len(fleet.breaks)


def strip(fleet, row):
    """A host's controls as a picture: height and place of a mark say the status, colour repeats it."""
    paths, at = collections.defaultdict(str), 1.5
    for number, letter in enumerate(row):
        at += GAP if number in fleet.breaks else 0
        if letter in MARKS:
            top, length = MARKS[letter]
            paths['r' if letter == 'b' else letter] += f'M{at:g} {top}v{length}'
        at += PITCH
    marks = ''.join(f'<path class=s-{letter} d="{path}"/>' for letter, path in sorted(paths.items()))
    return Markup(f'<svg class=strip viewBox="0 0 {strip_width(fleet):g} 16" preserveAspectRatio="none" '
                  f'aria-hidden=true>{marks}</svg>')


def host_row(fleet, number):
    """One host, as a row of the list."""
    row = fleet.rows[number]
    lost = fleet.lost.get(number)
    return {'name': fleet.names[number], 'group': fleet.group_table.entries[fleet.groups[number]], 'lost': lost,
            'detail': fleet.fact_table.entries[fleet.facts[number]], 'broke': fleet.failed.get(number),
            'f': fleet.fails[number], 'r': fleet.waits[number], 'strip': '' if lost else strip(fleet, row),
            'ids': counted.runs(fleet.ids[at] for at, letter in zip(fleet.used, row) if letter == 'f')}


def data(fleet):
    """What the script needs, as JSON: one letter a control and host, causes and sentences by number."""
    controls, column = fleet.catalogue.controls, {number: at for at, number in enumerate(fleet.used)}
    content = {
        'controls': [[fleet.ids[number], controls[number]['title'], controls[number]['key']] for number in fleet.used],
        'breaks': fleet.breaks, 'width': strip_width(fleet), 'applied': fleet.applied,
        'groups': fleet.group_table.entries, 'facts': fleet.fact_table.entries,
        'waivers': fleet.waiver_texts.entries, 'sentences': fleet.sentences.entries,
        'causes': [[column[cause[0]], *cause[1:]] for cause in fleet.causes.entries],
        'names': fleet.names, 'group': fleet.groups, 'fact': fleet.facts, 'rows': ''.join(fleet.rows),
        'why': '\n'.join(fleet.causes_of), 'plans': '\n'.join(fleet.plans), 'failed': list(fleet.failed.items())}
    return Markup(json.dumps(content, ensure_ascii=False, separators=(',', ':')).replace('<', '\\u003c')
                  .replace('\u2028', '\\u2028').replace('\u2029', '\\u2029'))


def seconds(fleet):
    """How long the run took, from the first start to the last; None when that is not known."""
    try:
        first, last = (datetime.strptime(one, counted.TIME) for one in (fleet.started, fleet.ended))
    except ValueError:
        return None
    return max(1, round((last - first).total_seconds()))


def minutes(started):
    """'2026-11-24T08:12:03Z' -> '2026-11-24 08:12 UTC'"""
    return f'{started[:10]} {started[11:16]} UTC' if started[19:] == 'Z' else started


def percent(part, whole):
    """'62 %'; not quite all is never 100 %."""
    return f'{min(round(100 * part / whole), 100 if part == whole else 99)} %' if whole else counted.DASH


def values(fleet, inventory, since):
    """What the template shows."""
    controls = list(fleet.controls())
    failing_first = sorted((c for c in controls if c['open']), key=lambda c: (-c['n']['f'], -c['open']))
    worst = fleet.worst(controls)
    return {
        **fleet.numbers(), 'inventory': inventory, 'since': since, 'applied': fleet.applied,
        'date': minutes(fleet.started), 'profile': fleet.profile(), 'seconds': seconds(fleet),
        'tool': fleet.catalogue.tool, 'benchmark': in_words(fleet.benchmark).replace('Docker ', '').removesuffix('.0'),
        'one': fleet.only, 'evidence': evidence(fleet), 'totals': fleet.total,
        'counted': sum(fleet.total[letter] for letter in 'pfrb'),
        'facts': fleet.fact_table.entries[0] if fleet.only else '',
        'top': [host_row(fleet, number) for number in fleet.needy[:TOP_HOSTS]],
        'rows': [host_row(fleet, number) for number in fleet.order[:STATIC_HOSTS]], 'static': STATIC_HOSTS,
        'needy': len(fleet.needy), 'lost_by': fleet.lost_by.most_common(3), 'lost_kinds': len(fleet.lost_by),
        'panel': worst[:TOP_CONTROLS], 'share': max(worst, key=lambda c: c['findings'], default=None),
        'failing_first': failing_first, 'quiet': [c for c in controls if not c['open']], 'controls': controls,
        'plan': [(kind, words, fleet.actions[kind]) for kind, words in counted.ACTIONS.items() if fleet.actions[kind]],
        'containers': fleet.containers, 'left': fleet.left, 'first': next(iter(fleet.automatic), None) or next(
            (fleet.names[number] for number in fleet.needy), None),
        'waivers': list(fleet.waiver_rows()), 'waivers_to_see': fleet.waivers_to_see(),
        'more_waivers': fleet.more_waivers,
        'groups': sorted(((name, number, n, percent(n['need'], n['n'])) for number, (name, n) in enumerate(
            fleet.by_group.items())), key=lambda one: (-one[2]['need'] / one[2]['n'], one[0])),
        'keys': [(letter, words, f'M3 {MARKS[letter][0]}v{MARKS[letter][1]}') for letter, words in (
            ('f', 'fails'), ('r', 'is set, waits for a restart or reboot'), ('w', 'waived: accepted until a date'),
            ('t', 'not testable here'), ('p', 'passes'))]}


def evidence(fleet):
    """A function from a control's key to the lines that prove what was found on the only host."""
    found, room = {}, fleet.room if fleet.only else 0
    for number, finding in fleet.only.findings.items() if fleet.only else ():
        lines, shown = finding.get('evidence', []), []
        for line in map(text, lines[:counted.MOST_OF_HOST]):
            room -= counted.weight(counted.LINE, [line])
            if room < 0:
                break
            shown.append(line)
        if len(shown) < len(lines):
            shown.append(f'and {len(lines) - len(shown):,} more lines, which are in results.jsonl')
        found[fleet.catalogue.controls[number]['key']] = shown
    return lambda key: found.get(key, [])


def asset(name):
    """The text of a file beside this one."""
    with open(os.path.join(HERE, name), encoding='utf-8') as file:
        return file.read()


@functools.cache
def template():
    """The template of the page; to read it takes longer than to fill it in."""
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters['n'] = lambda number: f'{number:,}'
    return environment.get_template('report.html.j2')


def render(fleet, inventory, since):
    """The whole page."""
    script = asset('report.js')
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return template().render(
        values(fleet, inventory, since), percent=percent, runs=counted.runs, quoted=shlex.quote,
        style=Markup(asset('report.css')), script=Markup(script), digest=digest, data=data(fleet))
