# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's result, as the executable wrote it and the controller kept it.

Whoever is root on a host decides what comes from there: what the schema does not know makes that host one without a
result.
"""
from __future__ import annotations

import json

from .. import untrusted
from ..schema import of_results

SCHEMA = 'dockhost-result/1'
STATUSES = ('pass', 'fail', 'pending_restart', 'pending_reboot', 'excluded', 'not_applicable', 'not_testable')
WAITING = ('pending_restart', 'pending_reboot')
NEEDS = ('fail', *WAITING)                               # what needs somebody
LONGEST = 2000                                           # characters of a text that is kept
OWN_GROUPS = ('all', 'dockhost_checked')                 # harden.yml makes the second one while it runs
UNREACHABLE = 'unreachable'
NOT_UNDERSTOOD = 'answer not understood'
FAILED = 'the task failed'
NO_FILE = 'no result was written: the play ended for it before its turn, or has not come to it yet'


def group_of(names):
    """The group that a report shows for a host that is in these."""
    return next((name for name in names if name not in OWN_GROUPS), 'ungrouped')


def text(value):
    """value in words: a text as it is, anything else as JSON, both within bounds."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False)
    return value if len(value) <= LONGEST else value[:LONGEST] + '…'


def shown(finding, name):
    """A value of a finding for people; None where it is not known."""
    if name not in finding:
        return None
    value = finding[name]
    if value is None:
        return 'not set'
    if isinstance(value, list):
        return text(', '.join(map(text, value)) or 'none')
    return text(value)


def place(finding, lines=True):
    """Where it was found: /etc/docker/daemon.json:7:3"""
    where = finding.get('where')
    if not where:
        return ''
    parts = [where['path']]
    if lines and 'line' in where:
        parts += [where['line']] + ([where['column']] if 'column' in where else [])
    return ':'.join(map(text, parts))


class Result:
    """What is known of one host: its controls, or `lost`, the reason why there is no result."""

    def __init__(self, host, group, document=None):
        self.name, self.document = host, document                    # as the inventory has it
        self.host, self.group = untrusted.escaped(host), untrusted.escaped(group)
        self.lost = self.failed = None
        self.detail = self.reason = ''        # of what is lost
        self.status, self.findings = {}, {}
        self.ordered = []              # (number, status) of each control; a third for those that have a finding

    def facts(self, name):
        """One of the facts, None when it is not known."""
        return self.document['facts'].get(name)

    def items(self, name):
        """The list of that name."""
        return self.document.get(name, [])

    def word(self, name):
        """The text of that name."""
        return text(self.document.get(name, ''))

    def count(self, statuses):
        """How many controls have one of these."""
        return sum(status in statuses for status in self.status.values())


def lose(result, document):
    """Says why there is no result, shortly, and in detail."""
    result.document = None
    result.status.clear()
    result.findings.clear()
    result.detail = text(document.get('msg') or '').strip()
    said = result.detail.split('\n')[0][:160]
    if said in (UNREACHABLE, NOT_UNDERSTOOD, NO_FILE):      # our words for what we saw, and the host's text
        said = f'{FAILED}: {said}'
    if document.get('unreachable'):
        result.lost = UNREACHABLE
    elif document.get('not_understood'):
        result.lost = NOT_UNDERSTOOD
    elif document.get('failed'):
        result.lost = said or FAILED
    else:
        result.lost = said or NO_FILE
    result.reason = f'{result.lost}: {result.detail}' if result.lost == NOT_UNDERSTOOD else result.lost


def read(path, host, group, catalogue):
    """The result of host that lies at path; without one, or with one that cannot be used, it says so."""
    result = Result(host, group)
    try:
        document = loaded(path)
    except FileNotFoundError:
        lose(result, {})
        return result
    except OSError as error:
        lose(result, {'failed': True, 'msg': f'its result cannot be read: {error}'})
        return result
    except ValueError as error:
        lose(result, {'not_understood': True, 'msg': untrusted.short(str(error))})
        return result
    problem = take(result, document, catalogue) if 'schema' in document else document
    if problem is not None:
        lose(result, problem)
    return result


def loaded(path):
    """The document at path, escaped. Raises ValueError where it is none, or out of bounds."""
    with open(path, encoding='utf-8') as file:
        document = untrusted.plain(untrusted.parsed(file.read(untrusted.KEPT * untrusted.LONGEST + 1), untrusted.KEPT))
    if not isinstance(document, dict):
        raise ValueError('it is no object')
    problem = of_results().problem('object', document)
    if problem:
        raise ValueError(problem)
    return document


def take(result, document, catalogue):
    """Fills in what the document says; returns why it cannot be used, as lose() takes it, or None."""
    result.document = document
    if document['schema'] != SCHEMA or document.get('tool') != catalogue.tool:
        return {'failed': True, 'msg': f'its result is of {result.word("tool")} ({result.word("schema")}); this report '
                                       f'is {catalogue.tool}'}
    problem = of_results().problem('document', document)
    if problem:
        return {'not_understood': True, 'msg': problem}
    if document['host'] != result.host:
        return {'not_understood': True, 'msg': f'its result names the host {result.word("host")}'}
    if document.get('failed'):
        result.failed = text(document.get('msg') or '').strip() or FAILED
    for status, name in (('pass', 'passed'), ('not_applicable', 'not_applicable')):
        for key in document[name]:
            result.status[catalogue.index.get(key)] = status
    for finding in document['controls']:
        number = catalogue.index.get(finding['key'])
        result.status[number] = finding['status']
        result.findings[number] = finding
    if None in result.status:
        return {'not_understood': True, 'msg': 'its result has a control that is not in the catalogue'}
    result.ordered = [(*one, True) if one[0] in result.findings else one for one in sorted(result.status.items())]
    return None
