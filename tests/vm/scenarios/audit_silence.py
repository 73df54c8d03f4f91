# SPDX-License-Identifier: GPL-3.0-or-later
"""What silences an audit rule that is listed: each way of the kernel, with the events that really come, counted."""
import json

from lab import BUILD, equal, has, scenario

WATCH = '-w /srv/watched -p wa -k watched'
# What is loaded before the watch, behind it, and how it is undone, with what has to be said: fail where no ordinary
# process's event comes, warn where some do not.
WAYS = [
    ('', '', '', 'pass'),
    ('-a never,task', '', '', 'fail'),
    ('-a never,task -F uid>=0', '', '', 'fail'),
    ('-a never,task -F pid>0', '', '', 'fail'),
    ('-a never,task -F uid=0', '', '', 'warn'),
    ('-a never,task -F arch=b64', '', '', 'pass'),
    ('-a never,exit -F dir=/srv/watched', '', '', 'fail'),
    ('-a never,exit -F dir=/srv/watched -F perm=wa', '', '', 'fail'),
    ('-a never,exit -F dir=/srv/watched -F perm=rwxa -k watched', '', '', 'fail'),
    ('-a never,exit -F dir=/srv', '', '', 'fail'),
    ('-a never,exit -F dir=/', '', '', 'fail'),
    ('-a never,exit -S all', '', '', 'fail'),
    ('-a never,exit -F arch=b64 -S all', '', '', 'fail'),
    ('-a never,exit -F arch!=b32 -S all', '', '', 'fail'),
    ('', '-A never,exit -F dir=/srv/watched', '', 'fail'),
    ('-a never,exit -F uid>=0', '', '', 'fail'),
    ('-a never,exit -F success=1', '', '', 'fail'),
    ('-a never,exit -F exit>=0', '', '', 'fail'),
    ('-a never,exit -C uid=euid', '', '', 'fail'),
    ('-a never,exit -F pers=0', '', '', 'fail'),
    ('-a never,exit -F ppid>0', '', '', 'fail'),
    ('-a never,exit -F a0!=12345', '', '', 'fail'),
    ('-a never,exit -F dir=/srv -F perm=w;-a never,exit -F dir=/srv -F perm=a', '', '', 'fail'),
    ('-a always,exclude -F msgtype=SYSCALL', '', '', 'fail'),
    ('-a never,exclude -F msgtype=SYSCALL', '', '', 'fail'),
    ('-a always,exclude -F msgtype>=1300', '', '', 'fail'),
    ('-a always,exclude -F uid>=0', '', '', 'fail'),
    ('-a never,filesystem -F fstype=0xEF53', '', '', 'fail'),
    ('-a never,filesystem -F fstype!=0x01021994', '', '', 'fail'),
    ('-e 0', '', 'auditctl -e 1', 'fail'),
    ('-r 1', '', 'auditctl -r 0', 'warn'),
    ('-a never,exit -F path=/srv/watched/fa1', '', '', 'warn'),
    ('-a never,exit -F path=/srv/watched', '', '', 'warn'),
    ('-a never,exit -F uid=0', '', '', 'warn'),
    ('-a never,exit -F uid!=0', '', '', 'warn'),
    ('-a never,exit -F auid=unset', '', '', 'warn'),
    ('-a never,exit -F exe=/usr/bin/touch', '', '', 'warn'),
    ('-a never,exit -F filetype=file', '', '', 'warn'),
    ('-a never,exit -F arch=b64 -S openat,utimensat', '', '', 'warn'),
    ('-a never,exit -F arch=b32 -S all', '', '', 'warn'),
    ('-a always,exclude -F msgtype=PATH', '', '', 'warn'),
    ('-a always,exclude -F msgtype=CWD', '', '', 'warn'),
    ('-a always,exclude -F msgtype=SYSCALL -F uid=0', '', '', 'warn'),
    ('', '-a never,exit -F dir=/srv/watched', '', 'pass'),
    ('-a always,exit -F dir=/srv -F perm=wa -k watched;-a never,exit -S all', '', '', 'pass'),
    ('-a never,exit -F dir=/srv/watched -F perm=r', '', '', 'pass'),
    ('-a never,exit -F dir=/etc/docker', '', '', 'pass'),
    ('-a always,exclude -F msgtype=CRYPTO_KEY_USER', '', '', 'pass'),
    ('-a never,user', '', '', 'pass'),
    ('-a never,filesystem -F fstype=0x01021994', '', '', 'pass'),
    ('-a always,filesystem -F fstype=0xEF53', '', '', 'pass'),
]
# Loads each way's rules around the watch, asks the executable in check mode, and counts the events that come when a
# process of root and one of nobody touch files: the records between two marks in the log.
COUNT = r'''
set -f
log=/var/log/audit/audit.log
mkdir -p /srv/watched; chmod 1777 /srv/watched
cat >/srv/touch.sh <<'END'
cd /srv/watched
for i in 1 2 3; do touch f$1$i; chmod 600 f$1$i; done
mkdir d$1; rmdir d$1; : >>f$11
END
load() {
  IFS=';'
  for rule in $1; do IFS=' '; auditctl $rule >/dev/null 2>&1 || echo "$n refused: $rule" >&2; done
  IFS=' '
}
mark() { auditctl -m "mark $1 end" >/dev/null
         for i in $(seq 60); do ! grep -q "text=mark $1 end" $log || break; sleep 0.25; done; }
n=0
mark 0
while IFS='|' read -r before after undo; do
  n=$((n + 1))
  auditctl -D >/dev/null
  load "$before"; auditctl -w /srv/watched -p wa -k watched >/dev/null 2>&1; load "$after"
  /root/dockhost /root/call >/root/said.$n 2>&1 </dev/null || true
  sh /srv/touch.sh a; setpriv --reuid=65534 --regid=65534 --clear-groups sh /srv/touch.sh b
  ${undo:-true} >/dev/null; auditctl -D >/dev/null
  find /srv/watched -type f -delete
  mark $n
  awk -v from="text=mark $((n - 1)) end" -v to="text=mark $n end" '
    index($0, from) { on = 1 } on && /type=SYSCALL/ && /key="watched"/ { calls++ }
    on && /type=PATH/ && /watched/ { paths++ } index($0, to) { print n, calls + 0, paths + 0; exit }' n=$n $log
done </root/ways
'''


