# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts' results, counted: what the page and the closing words of a run say."""
from __future__ import annotations

import collections
import contextlib
import html
import json
import re
from datetime import datetime, timedelta

from .catalogue import in_words, section
from .result import NEEDS, NOT_UNDERSTOOD, WAITING, place, shown, text

LETTERS = {'pass': 'p', 'fail': 'f', 'pending_restart': 'r', 'pending_reboot': 'b', 'excluded': 'w',
           'not_applicable': 'n', 'not_testable': 't'}
WORDS = {'f': 'fails', 'r': 'waits for a restart', 'b': 'waits for a reboot', 'w': 'waived', 't': 'not testable'}
ABSENT, LOST = '-', 'x'                # not a control of that host's profile; no result
ACTIONS = {'edit': 'Edit daemon.json', 'audit': 'Write and load audit rules', 'file': 'Correct owner or mode of files',
           'move': "Move Docker's data", 'reload': 'Reload Docker', 'restart': 'Restart Docker',
           'reboot': 'Reboot, to be planned by you'}
PROFILES = {'article': 'profile article', 'cis_level1': 'level 1', 'cis_level2': 'levels 1 and 2', 'none': 'no profile'}
DASH = '\u2013'
MOST_CAUSES = 20_000                   # and sentences of plans; the rest is in results.jsonl alone
MOST_WAIVERS = 2_000                   # on the page
MOST_OF_HOST = 200                     # steps, waivers, lines of evidence that one host adds to the page
MOST_BYTES = 192 * 1024                # that the entries of one host add to it; the rest of 256 KiB is for its row
MOST_TITLES = 5                        # of controls that a waiver names
# What stands around the texts of an entry on the page, and how often they stand there as markup.
STEP, CAUSE, WAIVER, LINE = (20, 0), (700, 2), (600, 1), (40, 1)
TIME = '%Y-%m-%dT%H:%M:%SZ'
FAMILY = 'audit.'                      # many paths, one rules file, usually one cause
FAMILY_TITLE = "Docker's files and programs are audited"


class Table:
    """Distinct entries and their numbers, with a last one for those beyond the limit."""

    def __init__(self, most=None):
        self.entries, self.uses, self._numbers, self._most = [], [], {}, most

    def __contains__(self, entry):
        return entry in self._numbers

    def number(self, entry, beyond=None, room=True):
        """The number of entry, which counts as used once more; room: whether a new one may be added."""
        number = self._numbers.get(entry)
        if number is None:
            if (not room or (self._most and len(self.entries) >= self._most)) and entry != beyond:
                return self.number(beyond, beyond)
            number = self._numbers[entry] = len(self.entries)
            self.entries.append(entry)
            self.uses.append(0)
        self.uses[number] += 1
        return number


def weight(kind, texts):
    """The bytes that an entry of the page takes there, with these texts, as markup and in the script's data."""
    around, times = kind
    words = ''.join(one for one in texts if isinstance(one, str))
    data = len(json.dumps(words, ensure_ascii=False).encode(errors='replace')) + 5 * words.count('<')
    return around + data + times * len(html.escape(words).encode(errors='replace'))


def runs(ids):
    """1.1.3 1.1.4 1.1.5 2.2 -> 1.1.3-5 2.2"""
    out = []
    for one in ids:
        head, _dot, last = one.rpartition('.')
        last = int(last) if last.isdecimal() else None
        if out and last is not None and out[-1][0] == head and out[-1][2] is not None and last - out[-1][2] in (0, 1):
            out[-1][2] = last
        else:
            out.append([head, last, last, one])
    return ' '.join(one if first == last else f'{head}.{first}{DASH}{last}' for head, first, last, one in out)


def system(result):
    """'Debian 12, Docker 28.5.2'"""
    name = re.sub(r' GNU/Linux| \([^)]*\)', '', text(result.facts('os') or 'Linux'))
    docker = result.facts('docker')
    words = f'{name}, {"Docker " + text(docker) if docker else "no Docker"}' if docker is not None else name
    return words + (', in a swarm' if result.facts('swarm') is True else '')


def settled(finding):
    """Whether harden, as its plan predicts, leaves nothing to do about a finding."""
    return finding.get('after') in ('pass', 'excluded', 'not_applicable')


def remedy(control, finding, applied):
    """What becomes of a finding: by harden, on request, by hand."""
    what = control['remediation']
    if finding['status'] not in NEEDS:
        return ''
    if 'refused' in finding:
        return f'refused here: {text(finding["refused"])}'
    if 'expired' in finding:
        return 'harden leaves it alone until the waiver is removed'
    if not applied and settled(finding):
        return 'harden settles it'
    if not applied and finding.get('after') in WAITING and finding['after'] != finding['status']:
        return f'harden sets it; then it {WORDS[LETTERS[finding["after"]]]}'
    return {'yes': '', 'on request': f'on request: {what}'}.get(control['remediable'], f'by hand: {what}')


