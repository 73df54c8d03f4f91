# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host may answer: the collection's checker against PyPI's, and the bounds of the parser."""
import copy
import json
import random
import time
import unittest

import jsonschema
from ansible_collections.dockhost.hardening.plugins.plugin_utils import schema, untrusted
from answers import honest
from desk import PAYLOAD

DOCUMENT = json.loads((PAYLOAD / 'result.schema.json').read_text())
MODULES = sorted(set(DOCUMENT['$defs']) - {'value', 'object', 'document'})
JUNK = (None, True, False, 0, -1, 1, 2 ** 63 - 1, 2 ** 63, -2 ** 63, -2 ** 63 - 1, 1.0, 0.5, 1e30, '', 'x', 'pass',
        'fail', 'restart', 'ab' * 32, '2026-11-24T08:12:03Z', '2026-11-24T08:12:03Z\n', 'x' * 65_536, 'x' * 65_537, [],
        [[]], {}, {'x': 1}, {'_ansible_x': 1}, {'__ansible_type': 1}, {'ansible_x': 1}, ['x'] * 1_001,
        ['x'] * 10_001, [None], [{'msg': 'x'}], {'path': '/etc', 'line': 1}, {'path': 1},
        {'reason': 'x', 'until': 'never'}, '\ud800\u202e')
FINDING = {'what': 'mount', 'key': '/srv', 'status': 'fail', 'found': None, 'wanted': {'opts': ['ro']}, 'why': 'x'}
WAIVER = {'id': '2.2', 'keys': ['daemon.icc'], 'reason': 'x', 'until': 'never', 'state': 'valid', 'use': 'used'}


def seeds(module):
    """A result of the module in which much of its table is used."""
    if module == 'docker_host':
        result = honest()
        result['report']['waivers'] = [WAIVER]
        return result
    if module == 'document':
        return {**honest()['report'], 'host': 'a', 'group': 'web', 'plan': [], 'other_waivers': [WAIVER]}
    return {'changed': True, 'findings': [copy.deepcopy(FINDING)], 'plan': ['x'], 'pending': None, 'warnings': ['x'],
            'diff': [{'prepared': '1. x\n'}], 'error': {'path': '/etc/fstab', 'line': 3, 'during': []},
            'invocation': {'module_args': {'path': '/srv', 'opts': [1, 2.5, None]}}}


def places(value, way=()):
    """Every place in value."""
    yield way
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*way, key))


def bent(value, rnd):
    """A copy in which one place holds something else, is gone, or has a neighbour."""
    value = copy.deepcopy(value)
    way = rnd.choice([one for one in places(value) if one])
    inner = value
    for key in way[:-1]:
        inner = inner[key]
    kind = rnd.choice(('other', 'other', 'gone', 'neighbour'))
    if kind == 'other':
        inner[way[-1]] = rnd.choice(JUNK)
    elif kind == 'gone':
        del inner[way[-1]]
    elif isinstance(inner, dict):
        inner[rnd.choice(('x', 'msg', 'line', 'rc', '_ansible_x', 'exception', 'by'))] = rnd.choice(JUNK)
    else:
        inner.append(rnd.choice(JUNK))
    return value


