# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to a host: users, sudo, su, passwords, connections. `mount` on an fstab of its own stands for all."""
import os
import shutil
import subprocess

from lab import ROOT, equal, has, scenario

# Nothing is mounted and nothing of the host's own fstab is touched.
WISH = {'path': '/mnt/x', 'src': '/dev/vdb', 'fstype': 'ext4', 'state': 'present', 'fstab': '/root/fstab'}
TASK = {'name': 'mount', 'dockhost.hardening.mount': WISH}


@scenario('ansible')
def become_matrix(host):
    """root, sudo with and without a password, and su all reach root, with pipelining on and off."""
    for pipelining in ('False', 'True'):
        host.sh('rm -f /root/fstab')
        results = host.play(TASK, host='root:alice:bob:su', become=True, serial=1,
                            environment={'ANSIBLE_PIPELINING': pipelining})
        equal([(one.host, one.status) for one in results],
              [('root', 'ok'), ('alice', 'ok'), ('bob', 'ok'), ('su', 'ok')], f'pipelining {pipelining}')
        equal([one['changed'] for one in results], [True, False, False, False], 'changed')
        equal(host.read('/root/fstab'), '/dev/vdb /mnt/x ext4 defaults 0 0\n', 'fstab')


@scenario('ansible')
def wrong_password(host):
    """A wrong password is told as such, and nothing hangs."""
    result = host.play(TASK, host='alice', become=True, vars={'ansible_become_password': 'wrong'})[-1]
    assert result.failed
    has(result['msg'], 'Incorrect sudo password')
    result = host.play(TASK, host='alice', become=True, vars={'ansible_become_password': ''})[-1]
    assert result.failed
    has(result['msg'], 'Missing sudo password')


@scenario('ansible')
def unprivileged_user(host):
    """An unprivileged user, by ssh or by become, has a cache of their own and may check what they can read."""
    result = host.play(TASK | {'check_mode': True}, host='alice')[-1]
    assert result.failed or result['changed'], 'a file in root\'s home was read by alice'
    wish = WISH | {'fstab': '/tmp/fstab'}
    host.sh('touch /tmp/fstab')
    task = {'name': 'mount', 'dockhost.hardening.mount': wish, 'check_mode': True}
    host.play(task, host='alice')[-1].succeeded()
    host.play(task, host='root', become=True, become_user='bob')[-1].succeeded()
    host.sh('ls /home/alice/.cache/dockhost/* /home/bob/.cache/dockhost/*')


@scenario('ansible')
def local_connection(host):
    """connection: local with a become password neither hangs nor loses the arguments."""
    asks = host.work / 'sudo'
    shutil.copy(ROOT / 'tests/vm/asks_password', asks)
    fstab = host.work / 'fstab'
    fstab.write_text('')
    task = {'name': 'mount', 'dockhost.hardening.mount': WISH | {'fstab': str(fstab)}, 'check_mode': True}
    variables = {'ansible_become_exe': str(asks), 'ansible_become_password': 'local-password',
                 'ansible_become_user': 'root'}
    result = host.play(task, host='controller', become=True, vars=variables)[-1].succeeded()
    equal(result['changed'], True, 'changed')
    equal(result['name'], '/mnt/x', 'the argument that arrived')


@scenario('ansible')
def secrets(host):
    """Arguments never stand in a command line: not of a no_log task, and not on the host."""
    host.sh('touch /root/fstab; auditctl -a always,exit -F arch=b64 -S execve -k exec')
    wish = WISH | {'opts': 'username=u,password=hunter2-in-opts', 'opts_no_log': True}
    result = host.play({'name': 'mount', 'dockhost.hardening.mount': wish, 'no_log': True},
                       options=['-vvv'])[-1]
    equal('hunter2' in host.transcript, False, 'the secret in the output of -vvv')
    equal('hunter2' in str(result), False, 'the secret in the result')
    host.sh('auditctl -D >/dev/null')
    commands = host.sh('ausearch --input-logs --interpret --key exec --message EXECVE')
    has(commands, 'dockhost-needs')                     # the command that this is about was seen
    equal('hunter2' in commands, False, 'the secret in a command line')
    has(host.read('/root/fstab'), 'hunter2-in-opts')


