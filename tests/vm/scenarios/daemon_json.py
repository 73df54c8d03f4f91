# SPDX-License-Identifier: GPL-3.0-or-later
"""daemon.json against a real dockerd: what it takes, what it refuses, what it says afterwards."""
from lab import FOREIGN, equal, has, scenario


@scenario()
def broken_json(host):
    """A file that is no JSON is an error with its place, none of its lines is quoted, and it stays as it is."""
    text = '{\n  "icc": false\n  "debug": true\n}\n'
    host.daemon(text, restart=False)
    result = host.task('daemon_json', settings={'live-restore': True})
    assert result.failed, 'a broken file was taken'
    has(result['msg'], '/etc/docker/daemon.json:3:3: ')
    assert 'debug' not in result['msg'], 'a line of the file is quoted'
    equal((result['error']['path'], result['error']['line'], result['error']['column']),
          ('/etc/docker/daemon.json', 3, 3), 'the place')
    equal(host.read('/etc/docker/daemon.json'), text, 'daemon.json')


@scenario()
def refused_at_start(host):
    """A setting that dockerd refuses only when it starts is rolled back: dockerd runs with the old file."""
    host.daemon(FOREIGN)
    result = host.task('daemon_json', settings={'storage-driver': 'zfs'}, apply='restart')
    assert result.failed, 'dockerd took a storage driver that this kernel has not'
    equal(result['rolled_back'], True, 'rolled_back')
    equal(result.get('not_undone', []), [], 'not_undone')
    has(result['msg'], 'failed to start daemon: error initializing graphdriver')
    equal(host.read('/etc/docker/daemon.json'), FOREIGN, 'daemon.json')
    equal(host.active(), 'active', 'docker')


@scenario()
def flag_conflict(host):
    """A key that is also given on dockerd's command line is an error that names the flag and its drop-in."""
    drop_in = '/etc/systemd/system/docker.service.d/flags.conf'
    host.write(drop_in, '[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// --icc=false\n')
    host.sh('systemctl daemon-reload; systemctl restart docker')
    result = host.task('daemon_json', settings={'icc': False})
    assert result.failed, 'dockerd would not start any more'
    has(result['msg'], '--icc')
    has(result['msg'], drop_in)
    equal(host.exists('/etc/docker/daemon.json'), False, 'daemon.json is there')


@scenario()
def live_restore_by_reload(host):
    """live-restore is set by a reload: dockerd and a running container keep their processes."""
    host.daemon(FOREIGN)
    container = host.container()
    dockerd = host.sh('systemctl show --property=MainPID docker')
    result = host.promise('daemon_json', settings={'live-restore': True})
    equal(result['pending'], None, 'pending')
    equal(host.info('LiveRestoreEnabled'), 'true', 'live-restore')
    equal(host.pid('web'), container, 'the container')
    equal(host.sh('systemctl show --property=MainPID docker'), dockerd, 'dockerd')


@scenario()
def icc_held_back(host):
    """With live-restore and a container icc cannot come into force: told in every run, no restart in vain."""
    host.daemon('{\n  "live-restore": true\n}\n')
    container = host.container()
    dockerd = host.sh('systemctl show --property=MainPID docker')
    first = host.task('daemon_json', settings={'icc': False}).succeeded()
    equal((first['changed'], first['pending']), (True, 'restart'), 'changed and pending')
    second = host.task('daemon_json', settings={'icc': False}).succeeded()
    equal((second['changed'], second['pending'], second['plan']), (False, 'restart', []), 'the second run')
    has('\n'.join(second['warnings']), 'web')
    equal(host.pid('web'), container, 'the container')
    equal(host.sh('systemctl show --property=MainPID docker'), dockerd, 'dockerd')
    host.sh('docker rm --force web')
    host.promise('daemon_json', settings={'icc': False})
    equal(host.icc(), 'false', 'icc after the container went')


@scenario()
def what_ran_runs_again(host):
    """A restart starts the containers again that ran, whatever their restart policy."""
    host.container()
    result = host.promise('daemon_json', settings={'icc': False})
    has('\n'.join(result['plan']), 'web')
    equal(host.sh('docker ps --format "{{.Names}}"'), 'web', 'running containers')
    equal(host.icc(), 'false', 'icc')


@scenario()
def userns_hides_data(host):
    """userns-remap is refused where it hides data, names what it hides where that is allowed, and is at rest then."""
    host.container('web', '--volume letters:/letters')
    refused = host.task('daemon_json', settings={'userns-remap': 'default'})
    assert refused.failed, 'data was hidden without being asked'
    has(refused['msg'], '/var/lib/docker')
    equal('dockremap' in host.read('/etc/passwd'), False, 'the user dockremap is there')
    allowed = host.promise('daemon_json', settings={'userns-remap': 'default'}, hide_existing_data=True)
    for name in ('busybox', 'letters', 'web'):
        has('\n'.join(allowed['plan']), name)
    has(host.info('SecurityOptions'), 'name=userns')
    has(host.info('DockerRootDir'), '/var/lib/docker/')
    second = host.task('daemon_json', settings={'userns-remap': 'default'}).succeeded()
    equal((second['changed'], second['plan']), (False, []), 'a second run, without hide_existing_data')


