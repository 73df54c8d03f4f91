# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host may answer: the schema of the results, and the bounds of the parser; property_answer_test.py has more."""
import json
import time
import unittest

from ansible_collections.dockhost.hardening.plugins.plugin_utils import schema, untrusted
from answers import honest
from desk import PAYLOAD

DOCUMENT = json.loads((PAYLOAD / 'result.schema.json').read_text())


class Checker(unittest.TestCase):
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