def judged(said):
    """What a result in check mode says of the watch."""
    result = json.loads(said)
    effective = [one['status'] for one in result['findings'] if one['what'] == 'audit rule effective']
    equal(len(effective), 1, f'findings in {said}')
    warned = any('out of the audit log' in text or 'records a second' in text for text in result.get('warnings', []))
    return 'fail' if effective == ['fail'] else 'warn' if warned else effective[0]


@scenario(on='one')
def audit_silenced(host):
    """Of each way in which the kernel leaves out the events of a rule that it lists, what is said is what is counted:
    none comes where the rule is not effective, and all come where nothing is said."""
    host.put(BUILD / 'dockhost', '/root/dockhost')
    host.write('/root/call', json.dumps({'rules': [WATCH], '_ansible_module_name': 'audit_rules',
                                         '_ansible_check_mode': True}))
    host.write('/root/ways', ''.join(f'{before}|{after}|{undo}\n' for before, after, undo, _ in WAYS))
    host.write('/root/count.sh', COUNT)
    done = host.run('bash /root/count.sh', check=False)
    lines = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    equal(([n for n, *_ in lines], done.stderr), (list(range(1, len(WAYS) + 1)), ''), 'counts')
    counts = [counted for _, *counted in lines]
    said = host.sh(f'for n in $(seq {len(WAYS)}); do tail -n 1 /root/said.$n; echo; done').split('\n')
    verdicts = [judged(line) for line in said if line]
    print(f'  {host.release}: events that came, and what was said', *(
        f'{calls:3} of the syscall, {paths:3} of a path  {verdict:4}  {before or "-"}{after and "; behind: " + after}'
        for (before, after, _, _), verdict, (calls, paths) in zip(WAYS, verdicts, counts)), sep='\n    ', flush=True)
    equal(verdicts, [wanted for *_, wanted in WAYS], 'what was said')
    most = counts[0][0]
    assert most >= 15, f'only {most} events without anything that silences'
    for (before, after, _, wanted), (calls, _) in zip(WAYS, counts):
        good = {'fail': calls == 0, 'pass': calls >= most, 'warn': True}[wanted]
        assert good, f'{wanted}, and {calls} of {most} events came: {before} {after}'


@scenario(on='all', thorough=True)
def audit_rules_without_newline(host):
    """A rules file without a newline at its end, a user that is not there and a label without its security module: what
    is told of the next boot is what the next boot does."""
    host.sh('mkdir -p /srv/data; printf "%s" "-w /etc/passwd -p wa -k id" >/etc/audit/rules.d/10-a.rules')
    host.write('/etc/audit/rules.d/20-b.rules', '-w /etc/group -p wa -k id\n')
    wish = {'rules': ['-w /srv/data -p rwxa'], 'key': 'docker'}
    result = host.promise('audit_rules', **wish)
    has(result.words, '/etc/audit/rules.d/10-a.rules:1: it has no newline at its end')
    host.sh('sync')
    host.cut()
    equal(host.sh('auditctl -l'), 'No rules', 'what the boot loaded')
    for line, why in [('-a always,exit -S mount -F uid=chrony -k time', "there is no user 'chrony' on this host"),
                      ('-a always,exit -S mount -F subj_type=sshd_t -k ssh', 'needs a policy of SELinux')]:
        host.sh('rm /etc/audit/rules.d/[12]*.rules')
        host.write('/etc/audit/rules.d/10-a.rules', line + '\n')
        host.sh('augenrules --load >/dev/null 2>&1 || true')
        equal(host.sh('auditctl -l'), 'No rules', f'what a load behind {line} leaves')
        result = host.task('audit_rules', check=True, **wish).succeeded()
        has(result.words, f'/etc/audit/rules.d/10-a.rules:1: {why}' if 'user' in why else why)
        host.write('/etc/audit/rules.d/20-b.rules', '')
    # The file before the new one is open: the new one begins with an empty line, and both are loaded.
    host.sh('rm /etc/audit/rules.d/*.rules; printf "%s" "-w /etc/passwd -p wa -k id" >/etc/audit/rules.d/10-a.rules')
    host.promise('audit_rules', **wish)
    host.sh('sync')
    host.cut()
    equal(host.sh('auditctl -l').splitlines(), ['-w /etc/passwd -p wa -k id', '-w /srv/data -p rwxa -k docker'],
          'what the boot loaded')
