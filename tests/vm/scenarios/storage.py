# SPDX-License-Identifier: GPL-3.0-or-later
"""lvm_volume against a real LVM. /dev/vdb is an empty disk; loop devices are the other ones."""
from lab import equal, has, scenario

MIB = 1024 * 1024


def loop(host, size):
    """A disk of so many bytes, all zero."""
    return host.sh(f'file=$(mktemp /root/disk.XXXXXX); truncate --size {size} $file; losetup --find --show $file')


def volume(disks, size='100%FREE', group='docker', name='data', **more):
    return {'disks': disks, 'volume_group': group, 'logical_volume': name, 'size': size, **more}


def size_of(host, device):
    return int(host.sh(f'blockdev --getsize64 {device}'))


def filesystem(host, device='/dev/docker/data'):
    return host.sh(f'blkid --probe --output value --match-tag TYPE --match-tag LABEL {device} | paste --serial')


def task(check=False, **wish):
    return {'name': 'lvm_volume', 'dockhost.hardening.lvm_volume': wish, 'check_mode': check, 'ignore_errors': True}


@scenario()
def volume_from_blank(host):
    """A blank disk becomes a volume with a file system, exactly as check mode said; what else is in the group stays."""
    host.promise('lvm_volume', **volume(['/dev/vdb'], '50%VG', label='docker'))
    equal((size_of(host, '/dev/docker/data'), filesystem(host)), (511 * 4 * MIB, 'docker\text4'), 'the volume')
    host.sh('lvcreate --quiet --yes --extents 100 --name other docker; mkfs.xfs -q /dev/docker/other; '
            'mkdir -p /srv/data; mount /dev/docker/data /srv/data; echo kept >/srv/data/file')
    before = host.sh('sha256sum </dev/docker/other')
    host.promise('lvm_volume', **volume(['/dev/vdb'], '100%FREE'))
    equal(size_of(host, '/dev/docker/data'), 923 * 4 * MIB, 'the grown volume')
    equal((host.sh('sha256sum </dev/docker/other'), host.read('/srv/data/file')), (before, 'kept\n'), 'what was there')
    shrink = host.task('lvm_volume', **volume(['/dev/vdb'], '1G'))
    has(shrink['msg'], 'nothing is made smaller')
    other = host.task('lvm_volume', **volume(['/dev/vdb'], name='other', size='400M'))
    has(other['msg'], 'holds xfs, wanted is ext4')


@scenario()
def used_disks_are_refused(host):
    """Whatever a disk holds, it is refused with the reason and not one byte of it changes."""
    makers = {'ext4': 'mkfs.ext4 -q', 'ext2': 'mkfs.ext2 -q', 'xfs': 'mkfs.xfs -q', 'swap': 'mkswap', 'bfs': 'mkfs.bfs',
              'minix': 'mkfs.minix', 'LVM2_member': 'pvcreate -q', 'in no group': 'pvcreate -q'}
    disks = {}
    for words, maker in makers.items():
        disks[words] = loop(host, 320 * MIB)
        host.sh(f'{maker} {disks[words]} >/dev/null 2>&1')
    disks['foreign'] = loop(host, 320 * MIB)
    host.sh(f'vgcreate -q foreign {disks["foreign"]}')
    disks['is mounted on /srv/x'] = loop(host, 320 * MIB)
    host.sh(f'mkfs.ext4 -q {disks["is mounted on /srv/x"]}; mkdir -p /srv/x; mount -o ro {disks["is mounted on /srv/x"]} /srv/x')
    disks['first MiB is not empty'] = loop(host, 320 * MIB)
    host.sh(f'dd if=/dev/urandom of={disks["first MiB is not empty"]} bs=1k count=1 seek=9 status=none')
    disks['is held by dm-'] = loop(host, 320 * MIB)
    host.sh(f'echo "0 1000 linear {disks["is held by dm-"]} 0" | dmsetup create above')
    disks['is read-only'] = loop(host, 320 * MIB)
    host.sh(f'blockdev --setro {disks["is read-only"]}')
    disks['gives no extent'] = loop(host, 2 * MIB)
    disks.pop('LVM2_member')
    before = host.sh(f'sha256sum {" ".join(disks.values())}; find /etc/lvm -type f | sort')
    results = host.play(*(task(**volume([disk], group=f'g{number}')) for number, disk in enumerate(disks.values())))
    equal(len(results), len(disks), 'the results')
    for words, result in zip(disks, results):
        assert result['failed'], f'{words}: was taken'
        has(result['msg'], words)
    equal(host.sh(f'sync; sha256sum {" ".join(disks.values())}; find /etc/lvm -type f | sort'), before, 'the disks')


