# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same results for machines: JSON lines, CSV, JUnit."""
from __future__ import annotations

import contextlib
import os
import re
from xml.sax.saxutils import escape, quoteattr

from ..untrusted import json_text
from .files import Writing, file_of, make_private, private
from .result import NEEDS, place, shown, text

COLUMNS = ('host', 'group', 'benchmark', 'id', 'key', 'level', 'title', 'status', 'expected', 'configured', 'effective',
           'why', 'where', 'remediation', 'remediable', 'impact', 'waiver_reason', 'waiver_until', 'waiver_by',
           'checked_at')
OPEN = (*NEEDS, 'excluded')            # statuses of which the CSV tells the remedy
NO_XML = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
HEAD, TAIL = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="dockhost">\n', '</testsuites>\n'
# Before what begins a formula, also in a country whose spreadsheets divide at semicolons or tabs, and by wide signs.
FORMULA = re.compile(r'((?:^|[;,\t\r\n])[ "]*)(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])')
NO_WORD = re.compile(r'[;,"\t\r\n]|^ | $')
ONE_FILE = 200                         # hosts up to which there is one junit.xml


def cell(value):
    """value as a field of the CSV file, in which no spreadsheet finds a formula."""
    words = str(value)
    safe = FORMULA.sub(r"\1'", words)
    return '"' + safe.replace('"', '""') + '"' if safe != words or NO_WORD.search(words) else words


def csv_text(values):
    """values as fields of one line, without its end."""
    return ','.join(map(cell, values))


def attribute(value):
    """value as a quoted attribute of XML."""
    return quoteattr(NO_XML.sub('\ufffd', value))


class JsonLines:
    """results.jsonl: what is known of a host, one line each."""

    def __init__(self, run, files):
        self.file = files.enter_context(Writing(os.path.join(run, 'results.jsonl')))

    def add(self, result):
        """Writes one host."""
        document = result.document
        if result.lost:
            document = {'host': result.host, 'group': result.group, 'no_result': result.lost, 'msg': result.detail}
        self.file.write(json_text(document) + '\n')


class Csv:
    """results.csv: a line for each host and control, and one for a host that has none."""

    def __init__(self, run, files, catalogue):
        self.file = files.enter_context(Writing(os.path.join(run, 'results.csv')))
        self.file.write(','.join(COLUMNS) + '\r\n')
        self.catalogue, self.constant = catalogue, {}

    def add(self, result):
        """Writes one host."""
        if result.lost:
            self._alone(result, '', 'no_result', result.reason)
            return
        benchmark = result.word('benchmark')
        if not result.ordered:
            self._alone(result, benchmark, 'no_control', 'no control was compared')
            return
        host, end = csv_text([result.host, result.group, benchmark]), csv_text([result.word('started')])
        known = self.constant.setdefault(benchmark, {})
        self.file.write(''.join([f'{host},{known.get(one) or self._control(one, benchmark, result, known)},{end}\r\n'
                                 for one in result.ordered]))

    def _alone(self, result, benchmark, status, why):
        """The line of a host that has none of a control."""
        row = [result.host, result.group, benchmark, *[''] * 4, status, '', '', '', why]
        self.file.write(csv_text(row + [''] * (len(COLUMNS) - len(row))) + '\r\n')

    def _control(self, one, benchmark, result, known):
        """The fields of a control; those that hold for every host with this status are kept in known."""
        number, status, *_rest = one
        found = result.findings.get(number, {})
        control = self.catalogue.controls[number]
        waiver = found.get('waiver', found.get('expired'))
        waiver = waiver or {}
        line = csv_text([self.catalogue.ids(benchmark)[number], control['key'], control['level'] or '',
                         control['title'], status,
                         *(shown(found, name) or '' for name in ('expected', 'configured', 'effective')),
                         text(found.get('why', '')), place(found), control['remediation'] if status in OPEN else '',
                         control['remediable'], control['impact'],
                         *(text(waiver.get(name) or '') for name in ('reason', 'until', 'by'))])
        if number not in result.findings:
            known[one] = line
        return line


