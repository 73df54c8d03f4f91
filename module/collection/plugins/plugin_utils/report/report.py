# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the report of a run: reads what the controller kept of each host, once, and counts and writes it."""
from __future__ import annotations

import os

from . import page
from .exports import exports
from .files import Writing, host_file
from .fleet import DASH, Fleet
from .previous import Previous
from .result import NO_FILE, NOT_UNDERSTOOD, read


def plural(number, one, many):
    """'1 host', '2 hosts'"""
    return f'{number:,} {one if number == 1 else many}'


def sentence(since, dates=page.minutes):
    """How it stands against the earlier run."""
    if not since.hosts:
        return 'No host is in the earlier results, too.'
    when = dates(since.date) if since.date else 'the earlier run'
    return f'Since {when}: {plural(since.settled, "finding", "findings")} settled, {since.new:,} new.'


def first_words(fleet, numbers):
    """What needs somebody, in one sentence."""
    hosts, needs = numbers['hosts'], numbers['needs']
    met, can = numbers['met'], ' that can be tested' if numbers['not_testable'] else ''
    if not needs and met == hosts:
        return f'{plural(hosts, "host meets", "hosts meet")} every control{can}.'
    if not needs:
        return (f'{met:,} of {plural(hosts, "host", "hosts")} meet{"s" if met == 1 else ""} every control{can}; '
                f'{numbers["unjudged"]:,} could not be judged.')
    parts = [f'{numbers["failing"]:,} fail{"s" if numbers["failing"] == 1 else ""}' if numbers['failing'] else '',
             plural(numbers['waiting'], 'waits for a restart or reboot', 'wait for a restart or reboot')
             if numbers['waiting'] else '']
    kinds = {NO_FILE: 'not reached', NOT_UNDERSTOOD: 'gave an answer that is not understood'}
    for what in ('gave no result', *reversed(kinds.values())):
        lost = [fleet.names[number] for number, why in fleet.lost.items()
                if kinds.get(why, 'gave no result') == what]
        if lost:
            parts.append(f'{len(lost):,} {what} ({", ".join(lost[:5])}{", …" if len(lost) > 5 else ""})')
    rest = f'; {numbers["unjudged"]:,} could not be judged' if numbers['unjudged'] else ''
    return (f'{needs:,} of {plural(hosts, "host", "hosts")} need{"s" if needs == 1 else ""} attention: '
            f'{", ".join(part for part in parts if part)}{rest}.')


def words(fleet, since):
    """The report in a few lines, for the output of the run."""
    numbers = fleet.numbers()
    lines = [first_words(fleet, numbers)]
    if fleet.needy and not fleet.applied:
        hand = numbers['by_hand']
        rest = f'; {hand:,} {"needs" if hand == 1 else "need"} a decision, a reboot or work by hand' if hand else ''
        lines.append(f'harden would settle {numbers["automatic"]:,}{rest}.')
    most = ', '.join(f'{one["id"]} on {plural(one["f"], "host", "hosts")}'
                     for one in fleet.worst(list(fleet.controls()))[:3] if one['f'])
    if most:
        lines.append(f'Most failures: {most}.'.replace(DASH, '-'))
    if since:
        lines.append(sentence(since))
    if fleet.waivers_to_see():
        lines.append(f'{plural(fleet.waivers_to_see(), "waiver", "waivers")} expired or ending soon.')
    return lines


def write(run, hosts, catalogue, inventory='', previous=None):
    """Writes the report of the run that lies in the directory run. In: hosts, name to group, in their order; previous,
    the results of an earlier run. Returns its words and its numbers."""
    since = Previous(previous) if previous else None
    fleet = Fleet(catalogue)
    with exports(run, catalogue, len(hosts)) as machines:
        for host, group in hosts.items():
            result = read(host_file(run, host), host, group, catalogue)
            fleet.add(result)
            if since:
                since.add(result, catalogue)
            for machine in machines:
                machine.add(result)
    fleet.finish()
    with Writing(os.path.join(run, 'index.html')) as file:
        file.write(page.render(fleet, inventory, sentence(since) if since else ''))
    return words(fleet, since), fleet.numbers()
