# SPDX-License-Identifier: GPL-3.0-or-later
"""docker_data: Docker's data moves to a volume of its own, and nothing is lost."""
from lab import equal, has, scenario

ROOT, OLD, NOTE = '/var/lib/docker', '/var/lib/docker.before-dockhost', '/var/lib/docker.move-dockhost'
VOLUME = {'volume': {'disks': ['/dev/vdb']}}
# Every kind of entry that Docker's drivers and containers leave in a data root, in a volume.
ENTRIES = '''
cd /var/lib/docker/volumes/vol/_data
mkdir -p deep/$(printf 'd%.0s' $(seq 200)) sticky layer
chmod 3777 sticky
printf 'one' >file; ln file hard; ln file deep/hard; ln -s /nowhere dangling; ln -s file link
truncate --size 300M sparse; printf 'end' >>sparse; printf 'middle' | dd of=sparse bs=1 seek=100M conv=notrunc status=none
fallocate --length 1M allocated
mkfifo pipe; mknod null c 1 3; mknod layer/gone c 0 0
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")' 2>/dev/null || true
touch "$(printf 'new\\nline')" "$(printf 'latin\\351')" "$(printf 'n%.0s' $(seq 255))"
touch --date=1960-01-02T03:04:05.123456789 old; touch --date=2200-01-02T03:04:05.987654321 late
chown 1234:4321 old; touch --no-dereference --date=2001-01-01 link
setfattr -n trusted.overlay.opaque -v y layer 2>/dev/null || true
setcap cap_net_raw+ep file 2>/dev/null || true
setfacl -m u:1234:rwx,d:u:1234:rx deep 2>/dev/null || true
printf 'fixed' >fixed; chattr +i fixed; printf 'log' >log; chattr +a log; mkdir frozen; chattr +i frozen
'''


def listing(host, path):
    """Every entry below a path with all that stat tells but inode, device and access time, and each file's content."""
    return host.sh(f"cd {path}; find . -xdev -mindepth 1 -not -path './lost+found*' -printf "
                   f"'%P\\t%y\\t%m\\t%U:%G\\t%l\\t%n\\t%T@\\t' -a \\( -type d -printf '-\\n' -o -printf '%s\\n' \\) | sort | "
                   f"sha256sum; find . -xdev -type f -not -path './lost+found*' -print0 | sort -z | "
                   f"xargs -0 sha256sum | sha256sum; "
                   f"command -v getfattr >/dev/null && getfattr -R -P -h -d -m - . 2>/dev/null | sha256sum; "
                   f"lsattr -R . 2>/dev/null | grep -E '^[^ ]*[ia][^ ]* ' | sed 's/e/-/g' | sort || true")


def fill(host):
    """A running container, one that is stopped, an image and a volume with every kind of entry."""
    host.container('web', '--restart', 'always', '--volume', 'vol:/data')
    host.sh('docker run --name job busybox /bin/busybox true; docker exec web /bin/busybox touch /layer')
    host.sh(ENTRIES)


def contents(host):
    """What Docker lists."""
    return host.sh('docker ps --format "{{.Names}} {{.State}}" | sort; docker ps --all --format "{{.Names}}" | sort; '
                   'docker images --quiet --no-trunc; docker volume ls --quiet')


@scenario()
def data_moves(host):
    """From a blank disk to Docker on its own volume: the plan is the one reviewed, and every entry compares equal."""
    fill(host)
    before = contents(host)
    host.promise('docker_data', **VOLUME)
    equal(host.sh(f'findmnt --noheadings --output SOURCE,FSTYPE {ROOT}').split(), ['/dev/mapper/docker-data', 'ext4'],
          'what is mounted')
    equal(listing(host, f'{ROOT}/volumes/vol'), listing(host, f'{OLD}/volumes/vol'), 'the volume')
    equal(contents(host), before, 'what Docker lists')
    equal((host.active(), host.exists(NOTE), host.exists('/run/dockhost')), ('active', False, False), 'what is left')
    has(host.read('/etc/fstab'), '/dev/mapper/docker-data /var/lib/docker ext4 errors=remount-ro,nofail 0 2')
    host.sh('docker run --rm busybox /bin/busybox true; docker restart web')
