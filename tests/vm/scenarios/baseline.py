# SPDX-License-Identifier: GPL-3.0-or-later
"""docker_host on a real host: the article from blank to met, every control broken on purpose, and odd hosts."""
import hashlib
import json

from lab import BUILD, equal, has, scenario

STORAGE = {'volume': {'disks': ['/dev/vdb']}}
# What the profile of level 2 needs to be told before each control that can be remedied is.
LEVEL2 = {'profile': 'cis_level2', 'hide_existing_data': True, 'trusted_users': ['bob'],
          'minimum_docker_version': '20.10', 'on_request': ['1.1.2', '2.5', '2.8', '2.10'], 'waivers': [
              {'id': '2.16', 'reason': 'ports on loopback', 'until': 'never'},
              {'id': '2.12', 'reason': 'no plugin here', 'until': 'never'},
              {'id': '2.13', 'reason': 'logs stay', 'until': 'never'},
              {'id': 'storage.data_root', 'reason': 'one disk', 'until': 'never'}]}


def executable(host):
    """The copy of the executable that the action plugin leaves on the host."""
    digest = hashlib.sha256((BUILD / 'dockhost').read_bytes()).hexdigest()
    return f'/var/cache/dockhost/{digest}'


def direct(host, arguments, check=True):
    """One run of docker_host on the host, without Ansible."""
    host.write('/root/args.json', json.dumps({**arguments, '_ansible_module_name': 'docker_host',
                                              '_ansible_check_mode': check}))
    return json.loads(host.run(f'{executable(host)} /root/args.json', check=False).stdout)


def open_controls(result):
    """Keys to status, of what is neither met nor waived nor undecided."""
    assert not result.get('failed'), result.get('msg')
    return {one['key']: one['status'] for one in result['report']['controls']
            if one['status'] not in ('excluded', 'not_testable')}


def history(host):
    host.container('web', '--stop-signal KILL', '--volume letters:/letters')
    host.sh('docker exec web /bin/busybox sh -c "echo Dear >/letters/first"')


@scenario(on='all')
def baseline_article(host):
    """The article on a host with data: every control that fails in check mode is met as predicted, the data is there,
    and the next run has nothing to do."""
    history(host)
    host.sh('mkdir -p /etc/default; touch /etc/default/docker')
    arguments = {'storage': STORAGE, 'hide_existing_data': True}
    predicted = direct(host, arguments)['report']
    assert predicted['counts']['fail'] >= 10, predicted['counts']
    equal({one['key']: one['after'] for one in predicted['controls'] if one['after'] != 'pass'}, {}, 'what stays open')
    host.promise('docker_host', **arguments)
    result = direct(host, arguments)
    equal(open_controls(result), {}, 'what is open after the run')
    equal(result['plan'], [], 'the plan after the run')
    has(result['msg'], '100 %: ')
    equal(host.sh('cat /var/lib/docker/volumes/letters/_data/first'), 'Dear', 'the data')
    equal(host.sh('mountpoint -q /var/lib/docker && id -u dockremap >/dev/null && echo yes'), 'yes', 'mount and user')
    equal(host.icc(), 'false', 'icc')
    text = host.run(f'{executable(host)} check', check=False)
    equal((text.returncode, text.stdout.splitlines()[-1][:5]), (0, '100 %'), 'dockhost check')
    print(f'  {host.release}: {predicted["counts"]}, then {result["report"]["counts"]}', flush=True)


# What is broken, and the controls that are to name it. The file is not read before the next start of Docker, which
# would not start with all of it.
BROKEN_FILE = {'icc': True, 'log-level': 'debug', 'iptables': False, 'insecure-registries': ['registry.lan:5000'],
               'cgroup-parent': '/foo', 'storage-opts': ['dm.basesize=20G'], 'no-new-privileges': False,
               'live-restore': False, 'experimental': True}
FILES = {'/lib/systemd/system/docker.service': 'docker_service', '/lib/systemd/system/docker.socket': 'docker_socket',
         '/etc/docker': 'etc_docker', '/etc/docker/certs.d/lan/ca.crt': 'registry_certificates',
         '/etc/docker/daemon.json': 'daemon_json', '/etc/default/docker': 'etc_default_docker',
         '/etc/sysconfig/docker': 'etc_sysconfig_docker', '/run/docker.sock': 'docker_sock',
         '/run/containerd/containerd.sock': 'containerd_sock'}
