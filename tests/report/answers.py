# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hostile host answers: a name, what it is, what becomes of it, and the answer itself.

An answer may name `mark`, the path of a file that only a command on the controller would make. It is a text, which is
written as it is, or a function that makes one of the honest result.
"""
import json
import os
import signal
import sys
import time

# What becomes of it: the task fails because its answer is not understood, and so says the report; the host is in the
# report; the host gave no result, or one that the report cannot use.
REFUSED, TAKEN, LOST = 'refused', 'taken', 'lost'


def honest(check=True):
    """What an honest executable says in check mode."""
    icc = {'key': 'daemon.icc', 'status': 'fail', 'expected': False, 'configured': None, 'effective': True,
           'why': 'icc is not set', 'after': 'pass', 'where': {'path': '/etc/docker/daemon.json', 'line': 1}}
    report = {'schema': 'dockhost-result/1', 'tool': 'dockhost 0.1.0', 'benchmark': 'cis-docker 1.7.0',
              'profile': 'article', 'mode': 'check' if check else 'apply', 'started': '2026-11-24T08:12:03Z',
              'duration_ms': 31, 'facts': {'docker': '26.1.5', 'containers': 3, 'swarm': False}, 'counts': {'fail': 1},
              'passed': ['daemon.live_restore'], 'not_applicable': [], 'controls': [icc], 'waivers': [],
              'actions': ['edit', 'restart']}
    return {'changed': True, 'plan': ['set icc=false', 'restart docker.service'], 'plan_digest': 'ab' * 32,
            'pending': None, 'backup_file': '', 'report': report, 'msg': '50 %: 1 of 2 controls met; 1 fails (2.2)',
            'invocation': {'module_args': {'daemon': {}}}}


def within(result, path, value):
    """The result with another value at path: 'report.controls.0.key'"""
    *way, last = path.split('.')
    inner = result
    for part in way:
        inner = inner[int(part) if part.isdecimal() else part]
    inner[last] = value
    return result


def at(path, value):
    """An answer with this value there."""
    return lambda result: json.dumps(within(result, path, value))


def with_key(key):
    """An answer with this key, too."""
    return lambda result: json.dumps({**result, key: 1})


def text_at(path, value):
    """An answer with these characters there, as they are."""
    return lambda result: json.dumps(within(result, path, '@@')).replace('"@@"', value)


def run(mark):
    """A template that runs a command."""
    return "{{lookup('pipe','touch${IFS}" + mark + "')}}"


def nested(levels):
    """[[[...]]]"""
    return '[' * levels + ']' * levels


def foreign(mark):
    """Keys that mean something to Ansible, or to nobody."""
    intruder = {'host_name': 'intruder', 'groups': ['intruders'], 'host_vars': {'ansible_connection': 'local'}}
    taken_over = {'host_name': 'honest', 'groups': [], 'host_vars': {'ansible_become_exe': f'touch {mark}; sudo'}}
    keys = {
        'add_host': {'add_host': intruder}, 'add_host_of_another': {'add_host': taken_over},
        'add_group': {'add_group': 'intruders', 'parent_groups': ['all']},
        'ansible_facts': {'ansible_facts': {'ansible_become_exe': f'touch {mark}; sudo', 'intruder': 1}},
        'facts_cacheable': {'ansible_facts': {'intruder': 1}, '_ansible_facts_cacheable': True},
        'ansible_stats': {'ansible_stats': {'data': {'intruder': 1}, 'per_host': False, 'aggregate': True}},
        'no_log': {'_ansible_no_log': True}, 'notify': {'_ansible_notify': ['handler']},
        'delegated_vars': {'_ansible_delegated_vars': {'ansible_delegated_host': 'honest'}},
        'item_result': {'_ansible_item_result': True}, 'ignore_errors': {'_ansible_ignore_errors': True},
        'results': {'results': [{'add_host': intruder, 'changed': True}]},
        'async': {'ansible_job_id': '1.2', 'started': 1, 'finished': 0},
        'skipped': {'skipped': True}, 'unreachable': {'unreachable': True}, 'attempts': {'attempts': 9, 'retries': 9},
        'failed_when': {'failed_when_result': False}, 'refused': {'options_refused': True},
        'stdout': {'stdout': 'x', 'stdout_lines': ['x']}, 'become_exe': {'ansible_become_exe': f'touch {mark}'},
        'include': {'include': '/etc/passwd', 'include_args': {}}, 'file': {'dest': '/etc/passwd', 'src': '/etc/x'},
        'own': {'findings': []},
    }
    return {name: ('a foreign key', REFUSED, lambda result, more=more: json.dumps({**result, **more}))
            for name, more in keys.items()}


def inside(mark):
    """Foreign keys further in, and names of others."""
    return {
        'report_host': ('another host\'s name in the report', REFUSED, at('report.host', 'honest')),
        'fact': ('a fact that nobody asked for', REFUSED, at('report.facts.ansible_connection', 'ssh')),
        'nested_internal': ('an internal key in a value', REFUSED, at('report.controls.0.configured',
                                                                     {'_ansible_no_log': 1})),
        'nested_type': ('a type of Ansible\'s JSON', REFUSED, at('report.controls.0.configured',
                                                               {'__ansible_type': 'x', 'value': mark})),
        'fact_host': ('another host\'s name as a fact', TAKEN, at('report.facts.host', 'honest')),
        'dots': ('a name with ../', TAKEN, at('report.facts.host', '../../../' + mark)),
        'dots_key': ('a control with ../', LOST, at('report.controls.0.key', '../../' + mark)),
        'mode': ('apply, where check was asked for', REFUSED, at('report.mode', 'apply')),
        'profile': ('another profile', REFUSED, at('report.profile', 'none')),
        'benchmark': ('another benchmark', REFUSED, at('report.benchmark', 'cis-docker 1.6.0')),
        'future': ('a day in the far future', TAKEN, at('report.started', '9999-12-31T23:59:59Z')),
        'no_day': ('a day that is none', TAKEN, at('report.started', '2026-99-99T99:99:99Z')),
        'tool': ('another version', LOST, at('report.tool', 'dockhost 9.9.9')),
        'schema': ('another form', REFUSED, at('report.schema', 'dockhost-result/2')),
        'actions': ('an action that does not exist', REFUSED, at('report.actions', ['format'])),
    }


def types():
    """Values of another type, and numbers that are none."""
    wrong = {'changed': 'yes', 'failed': 'no', 'msg': ['x'], 'plan': 'x', 'plan_digest': 7, 'report': [],
             'warnings': 'x', 'deprecations': [{'msg': 'x', 'removed': True}], 'invocation': [],
             'diff': {'before': 'x'}, 'exception': {}, 'rc': '0', 'error': 'x', 'not_undone': {},
             'pending': 'never', 'report.controls': {}, 'report.facts': None,
             'report.passed': 'daemon.icc', 'report.controls.0.status': 'fine', 'report.controls.0.where': '/etc',
             'report.controls.0.where.line': -1, 'report.facts.containers': 1.5, 'report.duration_ms': 2 ** 63}
    numbers = {'nan': 'NaN', 'infinity': '-Infinity', '1e999': '1e999', '10_400': '1' + '0' * 400, '4300': '7' * 4300}
    return {**{'type_' + name: ('another type', REFUSED, at(name, value)) for name, value in wrong.items()},
            **{'number_' + name: ('a number outside 64 bits', REFUSED, text_at('report.duration_ms', value))
               for name, value in numbers.items()},
            'containers': ('4,300 digits of containers', REFUSED, text_at('report.facts.containers', '9' * 4300)),
            'unchanged': ('no changed', REFUSED, lambda result: json.dumps({k: v for k, v in result.items()
                                                                            if k != 'changed'})),
            'twice': ('a key that stands twice', REFUSED, lambda result: '{"changed": 0, ' + json.dumps(result)[1:]),
            'no_report': ('no report', REFUSED, lambda result: json.dumps({'changed': False})),
            'list': ('a list', LOST, '[{"changed": true}]'), 'word': ('a text', LOST, '"changed"')}


def sizes(mark):
    """Too much, too deep, too late, or not all of it."""
    waiver = {'id': mark, 'keys': [], 'reason': 'r' * 10, 'until': 'never', 'state': 'valid', 'use': 'used'}
    control = {'key': 'daemon.icc', 'status': 'fail'}
    mega = 1 << 20
    return {
        'huge_text': ('17 MiB', REFUSED, at('msg', 'x' * 17 * mega)),
        'huge_noise': ('17 MiB of nothing', REFUSED, '\n' * 17 * mega + '{}'),
        'huge_stderr': ('17 MiB of stderr', LOST, lambda _result: sys.stderr.write('{{ x }}' * 2_500_000) and ''),
        'values': ('a million values', REFUSED, text_at('report.controls.0.configured', '[' + '1,' * 1_000_000 + '1]')),
        'sentence': ('a sentence of more than 64 KiB', REFUSED, at('plan', ['x' * 65_537])),
        'waivers': ('90,000 waivers', REFUSED, at('report.waivers', [
            {**waiver, 'id': str(number)} for number in range(90_000)])),
        'controls': ('more controls than there are', REFUSED, at('report.controls', [control] * 1000)),
        'steps': ('10,000 steps', TAKEN, at('plan', [f'step {number}' for number in range(10_000)])),
        'more_steps': ('more steps', REFUSED, at('plan', ['x'] * 10_001)),
        'deep_list': ('100,000 levels', REFUSED, text_at('report.controls.0.configured', nested(100_000))),
        'deep_open': ('100,000 brackets', REFUSED, '{"changed": ' + '[' * 100_000),
        'deep_65': ('65 levels', REFUSED, text_at('report.controls.0.configured', nested(61))),
        'deep_64': ('64 levels', TAKEN, text_at('report.controls.0.configured', nested(60))),
        'half': ('half a line', REFUSED, lambda result: json.dumps(result)[:300]),
        'two_lines': ('two lines, the last one hostile', REFUSED, lambda result: json.dumps(result) + '\n' + json.dumps(
            {**result, 'add_group': 'intruders'})),
        'first_line': ('two lines, the first one hostile', TAKEN, lambda result: json.dumps(
            {**result, 'add_group': 'intruders'}) + '\n' + json.dumps(result)),
        'nothing': ('nothing', LOST, ''), 'empty': ('an empty object', REFUSED, '{}'),
        'bytes': ('bytes that are no text', LOST, lambda _result: os.write(1, bytes(range(1, 256)) * 10) and ''),
        'killed': ('its own end', LOST, lambda _result: os.kill(os.getpid(), signal.SIGSEGV) or ''),
        'slow': ('its answer after two seconds', TAKEN, lambda result: time.sleep(2) or json.dumps(result)),
    }


def texts(mark):
    """What a terminal, a page or Ansible could take for more than text."""
    bad = '\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\x08\r'
    turned = '\u202egnp.\u2066\u2069\u2028\u2029\u200f\u061c\ud800'
    diff = [{'prepared': bad + run(mark)}, {'before': bad, 'after': run(mark), 'before_header': bad,
                                           'after_header': turned}]
    needs = 'dockhost-needs'
    here = f'{needs} {os.uname().machine}'
    return {
        'escapes': ('terminal escapes', TAKEN, at('msg', bad)),
        'turned': ('text turned around', TAKEN, at('msg', turned)),
        'escapes_plan': ('terminal escapes in the plan', TAKEN, at('plan', [bad, turned])),
        'escapes_diff': ('terminal escapes in a diff', TAKEN, at('diff', diff)),
        'escapes_warning': ('terminal escapes in a warning', TAKEN, at('warnings', [bad, turned, run(mark)])),
        'escapes_key': ('terminal escapes in a key', TAKEN, at('report.controls.0.configured', {bad: {turned: bad}})),
        'escapes_long': ('more than 64 KiB once it is spelled', REFUSED, at('msg', bad * 2_900)),
        'escapes_twice': ('two keys that are spelled alike', REFUSED, at('report.controls.0.configured',
                                                                       {'\x1b': 1, '\\x1b': 2})),
        'escapes_foreign': ('terminal escapes in a foreign key', REFUSED, with_key(bad)),
        'escapes_stderr': ('terminal escapes on stderr', LOST, lambda _result: sys.stderr.write(bad) and ''),
        'blank': ('a failure that says nothing', LOST, json.dumps({'changed': False, 'failed': True, 'msg': '\n'})),
        'escapes_exception': ('terminal escapes in an exception', TAKEN, lambda result: json.dumps(
            {**result, 'failed': True, 'exception': bad + run(mark)})),
        'deprecations': ('deprecations', TAKEN, at('deprecations', [{'msg': bad + run(mark), 'version': bad}])),
        'template': ('a template', TAKEN, at('msg', run(mark))),
        'template_failed': ('a template that fails', TAKEN, lambda result: json.dumps(
            {**result, 'failed': True, 'msg': run(mark)})),
        'template_plan': ('a template in the plan', TAKEN, at('plan', [run(mark)])),
        'template_why': ('a template in a reason', TAKEN, at('report.controls.0.why', run(mark))),
        'template_key': ('a template as a key', TAKEN, at('report.controls.0.configured', {run(mark): run(mark)})),
        'template_stderr': ('a template on stderr', LOST, lambda _result: sys.stderr.write(run(mark)) and ''),
        'template_half': ('a template in half a line', REFUSED, '{"' + run(mark).replace('"', "'")),
        'template_foreign': ('a template as a foreign key', REFUSED, with_key(run(mark))),
        'markup': ('markup', TAKEN, at('report.controls.0.why', '</script><img src=x onerror=window.hit=1>')),
        'formula': ('formulas', TAKEN, at('report.controls.0.why', '=cmd|calc;=1\t+1,@x')),
        'needs': ('another machine', LOST, needs + ' pdp11 /tmp'),
        'needs_template': ('a template as its machine', LOST, f'{needs} {run(mark)} /tmp'),
        'needs_shell': ('a folder with a command in it', LOST, f'{here} /tmp/$(touch${{IFS}}{mark})'),
        'needs_nowhere': ('a folder that does not exist', LOST, f'{here} /proc/{{{{7*7}}}}'),
        'needs_proc': ('a folder that cannot be', LOST, f'{here} /proc/nowhere'),
        'needs_again': ('the same wish for ever', LOST, f'{here} /var/cache'),
    }


def answers(mark):
    """name -> (what it is, what becomes of it, the answer)"""
    return {**foreign(mark), **inside(mark), **types(), **sizes(mark), **texts(mark),
            'honest': ('the honest answer', TAKEN, lambda result: json.dumps(result))}


def give(arguments):
    """Answers as the option `daemon` says."""
    wish = arguments['daemon']
    answer = answers(wish['mark'])[wish['fake']][2]
    if callable(answer):
        answer = answer(honest())
    sys.stdout.write(answer + '\n')
