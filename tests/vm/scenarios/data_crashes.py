# SPDX-License-Identifier: GPL-3.0-or-later
"""docker_data that ends in the middle: kill -9 and power cuts at each point of the move, failing disks, a missing disk.

A point is a system call of the run, found in the trace of a whole run; the run is caught when it is about to make it.
"""
import json
import re

from data import NOTE, OLD, ROOT, VOLUME, contents, fill, listing, moved
from lab import BUILD, equal, has, scenario

TRACED = 'renameat,renameat2,unlinkat,mkdirat,pipe2,execve'
# (Signals are not sent with --seccomp-bpf, which makes the first trace bearable.)
# What the run is about to do -> the call, and which one of those that look so. A tool is started after a pipe2.
POINTS = {
    'note that the copy begins': (r'renameat2?\(.*"docker\.move-dockhost"', 0),
    'copy': None,                                          # while cp runs
    'remove the guard of the compared copy': (r'unlinkat\(.*"\.dockhost-new"', 0),
    'note that the copy is verified': (r'renameat2?\(.*"docker\.move-dockhost"', 1),
    'write the line of fstab': (r'renameat2?\(.*"fstab"', 0),
    'rename the old data': (r'renameat2?\(.*"docker", .*"docker\.before-dockhost"', 0),
    'make the new directory': (r'mkdirat\(.*"\.docker\.dockhost-tmp"', 0),
    'give the new directory its name': (r'renameat2?\(.*"\.docker\.dockhost-tmp", .*"docker"', 0),
    'mount': (r'execve\(.*mount".*"/var/lib/docker"', 0),
    'start Docker': (r'execve\(.*"start", .*"docker\.service"', 0),
    'remove the note': (r'unlinkat\(.*"docker\.move-dockhost"', 0),
}
# Its descriptors are not those of ssh, which would wait for a run that is stopped.
UNTIL_IT_COPIES = ('/root/dockhost /root/call >/root/said 2>&1 </dev/null & run=$!; '
                   'until [ -e /proc/$run/root/run/dockhost/copy/volumes/vol/_data/sparse ]; do '
                   'kill -0 $run || { cat /root/said; exit 1; }; done;')


def prepared(host):
    """A host with data, kept as a snapshot, the run's call, and at which call of the run each point is."""
    fill(host)
    host.put(BUILD / 'dockhost', '/root/dockhost')
    host.write('/root/call', json.dumps({**VOLUME, '_ansible_module_name': 'docker_data'}))
    before, entries = contents(host), listing(host)
    host.sh('sync')
    host.save('filled')
    host.sh(f'strace -f --seccomp-bpf -qq -s 4096 -o /root/trace -e trace={TRACED} '
            '/root/dockhost /root/call >/root/said')
    moved(host, before, entries)
    calls = places(host.read('/root/trace'))
    host.revert('filled')
    return before, entries, calls


def places(trace, points=None):
    """Each point as (system call, which one of the run's own), from the lines `PID CALL(...`."""
    lines = [line.split(maxsplit=1) for line in trace.splitlines() if re.match(r'\d+ +\w+\(', line)]
    run, found = lines[0][0], {}
    for point, where in (points or POINTS).items():
        if where is None:
            continue
        pattern, number = where
        at = [index for index, (_, call) in enumerate(lines) if re.match(pattern, call)]
        if len(at) <= number:
            raise AssertionError(f'{point}: {pattern} is not in the trace')
        last = at[number]
        own = [call.split('(')[0] for pid, call in lines[:last + 1] if pid == run]
        name = 'pipe2' if pattern.startswith('execve') else own[-1]
        found[point] = name, own.count(name)
    return found


def caught(host, point, calls, signal):
    """A run that gets the signal when it is about to do what the point says."""
    if point == 'copy':
        host.sh(f'{UNTIL_IT_COPIES} kill -{signal} $run; [ {signal} = STOP ] || wait $run || true')
        return
    name, number = calls[point]
    start = (f'strace -qq -o /root/log -e trace={name} -e inject={name}:signal={signal}:when={number} '
             '/root/dockhost /root/call >/root/said')
    if signal == 'KILL':
        equal(host.run(start, check=False).returncode, 137, f'the run that was to be killed at: {point}')
    else:
        host.sh(f'({start}) >/dev/null 2>&1 </dev/null & '
                'until grep -q SIGSTOP /root/log; do sleep 0.1; kill -0 $!; done')


def finished(host, before, entries):
    """That the next run finishes, and what it says."""
    result = host.promise('docker_data', **VOLUME)
    moved(host, before, entries)
    equal(listing(host, OLD), entries, 'the old data')
    return result


