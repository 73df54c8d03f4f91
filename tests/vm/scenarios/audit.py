# SPDX-License-Identifier: GPL-3.0-or-later
"""audit_rules against a real auditd and kernel: Debian 12 has auditd 3.0, Debian 13 has 4.0."""
import json
import subprocess
import threading

from audit_lines import generated
from data_crashes import caught, places
from lab import BUILD, equal, has, scenario

FILE = '/etc/audit/rules.d/docker.rules'
# The article's ten, and what they leave out.
ARTICLE = ['/usr/bin/dockerd', '/etc/docker', '/etc/default/docker', '/etc/docker/daemon.json', '/var/lib/docker',
           '/usr/lib/systemd/system/docker.service', '/usr/lib/systemd/system/docker.socket', '/usr/bin/docker-runc',
           '/usr/bin/docker-containerd', '/usr/bin/containerd']
RUNTIME = ['/run/containerd', '/run/docker.sock']
WISH = {'rules': [f'-w {path} -p rwxa' for path in ARTICLE + RUNTIME], 'key': 'docker'}


def loaded(host):
    return [line for line in host.sh('auditctl -l').splitlines() if 'docker' in line]


def events(host, paths):
    """How many records name each path after it was touched: a file in a directory, the mode of a file that is there
    (the same again), or one that is made and removed. The log is read when it has a last event, which always comes."""
    touched = [f'{path}/touched' if path in ('/etc/docker', '/var/lib/docker', '/run/containerd') else path
               for path in paths]
    host.sh('for path in ' + ' '.join(touched) + '; do '
            'if [ -e $path ]; then chmod --reference=$path $path; else touch $path; rm $path; fi; done; '
            'last=/etc/docker/last-$(date +%N); touch $last; rm $last; '
            'for i in $(seq 60); do ! grep -q $last /var/log/audit/audit.log || break; sleep 0.5; done; '
            'ausearch --input-logs --key docker --raw >/root/events 2>/dev/null || true')
    counts = host.sh('for path in ' + ' '.join(touched) + '; do grep -c "name=\\"$path\\"" /root/events || true; done')
    return dict(zip(paths, map(int, counts.split())))


@scenario(on='all')
def audit_written_loaded_effective(host):
    """Rules are in the file and in the kernel, and each records events: when they are new, after Docker's directory was
    mounted over, and after a reboot; those of others stay, and at no moment are there fewer."""
    host.sh('mkdir -p /etc/default; touch /etc/default/docker; '
            'auditctl -w /etc/passwd -p wa -k others; auditctl -w /etc/group -p wa -k others')
    host.run('(while sleep 0.05; do auditctl -l | grep -c others; done) >/root/counts 2>&1 </dev/null & '
             'echo $! >/root/reader')
    host.promise('audit_rules', **WISH)
    host.sh('kill $(cat /root/reader)')
    seen = host.read('/root/counts').split()
    equal(set(seen), {'2'}, 'how many rules of others a reader saw')
    before = loaded(host)
    equal(len(before), len(WISH['rules']), 'rules in the kernel')
    equal(host.sh(f'stat --format "%a %U" {FILE}'), '640 root', 'the file')
    has(host.read('/etc/tmpfiles.d/dockhost.conf'), 'd /run/containerd 0711 root root')
    counts = events(host, ARTICLE + RUNTIME)
    print(f'  {host.release}: a reader listed the rules {len(seen)} times; events recorded:',
          *(f'{count:3} {path}' for path, count in counts.items()), sep='\n    ', flush=True)
    assert all(counts.values()), 'a rule without an event'

    host.sh('systemctl stop docker docker.socket; mkfs.ext4 -q /dev/vdb; '
            'echo "/dev/vdb /var/lib/docker ext4 defaults,nofail 0 2" >>/etc/fstab; systemctl daemon-reload; '
            'mount /var/lib/docker; systemctl start docker')
    dead = events(host, ['/var/lib/docker'])
    equal(events(host, ['/var/lib/docker']), dead, 'events below the mount before the rule is re-armed')
    result = host.promise('audit_rules', **WISH)
    has(result.words, 'delete the audit rule')
    has(result.words, '/etc/systemd/system/auditd.service.d/50-dockhost.conf')
    live = events(host, ['/var/lib/docker'])
    assert live['/var/lib/docker'] > dead['/var/lib/docker'], 'no event came after the rule was re-armed'
    host.sh('sync')
    host.cut()
    equal(sorted(loaded(host)), sorted(before), 'the rules after a reboot')
    again = ['/var/lib/docker', *RUNTIME]
    first = events(host, again)
    second = events(host, again)
    assert all(second[path] > first[path] for path in again), f'no event after a reboot: {first} {second}'
    equal(host.promise('audit_rules', **WISH)['plan'], [], 'the plan after a reboot')


