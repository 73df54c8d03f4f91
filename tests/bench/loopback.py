# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task costs over ssh: a real sshd of our own on 127.0.0.1, and ansible-playbook as anybody runs it."""
from __future__ import annotations

import contextlib
import getpass
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

LOOP = 20
FSTAB = '''# An fstab of its own: what the task wishes for is there already.
UUID=0aa67cc5-9e1c-4f8e-a5ec-9e5b44ef0c85 / ext4 errors=remount-ro 0 1
LABEL=data /srv/data ext4 noatime,nodev 0 2
'''


class CannotMeasure(Exception):
    """Why there is no number."""


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def sshd(folder: pathlib.Path):
    """An sshd in `folder`, with keys of its own, that lets in the user who runs this. Gives its port."""
    program = shutil.which('sshd', path='/usr/sbin:/usr/bin')
    if not program:
        raise CannotMeasure('sshd is missing: apt-get install openssh-server')
    for name in ('host_key', 'key'):
        if not (folder / name).exists():
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', folder / name], check=True)
    root, port = os.geteuid() == 0, free_port()
    if root:
        pathlib.Path('/run/sshd').mkdir(mode=0o755, exist_ok=True)      # where sshd locks its unprivileged half in
    (folder / 'home').mkdir(exist_ok=True)
    # Without PAM a root account without a password would count as locked; another user's sshd cannot use PAM.
    # HOME is an empty one: bash reads the ~/.bashrc of the user who runs this for each command, which may take longer
    # than what is measured.
    (folder / 'sshd_config').write_text(
        f'ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host_key\nAuthorizedKeysFile {folder}/key.pub\n'
        f'AuthenticationMethods publickey\nPermitRootLogin prohibit-password\nStrictModes no\n'
        f'UsePAM {"yes" if root else "no"}\nPidFile none\nUseDNS no\n'
        f'SetEnv HOME={folder}/home\n')
    with open(folder / 'sshd.log', 'w', encoding='utf-8') as log:
        server = subprocess.Popen([program, '-D', '-e', '-f', folder / 'sshd_config'], stderr=log,
                                  stdin=subprocess.DEVNULL)
    try:
        wait_for(port, server, folder / 'sshd.log')
        yield port
    finally:
        server.terminate()
        server.wait()


def wait_for(port, server, log):
    end = time.monotonic() + 10
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), timeout=1):
            return
        time.sleep(0.05)
    raise CannotMeasure(f'sshd did not start: {log.read_text().strip()}')


class Controller:
    """ansible-playbook of one core against the host on loopback."""

    def __init__(self, commands: pathlib.Path, build: pathlib.Path, folder: pathlib.Path, port: int):
        self.program, self.folder = commands / 'ansible-playbook', folder
        self._sockets = tempfile.TemporaryDirectory(prefix='bench-')       # a socket's path is limited to 107 bytes
        self.sockets = pathlib.Path(self._sockets.name)
        (folder / 'fstab').write_text(FSTAB)
        (folder / 'ansible.cfg').write_text('')                            # and not that of the machine
        host = {'ansible_host': '127.0.0.1', 'ansible_port': port, 'ansible_user': getpass.getuser(),
                'ansible_ssh_private_key_file': str(folder / 'key'), 'ansible_python_interpreter': '/usr/bin/python3',
                'ansible_ssh_common_args': '-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no '
                                           '-o IdentitiesOnly=yes -o LogLevel=ERROR'}
        (folder / 'inventory.json').write_text(json.dumps({'all': {'hosts': {'bench': host}}}))
        self.environment = {
            'PATH': f'{commands}:/usr/bin:/bin:/usr/sbin:/sbin', 'HOME': os.environ.get('HOME', '/'),
            'LC_ALL': 'C.UTF-8', 'ANSIBLE_CONFIG': str(folder / 'ansible.cfg'), 'ANSIBLE_NOCOLOR': '1',
            'ANSIBLE_COLLECTIONS_PATH': str(build), 'ANSIBLE_SSH_CONTROL_PATH_DIR': str(self.sockets),
            'ANSIBLE_PIPELINING': 'True'}

    def close(self):
        for control in self.sockets.iterdir():
            subprocess.run(['ssh', '-q', '-o', f'ControlPath={control}', '-O', 'exit', 'x'], capture_output=True,
                           check=False)
        self._sockets.cleanup()

    def write(self, name, task):
        """A playbook with the task in a loop; without one, an empty play. Returns its path."""
        tasks = [{'name': name, **task, 'loop': list(range(LOOP)), 'register': 'answer'},
                 {'name': 'Every round was a success without a change', 'ansible.builtin.assert': {'that': [
                     'answer.results | rejectattr("changed") | list | length == ' + str(LOOP)]},
                  'when': name == 'dockhost'}] if task else []
        path = self.folder / f'{name}.json'
        path.write_text(json.dumps([{'name': name, 'hosts': 'bench', 'gather_facts': False, 'tasks': tasks}]))
        return path

    def seconds(self, playbook):
        began = time.monotonic()
        done = subprocess.run([self.program, '-i', self.folder / 'inventory.json', playbook], env=self.environment,
                              text=True, timeout=300, cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise CannotMeasure(f'{playbook.stem}: {done.stdout.strip()[-2000:]}')
        return time.monotonic() - began


def per_task(controller: Controller, runs: int) -> dict[str, float]:
    """Milliseconds for one task: the median of `runs` loops, minus that of an empty play. All ways take turns."""
    mount = {'path': '/srv/data', 'src': 'LABEL=data', 'fstype': 'ext4', 'opts': 'noatime,nodev', 'passno': 2,
             'state': 'present', 'fstab': str(controller.folder / 'fstab')}
    ways = {'empty': None, 'raw': {'ansible.builtin.raw': 'true'}, 'dockhost': {'dockhost.hardening.mount': mount},
            'stat': {'ansible.builtin.stat': {'path': mount['fstab']}}}
    playbooks = {name: controller.write(name, task) for name, task in ways.items()}
    for name in ('raw', 'dockhost'):                  # connects, and puts the executable on the host
        controller.seconds(playbooks[name])
    times = {name: [] for name in ways}
    for _ in range(runs):
        for name, playbook in playbooks.items():
            times[name].append(controller.seconds(playbook))
    empty = statistics.median(times.pop('empty'))
    return {name: (statistics.median(all_times) - empty) / LOOP * 1000 for name, all_times in times.items()}