@scenario()
def sizes_to_the_byte(host):
    """The size that check mode tells is the size that LVM makes: on several disks, extents and words."""
    cases = [(volume([loop(host, 314572800)], '50%VG', 'a'), 37 * 4 * MIB),
             (volume([loop(host, 1000000000 // 512 * 512)], '80%VG', 'b'), 190 * 4 * MIB),
             (volume([loop(host, 777777664)], '33%VG', 'c', extent_size='128K'), 1955 * 128 * 1024),
             (volume([loop(host, 1073741824)], '0.3G', 'd', extent_size='32M', fstype='xfs'), 10 * 32 * MIB),
             (volume([loop(host, 314572800), loop(host, 500000256)], '50%PVS', 'e', fstype='xfs'), 96 * 4 * MIB)]
    results = host.play(*(task(check, **wish) for wish, _ in cases for check in (True, False, True)))
    for number, (wish, wanted) in enumerate(cases):
        check, applied, again = (one.succeeded() for one in results[3 * number:3 * number + 3])
        equal(check['plan'], applied['plan'], 'the plan')
        has(check['plan'][1], f'({wanted} bytes)')
        equal(size_of(host, f'/dev/{wish["volume_group"]}/data'), wanted, 'what LVM made')
        equal(again['plan'], [], 'the second plan')


@scenario()
def growth(host):
    """A disk that grew and a second disk are used by the mounted file system; ext4 and xfs, mounted or not."""
    for fstype in ('ext4', 'xfs'):
        first, second = loop(host, 400 * MIB), loop(host, 400 * MIB)
        wish = volume([first], group=fstype, fstype=fstype)
        host.promise('lvm_volume', **wish)
        host.sh(f'mkdir -p /srv/{fstype}; mount /dev/{fstype}/data /srv/{fstype}; echo kept >/srv/{fstype}/file; '
                f'truncate --size 600M $(losetup --noheadings --output BACK-FILE {first}); losetup --set-capacity {first}')
        host.promise('lvm_volume', **wish)
        equal(size_of(host, f'/dev/{fstype}/data'), 149 * 4 * MIB, 'after the disk grew')
        host.sh(f'umount /srv/{fstype}')
        host.promise('lvm_volume', **volume([first, second], group=fstype, fstype=fstype))
        host.sh(f'mount /dev/{fstype}/data /srv/{fstype}')
        equal(size_of(host, f'/dev/{fstype}/data'), (149 + 99) * 4 * MIB, 'with a second disk')
        equal(host.read(f'/srv/{fstype}/file'), 'kept\n', 'the file')
        assert int(host.sh(f'df --output=size -B1 /srv/{fstype} | tail -1')) > 850 * MIB, 'the file system did not grow'


@scenario()
def killed_and_failed_runs(host):
    """A failed run leaves the disk blank, and a volume whose file system is half made is made again."""
    blank = host.sh('sha256sum </dev/vdb')
    wish = volume(['/dev/vdb'], fstype='ext4', mkfs_options=['-O', 'no_such_feature'])
    result = host.task('lvm_volume', **wish)
    equal((result.failed, result['rolled_back'], result['not_undone']), (True, True, []), 'the result')
    equal(host.sh('vgs --noheadings; sync; head -c 1M /dev/vdb | tr -d "\\0" | wc -c'), '0', 'what is left')
    has(blank, '-')
    host.sh('vgcreate -q docker /dev/vdb; lvcreate -q --yes --addtag dockhost.new --extents 100%FREE --name data docker; '
            'mkfs.xfs -q /dev/docker/data; udevadm settle')
    host.promise('lvm_volume', **volume(['/dev/vdb']))
    equal((filesystem(host), host.sh('lvs --noheadings --options tags docker').strip()), ('ext4', ''), 'the volume')