@scenario(on='all')
def audit_faults(host):
    """A run that is killed between file and kernel is finished by the next one; a foreign line that stops the load at
    boot is told with its place, and stops it; immutable rules are left to the next boot."""
    host.sh('mkdir -p /srv/data')
    host.put(BUILD / 'dockhost', '/root/dockhost')
    wish = {'rules': ['-w /srv/data -p rwxa'], 'key': 'docker'}
    host.write('/root/call', json.dumps({**wish, '_ansible_module_name': 'audit_rules'}))
    host.sh('strace -f -qq -s 4096 -o /root/trace -e trace=pipe2,execve /root/dockhost /root/call >/root/said; '
            f'auditctl -D >/dev/null; rm {FILE}')
    point = {'load the rule': (r'execve\(.*auditctl", "-[aw]"', 0)}
    caught(host, 'load the rule', places(host.read('/root/trace'), point), 'KILL')
    equal((loaded(host), host.read(FILE)), ([], '-w /srv/data -p rwxa -k docker\n'), 'what the killed run left')
    host.write('/etc/audit/rules.d/aaa.rules', '-w /nowhere/at/all/file -p wa -k broken\n')
    result = host.promise('audit_rules', **wish)
    equal(result['plan'], ['load the audit rule -w /srv/data -p rwxa -k docker into the kernel'], 'the plan')
    has(result.words, '/etc/audit/rules.d/aaa.rules:1: the directory that holds /nowhere/at/all/file does not exist')
    host.sh('sync')
    host.cut()
    equal(loaded(host), [], 'what the load at boot left behind the broken line')
    host.sh('auditctl -e 2 >/dev/null')
    result = host.task('audit_rules', rules=['-w /srv/data -p rwxa', '-w /etc/docker'], key='docker').succeeded()
    equal((result['pending'], len(result['plan'])), ('reboot', 1), 'with immutable rules')
    has(host.read(FILE), '-w /etc/docker -k docker')


building = threading.Lock()      # both releases want the same tool


@scenario(on='all', thorough=True)
def audit_oracle(host):
    """Of 1,600 rules, every field of audit.rules(7) with right and wrong values, what auditctl and the kernel accept
    and list is what our parser says."""
    with building:
        subprocess.run(['cmake', '--build', BUILD, '--target', 'audit_oracle'], check=True, stdout=subprocess.DEVNULL)
    host.put(BUILD / 'audit_oracle', '/root/oracle')
    rules = generated()
    # One load that goes on after each fault; -D and -l print a line each.
    host.write('/root/rules', '-c\n' + ''.join(f'-D\n{rule}\n-l\n' for rule in rules))
    host.sh('systemctl stop auditd 2>/dev/null || true; auditctl -D >/dev/null; chmod 600 /root/rules; '
            'for arch in x86_64 i386; do ausyscall $arch --dump | awk "NR > 1 { print \\$2 }" >/root/$arch; done; '
            'auditctl -R /root/rules >/root/listed 2>/dev/null || true; auditctl -D >/dev/null')
    listed = host.read('/root/listed').splitlines()
    equal((len(listed), set(listed[::2])), (2 * len(rules), {'No rules'}), 'what auditctl printed')
    host.write('/root/asked', ''.join(f'{rule}\t{"" if line == "No rules" else line}\n'
                                      for rule, line in zip(rules, listed[1::2])))
    host.sh('/root/oracle $(auditctl -v | cut -d " " -f 3) /root/x86_64 /root/i386 </root/asked >/root/judged')
    judged = host.read('/root/judged').splitlines()
    equal(len(judged), len(rules), 'rules that were judged')
    wrong = [f'{rule}: {said}' for rule, said in zip(rules, judged) if said != 'agrees']
    print(f'  auditctl and dockhost disagree on {len(wrong)} of {len(rules)} rules', *wrong[:20], sep='\n  ',
          flush=True)
    assert len(rules) >= 1600 and not wrong, 'they disagree'
