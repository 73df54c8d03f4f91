# SPDX-License-Identifier: GPL-3.0-or-later
"""docker_data, and who else uses the data root: containers without dockerd, mounts of others, other file systems."""
import json
import shutil
import subprocess

from data import NOTE, OLD, ROOT, VOLUME, contents, listing
from lab import equal, has, scenario


def untouched(host, mounts, entries):
    """That nothing was unmounted, moved or begun."""
    equal(host.sh(f'grep -c {ROOT} /proc/self/mountinfo || true'), mounts, 'mounts below the root')
    equal((listing(host), host.exists(OLD), host.exists(NOTE)), (entries, False, False), 'the data')


def refused(host, *words):
    """That docker_data is refused in check mode and in the run, in words that hold these."""
    for check in (True, False):
        result = host.task('docker_data', check=check, **VOLUME)
        equal((result.failed, result.get('changed', False)), (True, False), 'refused without a change')
        for word in words:
            has(result['msg'], word)


@scenario(on='bookworm')
def data_of_containers_without_dockerd(host):
    """Containers that outlive dockerd, kept by live-restore or because it was killed, are named by name and process;
    nothing is unmounted, and they go on."""
    host.daemon('{"live-restore": true}\n')
    pid = host.container('web', '--restart always --volume vol:/data')
    host.sh('systemctl stop docker.socket docker.service')
    entries, mounts = listing(host), host.sh(f'grep -c {ROOT} /proc/self/mountinfo || true')
    assert int(mounts) > 0, 'the layer is not mounted'
    refused(host, 'container web (', 'runs on although docker.service does not', 'Start docker.service')
    untouched(host, mounts, entries)
    host.sh(f'nsenter --target {pid} --mount /bin/busybox touch /data/still')
    host.sh('systemctl start docker')
    equal(host.pid('web'), pid, 'the container that ran on')
    # Without live-restore: only a dockerd that is killed leaves them.
    host.sh('docker rm --force web')
    host.daemon('{}\n')
    host.container('plain')
    host.sh('kill -9 $(systemctl show --property MainPID --value docker); systemctl stop docker.socket docker.service')
    refused(host, 'container plain (')


@scenario(on='bookworm')
def data_with_mounts_of_others(host):
    """A part of the data that is bound elsewhere, in this or another mount namespace, and a disk of somebody's below
    the root are refused, named; services with mounts of their own are none."""
    host.container('web', '--volume vol:/data')
    host.sh('mkdir /srv/x')
    host.sh(f'mount --bind {ROOT}/volumes /srv/x')
    refused(host, f'/srv/x shows {ROOT}/volumes')
    host.sh('umount /srv/x')
    host.sh('systemd-run --unit=other --property=PrivateTmp=yes '
            f'--property=BindPaths={ROOT}/volumes:/srv/x sleep 1000')
    refused(host, f'(sleep) has {ROOT}/volumes on /srv/x in its mount namespace')
    host.sh('systemctl stop other.service')
    host.sh(f'mkdir -p {ROOT}/buildkit; mount -t tmpfs disk {ROOT}/buildkit')
    refused(host, f'{ROOT}/buildkit is mounted below it')
    host.sh(f'umount {ROOT}/buildkit')
    host.sh('systemd-run --unit=other --property=PrivateTmp=yes --property=ProtectSystem=full sleep 1000')
    before = contents(host)
    host.promise('docker_data', **VOLUME)
    equal((contents(host), host.active('other')), (before, 'active'), 'what runs after the move')


@scenario(releases=('bookworm',), thorough=True)
def data_on_a_bind_mount(host):
    """A data root that is a bind mount is refused with what to do, and moves once that is done."""
    host.container('web', '--volume vol:/data')
    before = contents(host)
    host.sh(f'systemctl stop docker.socket docker.service; mv {ROOT} /srv/dk; mkdir {ROOT}; mount --bind /srv/dk {ROOT}'
            '; systemctl start docker')
    refused(host, 'the directory /srv/dk of ', 'a bind mount', 'mv the directory that was mounted there to it')
    host.sh(f'systemctl stop docker.socket docker.service; umount {ROOT}; rmdir {ROOT}; mv /srv/dk {ROOT}; '
            'systemctl start docker')
    host.sh('docker start web')
    host.promise('docker_data', **VOLUME)
    equal(contents(host), before, 'what Docker lists')


def lend(host, *tools):
    """Tools of this machine, with their libraries, in the host's PATH: the host has none of its own."""
    host.sh('mkdir -p /root/lent')
    for tool in tools:
        path = shutil.which(tool, path='/usr/sbin:/sbin:/usr/bin:/bin')
        libraries = subprocess.run(['ldd', path], check=True, capture_output=True, text=True).stdout
        for file in [path, *(word for word in libraries.split() if word.startswith('/'))]:
            host.put(file, f'/root/lent/{file.rsplit("/", 1)[1]}')
        host.sh(f'mv /root/lent/{tool} /root/lent/{tool}.real; '
                f"printf '#!/bin/sh\\nexec /root/lent/ld-linux-x86-64.so.2 --library-path /root/lent "
                f"/root/lent/{tool}.real \"$@\"\\n' >/usr/local/sbin/{tool}; chmod 755 /usr/local/sbin/{tool}")


@scenario(releases=('bookworm',), thorough=True)
def data_on_btrfs(host):
    """On btrfs: a subvolume that is mounted on the root and one below it are refused, told as what they are; a
    subvolume that is the root itself moves."""
    lend(host, 'btrfs', 'mkfs.btrfs')
    host.container('web', '--volume vol:/data')
    host.sh('systemctl stop docker.socket docker.service; truncate --size 1G /srv/btrfs.img; '
            'mkfs.btrfs -q /srv/btrfs.img; mkdir /mnt/b; mount -o loop /srv/btrfs.img /mnt/b; '
            'btrfs subvolume create /mnt/b/@docker; mv /var/lib/docker /var/lib/docker.first; mkdir /var/lib/docker; '
            'mount -o subvol=@docker $(losetup --noheadings --output NAME --associated /srv/btrfs.img) '
            '/var/lib/docker; cp --archive /var/lib/docker.first/. /var/lib/docker; systemctl start docker')
    refused(host, 'the btrfs subvolume /@docker of ')
    path = '/mnt/b/dk'
    host.sh(f'systemctl stop docker.socket docker.service; umount {ROOT}; btrfs subvolume create {path}; '
            f'cp --archive /var/lib/docker.first/. {path}; btrfs subvolume create {path}/sub')
    host.daemon(json.dumps({'data-root': path, 'storage-driver': 'overlay2'}) + '\n')
    below = host.task('docker_data', check=True, **VOLUME)
    has(below['msg'], f'{path}/sub is a subvolume of btrfs')
    host.sh(f'btrfs subvolume delete {path}/sub')
    host.promise('docker_data', **VOLUME)
    equal(host.sh(f'findmnt --noheadings --output FSTYPE {path}'), 'ext4', 'what is mounted')