class Fleet:
    """Add each host once, in the order of the inventory; then ask."""

    def __init__(self, catalogue):
        self.catalogue = catalogue
        self.names, self.rows, self.groups, self.facts, self.causes_of, self.plans = [], [], [], [], [], []
        self.group_table, self.fact_table = Table(), Table()
        self.causes, self.sentences, self.waiver_texts = (Table(MOST_CAUSES) for _name in range(3))
        self.per = [collections.Counter() for _control in catalogue.controls]
        self.by_group = collections.defaultdict(collections.Counter)
        self.actions, self.left, self.lost_by, self.profiles, self.benchmarks, self.modes = (
            collections.Counter() for _name in range(6))
        self.waivers, self.unlisted, self.lost, self.failed = {}, set(), {}, {}
        self.containers = self.changing = 0
        self.automatic, self.starts = [], []
        self.only = None                                 # the result, when there is one host

    def add(self, result):
        """Counts one host."""
        self.only = result if not self.names else None
        self.room, self.new_waivers = MOST_BYTES, MOST_OF_HOST       # that this host may still add to the page
        number = len(self.names)
        self.names.append(result.host)
        self.groups.append(self.group_table.number(result.group))
        of_group = self.by_group[result.group]
        of_group['n'] += 1
        if result.lost:
            self.lost[number] = result.lost
            self.lost_by[result.lost] += 1
            of_group['lost'] += 1
            of_group['need'] += 1
            self.rows.append(LOST * len(self.per))
            self.facts.append(self.fact_table.number(
                result.reason if result.lost == NOT_UNDERSTOOD else result.detail or result.lost))
            self.causes_of.append('')
            self.plans.append('')
            return
        self._count_run(result)
        self._count_waivers(result)
        self.facts.append(self.fact_table.number(system(result)))
        self.rows.append(self._row(result))
        self.causes_of.append(','.join(map(str, self._causes(result))))
        self.plans.append(','.join(map(str, self._steps(result.items('plan')))))
        if result.failed:
            self.failed[number] = result.failed
        if result.failed or result.count(NEEDS):
            of_group['need'] += 1
            if not self._left_over(result) and not result.failed:
                of_group['auto'] += 1
                self.automatic.append(result.host)

    def _count_run(self, result):
        """What the run was, and what it changes."""
        self.benchmarks[result.word('benchmark')] += 1
        self.profiles[result.word('profile')] += 1
        self.modes[result.document['mode']] += 1
        with contextlib.suppress(ValueError):            # 30 February
            self.starts.append((datetime.strptime(result.document['started'], TIME), result.document['started']))
        kinds = [kind for kind in dict.fromkeys(result.items('actions')) if kind in ACTIONS]
        self.actions.update(kinds)
        self.changing += any(kind != 'reboot' for kind in kinds)
        if 'restart' in kinds:
            self.containers += result.facts('containers') or 0

    def _number(self, table, entry, beyond, kind, texts):
        """The number of entry in a table of the page, or that of beyond where this host has added enough."""
        known, cost = len(table.entries), 0 if entry in table else weight(kind, texts)
        number = table.number(entry, beyond, cost <= self.room)
        if len(table.entries) > known and cost <= self.room:
            self.room -= cost
        return number

    def _steps(self, plan):
        """The numbers of a plan's sentences, as many as the page shows of one host."""
        beyond = 'more steps, which are in results.jsonl'
        for one in plan[:MOST_OF_HOST]:
            sentence = text(one)
            yield self._number(self.sentences, sentence, beyond, STEP, [sentence])
        if len(plan) > MOST_OF_HOST:
            yield self.sentences.number(f'and {len(plan) - MOST_OF_HOST:,} {beyond}', beyond)

    def _row(self, result):
        """One letter for each control of the catalogue."""
        row = [ABSENT] * len(self.per)
        for number, status in result.status.items():
            row[number] = letter = LETTERS[status]
            self.per[number][letter] += 1
        return ''.join(row)

    def _causes(self, result):
        """The numbers of this host's causes: findings that are alike on many hosts have one."""
        for number, finding in result.findings.items():
            letter = LETTERS[finding['status']]
            if letter == 'n' or letter == 'p':
                continue
            control = self.catalogue.controls[number]
            waiver = self._waiver_words(finding.get('waiver' if letter == 'w' else 'expired'))
            words = (shown(finding, 'expected'), shown(finding, 'configured'), shown(finding, 'effective'),
                     text(finding.get('why', '')), place(finding, lines=False),
                     remedy(control, finding, result.document['mode'] == 'apply'))
            cause = (number, letter, *words,
                     self._number(self.waiver_texts, waiver, 'see results.jsonl', STEP, [waiver]) if waiver else -1)
            beyond = (number, letter, None, None, None, 'more causes, which are in results.jsonl', '', '', -1)
            yield self._number(self.causes, cause, beyond, CAUSE, (*words, waiver))      # each shows its waiver's words

    @staticmethod
    def _waiver_words(waiver):
        if not waiver:
            return ''
        by = text(waiver.get('by') or '')
        return f'until {text(waiver.get("until", ""))}{", " if by else ""}{by}: {text(waiver.get("reason", ""))}'

    def _left_over(self, result):
        """Counts, by what they need, the findings that harden does not settle; returns how many there are."""
        left = 0
        for number, finding in result.findings.items():
            if finding['status'] not in NEEDS or settled(finding):
                continue
            left += 1
            if finding['status'] == 'fail' and finding.get('after') not in WAITING:
                remediable = self.catalogue.controls[number]['remediable']
                self.left['refused' if 'refused' in finding else 'expired' if 'expired' in finding else
                          'request' if remediable == 'on request' else 'hand'] += 1
        return left

    def _count_waivers(self, result):
        for one in result.items('waivers'):
            found = self._waiver(one)
            found['keys'].update(key for key in one['keys'] if key in self.catalogue.index)
            found['state'][one['state']] += 1
            found[one['use']] += 1
        for one in result.items('other_waivers'):
            self._waiver(one)

    def _waiver(self, one):
        """The row of a waiver; one that is not shown where this host, or all of them, have enough of them."""
        known = tuple(text(one.get(name) or '') for name in ('id', 'reason', 'until', 'by'))
        found = self.waivers.get(known)
        if found is None:
            found = {'keys': set(), 'state': collections.Counter(), 'used': 0, 'not_needed': 0, 'unused': 0}
            cost = weight(WAIVER, known)
            if cost <= self.room and self.new_waivers and len(self.waivers) < MOST_WAIVERS:
                self.waivers[known] = found
                self.new_waivers -= 1
                self.room -= cost
            else:
                self.unlisted.add(hash(known))
        return found

    # From here on all hosts have been added.

    def finish(self):
        """Leaves out the controls that no host was asked about, and puts the hosts in the order of their need."""
        self.benchmark = self.benchmarks.most_common(1)[0][0] if self.benchmarks else 'cis-docker 1.7.0'
        self.used = [number for number, counts in enumerate(self.per) if counts]
        self.breaks = [at for at, number in enumerate(self.used) if at and self._section(number) != self._section(
            self.used[at - 1])]
        if len(self.used) < len(self.per):
            self.rows = [''.join([row[number] for number in self.used]) for row in self.rows]
        self.ids = self.catalogue.ids(self.benchmark)
        self.applied = 2 * self.modes['apply'] > sum(self.modes.values())
        self.starts.sort()
        middle = self.starts[len(self.starts) // 2][0] if self.starts else None      # no clock that is wrong moves it
        near = [text for one, text in self.starts if abs(one - middle) < timedelta(days=1)]
        self.started, self.ended = (near[0], near[-1]) if near else ('', '')
        self.more_waivers = len(self.unlisted - set(map(hash, self.waivers)))
        self.total = collections.Counter()
        for counts in self.per:
            self.total.update(counts)
        everyone = range(len(self.names))
        self.fails = [row.count('f') for row in self.rows]
        self.waits = [row.count('r') + row.count('b') for row in self.rows]
        self.needy = sorted((n for n in everyone if n in self.failed or self.fails[n] or self.waits[n]),
                            key=lambda n: (n not in self.failed, -self.fails[n], -self.waits[n], n))
        needy = set(self.needy)
        calm = [n for n in everyone if n not in self.lost and n not in needy]
        self.met = [n for n in calm if 'p' in self.rows[n]]
        self.unjudged = [n for n in calm if 'p' not in self.rows[n]]       # no control applies there, or can be tested
        self.order = self.needy + list(self.lost) + self.unjudged + self.met

    def _section(self, number):
        return section(self.catalogue.controls[number]['key'])

    def numbers(self):
        """The sums that the page, the words and the tests agree on."""
        count = len(self.names)
        failing = sum(1 for n in self.needy if self.fails[n] or n in self.failed)
        return {'hosts': count, 'results': count - len(self.lost), 'lost': len(self.lost), 'met': len(self.met),
                'unjudged': len(self.unjudged), 'not_understood': self.lost_by[NOT_UNDERSTOOD],
                'needs': len(self.needy) + len(self.lost), 'failing': failing, 'waiting': len(self.needy) - failing,
                'automatic': len(self.automatic), 'by_hand': len(self.needy) - len(self.automatic),
                **{name: self.total[letter] for name, letter in LETTERS.items()}}

    def controls(self):
        """One entry a control, in the order of the catalogue."""
        hosts_with = collections.defaultdict(list)
        for number, cause in enumerate(self.causes.entries):
            hosts_with[cause[0]].append(number)
        for number in self.used:
            control = self.catalogue.controls[number]
            causes = sorted(hosts_with[number],
                            key=lambda n: ('frbwt'.index(self.causes.entries[n][1]), -self.causes.uses[n], n))
            yield {**control, 'id': self.ids[number], 'elsewhere': self.catalogue.elsewhere(number, self.benchmark),
                   'section': self._section(number), 'n': self.per[number],
                   'open': sum(self.per[number][letter] for letter in 'frb'),
                   'causes': [self._cause(n) for n in causes[:8]], 'more': max(0, len(causes) - 8)}

    def _cause(self, number):
        control, letter, wanted, configured, effective, why, where, remedy_, waiver = self.causes.entries[number]
        values = (('wanted', wanted), ('in the file', configured), ('in force', effective))
        return {'number': number, 'control': control, 'letter': letter, 'word': WORDS[letter], 'why': why,
                'where': where, 'values': [(name, value) for name, value in values if value is not None],
                'remedy': remedy_, 'waiver': self.waiver_texts.entries[waiver] if waiver >= 0 else '',
                'expired': letter != 'w' and waiver >= 0, 'n': self.causes.uses[number]}

    def worst(self, controls):
        """What fails most: controls, and those of the family as one. Each with its hosts and its findings."""
        family = [c for c in controls if c['key'].startswith(FAMILY)]
        out = [{'id': c['id'], 'anchor': c['key'], 'title': c['title'], 'f': c['n']['f'],
                'r': c['n']['r'] + c['n']['b'], 'findings': c['n']['f']} for c in controls if c['open']
               and (len(family) < 2 or c not in family)]
        if len(family) > 1 and any(c['open'] for c in family):
            at = [place for place, number in enumerate(self.used)
                  if self.catalogue.controls[number]['key'].startswith(FAMILY)]
            parts = [row[at[0]:at[-1] + 1] for row in self.rows]
            numbers = [c['id'] for c in family if c['id'] != c['key']] or ['audit']
            label = numbers[0] if len(set(numbers)) == 1 else f'{numbers[0]}{DASH}{numbers[-1].rpartition(".")[2]}'
            out.append({'id': label, 'anchor': max(family, key=lambda c: c['open'])['key'], 'title': FAMILY_TITLE,
                        'f': sum('f' in part for part in parts),
                        'r': sum('f' not in part and ('r' in part or 'b' in part) for part in parts),
                        'findings': sum(c['n']['f'] for c in family)})
        return sorted(out, key=lambda c: (-c['f'], -c['r']))

    def waiver_rows(self):
        """One entry a waiver: what it is about, how it stands and how many hosts use it."""
        titles = {control['key']: control['title'] for control in self.catalogue.controls}
        for (name, reason, until, by), found in self.waivers.items():
            hosts, state = found['used'], self._state(found)
            note = {'expired': 'expired, counted as found', 'ends_soon': 'ends within 30 days'}.get(state, '')
            idle = '' if hosts else 'not needed' if found['not_needed'] else 'unused'
            if not state:
                idle = 'unused: no host of this run is among its hosts'
            named = [titles[key] for key in sorted(found['keys'], key=self.catalogue.index.get)]
            more = [f'and {len(named) - MOST_TITLES} more'] if len(named) > MOST_TITLES else []
            yield {'id': name, 'reason': reason, 'until': until, 'by': by, 'hosts': hosts, 'state': state or 'valid',
                   'note': note, 'idle': idle, 'title': ', '.join(named[:MOST_TITLES] + more)}

    @staticmethod
    def _state(found):
        """What most hosts say of a waiver; '' where none has it."""
        return found['state'].most_common(1)[0][0] if found['state'] else ''

    def waivers_to_see(self):
        """How many waivers have expired or end soon."""
        return sum(self._state(found) in ('expired', 'ends_soon') for found in self.waivers.values())

    def profile(self):
        """'CIS Docker 1.7.0, level 1'"""
        if not self.benchmarks:
            return ''
        return ', '.join([in_words(self.benchmark), *sorted(PROFILES.get(name, name) for name in self.profiles)])