@scenario()
def userns_under_live_restore(host):
    """userns-remap is refused while containers run under live-restore, whatever hide_existing_data says."""
    host.daemon('{"live-restore": true}\n')
    container = host.container()
    result = host.task('daemon_json', settings={'userns-remap': 'default'}, hide_existing_data=True)
    assert result.failed, 'a running container would be unlisted'
    has(result['msg'], 'web')
    equal(host.pid('web'), container, 'the container')


@scenario()
def docker_stopped(host):
    """Where Docker is stopped the file is managed and nothing is started."""
    host.sh('systemctl stop docker.socket docker.service')
    result = host.promise('daemon_json', settings={'icc': False})
    equal(result['changed'], True, 'changed')
    equal((host.active(), host.active('docker.socket')), ('inactive', 'inactive'), 'docker and its socket')
    equal(host.read('/etc/docker/daemon.json'), '{\n  "icc": false\n}\n', 'daemon.json')
    equal(host.sh('stat --format "%a %U:%G" /etc/docker /etc/docker/daemon.json'), '755 root:root\n644 root:root',
          'modes')


@scenario()
def docker_socket_waits(host):
    """Where docker.socket listens for a stopped Docker nothing wakes it, in check mode either."""
    host.sh('systemctl stop docker.service')
    equal((host.active(), host.active('docker.socket')), ('inactive', 'active'), 'docker and its socket, before')
    host.promise('daemon_json', settings={'icc': False, 'userns-remap': 'default'}, hide_existing_data=True)
    equal((host.active(), host.active('docker.socket')), ('inactive', 'active'), 'docker and its socket')


@scenario(releases=['trixie'])
def validated_with_flags(host):
    """dockerd --validate judges the new file together with the unit's flags; a check leaves no user behind."""
    host.write('/etc/systemd/system/docker.service.d/flags.conf',
               '[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// --log-level=warn\n')
    host.sh('systemctl daemon-reload; systemctl restart docker')
    result = host.task('daemon_json', check=True, settings={'userns-remap': 'default'}).succeeded()
    equal(result['changed'], True, 'changed')
    equal('dockremap' in host.read('/etc/passwd'), False, 'the user dockremap is there')
    pools = [{'base': '10.0.0.0/8', 'size': 4}]
    refused = host.task('daemon_json', check=True, settings={'default-address-pools': pools})
    assert refused.failed, 'a pool that is larger than its base was taken'
    equal(host.exists('/etc/docker/daemon.json'), False, 'daemon.json is there')


@scenario()
def not_installed(host):
    """Where Docker is not installed the file is managed for the day when it is."""
    host.sh('systemctl stop docker.socket docker.service; rm -f /usr/sbin/dockerd /lib/systemd/system/docker.s*; '
            'systemctl daemon-reload')
    host.promise('daemon_json', settings={'icc': False})
    equal(host.read('/etc/docker/daemon.json'), '{\n  "icc": false\n}\n', 'daemon.json')


# What dockerd of both releases refuses when it starts, and what of it must be named before anything is stopped.
UNSTARTABLE = {
    '{"log-driver": "journald", "log-opts": {"max-size": "10m"}}': 'has no option max-size',
    '{"log-driver": "nosuch", "log-opts": {"a": "b"}}': "has no log driver 'nosuch'",
    '{"seccomp-profile": "/none.json"}': "'/none.json' does not exist",
    '{"default-runtime": "gv"}': "default runtime 'gv'",
    '{"labels": ["rack"]}': "'rack' has not the form key=value",
    '{"no-such-key": 1}': 'dockerd knows no such key',
    '{"hosts": ["unix:///run/docker.sock"]}': 'hosts is given on dockerd',
}


@scenario()
def unstartable_on_disk(host):
    """A file that another tool made unstartable stops a restart for something else, and nothing that runs stops."""
    for text, why in UNSTARTABLE.items():
        host.daemon(text, restart=False)
        pid = host.sh('systemctl show --property=MainPID docker')
        result = host.task('daemon_json', settings={'icc': False})
        assert result.failed, f'{text}: dockerd would have been stopped'
        has(result['msg'], 'Docker would not start again: ')
        has(result['msg'], why)
        equal(host.sh('systemctl show --property=MainPID docker'), pid, 'dockerd')
        equal(host.read('/etc/docker/daemon.json'), text, 'daemon.json')
        # The fact itself: dockerd does not start with it.
        assert host.run('systemctl restart docker', check=False).returncode != 0, f'{text}: dockerd starts'
        host.sh('echo "{}" >/etc/docker/daemon.json; systemctl reset-failed docker docker.socket; '
                'systemctl start docker')


@scenario()
def other_data_root_hides(host):
    """Another data root is refused while Docker holds something, with the way to docker_data."""
    host.container()
    result = host.task('daemon_json', settings={'data-root': '/srv/docker'})
    assert result.failed, 'the container would not be listed any more'
    has(result['msg'], 'data-root: Docker would no longer list 1 image and 1 container')
    has(result['msg'], 'docker_data')
    equal(host.exists('/etc/docker/daemon.json'), False, 'daemon.json is there')
