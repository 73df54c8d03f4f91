# SPDX-License-Identifier: GPL-3.0-or-later
"""What Hypothesis makes up: texts and values of any kind, results that fit the schema, results that nearly do."""
import copy
import functools
import json
import os
import re

from answers import honest
from desk import CATALOGUE, PAYLOAD, ROOT
from hypothesis import HealthCheck, configuration, settings
from hypothesis import strategies as st

SCHEMA = json.loads((PAYLOAD / 'result.schema.json').read_text())
DEFINITIONS = SCHEMA['$defs']
MODULES = sorted(set(DEFINITIONS) - {'value', 'object', 'document'})
configuration.set_hypothesis_home_dir(ROOT / 'build/hypothesis')
# The same examples at each run; a thorough run chooses other ones each time, and tells how to repeat one. EXAMPLES=10:
# ten times as many.
THOROUGH = bool(os.environ.get('THOROUGH'))
TIMES = float(os.environ.get('EXAMPLES', 20 if THOROUGH else 1))
# What a terminal, a browser, a spreadsheet, Ansible, a parser or a path could take for more than text.
PIECES = (
    '\x1b[2J', '\x07', '\x9b31m', '\x7f', '\r', '\n', '\t', '\0', '\u061c', '\u202e', '\u2066', '\u2028', '\ud800',
    '\udfff', '\U0001f433', '\ufffe', '\u00e9', '\uff1d', '{{ 7 * 7 }}', '{%', '{#', '<zz onx=1>', '</script>', '<!--',
    ']]>', '"', "'", '&lt;', '&', '=1+1', '+', '-', '@', ';', ',', ' ', '\\', '\\x1b', '\\u001b', '../', '/', '~', 'x',
    '0', 'dockhost-needs x86_64 /tmp', 'ansible_facts')
FOREIGN = ('add_host', 'add_group', 'ansible_facts', 'ansible_stats', '_ansible_no_log', '_ansible_item_result',
           '__ansible_type', '__ansible_unsafe', '__ansible_vault', 'results', 'include', 'skipped', 'unreachable',
           'attempts', 'stdout', 'module_stderr', 'not_understood', 'options_refused', 'ansible_job_id')
SIZES = (160, 161, 1000, 1001, 2000, 2001, 10_000, 65_536, 65_537)
NUMBERS = (0, -1, 1, 255, 256, 1_000_000, 1_000_001, 2 ** 53 + 1, 2 ** 63 - 1, 2 ** 63, -2 ** 63, -2 ** 63 - 1,
           10 ** 400, 1.0, -0.0, 0.5, 5e-324, 1e18, 2.0 ** 63, 1e300)
NO_JSON = (float('nan'), float('inf'), -float('inf'))


def examples(number, **more):
    """So many examples, and no limit to their time or size; a function that is to be decorated with given()."""
    return settings(max_examples=max(1, int(number * TIMES)), derandomize=not THOROUGH, database=None, deadline=None,
                    print_blob=THOROUGH, suppress_health_check=list(HealthCheck), **more)


def long_text(piece, size):
    """So many characters."""
    return (piece * size)[:size]


pieces = st.lists(st.sampled_from(PIECES), max_size=5).map(''.join)
texts = st.one_of(pieces, st.text(max_size=12))
huge = st.builds(long_text, st.sampled_from(PIECES), st.sampled_from(SIZES))
keys = st.one_of(st.sampled_from(FOREIGN), pieces, st.text(max_size=5))
numbers = st.one_of(st.sampled_from(NUMBERS), st.integers(), st.floats(allow_nan=False, allow_infinity=False))


def any_of(some_numbers, some_keys):
    """Values of any shape, with these numbers and keys."""
    return st.recursive(st.one_of(st.none(), st.booleans(), some_numbers, texts), lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(some_keys, inner, max_size=3)), max_leaves=6)


values = any_of(numbers, keys)
proper_keys = keys.filter(lambda name: not re.match('_+ansible_', name))
proper = any_of(st.one_of(st.integers(-2 ** 63, 2 ** 63 - 1), st.floats(-1e18, 1e18)), proper_keys)
deep = st.builds(lambda levels, shut: functools.reduce(lambda inner, _level: [inner] if shut else {'x': inner},
                                                       range(levels), 1), st.integers(50, 70), st.booleans())
junk = st.one_of(values, values, huge, deep, st.sampled_from((*NO_JSON, '2026-11-24T08:12:03Z\n', 'pass')),
                 st.sampled_from((1000, 1001, 10_001)).map(lambda count: ['x'] * count))
