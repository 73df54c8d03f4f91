# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scenario works with: a real Docker host in a virtual machine, and a real ansible-playbook that reaches it.

A scenario is a function in tests/vm/scenarios/*.py with the decorator; its docstring is a sentence that is true. It
starts on a host as freshly booted, and fails by an exception.
"""
from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shlex
import subprocess
import tempfile
from typing import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / 'build'
# What is tested with which ansible-core, and where its commands are.
CORES = {'2.14': pathlib.Path('/usr/bin'), '2.19': BUILD / 'venv/bin'}
# The newest one, where tests/run found a Python for it.
NEWEST = BUILD / 'venv-newest'
NEWEST_CORE = (NEWEST / 'stamp').read_text().strip() if (NEWEST / 'stamp').exists() else None
if NEWEST_CORE:
    CORES[NEWEST_CORE] = NEWEST / 'bin'
PASSWORDS = {'root': 'root-password', 'alice': 'alice-password', 'bob': 'bob-password'}
# Docker's own five keys, as somebody else wrote them: nothing of it may change.
FOREIGN = '''{
    "registry-mirrors": ["https://mirror.example.org"],
\t"insecure-registries" : ["registry.example.org:5000"],
    "debug": true,
    "experimental": false,
    "features": { "buildkit": true }
}
'''


@dataclasses.dataclass
class Scenario:
    name: str
    sentence: str
    group: str
    releases: tuple[str, ...]
    on: str
    thorough: bool
    run: Callable[[Host], None]


SCENARIOS: list[Scenario] = []


def scenario(group='vm', releases=('bookworm', 'trixie'), on='one', thorough=False):
    """Registers a function as a scenario. group: the part of the tests that runs it; releases: where it can run; on:
    where tests/run does, `all` of them, `one` of them in turn, or the one that is named; thorough: only when everything
    is run, or it is named."""
    def register(function):
        sentence = ' '.join((function.__doc__ or '').split())
        SCENARIOS.append(Scenario(function.__name__, sentence, group, tuple(releases), on, thorough, function))
        return function
    return register


def equal(got, want, what='value'):
    if got != want:
        raise AssertionError(f'{what}\n  is     {got!r}\n  wanted {want!r}')


def has(text, part):
    if part not in text:
        raise AssertionError(f'{part!r} is not in {text!r}')


class Result(dict):
    """One task's result: its keys, and whether it failed."""

    def __init__(self, line):
        super().__init__(line['result'])
        self.task, self.host, self.status = line['task'], line['host'], line['status']

    @property
    def failed(self):
        return self.status in ('failed', 'unreachable')

    @property
    def words(self):
        """Everything that is told to people."""
        return '\n'.join([str(self.get('msg', '')), *self.get('plan', []), *self.get('warnings', [])])

    def succeeded(self):
        if self.failed:
            raise AssertionError(f'{self.task} failed: {self.get("msg")}')
        return self


class Host:
    def __init__(self, release: str, core: str):
        self.release, self.core = release, core
        self.folder = BUILD / 'test/vm' / release
        self._work = tempfile.TemporaryDirectory(prefix='dockhost-')      # short: sockets go into it
        self.work = pathlib.Path(self._work.name)
        self.transcript = ''

    # The machine.

    def _vm(self, command, *arguments, **options):
        return subprocess.run([ROOT / 'tests/vm/vm', command, self.folder, *arguments], text=True, timeout=400,
                              capture_output=True, stdin=options.pop('stdin', subprocess.DEVNULL),
                              env={**os.environ, 'VM_CPUS': '1'}, **options)

    def up(self):
        done = self._vm('up', BUILD / 'images' / self.release)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        self.port = (self.folder / 'port').read_text().strip()

    def _hang_up(self):
        for socket in self.work.glob('cp/*'):
            subprocess.run(['ssh', '-q', '-o', f'ControlPath={socket}', '-O', 'exit', 'x'], capture_output=True)
            socket.unlink(missing_ok=True)

    def revert(self, snapshot='clean'):
        self._hang_up()
        self._vm('revert', snapshot).check_returncode()
        self.transcript = ''

    def save(self, snapshot):
        """The machine as it is now, for revert()."""
        self._vm('save', snapshot).check_returncode()

    def cut(self):
        """The power fails: what no disk has is lost. Comes back when the host has booted."""
        self._hang_up()
        done = self._vm('cut')
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def attach(self, file, name):
        """An image of this machine as a disk of the host. Returns the disk's name by id."""
        done = self._vm('attach', file, name)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return f'/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_{name}'

    def put(self, file, path):
        self._vm('put', file, path).check_returncode()

    def stop(self):
        self._vm('stop')
        self._work.cleanup()

    def run(self, command, check=True):
        """A shell command on the host, as root."""
        done = self._vm('ssh', f'set -e; {command}')
        if check and done.returncode != 0:
            raise AssertionError(f'{command}: exit code {done.returncode}: {done.stderr or done.stdout}')
        return done

    def sh(self, command):
        return self.run(command).stdout.rstrip('\n')

    def exists(self, path):
        return self.run(f'test -e {shlex.quote(path)}', check=False).returncode == 0

    def read(self, path):
        return self.run(f'cat {shlex.quote(path)}').stdout

    def write(self, path, text):
        done = subprocess.run([ROOT / 'tests/vm/vm', 'ssh', self.folder, f'mkdir -p $(dirname {path}); cat >{path}'],
                              input=text, text=True, timeout=60, capture_output=True)
        done.check_returncode()

    # Docker.

    def daemon(self, text, restart=True):
        """daemon.json as given, and Docker running with it."""
        self.write('/etc/docker/daemon.json', text)
        if restart:
            self.sh('systemctl restart docker')

    def container(self, name='web', *options):
        """A running container of an image that is imported when it is missing. Returns its pid."""
        self.sh('docker image inspect busybox >/dev/null 2>&1 || docker import --change '
                '\'CMD ["/bin/busybox", "sleep", "86400"]\' /root/busybox.tar busybox')
        self.sh(f'docker run --detach --name {name} {" ".join(options)} busybox')
        return self.pid(name)

    def pid(self, name):
        return self.sh(f'docker inspect --format "{{{{.State.Pid}}}}" {name}')

    def info(self, field):
        return self.sh(f'docker info --format "{{{{.{field}}}}}"')

    def icc(self):
        return self.sh('docker network inspect bridge '
                       '--format \'{{index .Options "com.docker.network.bridge.enable_icc"}}\'')

    def active(self, unit='docker'):
        return self.run(f'systemctl is-active {unit}', check=False).stdout.strip()

    # Ansible.

    def inventory(self):
        common = {'ansible_host': '127.0.0.1', 'ansible_port': self.port,
                  'ansible_ssh_private_key_file': str(self.folder / 'key'),
                  'ansible_ssh_common_args': '-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no '
                                             '-o IdentitiesOnly=yes -o LogLevel=ERROR'}
        users = {'root': {'ansible_user': 'root'}, 'bob': {'ansible_user': 'bob'},
                 'alice': {'ansible_user': 'alice', 'ansible_become_password': PASSWORDS['alice']},
                 'su': {'ansible_user': 'alice', 'ansible_become_method': 'su',
                        'ansible_become_password': PASSWORDS['root']}}
        return {'all': {'vars': common, 'hosts': {**users, 'controller': {'ansible_connection': 'local'}}}}

    def ansible(self, playbook, *options, environment=None):
        """Runs a playbook: a list of plays, or the name of one of the collection. Returns its results, in order."""
        record, inventory, book = self.work / 'record', self.work / 'inventory.json', self.work / 'playbook.json'
        config = self.work / 'ansible.cfg'            # empty, and not that of the machine or of a folder above
        config.write_text('')
        record.write_text('')
        inventory.write_text(json.dumps(self.inventory()))
        if not isinstance(playbook, str):
            book.write_text(json.dumps(playbook))
            playbook = str(book)
        variables = {'PATH': f'{CORES[self.core]}:/usr/bin:/bin:/usr/sbin:/sbin', 'HOME': str(self.work),
                     'LC_ALL': 'C.UTF-8', 'DOCKHOST_RECORD': str(record), 'ANSIBLE_CALLBACKS_ENABLED': 'record',
                     'ANSIBLE_CALLBACK_PLUGINS': str(ROOT / 'tests/vm/callback'), 'ANSIBLE_CONFIG': str(config),
                     'ANSIBLE_COLLECTIONS_PATH': str(BUILD), 'ANSIBLE_SSH_CONTROL_PATH_DIR': str(self.work / 'cp'),
                     'ANSIBLE_NOCOLOR': '1', 'ANSIBLE_LOCALHOST_WARNING': 'False', **(environment or {})}
        done = subprocess.run([CORES[self.core] / 'ansible-playbook', '-i', inventory, playbook, *options],
                              env=variables, text=True, timeout=300, cwd=self.work, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.transcript = done.stdout
        results = [Result(json.loads(line)) for line in record.read_text().splitlines()]
        if not results:
            raise AssertionError('no task was run')
        return results

    def play(self, *tasks, host='root', options=(), environment=None, **keywords):
        """One play of these tasks. Returns the results of all of them."""
        play = {'name': 'Scenario', 'hosts': host, 'gather_facts': False, 'tasks': list(tasks), **keywords}
        return self.ansible([play], *options, environment=environment)

    def task(self, module, check=False, diff=False, host='root', keywords=None, **arguments):
        """One task of the collection's `module`, and its result."""
        task = {'name': module, f'dockhost.hardening.{module}': arguments, 'check_mode': check, 'diff': diff,
                **(keywords or {})}
        return self.play(task, host=host)[-1]

    def promise(self, module, **arguments):
        """The one promise: check, apply with the plan that was reviewed, check again. Returns the applied result."""
        name = f'dockhost.hardening.{module}'
        reviewed = {**arguments, 'expect_plan': '{{ check.plan_digest }}'}
        results = self.play({'name': 'check', name: arguments, 'check_mode': True, 'diff': True, 'register': 'check'},
                            {'name': 'apply', name: reviewed, 'diff': True},
                            {'name': 'again', name: arguments, 'check_mode': True})
        for result in results:
            result.succeeded()
        check, applied, again = results
        equal(applied['plan'], check['plan'], 'the plan that was applied')
        equal(applied['changed'], check['changed'], 'changed, in check mode and in the run')
        equal(again['plan'], [], 'the plan after the run')
        equal(again['changed'], False, 'changed after the run')
        return applied
