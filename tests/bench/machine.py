# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check costs on a real Docker host, beside the tools and requests that it consists of: that of daemon.json, and
`dockhost check` of the whole baseline, whose time is also split by part."""
from __future__ import annotations

import dataclasses
import json
import re
import shlex
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True
import lab  # noqa: E402

SETTINGS = {'icc': False, 'userns-remap': 'default', 'live-restore': True, 'no-new-privileges': True,
            'log-opts': {'max-size': '10m'}}
SOCKET = '/run/docker.sock'
CHECK = '/root/dockhost - </root/check.json'
BASELINE = '/root/dockhost check || true'            # its exit code is 1 where a control fails
# Alternates the two commands, which are its arguments after the number of runs; prints microseconds, a pair a line.
CLOCK = r'''
runs=$1
for ((i = 0; i < runs; ++i)); do
  a=$EPOCHREALTIME; eval "$2" >/dev/null; b=$EPOCHREALTIME; eval "$3" >/dev/null; c=$EPOCHREALTIME
  echo $((${b/./} - ${a/./})) $((${c/./} - ${b/./}))
done
'''


def put(host, file, path):
    subprocess.run([lab.ROOT / 'tests/vm/vm', 'put', host.folder, file, path], check=True, timeout=60)


def call(check):
    return json.dumps({'_ansible_module_name': 'dockhost.hardening.daemon_json', '_ansible_check_mode': check,
                       'settings': SETTINGS})


def prepare(host, bare):
    """Both programs on the host, and a daemon with our keys beside foreign ones, where a check has nothing to say."""
    put(host, lab.BUILD / 'dockhost', '/root/dockhost')
    put(host, bare, '/root/bare')
    host.write('/root/check.json', call(check=True))
    host.write('/root/apply.json', call(check=False))
    host.write('/root/clock', CLOCK)
    host.daemon(lab.FOREIGN)
    host.sh('/root/dockhost - </root/apply.json')
    result = json.loads(host.sh(CHECK))
    lab.equal((result['changed'], result['plan'], result['pending']), (False, [], None), 'the check before measuring')


def requests_of(host, check):
    """What dockerd is asked during one check: it notes each call while `debug` is on, as it is in our daemon.json."""
    host.sh('journalctl --unit=docker --lines=0 --show-cursor | sed -n "s/^-- cursor: //p" >/root/cursor; '
            f'{{ {check}; }} >/dev/null; journalctl --sync')
    said = host.sh('journalctl --unit=docker --output=cat --no-pager --after-cursor="$(cat /root/cursor)"')
    return re.findall(r'Calling GET ([^\s"]+)', said)


def tools_of(host, check):
    """What one check executes, as the kernel's audit sees it; children of dockerd belong to the requests."""
    host.sh('auditctl -D; auditctl -a always,exit -F arch=b64 -S execve '
            f'-F ppid!=$(systemctl show --property=MainPID --value docker) -k bench; {{ {check}; }} >/dev/null; '
            'auditctl -D')
    records = host.sh('sleep 0.5; ausearch --input-logs -k bench --raw | grep EXECVE')
    tools = []
    for record in records.split('\n'):                # not splitlines: auditd's own separator is U+001D
        words = shlex.split(record.rstrip('\x1d').split(' argc=')[1])[1:]
        argv = [word.split('=', 1)[1] for word in words]
        tools = [] if argv[0] == '/root/dockhost' else [*tools, argv]
    return [argv for argv in tools if argv != ['auditctl', '-D']]


def against_bare(host, check, runs):
    """One check and its tools and requests alone, in turns."""
    requests, tools = requests_of(host, check), tools_of(host, check)
    if not requests or not tools:
        raise AssertionError(f'a check is not seen to do anything: requests {requests}, tools {tools}')
    bare = shlex.join(['/root/bare', SOCKET, *requests, *(word for argv in tools for word in ['--', *argv])])
    pairs = host.sh(f'bash /root/clock {runs} {shlex.quote(check)} {shlex.quote(bare)}').splitlines()
    times = [[int(word) / 1000 for word in pair.split()] for pair in pairs]
    checks, floors = zip(*times)
    return Cost(statistics.median(checks), statistics.median(floors), requests, tools)


def parts_of(host, parts, runs):
    """name -> (median of its milliseconds, how often in one check)"""
    put(host, parts, '/root/parts')
    lines = (line.split('\t') for line in host.sh(f'/root/parts {runs}').splitlines())
    return {name: (float(milliseconds), int(times)) for name, milliseconds, times in lines}


@dataclasses.dataclass
class Cost:
    """Medians in milliseconds of a check and of what it asks alone, and what that is."""

    check: float
    bare: float
    requests: list[str]
    tools: list[list[str]]


def measure(bare, parts, folder, runs):
    """The cost of a check of daemon.json, that of the whole baseline, and the parts of the latter."""
    host = lab.Host('bookworm', '2.19')
    host.folder = folder
    try:
        host.up()
        prepare(host, bare)
        return (against_bare(host, CHECK, runs), against_bare(host, BASELINE, runs), parts_of(host, parts, runs))
    finally:
        host.stop()


# Each process has a mount namespace of its own, as the services and containers of a busy host have.
CROWD = 'for i in $(seq 200); do setsid unshare --mount sleep 10000 </dev/null >/dev/null 2>&1 & done; sleep 5'


def against_another(another, folder, runs):
    """Medians of `dockhost check` of this executable and of another one, in turns, on a quiet host and on one with 200
    processes in mount namespaces of their own: [(host, this, another)]."""
    host = lab.Host('bookworm', '2.19')
    host.folder = folder
    found = []
    try:
        host.up()
        put(host, lab.BUILD / 'dockhost', '/root/dockhost')
        put(host, another, '/root/another')
        host.write('/root/clock', CLOCK)
        host.daemon(lab.FOREIGN)
        for name, prepared in (('a quiet host', 'true'), ('200 processes in namespaces of their own', CROWD)):
            host.sh(prepared)
            pairs = host.sh(f'bash /root/clock {runs} {shlex.quote(BASELINE)} '
                            f'{shlex.quote(BASELINE.replace("/root/dockhost", "/root/another"))}').splitlines()
            ours, theirs = zip(*([int(word) / 1000 for word in pair.split()] for pair in pairs))
            found.append((name, statistics.median(ours), statistics.median(theirs)))
        return found
    finally:
        host.stop()
