# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the report of every fleet in which hosts say what Hypothesis makes up."""
import csv
import functools
import html.parser
import io
import itertools
import json
import os
import re
import shutil
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

import strategies
from ansible_collections.dockhost.hardening.plugins.plugin_utils import untrusted
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report import exports, files, report
from answers import honest
from desk import CATALOGUE, document
from hypothesis import given
from hypothesis import strategies as st
from property_answer_test import drives, inside
from stub import result_of

HONEST = 'honest-1'
FORMULA = re.compile('^[ "]*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]')
BARE, MOST = 150_000, 256 * 1024       # bytes of the page without findings, and of what one host adds
TEMPLATE = Path(report.__file__).with_name('report.html.j2').read_text()
TAGS = set(re.findall(r'<([a-z]\w*)', TEMPLATE))
ATTRIBUTES = {name.lower() for name in re.findall(r'\s([A-Za-z-]+)=', TEMPLATE)} | {'preserveaspectratio'}


class Reader(html.parser.HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.words, self.others = [], set(), [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.update(name for name, _value in attrs)

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        self.others.append(data)

    unknown_decl = handle_pi = handle_comment


@st.composite
def kept(draw, name):
    """What lies in the file of a host of that name: a document, as it should be or not, or anything."""
    one = draw(strategies.bent(st.one_of(st.builds(document), strategies.fitting('document'))))
    if draw(st.integers(0, 9)):
        one['host'] = name
    if draw(st.integers(0, 3)) == 0:
        one = draw(st.sampled_from(({'host': name}, {'host': name, 'failed': True}, {'host': name, 'unreachable': True},
                                    {'host': name, 'not_understood': True})))
        one = {**one, 'msg': draw(st.one_of(strategies.texts, strategies.junk))}
    text = json.dumps(one, ensure_ascii=draw(st.booleans()))
    return draw(st.sampled_from((text, text, text, text, text[:-9], '')))


names = st.one_of(st.from_regex(r'[a-z]{1,4}-[0-9]', fullmatch=True), strategies.texts.filter(bool))


@st.composite
def fleets(draw):
    """name -> (whether the plugin keeps what the host says, what it says, its group)"""
    said = {}
    for name in draw(st.lists(names.filter(lambda name: name != HONEST), max_size=4, unique=True)):
        through_plugin = draw(st.booleans())
        text = draw(strategies.answers('docker_host') if through_plugin else kept(name))
        said[name] = (through_plugin, text, draw(st.one_of(st.just('web'), strategies.texts)))
    return said


class Fleets(unittest.TestCase):
    """Reports of an honest host beside some that say anything."""

    def report_of(self, said):
        """A new run of them and its report: the directory, the names and groups, the words and the numbers."""
        folder = tempfile.mkdtemp(prefix='dockhost-property.')
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        files.make_private(os.path.join(folder, 'hosts'))
        groups = {HONEST: 'web'}
        result_of('docker_host', json.dumps(honest()), host=HONEST, report_dir=folder)
        for name, (through_plugin, text, group) in said.items():
            groups[name] = group
            if through_plugin:
                result_of('docker_host', text, host=name, report_dir=folder)
            else:
                Path(files.host_file(folder, name)).write_bytes(text.encode('utf-8', 'surrogatepass'))
        return Path(folder), groups, *report.write(folder, groups, CATALOGUE, 'inventories/production')

    @functools.cached_property
    def alone(self):
        """What the files for machines say of the honest host when it is alone."""
        return self.of_honest(self.report_of({})[0])

    @staticmethod
    def of_honest(folder):
        """What the files for machines say of the honest host."""
        rows = (folder / 'results.csv').read_bytes().split(b'\r\n')
        suite = next(one for one in xml.etree.ElementTree.parse(folder / 'junit.xml').getroot()
                     if one.get('name') == HONEST)
        return ((folder / 'results.jsonl').read_bytes().split(b'\n')[0], [
            row for row in rows if row.startswith(HONEST.encode())], xml.etree.ElementTree.tostring(suite))

    def check_machines(self, folder, groups):
        """Every host is in the files for machines once, and no cell of them is a formula."""
        shown = [untrusted.escaped(name) for name in groups]
        lines = [json.loads(line) for line in (folder / 'results.jsonl').read_text('utf-8').split('\n')[:-1]]
        self.assertEqual([line['host'] for line in lines], shown)
        for line in lines:
            self.assertEqual('no_result' in line, 'controls' not in line)
            self.assertTrue(line.get('no_result', 'x').strip())
            self.assertFalse(drives(''.join(one for one, _level in inside(line) if isinstance(one, str))))
        text = (folder / 'results.csv').read_bytes().decode()
        rows = list(csv.reader(io.StringIO(text, newline='')))
        self.assertEqual({len(row) for row in rows}, {len(exports.COLUMNS)})
        self.assertEqual([name for name, _row in itertools.groupby(row[0].replace("'", '') for row in rows[1:])],
                         [name for name, _one in itertools.groupby(name.replace("'", '') for name in shown)])
        for divider in ',;\t':
            for cell in itertools.chain(*csv.reader(io.StringIO(text, newline=''), delimiter=divider)):
                self.assertNotRegex(cell, FORMULA)
        suites = xml.etree.ElementTree.parse(folder / 'junit.xml').getroot()
        self.assertEqual([one.get('name') for one in suites], [exports.NO_XML.sub('\ufffd', name) for name in shown])
        self.assertEqual(self.of_honest(folder), self.alone)
        return lines

    def check_page(self, folder, groups, numbers):
        """The page lists every host, and holds no markup, no control character and no more text than it may."""
        page = (folder / 'index.html').read_bytes().decode()
        self.assertFalse(drives(page))
        self.assertLess(len(page.encode()), BARE + len(groups) * MOST)
        read = Reader(page)
        self.assertLessEqual(set(read.tags), TAGS)
        self.assertLessEqual(read.attributes, ATTRIBUTES)
        self.assertEqual((read.tags.count('script'), read.others), (2, []))
        data = json.loads(re.search('<script type="application/json" id=data>(.*)</script>', page)[1])
        shown = [untrusted.escaped(name) for name in groups]
        self.assertEqual((data['names'], numbers['hosts']), (shown, len(groups)))
        for name in shown:
            self.assertIn(html.escape(name).replace('&quot;', '&#34;').replace('&#x27;', '&#39;'), page)
        row = dict(zip((one[2] for one in data['controls']), data['rows']))       # the honest host is the first one
        self.assertEqual({key: letter for key, letter in row.items() if letter != '-'},
                         {'daemon.icc': 'f', 'daemon.live_restore': 'p'})

    @strategies.examples(60)
    @given(fleets())
    def test_fleet(self, said):
        """Whatever hosts say, the report lists each of them, and an honest one stays as it is"""
        folder, groups, words, numbers = self.report_of(said)
        self.assertFalse(any(map(drives, words)))
        lines = self.check_machines(folder, groups)
        self.check_page(folder, groups, numbers)
        self.assertEqual(numbers['lost'], sum('no_result' in line for line in lines))
        since = report.write(str(folder), groups, CATALOGUE, previous=str(folder / 'results.jsonl'))[0]
        self.assertRegex(' '.join(since), r'Since [0-9]{4}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-6][0-9] UTC: ')
        shutil.rmtree(folder)


class Cells(unittest.TestCase):
    @strategies.examples(400)
    @given(st.lists(strategies.texts, min_size=1, max_size=4))
    def test_cells(self, texts):
        """No text is a formula, wherever a spreadsheet divides the line, and each comes back but for an apostrophe"""
        line = exports.csv_text(texts)
        for divider in ',;\t':
            for cell in itertools.chain(*csv.reader(io.StringIO(line, newline=''), delimiter=divider)):
                self.assertNotRegex(cell, FORMULA)
        read, = csv.reader(io.StringIO(line, newline='')) if line else [['']]
        self.assertEqual([one.replace("'", '') for one in read], [one.replace("'", '') for one in texts])