@scenario(releases=('bookworm',), thorough=True)
def data_killed_at_each_point(host):
    """A run that is killed at any point of the move is finished by the next one, and what ran runs again."""
    before, entries, calls = prepared(host)
    for point in POINTS:
        host.revert('filled')
        caught(host, point, calls, 'KILL')
        result = finished(host, before, entries)
        print(f'  killed when it was about to {point}: the next run did {len(result["plan"])} steps', flush=True)


@scenario(releases=('trixie',), thorough=True)
def data_power_cuts(host):
    """The power fails while it copies, between fstab and rename, after the commit, and after the mount: the host boots,
    Docker runs on whole data or not at all, and the next run finishes."""
    _, entries, calls = prepared(host)
    for point in ('copy', 'rename the old data', 'give the new directory its name', 'mount', 'start Docker',
                  'remove the note'):
        host.revert('filled')
        caught(host, point, calls, 'STOP')
        host.cut()
        said = state(host)
        # After a boot there run what Docker starts by itself; the rest is as it was.
        before = contents(host) if host.active() == 'active' else None
        result = host.promise('docker_data', **VOLUME)
        moved(host, before or contents(host), entries)
        print(f'  power cut when it was about to {point}: {said}; the next run did {len(result["plan"])} steps',
              flush=True)


def state(host):
    """After a boot: Docker, and what lies where."""
    host.run('systemctl is-system-running --wait', check=False)
    said = host.sh(f'findmnt --noheadings --output SOURCE {ROOT} || echo nothing; '
                   f'head --bytes 8 {NOTE} || echo none; echo; '
                   f'[ -e {OLD} ] && echo aside || echo in place').split('\n')
    return f'Docker {host.active()}, mounted {said[0]}, note {said[1]}, old data {said[2]}'


@scenario(releases=('bookworm',), thorough=True)
def data_disk_fails(host):
    """A disk fails while the copy is written: Docker runs on the old data again, and a disk that works takes it."""
    sectors = host.sh('blockdev --getsz /dev/vdb')
    host.sh(f'echo "0 {sectors} linear /dev/vdb 0" | dmsetup create target')
    fill(host)
    before, entries = contents(host), listing(host)
    wish = {'device': '/dev/mapper/target', '_ansible_module_name': 'docker_data'}
    host.put(BUILD / 'dockhost', '/root/dockhost')
    host.write('/root/call', json.dumps(wish))
    host.sh(f'{UNTIL_IT_COPIES} echo "0 {sectors} error" | dmsetup load target; '
            'dmsetup suspend --noflush target; dmsetup resume target; wait $run || true')
    said = json.loads(host.read('/root/said').strip())
    equal((said['failed'], said['changed'], said['rolled_back']), (True, True, False), said['msg'])
    print('  ' + said['msg'].splitlines()[0], said['not_undone'], flush=True)
    equal((contents(host), listing(host), host.exists(OLD), host.active()), (before, entries, False, 'active'),
          'the host')
    host.sh(f'echo "0 {sectors} linear /dev/vdb 0" | dmsetup load target; dmsetup resume target')
    host.promise('docker_data', device='/dev/mapper/target')
    equal((contents(host), listing(host)), (before, entries), 'the data that was moved')


@scenario(releases=('trixie',), thorough=True)
def data_disk_missing(host):
    """Without its disk the host comes up, Docker does not start on the empty directory, and says why; with it again,
    everything is there."""
    fill(host)
    host.promise('docker_data', **VOLUME)
    entries = listing(host)
    host.write('/etc/systemd/system/take-disk.service', """[Unit]
DefaultDependencies=no
Before=systemd-udevd.service systemd-udev-trigger.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo 1 >$(readlink -f /sys/block/vdb/device/..)/remove'
[Install]
WantedBy=sysinit.target
""")
    host.sh('systemctl enable --quiet take-disk; sync')
    host.cut()
    host.run('systemctl is-system-running --wait', check=False)
    equal(host.run('test -e /dev/vdb', check=False).returncode, 1, 'the disk')
    equal((host.active(), host.sh(f'ls -A {ROOT}')), ('inactive', ''), 'Docker, and its directory')
    host.run('systemctl start docker', check=False)
    equal((host.active(), host.sh(f'ls -A {ROOT}')), ('inactive', ''), 'Docker after it was started by hand')
    has(host.sh('journalctl --no-pager --boot'), 'Dependency failed for docker.service')
    told = host.task('docker_data', check=True, **VOLUME)
    print('  ' + told['msg'].splitlines()[0], flush=True)
    equal(told.failed, True, 'docker_data without its disk')
    host.sh('systemctl disable --quiet take-disk; rm /etc/systemd/system/take-disk.service; sync')
    host.cut()
    host.run('systemctl is-system-running --wait', check=False)
    equal((host.active(), listing(host)), ('active', entries), 'with the disk again')
    equal(host.promise('docker_data', **VOLUME)['plan'], [], 'what is left to do')
