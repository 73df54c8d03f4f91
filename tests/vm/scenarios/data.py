# SPDX-License-Identifier: GPL-3.0-or-later
"""docker_data: Docker's data moves to a volume of its own, and nothing is lost."""
import json

from lab import BUILD, equal, has, scenario

ROOT, OLD, NOTE = '/var/lib/docker', '/var/lib/docker.before-dockhost', '/var/lib/docker.move-dockhost'
VOLUME = {'volume': {'disks': ['/dev/vdb']}}
# Every kind of entry that containers leave in a volume, and that Docker's drivers make in a layer.
ENTRIES = r'''
cd /var/lib/docker/volumes/vol/_data
mkdir -p deep/$(printf 'd%.0s' $(seq 200)) sticky layer frozen; chmod 3777 sticky
printf 'one' >file; ln file hard; ln file deep/hard; ln -s /nowhere dangling; ln -s file link
truncate --size 16M sparse; printf 'end' >>sparse; printf 'middle' | dd of=sparse bs=1 seek=1M conv=notrunc status=none
fallocate --length 1M allocated; printf 'x' >>allocated
mkfifo pipe; mknod null c 1 3; mknod layer/gone c 0 0
touch -- "$(printf 'new\nline')" "$(printf 'latin\351')" "$(printf 'n%.0s' $(seq 255))" ' ' '-rf' '*'
touch --date=1960-01-02T03:04:05.123456789 early; touch --date=2200-01-02T03:04:05.987654321 late; chown 1234:4321 early
ssh-agent -a socket >/dev/null; pkill -9 ssh-agent; mknod disk b 7 99
printf 'two' >other; setcap cap_net_raw+ep other
printf 'three' >named; setfattr --name user.words --value 'one two' named; setfattr --name user.empty named
setfacl --modify u:1234:r,g:4321:rw named; setfacl --default --modify u:99:rwx sticky
setfattr --name trusted.overlay.opaque --value y layer; setfattr --name trusted.overlay.impure --value y deep
setfattr --no-dereference --name trusted.overlay.origin --value 0x00fb1d link
setfattr --name security.selinux --value system_u:object_r:container_file_t:s0 file
printf 'fixed' >fixed; printf 'log' >log; printf 'in' >frozen/in; chattr +i fixed frozen; chattr +a log
'''
# What find, stat, md5sum, getcap, getfattr and lsattr tell of each entry that Docker leaves alone when it starts.
LISTING = r'''
set -- volumes/*/_data overlay2/*/diff image/overlay2/imagedb/content image/overlay2/layerdb/sha256
{ find "$@" -type d -printf '%p\t%y\t%m\t%U:%G\t%T@\0' -o -printf '%p\t%y\t%m\t%U:%G\t%T@\t%l\t%n\t%s\0' | sort -z
  find "$@" \( -type c -o -type b \) -exec stat --printf '%n %t:%T\0' {} + | sort -z
  find "$@" -type f -print0 | sort -z | xargs -0 md5sum -z
  find "$@" -type f -name other -exec getcap {} + | sort
  find "$@" -print0 | sort -z | xargs -0 getfattr --dump --no-dereference --match=- --encoding=hex --absolute-names
  find "$@" \( -name fixed -o -name frozen -o -name log \) -print0 | sort -z | xargs -0 lsattr -d | tr -d e
} 2>&1 | tr '\0' '\n'
'''


def listing(host, path=ROOT):
    """All that is told of the data below a data root, in a file on the host. Returns its hash."""
    return host.sh(f'cd {path}; ({LISTING}) >/root/listing; md5sum </root/listing')


def build(host):
    """An image that is built of the other one. Returns what is said."""
    return host.sh("printf 'FROM busybox\\nRUN [\"/bin/busybox\", \"touch\", \"/built\"]\\n' | "
                   'DOCKER_BUILDKIT=0 docker build --network none --tag built - 2>&1')


def fill(host):
    """A running container with and one without a restart policy, one that is stopped, two images, and a volume."""
    host.container('web', '--stop-signal KILL --restart always --volume vol:/data')
    host.container('plain', '--stop-signal KILL')
    host.sh('docker run --name job busybox /bin/busybox true; docker exec web /bin/busybox touch /layer')
    build(host)
    host.sh(ENTRIES)


def contents(host):
    """What Docker lists."""
    return host.sh('docker ps --format "{{.Names}}" | sort; echo -; docker ps --all --format "{{.Names}}" | sort; '
                   'docker images --quiet --no-trunc; docker volume ls --quiet')


