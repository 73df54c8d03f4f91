# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit rules in the forms that people write, right and wrong ones: every field of audit.rules(7) with its operators,
values of each kind, and in each list. For tests/vm/scenarios/audit.py, which asks auditctl and the
kernel about them."""
import itertools

PATHS = ['/etc/docker', '/etc/docker/', '/etc/docker/daemon.json', '/usr/sbin/dockerd', '/run/docker.sock',
         '/srv/none', '/nowhere/at/all', 'relative/path']
OPERATORS = ['=', '!=', '>', '<', '>=', '<=', '&', '&=']
LISTS = ['exit', 'task', 'user', 'exclude', 'filesystem', 'io_uring']
IDS = ['0', '1000', '-1', '4294967295', '4294967296', '-2', '0x3e8', '08', 'unset', 'root', 'nobody', 'nosuchuser', 'x',
       '1000x', '-x']
NUMBERS = ['0', '1', '42', '-1', '0x10', '4294967296', 'one', '1x']
# Of each field: values that are tried with =, and one right value for the other operators and lists.
FIELDS = {
    **dict.fromkeys(('uid', 'euid', 'suid', 'fsuid', 'auid', 'loginuid', 'obj_uid'), (IDS, '1000')),
    **{name: ([*IDS, 'nogroup', 'nosuchgroup'], '1000')
       for name in ('gid', 'egid', 'sgid', 'fsgid', 'obj_gid')},
    **dict.fromkeys(('pid', 'ppid', 'pers', 'success', 'devmajor', 'devminor', 'inode'), (NUMBERS, '1')),
    'exit': ([*NUMBERS, '-13', 'EACCES', '-EACCES', '-EPERM', 'eperm', 'ENOSUCH', '-ENOSUCH', 'EWOULDBLOCK'], '-13'),
    'msgtype': (['1300', '0', '-1', '99999', '1300x', 'SYSCALL', 'PATH', 'CWD', 'syscall', 'NOSUCH', 'DM_CTRL',
                 'UNKNOWN[1300]', 'ANOM_ABEND', 'LIST_RULES'], '1300'),
    **{f'a{n}': (['0', '0x1f', '017', '-1', '08', 'x', '18446744073709551615', '4294967296'], '1') for n in range(4)},
    'sessionid': (['1', '-1', 'unset', '4294967295', 'x', '0x1'], '1'),
    'saddr_fam': (['1', '2', '10', '45', '46', '255', '-1', 'inet', 'x'], '2'),
    'filetype': (['file', 'dir', 'socket', 'link', 'character', 'block', 'fifo', 'File', '0100000', '1', 'nosuch'],
                 'file'),
    'fstype': (['debugfs', 'tracefs', 'ext4', '0xEF53', '61267', 'x'], 'debugfs'),
    'perm': (['r', 'rwxa', 'axwr', 'WA', 'rr', 'rwxar', 'q', 'rwq'], 'wa'),
    'path': (['/etc/docker/daemon.json', '/etc/docker/', '/nowhere/x', 'etc', '/etc/docker/../x', '/'],
             '/etc/docker/daemon.json'),
    'dir': (['/etc/docker', '/etc/docker/', '/etc/docker/daemon.json', '/srv/none', 'etc', '/'], '/etc/docker'),
    'exe': (['/usr/bin/true', '/srv/none', '/nowhere/x', 'true'], '/usr/bin/true'),
    'arch': (['b64', 'b32', 'x86_64', 'i386', 'i686', 'aarch64', 'arm', 'ppc', 'ppc64le', 's390x', 'riscv64', 'b16',
              'x', '3221225534', '0xc000003e', '1'], 'b64'),
    'key': (['docker', 'k' * 31, 'k' * 256, 'k' * 257], 'docker'),
    **{name: (['unconfined', 'sshd_t', 'docker-default'], 'sshd_t')
       for name in ('subj_user', 'subj_role', 'subj_type', 'subj_sen', 'subj_clr', 'obj_user', 'obj_role', 'obj_type',
                    'obj_lev_low', 'obj_lev_high')},
    'field_compare': (['1', '25', '26', 'x'], '1'),
    'subj_nosuch': (['x'], 'x'),
    'ppids': (['1'], '1'),
}
# What a field is compared with by -C.
COMPARED = ['uid', 'euid', 'suid', 'fsuid', 'auid', 'obj_uid', 'gid', 'egid', 'sgid', 'fsgid', 'obj_gid', 'pid', 'exe']
LINES = [
    '-a always', '-a exit,always -S mount', '-a never,exit -F path=/etc/docker -F perm=r', '-x', '-w', '-k docker',
    '-a always,exit -F uid=0', '-a always,exit -F auid>=1000 -F auid!=-1 -S mount', '-p wa', '-w /etc -w /usr',
    '-a never,task', '-a always,task', '-a task,never', '-A never,exit -F dir=/etc/docker', '-a possible,task',
    '-a never,exit', '-a always,exit', '-a always,exit,x', '-a exit', '-a always,entry -S mount', '-a never,watch',
    '-a always,always', '-a exit,exit', '-a never,exclude', '-a always,exclude', '-a always,user',
    '-a never,user', '-a never,filesystem', '-a always,task -S mount', '-a always,user -S mount',
    '-a always,exclude -S mount', '-a never,filesystem -S mount', '-S mount', '-S mount -a always,exit',
    '-a always,exit -S 165', '-a always,exit -S 0xa5', '-a always,exit -S 99999', '-a always,exit -S 2047',
    '-a always,exit -S 2048', '-a always,exit -S nosuch', '-a always,exit -S mount,nosuch', '-a always,exit -S mount,',
    '-a always,exit -S -1', '-a always,exit -S all -S mount', '-a always,exit -S mount -F arch=b64',
    '-a always,exit -F arch=b32 -S umount', '-a always,exit -F arch=b64 -S umount', '-a always,exit -F arch=b32 -S 22',
    '-a always,exit -F arch=b64 -F arch=b32 -S mount', '-a always,exit -F', '-a always,exit -F x',
    '-a always,exit -F =1', '-a always,exit -F uid', '-a always,exit -F uid=', '-a always,exit -F uid==1',
    '-a always,exit -F uid=!1', '-a always,exit -F uid<>1', '-F uid=0', '-F uid=0 -a always,exit',
    '-a always,exit -F path=/etc/docker/daemon.json -F path=/etc/passwd',
    '-a always,exit -F dir=/etc/docker -F path=/etc/passwd', '-a always,exit -F dir=/etc/docker -F dir=/etc',
    '-a always,exit -F inode=1 -F path=/etc/passwd', '-a always,exit -F inode=1 -F inode=2',
    '-a always,exit -F exe=/usr/bin/true -F exe=/usr/bin/false', '-a always,exit -F perm=wa -F perm=r',
    '-a always,exit -F perm=wa', '-a always,exit -F perm=wa -k x', '-a always,exit -F uid=0 -k x',
    '-a always,exit -F uid=0 -F key=x', '-a always,exit -F exe=/usr/bin/true -k x', '-a never,task -k x',
    '-a always,exclude -F msgtype=CWD -k x', '-a never,filesystem -F fstype=debugfs -k x',
    '-a always,exit -S mount -k a -k b', '-a always,exit -S mount -k', '-a always,exit -S mount -k a b',
    '-a always,exit -S mount -k ' + 'k' * 255 + ' -k x', '-a always,exit -S mount -k ' + 'k' * 254 + ' -k x',
    '-w /etc/docker -F uid=0', '-w /etc/docker -F auid>=1000', '-w /etc/docker -F arch=b64', '-w /etc/docker -S mount',
    '-w /etc/docker -p', '-w /etc/docker -p wa -p r', '-w /etc/docker -p WA', '-w /etc/docker -p rwxar',
    '-w /etc/docker -a always,exit', '-a always,exit -w /etc/docker', '-w /etc/docker -C uid!=euid',
    '-w /etc/docker -k a -k b', '-w //etc//docker', '-w /etc/./docker', '-w /etc/docker/../passwd', '-w /etc/*',
    '-w /', '-w //', '-w /etc/docker// -k x', '-w /' + 'n' * 255, '-w /' + 'n' * 256, '-w /etc/docker x',
    '-a always,exit ' + '-F a0=1 ' * 62, '-a always,exit ' + '-F a0=1 ' * 63, '-a always,exit ' + '-F a0=1 ' * 64,
    '-a always,exit -S mount ' + '-F a0=1 ' * 63 + '-k x', '-w /etc/docker ' + '-F a0=1 ' * 61 + '-k x',
    '-w /etc/docker ' + '-F a0=1 ' * 62 + '-k x', '-a always,exit -C', '-a always,exit -C uid',
    '-a always,exit -C uid>euid', '-a always,exit -C uid=', '-a always,exit -C =uid', '-C uid=euid',
    '-a always,exit -S mount -F key>docker', '-a always,exit -S MOUNT -F Uid=0', '-a always,exit -F auid>=unset',
    '-a always,exit -F arch=B64 -S mount', '-a Always,exit -S mount', '-a never,task -C uid=euid',
    '-a never,task -F arch=b64', '-a always,exit -C uid=euid -k x',
]


def watches():
    """-w and its long forms, on paths that are there and on others."""
    for path, perm, key in itertools.product(PATHS, ['', ' -p wa', ' -p rwxa', ' -p xy', ' -p ar'], ['', ' -k docker']):
        yield f'-w {path}{perm}{key}'
    for what, path, perm, arch, key in itertools.product(
            ['path', 'dir'], PATHS[:1] + PATHS[2:7], ['', ' -F perm=wa', ' -F perm=q'],
            ['', ' -F arch=b64', ' -F arch=b32'], ['', ' -F key=docker']):
        yield f'-a always,exit{arch} -F {what}={path}{perm}{key}'
    for calls, arch, key in itertools.product(['mount', 'mount,umount2', 'all', 'mount -S openat'], ['b64', 'b32'],
                                              ['', ' -k mounts', ' -F key=mounts']):
        yield f'-a always,exit -F arch={arch} -S {calls}{key}'


def fields():
    """Every field, with its values, its operators and in each list."""
    for name, (values, right) in FIELDS.items():
        where = 'filesystem' if name == 'fstype' else 'exclude' if name == 'msgtype' else 'exit'
        for value in values:
            yield f'-a always,{where} -F {name}={value}'
        for operator in OPERATORS:
            yield f'-a always,{where} -F {name}{operator}{right}'
        for other in LISTS:
            yield f'-a never,{other} -F {name}={right}'
    for left, right in itertools.product(COMPARED, COMPARED):
        yield f'-a always,exit -C {left}!={right}'


def generated():
    return list(dict.fromkeys(itertools.chain(watches(), fields(), LINES)))
