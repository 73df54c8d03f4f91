# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks that LVM does not show, volumes that somebody has used, and names of devices in fstab."""
from lab import equal, has, scenario
from storage import MIB, filesystem, loop, volume

ROOT = '/var/lib/docker'


def lvm_conf(host, devices):
    host.write('/etc/lvm/lvmlocal.conf', f'devices {{ {devices} }}\n')


def refused(host, words, **wish):
    """Refused with these words in check mode and in a run, with no advice that destroys, and no byte changed."""
    before = host.sh(f'sync; sha256sum <{wish["disks"][0]}')
    for check in (True, False):
        result = host.task('lvm_volume', check=check, **wish)
        assert result.failed, f'{words}: was taken'
        for part in words:
            has(result['msg'], part)
        for advice in ('pvremove', 'pvcreate', 'wipefs'):
            assert advice not in result['msg'], f'{advice} is advised: {result["msg"]}'
    equal(host.sh(f'sync; sha256sum <{wish["disks"][0]}'), before, 'the disk')


@scenario(releases=('bookworm',), thorough=True)
def physical_volume_hidden(host):
    """A group that a filter or a devices file hides keeps its disk, by name; a blank disk that LVM does not take is
    refused, and one that is missing in the devices file is taken."""
    theirs, blank = loop(host, 300 * MIB), loop(host, 300 * MIB)
    host.sh(f'vgcreate -q theirs {theirs}')
    lvm_conf(host, f'global_filter=["r|^{theirs}$|", "r|^{blank}$|"]')
    refused(host, ["the volume group 'theirs'", 'rejected by filter config', 'global_filter='], **volume([theirs]))
    refused(host, [f'LVM does not take {blank}', 'rejected by filter config'], **volume([blank]))
    lvm_conf(host, 'use_devicesfile=1')
    host.sh('mkdir -p /etc/lvm/devices')
    host.write('/etc/lvm/devices/system.devices',
               'VERSION=1.1.1\nIDTYPE=devname IDNAME=/dev/nope DEVNAME=/dev/nope PVID=.\n')
    refused(host, ["the volume group 'theirs'", 'not in devices file', 'lvmdevices --adddev'], **volume([theirs]))
    host.promise('lvm_volume', **volume([blank]))
    equal(filesystem(host), 'ext4', 'the file system')


@scenario(releases=('bookworm',), thorough=True)
def unfinished_volume_used(host):
    """An xfs with the tag of an unfinished volume is refused when it holds a file, or its log does; else made anew."""
    wish = volume(['/dev/vdb'], '320M', fstype='xfs')
    host.sh('vgcreate -q docker /dev/vdb; lvcreate -q --yes --addtag dockhost.new --extents 80 --name data docker; '
            'mkdir -p /srv/x')
    make = 'mkfs.xfs -q -f /dev/docker/data; mount /dev/docker/data /srv/x; '
    for what, words in (('echo mine >/srv/x/mine; umount /srv/x', "holds 'mine'"),
                        ('echo mine >/srv/x/mine; sync; xfs_io -x -c "shutdown -f" /srv/x; umount /srv/x',
                         'not unmounted cleanly'),
                        ('true', 'is mounted on /srv/x')):
        host.sh(make + what)
        before = host.sh('sync; sha256sum </dev/docker/data')
        result = host.task('lvm_volume', **wish)
        assert result.failed, f'{words}: was overwritten'
        has(result['msg'], words)
        equal(host.sh('sync; sha256sum </dev/docker/data'), before, 'the volume')
    host.sh('umount /srv/x')
    host.promise('lvm_volume', **wish)
    equal((filesystem(host), host.sh('lvs --noheadings --options tags docker').strip()), ('xfs', ''), 'the volume')


@scenario(releases=('bookworm',), thorough=True)
def loop_device_target(host):
    """Docker's data on a loop device: the second run has nothing to do; options change by remount."""
    host.container('web', '--stop-signal KILL --restart always')
    device = loop(host, 900 * MIB)
    result = host.promise('docker_data', device=device)
    has(' '.join(result['warnings']), 'is a loop device')
    host.promise('docker_data', device=device, mount_options='errors=remount-ro,nofail,noatime', passno=0)
    has(host.read('/etc/fstab'), f'{device} {ROOT} ext4 errors=remount-ro,nofail,noatime 0 0')
    has(host.sh(f'findmnt --noheadings --output OPTIONS {ROOT}'), 'noatime')
    equal((host.active(), host.sh('docker ps --format "{{.Names}}"')), ('active', 'web'), 'Docker')
    equal(host.task('docker_data', device=device).succeeded()['plan'], [], 'without options')
    fixed = host.task('docker_data', check=True, device=device, mount_options='nofail,data=journal')
    has(fixed['msg'], 'cannot be changed while the file system is mounted')


@scenario(on='one', thorough=True)
def kernel_names_in_fstab(host):
    """/dev/vdb goes into fstab as a name that lasts; an entry that is there stays as it is spelled."""
    host.promise('docker_data', device='/dev/vdb')
    name = host.sh(f'grep " {ROOT} " /etc/fstab').split()[0]
    assert name.startswith(('/dev/disk/by-id/', '/dev/disk/by-path/')), name
    equal(host.sh(f'readlink --canonicalize {name}'), '/dev/vdb', 'what it leads to')
    by_uuid = host.task('docker_data', check=True, device='/dev/vdb', fstab_by='uuid').succeeded()
    equal(by_uuid['plan'], [], 'by its UUID')