def moved(host, before, entries):
    """That the move is complete: mounted, nothing left over, Docker runs with what ran, the data is the same."""
    equal(host.sh(f'findmnt --noheadings --output SOURCE,FSTYPE {ROOT}').split(), ['/dev/mapper/docker-data', 'ext4'],
          'what is mounted')
    equal((host.active(), host.exists(NOTE), host.exists('/run/dockhost'), host.exists(f'{ROOT}/.dockhost-new')),
          ('active', False, False, False), 'Docker, and what is left of the move')
    equal(host.sh(f'grep -c " {ROOT} " /etc/fstab'), '1', 'lines in fstab')
    equal(contents(host), before, 'what Docker lists')
    equal(listing(host), entries, 'the data')


@scenario(on='trixie')
def data_moves(host):
    """From a blank disk to Docker on its own volume: the plan is the one reviewed, and every entry compares equal."""
    fill(host)
    before, entries = contents(host), listing(host)
    host.promise('docker_data', **VOLUME)
    moved(host, before, entries)
    equal(listing(host, OLD), entries, 'the old data')
    has(host.read('/etc/fstab'), '/dev/mapper/docker-data /var/lib/docker ext4 errors=remount-ro,nofail 0 2')
    assert int(host.sh(f'stat --format %b {ROOT}/volumes/vol/_data/sparse')) < 1000, 'the sparse file is not sparse'
    host.sh('docker run --rm busybox /bin/busybox true; docker restart --time 1 web; docker start job')
    has(build(host), 'Using cache')
    result = host.task('docker_data', **VOLUME, keep_old=False).succeeded()
    equal((len(result['plan']), host.exists(OLD), contents(host)), (1, False, before), 'without the old data')


@scenario(releases=('bookworm',))
def data_killed(host):
    """A run that is killed while it copies, the next one when the copy is verified, the next after the commit: the run
    after them finishes, and nothing is lost."""
    fill(host)
    before, entries = contents(host), listing(host)
    host.put(BUILD / 'dockhost', '/root/dockhost')
    host.write('/root/call', json.dumps({**VOLUME, '_ansible_module_name': 'docker_data'}))
    for point in (f'grep -q copying {NOTE} 2>/dev/null', f'grep -q verified {NOTE} 2>/dev/null', f'[ -d {OLD} ]'):
        host.sh(f'/root/dockhost /root/call >/root/said & run=$!; until {point}; do kill -0 $run; done; '
                'kill -9 $run; wait $run || true')
        equal(host.active(), 'inactive', f'Docker when the run was killed at: {point}')
    host.promise('docker_data', **VOLUME)
    moved(host, before, entries)
    equal(listing(host, OLD), entries, 'the old data')


@scenario(releases=('bookworm',))
def data_refused_or_rolled_back(host):
    """What does not fit is refused before anything stops; a mount that fails brings the old data and Docker back."""
    fill(host)
    before, entries = contents(host), listing(host)
    small = host.task('docker_data', volume={'disks': ['/dev/vdb'], 'size': '4M'})
    has(small['msg'], 'and 5 % more')
    failed = host.task('docker_data', **VOLUME, mount_options='errors=remount-ro,nofail,no_such_option')
    equal((failed.failed, failed['changed'], failed['rolled_back']), (True, True, False), 'the result')
    has('\n'.join(failed['not_undone']), 'done, and it stays: create the logical volume docker/data')
    assert '/etc/fstab' not in '\n'.join(failed['not_undone']), failed['not_undone']
    equal((contents(host), listing(host), host.exists(OLD)), (before, entries, False), 'the host')
    equal(host.run(f'grep " {ROOT} " /etc/fstab', check=False).stdout, '', 'fstab')
    host.promise('docker_data', **VOLUME)
    moved(host, before, entries)


@scenario(releases=('trixie',), thorough=True)
def data_live_restore(host):
    """Containers that would outlive Docker are named and refused; stop_containers stops them, and they run again."""
    host.daemon('{"live-restore": true}\n')
    fill(host)
    before, entries = contents(host), listing(host)
    refused = host.task('docker_data', **VOLUME)
    has(refused['msg'], 'plain and web would run on')
    equal((refused.failed, contents(host), host.exists('/dev/docker')), (True, before, False), 'after the refusal')
    host.promise('docker_data', **VOLUME, stop_containers=True)
    moved(host, before, entries)