class Junit:
    """junit.xml, or junit/HOST.xml for many hosts: a suite for each host, a case for each control."""

    def __init__(self, run, files, catalogue, hosts):
        self.catalogue, self.constant = catalogue, {}
        self.folder = os.path.join(run, 'junit') if hosts > ONE_FILE else None
        if self.folder:
            make_private(self.folder)
        else:
            self.file = files.enter_context(Writing(os.path.join(run, 'junit.xml')))
            self.file.write(HEAD)
            files.callback(self.file.write, TAIL)

    def add(self, result):
        """Writes one host."""
        suite = self._suite(result)
        if not self.folder:
            self.file.write(suite)
            return
        path = os.path.join(self.folder, file_of(result.name) + '.xml')
        with open(path, 'w', encoding='utf-8', opener=private) as file:
            file.write(f'{HEAD}{suite}{TAIL}')

    def _suite(self, result):
        cases, errors = [], []
        problem = result.reason or result.failed
        if problem:
            errors = [f'<testcase classname={attribute("dockhost." + result.host)} name="a result" time="0.000">\n'
                      f'<error message={attribute(problem)}/></testcase>\n']
        skipped = sum(status not in NEEDS and status != 'pass' for status in result.status.values())
        duration, started = 0, ''
        if not result.lost:
            benchmark = result.word('benchmark')
            head = f'<testcase classname={attribute(f"{benchmark}.{result.host}")} name='
            known = self.constant.setdefault(benchmark, {})
            cases = [head + (known.get(one) or self._case(one, benchmark, result, known)) for one in result.ordered]
            duration = result.document.get('duration_ms', 0) / 1000
            started = f' timestamp={attribute(result.word("started")[:19])}'
        name = attribute(result.host)
        return (f'<testsuite name={name} hostname={name} tests="{len(cases) + len(errors)}" '
                f'failures="{result.count(NEEDS)}" errors="{len(errors)}" skipped="{skipped}" time="{duration:.3f}"'
                f'{started}>\n{"".join(errors + cases)}</testsuite>\n')

    def _case(self, one, benchmark, result, known):
        """A case from its name on; one that holds for every host with this status is kept in known."""
        number, status, *_rest = one
        name = f'{self.catalogue.ids(benchmark)[number]} {self.catalogue.controls[number]["title"]}'
        case = f'{attribute(name)} time="0.000"{self._outcome(number, status, result.findings.get(number, {}))}'
        if number not in result.findings:
            known[one] = case
        return case

    def _outcome(self, number, status, finding):
        """The rest of a case: its end, or the failure or the reason why it counts as skipped."""
        if status == 'pass':
            return '/>\n'
        why = text(finding.get('why', ''))
        if status in NEEDS:
            words = ', '.join(f'{name} {shown(finding, key)}' for name, key in (
                ('want', 'expected'), ('file', 'configured'), ('running', 'effective')) if key in finding)
            lines = [words, place(finding), self.catalogue.controls[number]['remediation']]
            body = escape(NO_XML.sub('\ufffd', '\n'.join(line for line in lines if line)))
            return f'>\n<failure type="{status}" message={attribute(why)}>{body}</failure></testcase>\n'
        words = {'not_applicable': 'does not apply', 'not_testable': 'not testable'}.get(status)
        if words is None:
            waiver = finding.get('waiver', {})
            by = f' by {text(waiver["by"])}' if waiver.get('by') else ''
            words, why = f'waived until {text(waiver.get("until", ""))}{by}', text(waiver.get('reason', ''))
        return f'>\n<skipped message={attribute(f"{words}: {why}" if why else words)}/></testcase>\n'


@contextlib.contextmanager
def exports(run, catalogue, hosts):
    """Everything that is written for machines; the files appear together, at the end."""
    with contextlib.ExitStack() as files:
        yield [JsonLines(run, files), Csv(run, files, catalogue), Junit(run, files, catalogue, hosts)]