BREAKS = {
    'settings in the file': (
        f"cat >/etc/docker/daemon.json <<'JSON'\n{json.dumps(BROKEN_FILE, indent=2)}\nJSON\n",
        {f'daemon.{name}': 'fail' for name in (
            'icc', 'log_level', 'iptables', 'insecure_registries', 'cgroup_parent', 'basesize', 'no_new_privileges',
            'live_restore', 'experimental', 'default_ulimits', 'userns_remap')}),
    'a setting that Docker has not read': (
        'cp /etc/docker/daemon.json /root/right; sed -i "s/\\"icc\\": false/\\"icc\\": true/" /etc/docker/daemon.json; '
        'systemctl restart docker; cp /root/right /etc/docker/daemon.json', {'daemon.icc': 'pending_restart'}),
    'rules out of the kernel': (
        'auditctl -W /etc/docker -p rwxa -k docker; auditctl -W /var/lib/docker -p rwxa -k docker; '
        'auditctl -W /usr/bin/containerd -p rwxa -k docker',
        dict.fromkeys(('audit.etc_docker', 'audit.data_root', 'audit.containerd'), 'fail')),
    'rules out of the file': (
        'sed -i "/daemon.json/d; /docker.socket/d; /runc /d" /etc/audit/rules.d/docker.rules',
        dict.fromkeys(('audit.daemon_json', 'audit.docker_socket', 'audit.runc'), 'fail')),
    'modes': (f'chmod o+w {" ".join(FILES)}', {f'file.{name}.mode': 'fail' for name in FILES.values()}),
    'owners': (f'chown 1000:1000 {" ".join(FILES)}', {f'file.{name}.owner': 'fail' for name in FILES.values()}),
    'the unit of the socket': (
        'mkdir -p /etc/systemd/system/docker.socket.d; '
        'printf "[Socket]\\nSocketMode=0666\\n" >/etc/systemd/system/docker.socket.d/10-wide.conf; '
        'systemctl daemon-reload',
        {'file.docker_sock.mode': 'fail'}),
    'a user': ('usermod --append --groups docker alice', {'users.docker_group': 'fail'}),
}


def level2(host):
    """Brings the host to the profile of level 2, with every file there that it speaks of."""
    host.sh('mkdir -p /etc/default /etc/sysconfig /etc/docker/certs.d/lan /etc/audit/rules.d; '
            'touch /etc/default/docker /etc/sysconfig/docker /etc/docker/certs.d/lan/ca.crt')
    first = direct(host, LEVEL2, check=False)
    equal(open_controls(first), {}, 'after the first run')
    equal(direct(host, LEVEL2)['plan'], [], 'the plan after it')
    return first


def mend(host, what):
    """What a run that has to mend everything did, as its plan; the check after it finds nothing."""
    mended = direct(host, LEVEL2, check=False)
    equal(open_controls(mended), {}, f'{what}, mended')
    again = direct(host, LEVEL2)
    equal((open_controls(again), again['plan']), ({}, []), f'{what}, looked at again')
    return mended['plan']


@scenario()
def baseline_breaks(host):
    """Each control that can be remedied is broken once: check names exactly those that were, and harden mends them."""
    level2(host)
    for name, (command, expected) in BREAKS.items():
        host.sh(command)
        equal(open_controls(direct(host, LEVEL2)), expected, name)
        plan = mend(host, name)
        print(f'  {host.release}: {name}: {len(expected)} named and mended in {len(plan)} steps', flush=True)


def settings_broken(host):
    """(what, how it is broken, the key of the control that is to name it) for each setting, alone."""
    right = json.loads(host.sh('cat /etc/docker/daemon.json'))
    for name, value in BROKEN_FILE.items():
        text = json.dumps({**right, name: value})
        yield (f'{name} in the file', lambda text=text: host.write('/etc/docker/daemon.json', text),
               'daemon.' + {'storage-opts': 'basesize'}.get(name, name.replace('-', '_')))
    for name in ('default-ulimits', 'userns-remap'):
        text = json.dumps({key: value for key, value in right.items() if key != name})
        yield (f'{name} out of the file', lambda text=text: host.write('/etc/docker/daemon.json', text),
               'daemon.' + name.replace('-', '_'))


