# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the report share: a catalogue, a run's directory, and reading what was written."""
import atexit
import collections
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import invented
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report import report
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report.catalogue import Catalogue

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = Path(os.environ.get('ANSIBLE_COLLECTIONS_PATH', ROOT / 'build'))
PAYLOAD = COLLECTIONS / 'ansible_collections/dockhost/hardening/payload'
CATALOGUE = Catalogue(PAYLOAD / 'catalogue.json')
MEASURE = '''
import json, sys, time
from desk import CATALOGUE
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report import report
with open(sys.argv[1] + '/hosts.list') as hosts:
    began = time.monotonic()
    report.write(sys.argv[1], json.load(hosts), CATALOGUE, 'inventories/production')
most = next(line for line in open('/proc/self/status') if line.startswith('VmHWM:'))
print(round(time.monotonic() - began, 2), round(time.process_time(), 2), int(most.split()[1]) // 1024)
'''
NEEDS = ('fail', 'pending_restart', 'pending_reboot')
# What nobody means and everybody who is root on a host can send.
HOSTILE = ('</script><img src=x onerror=window.hit=1>', '"><svg onload=window.hit=1>', "'+alert(1)+'", '{{ 1 + 1 }}',
           '=cmd|calc!A1', '\u2028\u0000\ud800\U0001f433', '<!--', ']]>')


class Desk(unittest.TestCase):
    """A test with a directory of its own."""

    maxDiff = None

    def setUp(self):
        self.run_ = Path(tempfile.mkdtemp(prefix='dockhost-report.'))
        self.addCleanup(shutil.rmtree, self.run_)

    def written(self, documents, **options):
        """The words and numbers of the report of these documents."""
        return report.write(str(self.run_), invented.keep(self.run_, documents), CATALOGUE, **options)

    def lines(self):
        """results.jsonl"""
        return [json.loads(line) for line in (self.run_ / 'results.jsonl').read_text(encoding='utf-8').splitlines()]

    def html(self):
        """index.html"""
        return (self.run_ / 'index.html').read_text(encoding='utf-8')

    def text(self):
        """What index.html says without JavaScript, with single spaces."""
        body = re.sub(r'<(style|script)\b.*?</\1>', '', self.html(), flags=re.DOTALL)
        return re.sub(r'\s+', ' ', re.sub('<[^>]*>', ' ', body)).replace(' .', '.').replace(' ,', ',')

    def data(self):
        """What the page hands to its script."""
        return json.loads(re.search('<script type="application/json" id=data>(.*)</script>', self.html())[1])


def document(name='web-1', group='web', findings=(), **more):
    """A host's result: these findings, as (key, status) or as dicts; the other controls of the profile pass."""
    findings = [one if isinstance(one, dict) else {'key': one[0], 'status': one[1], 'why': 'so it is'}
                for one in findings]
    found = [one['key'] for one in findings]
    passed = [c['key'] for c in CATALOGUE.controls if 'article' in c['profiles'] and c['key'] not in found]
    return {'schema': 'dockhost-result/1', 'tool': CATALOGUE.tool, 'benchmark': 'cis-docker 1.7.0',
            'profile': 'article', 'mode': 'check', 'started': '2026-11-24T08:12:03Z', 'duration_ms': 31,
            'facts': {'docker': '26.1.5'}, 'passed': passed, 'not_applicable': [], 'controls': findings, 'actions': [],
            'waivers': [], 'host': name, 'group': group, 'plan': [], **more}


@functools.cache
def measured(hosts):
    """A run of so many hosts, the seconds that its report took, those of one core, and the megabytes. Made once."""
    run = Path(tempfile.mkdtemp(prefix='dockhost-report.'))
    atexit.register(shutil.rmtree, run)
    (run / 'hosts.list').write_text(json.dumps(invented.keep(run, invented.fleet(hosts, CATALOGUE))))
    done = subprocess.run([sys.executable, '-B', '-c', MEASURE, run], text=True, check=True, stdout=subprocess.PIPE,
                          env={**os.environ, 'PYTHONPATH': ':'.join(sys.path)})
    return run, *map(float, done.stdout.split())


def fleet(*documents):
    """host -> document"""
    return {one['host']: one for one in documents}


def count(lines):
    """The numbers that the page has to show, counted from results.jsonl alone."""
    found = collections.Counter(hosts=len(lines))
    for line in lines:
        if 'no_result' in line:
            found['lost'] += 1
            continue
        statuses = collections.Counter(one['status'] for one in line['controls'])
        found.update(statuses)
        found.update({'pass': len(line['passed']), 'not_applicable': len(line['not_applicable'])})
        open_ = [one for one in line['controls'] if one['status'] in NEEDS]
        found['failing'] += bool(statuses['fail'])
        found['waiting'] += bool(open_) and not statuses['fail']
        found['met'] += bool(not open_ and line['passed'])
        found['unjudged'] += not open_ and not line['passed']
        found['automatic'] += bool(open_) and all(one.get('after') == 'pass' for one in open_)
    return found