class Checker(unittest.TestCase):
    def test_same(self):
        """The checker and jsonschema agree on 1,000 documents"""
        rnd, mine, found = random.Random(17), schema.Schema(DOCUMENT), {True: 0, False: 0}
        jsonschema.Draft202012Validator.check_schema(DOCUMENT)
        for number in range(1000):
            name = (*MODULES, 'document')[number % (len(MODULES) + 1)]
            theirs = jsonschema.Draft202012Validator({**DOCUMENT, '$ref': f'#/$defs/{name}', 'anyOf': [{}]})
            value = seeds(name)
            for _ in range(rnd.randint(0, 3)):
                value = bent(value, rnd)
            problem, fits = mine.problem(name, value), theirs.is_valid(value)
            self.assertEqual(problem is None, fits, (name, problem, str(value)[:2000]))
            found[fits] += 1
        self.assertGreater(min(found.values()), 200)

    def test_keywords(self):
        """The schema uses no keyword that the checker does not know"""
        known = {'$ref', 'type', 'enum', 'minimum', 'maximum', 'maxLength', 'pattern', 'maxItems', 'items',
                 'maxProperties', 'properties', 'additionalProperties', 'propertyNames', 'required'}

        def look(one):
            if isinstance(one, dict):
                self.assertLessEqual(set(one), known)
                for inner in (*one.get('properties', {}).values(), one.get('items'), one.get('propertyNames'),
                              one.get('additionalProperties')):
                    look(inner)

        for one in DOCUMENT['$defs'].values():
            look(one)

    def test_bounds(self):
        """Every text, list and number of the schema has a bound, and no object takes what it does not know"""
        def look(one, where):
            types = one.get('type', ())
            types = [types] if isinstance(types, str) else types
            for kind, key in (('string', 'maxLength'), ('array', 'maxItems'), ('integer', 'maximum'),
                              ('number', 'minimum'), ('object', 'additionalProperties'), ('array', 'items')):
                if kind in types:
                    self.assertIn(key, one, where)
            for name, inner in one.get('properties', {}).items():
                look(inner, f'{where}.{name}')
            if 'items' in one:
                look(one['items'], where + '[]')

        for name, one in DOCUMENT['$defs'].items():
            look(one, name)

    def test_place(self):
        """A problem is told with its place"""
        result = honest()
        result['report']['controls'][0]['where']['line'] = 'x'
        self.assertEqual(schema.of_results().problem('docker_host', result),
                         'report.controls[0].where.line: it is a text, not a whole number')


class Parser(unittest.TestCase):
    def test_depth(self):
        """Brackets count where they are no text, and 64 levels are the most"""
        for text, fits in (('[' * 64 + ']' * 64, True), ('[' * 65 + ']' * 65, False), ('[' * 10 ** 6, False),
                           ('{"a":' * 65, False), (json.dumps({'a': '[' * 999}), True),
                           (json.dumps('\\"' + '{' * 99), True), ('"\\\\' + '"' + '[' * 65, False),
                           (json.dumps(['\\' * 7 + '"' + '[' * 99] * 9), True)):
            if fits:
                self.assertEqual(untrusted.parsed(text), json.loads(text))
            else:
                self.assertRaisesRegex(ValueError, 'deeper than 64 levels', untrusted.parsed, text)

    def test_numbers(self):
        """A number outside 64 bits is none"""
        for text in ('1' * 4300, '9223372036854775808', '-9223372036854775809', 'NaN', '-Infinity', '1e999',
                     '1e-' + '9' * 500, '0.' + '1' * 5000):
            self.assertIsInstance(untrusted.parsed(text), schema.NoNumber, text[:40])
        self.assertEqual(untrusted.parsed('[9223372036854775807, -9223372036854775808, 1.5, 1e300]'),
                         [2 ** 63 - 1, -2 ** 63, 1.5, 1e300])

    def test_time(self):
        """16 MiB of anything are judged in seconds"""
        most = untrusted.LONGEST
        for text in ('[' * most, '"' * most, '\\' * most, '"' + '\\"' * (most // 2 - 1) + '"',
                     '[' + '[],' * (most // 4), '1' * most, '{"a":1,' + '"b":1,' * (most // 8),
                     '0.' + '0' * (most - 2), ' ' * most):
            began = time.process_time()
            try:
                value = untrusted.plain(untrusted.parsed(text))
                schema.of_results().problem('docker_host', value)
            except ValueError:
                pass
            self.assertLess(time.process_time() - began, 8, text[:20])

    def test_escaped(self):
        """What drives a terminal or turns text around is spelled; all other text stays"""
        self.assertEqual(untrusted.escaped('a\tb\nc\x1b[m\x7f\x9b\r\0\u202e\u2066\u2028\ud800'),
                         'a\tb\nc\\x1b[m\\x7f\\u009b\\x0d\\x00\\u202e\\u2066\\u2028\\ud800')
        self.assertEqual(untrusted.escaped('Stra\u00dfe \u20ac \u65e5\u672c \U0001f433 \u05d0'),
                         'Stra\u00dfe \u20ac \u65e5\u672c \U0001f433 \u05d0')
        self.assertEqual(untrusted.plain({'\x1b': ['\x1b', 1, 2.0, None]}), {'\\x1b': ['\\x1b', 1, 2, None]})
        with self.assertRaisesRegex(ValueError, r'^\\x1b: the key stands twice$'):
            untrusted.plain([{'\x1b': 1, '\\x1b': 2}])