def rules_and_rights_broken(host):
    """The same for each rule and each file. Of a rule the control is found by looking: exactly one has to name it."""
    for rule in host.sh('auditctl -l').splitlines():
        yield (f'{rule} out of the kernel', lambda rule=rule: host.sh('auditctl ' + rule.replace('-w', '-W', 1)), None)
    for line in host.sh("sed -n '/^-w/p' /etc/audit/rules.d/docker.rules").splitlines():
        place = line.split()[1]
        yield (f'{line} out of the file',
               lambda place=place: host.sh(f'sed -i "\\|^-w {place} |d" /etc/audit/rules.d/docker.rules'), None)
    for path, name in FILES.items():
        yield f'the mode of {path}', lambda path=path: host.sh(f'chmod o+w {path}'), f'file.{name}.mode'
        yield f'the owner of {path}', lambda path=path: host.sh(f'chown 1000:1000 {path}'), f'file.{name}.owner'


def break_singly(host, breaks):
    """Each of the breaks: check names it and nothing else, so what was mended before it stayed so. Returns the keys of
    the controls that named one."""
    named = set()
    for what, damage, expected in breaks:
        damage()
        found = open_controls(direct(host, LEVEL2))
        named_rule = next((key for key in found if key.startswith('audit.')), 'an audit control')
        equal(found, {expected or named_rule: 'fail'}, what)
        named |= set(found)
        mended = direct(host, LEVEL2, check=False)
        equal(open_controls(mended), {}, f'{what}, mended')
        print(f'  {host.release}: {what}: {", ".join(found)}, {len(mended["plan"])} steps', flush=True)
    last = direct(host, LEVEL2)
    equal((open_controls(last), last['plan']), ({}, []), 'looked at again')
    return named


@scenario(on='trixie', thorough=True)
def baseline_settings_break_singly(host):
    """Each setting of Docker is broken alone: check names its control and no other, and harden mends it."""
    level2(host)
    break_singly(host, settings_broken(host))


@scenario(on='bookworm', thorough=True)
def baseline_rules_and_rights_break_singly(host):
    """Each audit rule and each file's rights are broken alone: check names one control, and harden mends it."""
    first = level2(host)
    named = break_singly(host, rules_and_rights_broken(host))
    audit = {key for key in first['report']['passed'] if key.startswith('audit.')}
    equal(audit - named, set(), 'rules that no break was named for')


@scenario()
def baseline_states(host):
    """Without root, with Docker stopped, in a swarm, and without Docker: what can be judged is, the rest says why."""
    host.sh(f'install --mode 0755 {executable(host)} /tmp/dockhost')
    text = host.run('su alice -c "/tmp/dockhost check --json"', check=False).stdout
    statuses = {one['key']: one['status'] for one in json.loads(text)['report']['controls']}
    equal({status for key, status in statuses.items() if key.startswith('audit.')}, {'not_testable'}, 'audit as a user')

    host.sh('systemctl stop docker docker.socket')
    found = open_controls(direct(host, {}))
    equal((found['daemon.icc'], host.active()), ('fail', 'inactive'), 'with Docker stopped')
    host.sh('systemctl start docker; docker swarm init --advertise-addr 127.0.0.1')
    result = direct(host, {'hide_existing_data': True}, check=False)
    left = {one['key']: one.get('refused', '') for one in result['report']['controls'] if one['status'] == 'fail'}
    has(left['daemon.live_restore'], 'swarm')
    has(left['daemon.userns_remap'], 'would forget')         # with the data root, in which its membership is kept
    equal(set(left), {'daemon.live_restore', 'daemon.userns_remap', 'storage.data_root'}, 'what is open in a swarm')

    host.sh('docker swarm leave --force; systemctl stop docker docker.socket; mv /usr/sbin/dockerd /root; '
            'mv /lib/systemd/system/docker.service /lib/systemd/system/docker.socket /root; systemctl daemon-reload')
    gone = direct(host, {'profile': 'cis_level1'})['report']
    assert 'daemon.icc' in gone['not_applicable'] and 'file.docker_service.mode' in gone['not_applicable'], gone


@scenario(on='bookworm', thorough=True)
def baseline_killed(host):
    """A run that is killed after it wrote daemon.json, while Docker is stopped, is finished by the next one."""
    history(host)
    arguments = {'hide_existing_data': True}
    host.write('/root/args.json', json.dumps({**arguments, '_ansible_module_name': 'docker_host'}))
    host.sh(f'{executable(host)} /root/args.json >/root/out 2>&1 </dev/null & pid=$!; '
            'until grep -q icc /etc/docker/daemon.json 2>/dev/null; do sleep 0.02; done; '
            'kill -9 $pid; wait $pid || true')
    result = direct(host, arguments, check=False)
    equal(set(open_controls(result)), {'storage.data_root'}, 'what is open after the next run')
    equal((host.active(), direct(host, arguments)['plan']), ('active', []), 'Docker, and the plan')