@scenario('ansible')
def keywords(host):
    """environment, loop, delegate_to, until, module_defaults and an inline vault value work; async is refused."""
    vault = host.work / 'vault'
    vault.write_text('vault-password')
    word = subprocess.run([shutil.which('ansible-vault', path=f'{os.defpath}:/usr/bin'), 'encrypt_string',
                           '--vault-password-file', vault, 'noatime,nodev'], text=True, capture_output=True, check=True)
    cipher = '\n'.join(line.strip() for line in word.stdout.splitlines()[1:])
    variables = host.work / 'variables.yml'
    variables.write_text('secret_opts: !vault |\n' + '\n'.join('  ' + line for line in cipher.splitlines()) + '\n')
    name = 'dockhost.hardening.mount'
    results = host.play(
        {'name': 'loop', name: WISH | {'path': '{{ item }}'}, 'loop': ['/mnt/a', '/mnt/b'], 'register': 'looped'},
        {'name': 'vault', name: WISH | {'path': '/mnt/c', 'opts': '{{ secret_opts }}'},
         'environment': {'SOME': "it's $HOME \u00fc"}},
        {'name': 'delegate', name: WISH | {'path': '/mnt/d'}, 'delegate_to': 'bob', 'become': True},
        {'name': 'until', name: WISH | {'path': '/mnt/e'}, 'register': 'tried', 'until': 'tried is not changed',
         'retries': 2, 'delay': 0},
        {'name': 'defaults', name: {'path': '/mnt/f', 'src': '/dev/vdb', 'state': 'present'}},
        {'name': 'async', name: WISH, 'async': 10, 'poll': 1, 'ignore_errors': True},
        module_defaults={'group/dockhost.hardening.all': {'fstype': 'ext4', 'fstab': '/root/fstab'}},
        options=['--vault-password-file', str(vault), '-e', f'@{variables}'])
    equal([(one.task, one.status) for one in results],
          [('loop', 'ok'), ('vault', 'ok'), ('delegate', 'ok'), ('until', 'ok'), ('defaults', 'ok'),
           ('async', 'failed')])
    has(results[-1]['msg'], 'async')
    equal(host.read('/root/fstab').splitlines(),
          ['/dev/vdb /mnt/a ext4 defaults 0 0', '/dev/vdb /mnt/b ext4 defaults 0 0',
           '/dev/vdb /mnt/c ext4 noatime,nodev 0 0', '/dev/vdb /mnt/d ext4 defaults 0 0',
           '/dev/vdb /mnt/e ext4 defaults 0 0', '/dev/vdb /mnt/f ext4 defaults 0 0'], 'fstab')


@scenario('ansible')
def cache(host):
    """The first run copies the executable once, later ones use it, and a copy of another owner is not trusted."""
    host.play(TASK)[-1].succeeded()
    folder = '/var/cache/dockhost'
    name = host.sh(f'ls {folder}')
    before = host.sh(f'stat --format "%i %a %U" {folder}/{name}')
    equal(before.split()[1:], ['500', 'root'], 'mode and owner of the copy')
    equal(host.sh(f'sha256sum < {folder}/{name}').split()[0], name, 'the name of the copy')
    host.play(TASK)[-1].succeeded()
    equal(host.sh(f'stat --format "%i %a %U" {folder}/{name}'), before, 'the copy after the second run')
    host.sh(f'printf "#!/bin/sh\\ntouch /root/planted\\n" > {folder}/{name}.x; chmod 755 {folder}/{name}.x; '
            f'chown alice {folder}/{name}.x; mv {folder}/{name}.x {folder}/{name}')
    host.play(TASK)[-1].succeeded()
    equal(host.sh('ls /root/planted 2>/dev/null || true'), '', 'what the planted file left')
    equal(host.sh(f'stat --format "%U" {folder}/{name}'), 'root', 'the owner after the planted file was met')


@scenario('ansible')
def no_room_in_the_first_folder(host):
    """Where /var/cache is noexec the second folder is used; where there is none, the reasons are told."""
    host.sh('mount -t tmpfs -o noexec tmpfs /var/cache')
    host.play(TASK)[-1].succeeded()
    host.sh('ls /root/.cache/dockhost/*')
    host.sh('rm -r /root/.cache/dockhost; mkdir -p /root/.cache; mount -t tmpfs -o noexec tmpfs /root/.cache')
    result = host.play(TASK)[-1]
    assert result.failed
    has(result['msg'], 'dockhost found no folder to run from. /var/cache: ')
    has(result['msg'], '/root/.cache: ')


@scenario('ansible')
def foreign_machine(host):
    """A host of a machine that the collection has no executable for gets both names told."""
    host.sh('printf "#!/bin/sh\\necho riscv64\\n" > /usr/local/bin/uname; chmod 755 /usr/local/bin/uname')
    result = host.play(TASK)[-1]
    assert result.failed
    has(result['msg'], 'dockhost has no executable for riscv64 (it has: x86_64)')
