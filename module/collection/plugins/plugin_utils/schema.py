# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of JSON Schema 2020-12 that payload/result.schema.json uses, in time linear in what is checked."""
from __future__ import annotations

import functools
import json
import os
import re

PAYLOAD = os.path.normpath(os.path.join(os.path.dirname(__file__), '..', '..', 'payload'))
DEEPEST = 64                           # levels of lists and objects


class NoNumber:
    """Stands for a number that 64 bits do not hold: it is of no type."""


KINDS = {type(None): 'null', bool: 'boolean', int: 'integer', float: 'number', str: 'string', list: 'array',
         dict: 'object', NoNumber: 'outside'}
WORDS = {'null': 'null', 'boolean': 'true or false', 'integer': 'a whole number', 'number': 'a number',
         'string': 'a text', 'array': 'a list', 'object': 'an object', 'outside': 'a number outside 64 bits'}


def kinds_of(value):
    """The types that value has: a whole number is a number, too."""
    kind = KINDS[type(value)]
    if kind == 'integer' or (kind == 'number' and value.is_integer()):
        return ('integer', 'number')
    return (kind,)


def in_words(where):
    """('controls', 3, 'key') -> 'controls[3].key'"""
    text = ''
    for part in where:
        text += f'[{part}]' if isinstance(part, int) else f'{"." if text else ""}{part[:100]}'
    return text


class Schema:
    """A schema with its definitions: ask whether a value is one of them."""

    def __init__(self, document):
        self.definitions = document['$defs']

    def problem(self, name, value):
        """What keeps value from being what is defined under name, with its place; None where nothing does."""
        found = self._problem(self.definitions[name], value, 1)
        if not found:
            return None
        what, *where = found
        return f'{in_words(reversed(where)) or name}: {what}'

    def _problem(self, schema, value, level):
        """(what is wrong, the keys that lead to it, the innermost first), or None"""
        while '$ref' in schema:
            schema = self.definitions[schema['$ref'].rpartition('/')[2]]
        types = schema.get('type')
        types = [types] if isinstance(types, str) else types
        kinds = kinds_of(value)
        if types and not any(kind in types for kind in kinds):
            return (f'it is {WORDS[kinds[0]]}, not {" or ".join(WORDS[kind] for kind in types)}',)
        if 'enum' in schema and value not in schema['enum']:
            return ('it is none of ' + ', '.join(map(str, schema['enum'])),)
        if kinds[-1] == 'number':
            least, most = schema.get('minimum', value), schema.get('maximum', value)
            return None if least <= value <= most else (f'it is not from {least} to {most}',)
        if kinds[0] == 'string':
            return self._of_text(schema, value)
        if kinds[0] not in ('array', 'object'):
            return None
        if level > DEEPEST:
            return (f'it is deeper than {DEEPEST} levels',)
        return (self._of_list if kinds[0] == 'array' else self._of_object)(schema, value, level)

    @staticmethod
    def _of_text(schema, value):
        if len(value) > schema.get('maxLength', len(value)):
            return (f'it has {len(value):,} characters, and {schema["maxLength"]:,} are the most',)
        if 'pattern' in schema and not re.search(schema['pattern'], value):
            return ('its form is not ' + schema['pattern'],)
        return None

    def _of_list(self, schema, value, level):
        if len(value) > schema.get('maxItems', len(value)):
            return (f'it has {len(value):,} entries, and {schema["maxItems"]:,} are the most',)
        items = schema.get('items', {})
        for number, one in enumerate(value):
            found = self._problem(items, one, level + 1)
            if found:
                return (*found, number)
        return None

    def _of_object(self, schema, value, level):
        if len(value) > schema.get('maxProperties', len(value)):
            return (f'it has {len(value):,} keys, and {schema["maxProperties"]:,} are the most',)
        known, others, names = (schema.get(one, {}) for one in ('properties', 'additionalProperties', 'propertyNames'))
        for name in schema.get('required', ()):
            if name not in value:
                return ('it is missing', name)
        for name, one in value.items():
            inner = known.get(name, others)
            found = ('it is not a key that dockhost returns',) if inner is False else (
                self._of_text(names, name) or self._problem(inner, one, level + 1))
            if found:
                return (*found, name)
        return None


@functools.cache
def of_results():
    """The schema of the results of this collection's modules."""
    with open(os.path.join(PAYLOAD, 'result.schema.json'), encoding='utf-8') as file:
        return Schema(json.load(file))