controls = st.sampled_from([control['key'] for control in CATALOGUE.controls])
# What the schema takes for a text, and the report for more than that.
MEANT = {'key': controls, 'passed': controls, 'not_applicable': controls, 'keys': controls,
         'tool': st.just(CATALOGUE.tool)}


@functools.cache
def fitting(name):
    """Values that fit what is defined under name."""
    return of_schema(DEFINITIONS[name], name)


def of_schema(schema, name):
    """Values that fit a schema; name is that of its key."""
    if '$ref' in schema:
        name = schema['$ref'].rpartition('/')[2]
        made = {'value': proper, 'object': st.dictionaries(proper_keys, proper, max_size=3)}
        return made[name] if name in made else fitting(name)
    types = schema['type'] if isinstance(schema['type'], list) else [schema['type']]
    return st.one_of([of_type(schema, name, one) for one in types])


def of_type(schema, name, kind):
    """Values of one type."""
    if kind == 'null':
        return st.none()
    if 'enum' in schema:
        return st.sampled_from([one for one in schema['enum'] if one is not None])
    if kind == 'string':
        if 'pattern' in schema:
            return st.from_regex(schema['pattern'], fullmatch=True)
        most = schema['maxLength']
        return MEANT.get(name, st.one_of(texts, texts, texts, huge).map(lambda text: text[:most]))
    if kind == 'boolean':
        return st.booleans()
    if kind in ('integer', 'number'):
        return st.one_of(st.integers(schema['minimum'], schema['maximum']),
                         st.sampled_from([schema['minimum'], schema['maximum']]))
    if kind == 'array':
        return st.lists(of_schema(schema['items'], name), max_size=min(3, schema['maxItems']))
    known = {key: of_schema(one, key) for key, one in schema['properties'].items()}
    must = set(schema.get('required', ()))
    return st.fixed_dictionaries({key: one for key, one in known.items() if key in must},
                                 optional={key: one for key, one in known.items() if key not in must})


def places(value, way=()):
    """Every place in value."""
    yield way
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*way, key))


@st.composite
def bent(draw, whole, most=3):
    """One of whole in which up to so many places hold something else, are gone, twice there, or have a neighbour."""
    value = copy.deepcopy(draw(whole))
    for _ in range(draw(st.integers(0, most))):
        ways = [one for one in places(value) if one]
        if not ways:
            break
        *way, last = draw(st.sampled_from(ways))
        inner = functools.reduce(lambda one, key: one[key], way, value)
        kind = draw(st.sampled_from(('other', 'other', 'text', 'gone', 'neighbour', 'many')))
        if kind == 'gone':
            del inner[last]
        elif kind == 'many' and isinstance(inner[last], list):
            inner[last] = inner[last] * draw(st.sampled_from((2, 201, 1001)))
        elif kind == 'neighbour' and isinstance(inner, dict):
            inner[draw(keys)] = draw(junk)
        elif kind == 'neighbour':
            inner.append(draw(junk))
        else:
            inner[last] = draw(st.one_of(texts, huge) if kind == 'text' else junk)
    return value


def results(module):
    """Results of a module: some fit its schema, some do not."""
    made = fitting(module)
    if module == 'docker_host':
        made = st.one_of(st.builds(honest), made)
    return bent(made)


def line(value):
    """value as a host would write it."""
    return json.dumps(value)


@st.composite
def answers(draw, module):
    """What a host prints: the line of a result, as it is, among others, or with something else in it; or anything."""
    text = draw(st.one_of(results(module).map(line), results(module).map(
        lambda one: json.dumps(one, ensure_ascii=False, indent=1)), results(module).map(line), any_json, texts))
    for _ in range(draw(st.integers(0, 1))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.one_of(texts, raw)) + text[at + draw(st.integers(0, 3)):]
    before, after = st.one_of(st.just(''), texts.map(lambda one: one + '\n')), st.sampled_from(('\n', '', '\r\n'))
    return draw(before) + text + draw(after)


raw = st.sampled_from(('1' + '0' * 400, '9' * 5000, 'NaN', '-Infinity', '1e999', '-0', '1E2', '[' * 70, '{"x":' * 70,
                       '"', '\\', '\\"', ',', '{', '}', '\\ud800', '"changed":true,', '\ufeff'))
any_json = st.lists(st.one_of(st.sampled_from((*'{}[]:,"\\0-.eE \n', 'null', 'true', '"x"', '{"', '":')), raw),
                    max_size=20).map(''.join)
