# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's unit and those around it: what stops along with it, and a start that takes its time."""
import json

from lab import BUILD, FOREIGN, equal, has, scenario

# Three levels below Docker, by each relation that a stop follows, and one unit that has nothing to do with it.
CHAIN = {'db': 'Requires=docker.service\nAfter=docker.service', 'app': 'Requires=db.service\nAfter=db.service',
         'front': 'BindsTo=app.service\nAfter=app.service', 'monitor': 'Requisite=app.service\nAfter=app.service',
         'part': 'PartOf=db.service\nAfter=db.service', 'apart': 'After=docker.service'}
SLOW = '/etc/systemd/system/docker.service.d/slow.conf'


def states(host):
    return {name: host.active(name) for name in CHAIN}


def direct(host, **arguments):
    """daemon_json on the host itself, where no connection's patience ends it, and its result."""
    host.put(BUILD / 'dockhost', '/root/dockhost')
    host.write('/root/call.json', json.dumps({**arguments, '_ansible_module_name': 'daemon_json'}))
    return json.loads(host.run('/root/dockhost /root/call.json', check=False).stdout)


def slowed(host, seconds):
    host.write(SLOW, f'[Service]\nExecStartPre=/bin/sleep {seconds}\n')
    host.sh('systemctl daemon-reload')


@scenario()
def unit_chain(host):
    """Units that stop along with Docker over three levels run again, as after systemctl's own restart of Docker."""
    for name, relations in CHAIN.items():
        host.write(f'/etc/systemd/system/{name}.service',
                   f'[Unit]\n{relations}\n[Service]\nExecStart=/bin/sleep infinity\n')
    host.sh(f'systemctl daemon-reload; systemctl start {" ".join(CHAIN)}')
    equal(set(states(host).values()), {'active'}, 'the units before')
    pids = host.sh('systemctl show --property=MainPID apart')
    host.sh('systemctl restart docker')
    restarted = states(host)
    host.sh(f'systemctl start {" ".join(CHAIN)}')
    result = host.promise('daemon_json', settings={'icc': False})
    for name in CHAIN:
        if name != 'apart':
            has(' '.join(result['plan']), f'{name}.service')
    equal(states(host), {**restarted, **dict.fromkeys(CHAIN, 'active')}, 'the units afterwards')
    equal(host.sh('systemctl show --property=MainPID apart'), pids, 'the unit that has nothing to do with Docker')


@scenario(on='bookworm')
def still_starting(host):
    """A start that is not over in time is left to systemd: the next run waits for it and starts what ran."""
    host.daemon(FOREIGN)
    host.container()
    slowed(host, 45)
    result = host.task('daemon_json', settings={'icc': False}, timeout=15)
    assert result.failed, 'it was over in time'
    has(result['msg'], 'docker.service is still starting after 15 seconds')
    equal((result['changed'], result['rolled_back']), (True, False), 'the result')
    equal(host.active(), 'activating', 'docker')
    check = host.task('daemon_json', check=True, settings={'icc': False}).succeeded()
    has(check['plan'][0], 'wait for the start of docker.service, then the container web')
    host.task('daemon_json', settings={'icc': False}).succeeded()
    equal((host.active(), host.icc()), ('active', 'false'), 'docker')
    assert int(host.pid('web')) > 0, 'the container does not run'
    equal(host.task('daemon_json', check=True, settings={'icc': False})['plan'], [], 'the plan afterwards')


@scenario(on='bookworm', thorough=True)
def slow_start(host):
    """A dockerd that needs two minutes to start is waited for, and its journal told meanwhile."""
    host.daemon(FOREIGN)
    host.container()
    slowed(host, 120)
    result = direct(host, settings={'icc': False})
    assert not result.get('failed'), result['msg']
    equal((host.active(), host.icc()), ('active', 'false'), 'docker')
    assert int(host.pid('web')) > 0, 'the container does not run'
    has(host.sh('journalctl --identifier=dockhost --output=cat'), 'waiting for the start of docker.service for ')


@scenario(on='bookworm', thorough=True)
def slow_refusal(host):
    """What a slow dockerd refuses is undone as slowly, and at once when its start has failed."""
    host.daemon(FOREIGN)
    host.container()
    slowed(host, 120)
    result = direct(host, settings={'storage-driver': 'zfs'}, hide_existing_data=True, apply='restart')
    assert result.get('failed'), 'dockerd took a storage driver that this kernel has not'
    has(result['msg'], 'failed to start daemon: error initializing graphdriver')
    equal((result['changed'], result['rolled_back'], result['not_undone']), (False, True, []), 'the result')
    equal(host.read('/etc/docker/daemon.json'), FOREIGN, 'daemon.json')
    equal(host.active(), 'active', 'docker')
    assert int(host.pid('web')) > 0, 'the container does not run'
