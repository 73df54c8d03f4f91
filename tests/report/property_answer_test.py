# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every answer of a host, as Hypothesis makes it up: the schema's checker, the parser, the plugin."""
import json
import unicodedata
import unittest

import jsonschema
import strategies
from ansible.module_utils.common.text.converters import to_text
from ansible_collections.dockhost.hardening.plugins.plugin_utils import schema, untrusted
from hypothesis import given
from hypothesis import strategies as st
from stub import result_of

FAILURE = {'failed', 'changed', 'rc', 'msg', 'not_understood', 'module_stdout', 'module_stderr'}
TURNING = {'LRE', 'RLE', 'LRO', 'RLO', 'PDF', 'LRI', 'RLI', 'FSI', 'PDI'}
MARKS = '\u061c\u200e\u200f'


def drives(text):
    """Whether text could drive a terminal or turn the text around it."""
    return any((unicodedata.category(one) in ('Cc', 'Cs', 'Zl', 'Zp') and one not in '\n\t')
               or unicodedata.bidirectional(one) in TURNING or one in MARKS for one in text)


def inside(value, level=1):
    """Every value in value, with its level: those of objects with their keys."""
    yield value, level
    for one in (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(one, level + 1)


CHECKER = schema.Schema(strategies.SCHEMA)
THEIRS = {name: jsonschema.Draft202012Validator({**strategies.SCHEMA, '$ref': f'#/$defs/{name}', 'anyOf': [{}]})
          for name in strategies.DEFINITIONS}


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        jsonschema.Draft202012Validator.check_schema(strategies.SCHEMA)

    def agree(self, name, value):
        """The checker and jsonschema say the same."""
        problem = CHECKER.problem(name, value)
        self.assertEqual(problem is None, THEIRS[name].is_valid(value), problem)
        return problem

    @strategies.examples(150)
    @given(st.sampled_from(sorted(strategies.DEFINITIONS)).flatmap(
        lambda name: st.tuples(st.just(name), strategies.of_schema({'$ref': f'#/$defs/{name}'}, name))))
    def test_fits(self, case):
        """Every value that is made by the schema fits it, for the checker and for jsonschema"""
        self.assertIsNone(self.agree(*case))

    @strategies.examples(850)
    @given(st.sampled_from(strategies.MODULES).flatmap(lambda name: st.tuples(st.just(name), strategies.results(name))))
    def test_bent(self, case):
        """The checker and jsonschema agree on results in which something is not as it should be"""
        if not any(isinstance(one, float) and one != one for one, _level in inside(case[1])):     # jsonschema takes NaN
            deepest = max(level for _one, level in inside(case[1]))
            if deepest < 60:                             # it knows no such bound
                self.agree(*case)


class Parser(unittest.TestCase):
    @strategies.examples(400)
    @given(st.one_of(strategies.any_json, strategies.values.map(json.dumps), strategies.texts))
    def test_parsed(self, text):
        """A text is what Python's own parser makes of it, or a ValueError"""
        try:
            value = untrusted.parsed(text)
        except ValueError:
            return
        if any(isinstance(one, schema.NoNumber) for one, _level in inside(value)):
            return
        self.assertEqual(value, json.loads(text))
        self.assertLessEqual(max(level for _one, level in inside(value)), 65)

    @strategies.examples(200)
    @given(strategies.values)
    def test_plain(self, value):
        """What is escaped drives nothing, has the same shape, and escapes to itself"""
        try:
            plain = untrusted.plain(value)
        except ValueError:                               # two keys that would be one
            return
        self.assertFalse(any(isinstance(one, str) and drives(one) for one, _level in inside(plain)))
        self.assertEqual(untrusted.plain(plain), plain)
        self.assertEqual(len(list(inside(plain))), len(list(inside(value))))


class Answer(unittest.TestCase):
    def judge(self, module, result):
        """What holds for every result that the plugin hands to Ansible. Returns whether the answer was taken."""
        taken = 'module_stdout' not in result
        known = set(strategies.DEFINITIONS[module]['properties']) | {'options_refused'} if taken else FAILURE
        self.assertLessEqual(set(result), known)
        self.assertIs(type(result['changed']), bool)
        if not taken:
            self.assertEqual((result['failed'], result['changed']), (True, False))
            self.assertRegex(result['msg'], '^dockhost (gave|was killed)')
        for one, level in inside(result):
            self.assertLessEqual(level, 64 + 1)
            if isinstance(one, str):
                self.assertFalse(drives(one), repr(one))
                self.assertLessEqual(len(one), 7 * 65_536)
                self.assertFalse(taken and one.startswith(('_ansible_', '__ansible_')) and self.is_key(result, one))
            elif isinstance(one, float):
                self.assertTrue(abs(one) < 2.0 ** 63)
            elif isinstance(one, int):
                self.assertTrue(-2 ** 63 <= one < 2 ** 63)
            else:
                self.assertIn(type(one), (dict, list, type(None)))
        json.dumps(untrusted.no_template(result), allow_nan=False)
        return taken

    @staticmethod
    def is_key(value, name):
        """Whether an object anywhere in value has this key."""
        return any(isinstance(one, dict) and name in one for one, _level in inside(value))

    def both(self, module, *said):
        """What the plugin makes of an answer; taken once, it is taken again, and is the same."""
        result = result_of(module, *said)
        if self.judge(module, result):
            result.pop('options_refused', None)
            for text in (json.dumps(result), json.dumps(result, ensure_ascii=False)):
                again = result_of(module, text)
                again.pop('options_refused', None)
                self.assertEqual(again, result)

    @strategies.examples(400)
    @given(st.sampled_from(strategies.MODULES).flatmap(lambda name: st.tuples(st.just(name), strategies.answers(name))),
           strategies.texts, st.integers(0, 255))
    def test_text(self, case, stderr, rc):
        """Whatever a host prints is a result of its module, or one failure; what is taken is taken again, unchanged"""
        self.both(*case, stderr, rc)

    @strategies.examples(300)
    @given(st.sampled_from(strategies.MODULES).flatmap(lambda name: st.tuples(st.just(name), strategies.results(name))))
    def test_result(self, case):
        """A result in which something is not as it should be is taken whole, or not at all"""
        self.both(case[0], json.dumps(case[1]))

    @strategies.examples(100)
    @given(st.one_of(st.binary(max_size=60), strategies.answers('mount').flatmap(lambda text: st.builds(
        lambda at, more: text.encode('utf-8', 'surrogatepass')[:at] + more + text.encode('utf-8', 'surrogatepass')[at:],
        st.integers(0, 99), st.binary(max_size=4)))), st.binary(max_size=20))
    def test_bytes(self, stdout, stderr):
        """So is whatever bytes it prints"""
        self.both('mount', *(to_text(one, errors='surrogate_then_replace') for one in (stdout, stderr)))
