# SPDX-License-Identifier: GPL-3.0-or-later
"""audit_rules against a real auditd and kernel: Debian 12 has auditd 3.0, Debian 13 has 4.0."""
import itertools
import subprocess

from lab import BUILD, equal, has, scenario

FILE = '/etc/audit/rules.d/docker.rules'
RULES = ['-w /etc/docker -p rwxa', '-w /usr/lib/systemd/system/docker.service -p rwxa', '-w /run/containerd',
         '-w /run/docker.sock -p wa', '-w /srv/data -p rwxa', '-a always,exit -F path=/usr/sbin/dockerd -F perm=x']
WISH = {'rules': RULES, 'key': 'docker'}


def loaded(host):
    return host.sh('auditctl -l').splitlines()


def events(host, path):
    """How often a file that is touched and removed again is recorded below the path."""
    host.sh(f'touch {path}/touched; rm {path}/touched; sleep 1')
    return int(host.sh('ausearch --input-logs --key docker --raw 2>/dev/null | '
                       f'grep -c \'name="{path}/touched"\' || true'))


@scenario(everywhere=True)
def audit_written_loaded_effective(host):
    """Rules are in the file and in the kernel, and events come: when they are new, after a mount over what they watch,
    and after a reboot; those of others stay, and at no moment are there fewer."""
    host.sh('mkdir -p /srv/data; auditctl -w /etc/passwd -p wa -k others; auditctl -w /etc/group -p wa -k others')
    host.run('(while :; do auditctl -l | grep -c others; done) >/root/counts 2>&1 </dev/null & echo $! >/root/reader')
    host.promise('audit_rules', **WISH)
    host.sh('kill $(cat /root/reader)')
    equal(set(host.read('/root/counts').split()), {'2'}, 'how many rules of others a reader saw')
    equal(len([line for line in loaded(host) if 'docker' in line]), len(RULES), 'rules in the kernel')
    equal(host.sh(f'stat --format "%a %U" {FILE}'), '640 root', 'the file')
    has(host.read('/etc/tmpfiles.d/dockhost.conf'), 'd /run/containerd 0711 root root')
    assert events(host, '/etc/docker') > 0 and events(host, '/srv/data') > 0, 'no event came'
    host.sh('mount -t tmpfs none /srv/data')
    seen = events(host, '/srv/data')
    equal(events(host, '/srv/data'), seen, 'events below the mount before the rule is re-armed')
    result = host.promise('audit_rules', **WISH)
    equal(len(result['plan']), 1, 'the plan after the mount')
    has(result['plan'][0], 'delete the audit rule')
    assert events(host, '/srv/data') > seen, 'no event came after the rule was re-armed'
    host.sh('sync')
    host.cut()
    equal(len([line for line in loaded(host) if 'docker' in line]), len(RULES), 'rules after a reboot')
    equal(host.promise('audit_rules', **WISH)['plan'], [], 'the plan after a reboot')


@scenario(everywhere=True)
def audit_faults(host):
    """Rules that stand in the file and not in the kernel are loaded; a foreign line that stops the load at boot is told
    with its place, and stops it; immutable rules are left to the next boot."""
    host.sh('mkdir -p /srv/data')
    host.write('/etc/audit/rules.d/aaa.rules', '-w /nowhere/at/all/file -p wa -k broken\n')
    host.write(FILE, '-w /srv/data -p rwxa -k docker\n')
    host.sh(f'chmod 0640 {FILE}')
    result = host.promise('audit_rules', rules=['-w /srv/data -p rwxa'], key='docker')
    equal(result['plan'], ['load the audit rule -w /srv/data -p rwxa -k docker into the kernel'], 'the plan')
    has(result.words, '/etc/audit/rules.d/aaa.rules:1: the directory that holds /nowhere/at/all/file does not exist')
    host.sh('auditctl -D >/dev/null; augenrules --load >/dev/null 2>&1 || true')
    equal(host.run('auditctl -l | grep docker', check=False).stdout, '', 'what the load of all files left behind it')
    host.sh('auditctl -e 2 >/dev/null')
    result = host.task('audit_rules', rules=['-w /srv/data -p rwxa', '-w /etc/docker'], key='docker').succeeded()
    equal((result['pending'], len(result['plan'])), ('reboot', 1), 'with immutable rules')
    has(host.read(FILE), '-w /etc/docker -k docker')


def generated():
    """Rules in the forms that people write, right and wrong ones."""
    paths = ['/etc/docker', '/etc/docker/', '/etc/docker/daemon.json', '/usr/sbin/dockerd', '/run/docker.sock',
             '/srv/none', '/nowhere/at/all', 'relative/path']
    for path, perm, key in itertools.product(paths, ['', ' -p wa', ' -p rwxa', ' -p xy', ' -p ar'], ['', ' -k docker']):
        yield f'-w {path}{perm}{key}'
    for what, path, perm, arch, key in itertools.product(
            ['path', 'dir'], paths[:1] + paths[2:7], ['', ' -F perm=wa', ' -F perm=q'],
            ['', ' -F arch=b64', ' -F arch=b32'], ['', ' -F key=docker']):
        yield f'-a always,exit{arch} -F {what}={path}{perm}{key}'
    for calls, arch, key in itertools.product(['mount', 'mount,umount2', 'all', 'mount -S openat'], ['b64', 'b32'],
                                              ['', ' -k mounts', ' -F key=mounts']):
        yield f'-a always,exit -F arch={arch} -S {calls}{key}'
    yield from ('-a always', '-a exit,always -S mount', '-a never,exit -F path=/etc/docker -F perm=r', '-x', '-w',
                '-k docker', '-a always,exit -F uid=0', '-a always,exit -F auid>=1000 -F auid!=-1 -S mount', '-p wa',
                '-w /etc -w /usr')


@scenario(thorough=True)
def audit_oracle(host):
    """Of some hundred rules, what auditctl and the kernel accept and list is what our parser says."""
    subprocess.run(['cmake', '--build', BUILD, '--target', 'audit_oracle'], check=True, stdout=subprocess.DEVNULL)
    host.put(BUILD / 'audit_oracle', '/root/oracle')
    rules = list(dict.fromkeys(generated()))
    host.write('/root/rules', '\n'.join(rules) + '\n')
    host.sh('systemctl stop auditd 2>/dev/null || true; '
            'while read -r rule; do auditctl -D >/dev/null 2>&1; auditctl $rule >/dev/null 2>&1 || true; '
            'listed=$(auditctl -l 2>/dev/null | grep -v "^No rules" || true); printf "%s\\t%s\\n" "$rule" "$listed"; '
            'done </root/rules >/root/asked; /root/oracle </root/asked >/root/judged')
    judged = host.read('/root/judged').splitlines()
    equal(len(judged), len(rules), 'rules that were judged')
    wrong = [f'{rule}: {said}' for rule, said in zip(rules, judged) if said != 'agrees']
    print(f'  auditctl and dockhost disagree on {len(wrong)} of {len(rules)} rules', *wrong[:20], sep='\n  ',
          flush=True)
    assert len(rules) >= 300 and not wrong, 'they disagree'
