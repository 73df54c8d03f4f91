# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers over a restart of Docker: which ones cannot come back, and in which order the others do."""
from lab import equal, has, scenario

RUNNING = 'docker ps --format "{{.Names}}" | sort | tr "\\n" " "'


def starts(host):
    """How often dockerd has started since the boot."""
    return host.sh('journalctl --boot --unit=docker --output=cat | grep -c "Starting up"')


@scenario()
def gone_bind_source(host):
    """A container whose bind source is gone holds a restart back, which names it; -v of a directory is only told."""
    host.sh('mkdir -p /srv/given /srv/dir; echo a >/srv/file')
    host.container('other', '--stop-signal KILL')
    host.container('app', '--mount type=bind,source=/srv/given,target=/given')
    host.sh('rm -r /srv/given')
    dockerd = host.sh('systemctl show --property=MainPID docker')
    for check in (True, False):
        refused = host.task('daemon_json', check=check, settings={'icc': False})
        assert refused.failed, 'Docker was to be stopped'
        for words in ("'app'", "'/srv/given'", 'docker stop app'):
            has(refused['msg'], words)
    equal(host.sh('systemctl show --property=MainPID docker'), dockerd, 'dockerd')
    # What is foreseen is what dockerd does.
    host.sh('docker stop --time 0 app')
    has(host.run('docker start app', check=False).stderr, 'bind source path does not exist: /srv/given')
    host.container('file', '--volume /srv/file:/etc/file')
    host.sh('rm /srv/file')
    refused = host.task('daemon_json', settings={'icc': False})
    assert refused.failed, 'a directory would have come into the place of a file'
    has(refused['msg'], "the source '/srv/file' of its mount '/etc/file' was a file")
    equal(host.exists('/srv/file'), False, 'a directory in the place of the file')
    host.sh('docker rm --force file')
    host.container('dir', '--volume /srv/dir:/given')
    host.sh('rmdir /srv/dir')
    done = host.promise('daemon_json', settings={'icc': False})
    has('\n'.join(done['warnings']), "the source '/srv/dir' of its mount '/given' is not there any more")
    equal(host.sh(RUNNING).split(), ['dir', 'other'], 'running containers')


@scenario()
def container_chain(host):
    """Containers start in the order of their need, and one that does not start holds back no other."""
    host.container('zero', '--stop-signal KILL --ipc shareable')
    host.container('vpn', '--stop-signal KILL --pid container:zero')
    host.container('app', '--stop-signal KILL --network container:vpn')
    host.container('early', '--stop-signal KILL --link zero --ipc container:zero')
    before = starts(host)
    host.promise('daemon_json', settings={'icc': False})
    equal(host.sh(RUNNING).split(), ['app', 'early', 'vpn', 'zero'], 'running containers')
    equal(int(starts(host)), int(before) + 1, 'starts of dockerd')
    # What nobody foresees: the container has no program any more.
    host.container('broken', '--stop-signal KILL')
    host.sh('docker exec broken /bin/busybox rm -f /bin/busybox')
    failed = host.task('daemon_json', settings={'icc': True})
    assert failed.failed, 'a container without its program was started'
    has(failed['msg'], "container 'broken' did not start: ")
    equal(failed['msg'].count('did not start'), 1, 'how often it is told')
    equal((failed['changed'], failed['rolled_back']), (True, False), 'changed and rolled back')
    equal(host.sh(RUNNING).split(), ['app', 'early', 'vpn', 'zero'], 'running containers')
    equal(host.icc(), 'true', 'icc')
    equal(int(starts(host)), int(before) + 2, 'starts of dockerd')
    equal(host.task('daemon_json', settings={'icc': True}).succeeded()['changed'], False, 'the next run')


@scenario()
def ends_by_itself(host):
    """A container that ends by itself after its start has run."""
    host.container('web', '--stop-signal KILL')
    host.sh('docker run --detach --stop-signal KILL --name job --volume /srv:/srv busybox '
            '/bin/busybox sh -c "test -e /srv/short && exit 0; : >/srv/short; exec /bin/busybox sleep 86400"')
    host.sh('for i in $(seq 50); do test ! -e /srv/short || break; sleep 0.1; done')
    host.promise('daemon_json', settings={'icc': False})
    equal(host.sh(RUNNING).split(), ['web'], 'running containers')
    equal(host.sh('docker inspect --format "{{.State.ExitCode}}" job'), '0', 'how the job ended')
