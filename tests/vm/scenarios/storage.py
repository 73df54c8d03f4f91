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


@scenario(on='all')
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
    makers = {'ext4': 'mkfs.ext4 -q', 'ext2': 'mkfs.ext2 -q', 'xfs': 'mkfs.xfs -q', 'swap': 'mkswap',
              'in no group': 'pvcreate -q', 'belongs to the volume group': 'vgcreate -q foreign',
              'first MiB is not empty': 'dd if=/dev/urandom bs=1k count=1 seek=9 status=none of=',
              'is read-only': 'blockdev --setro', 'gives no extent': 'true'}
    sizes = {'xfs': 320, 'gives no extent': 2}
    every = [*makers, 'is mounted on /srv/x', 'held by dm-']
    disks = {words: loop(host, sizes.get(words, 40) * MIB) for words in every}
    for words, maker in makers.items():
        host.sh(f'{maker}{"" if maker.endswith("=") else " "}{disks[words]} >/dev/null')
    host.sh(f'mkfs.ext4 -q {disks["is mounted on /srv/x"]}; mkdir -p /srv/x; '
            f'mount -o ro {disks["is mounted on /srv/x"]} /srv/x; '
            f'echo "0 1000 linear {disks["held by dm-"]} 0" | dmsetup create above')
    before = host.sh(f'sha256sum {" ".join(disks.values())}; find /etc/lvm -type f | sort')
    results = host.play(*(task(**volume([disk], group=f'g{number}')) for number, disk in enumerate(disks.values())))
    equal(len(results), len(disks), 'the results')
    for words, result in zip(disks, results):
        assert result.failed, f'{words}: was taken'
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
                f'truncate --size 600M $(losetup --noheadings --output BACK-FILE {first}); '
                f'losetup --set-capacity {first}')
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
    wish = volume(['/dev/vdb'], fstype='ext4', mkfs_options=['-O', 'no_such_feature'])
    result = host.task('lvm_volume', **wish)
    equal((result.failed, result['rolled_back'], result['not_undone']), (True, True, []), 'the result')
    equal(host.sh('vgs --noheadings; sync; head -c 1M /dev/vdb | tr -d "\\0" | wc -c'), '0', 'what is left')
    host.sh('vgcreate -q docker /dev/vdb; '
            'lvcreate -q --yes --addtag dockhost.new --extents 100%FREE --name data docker; '
            'mkfs.xfs -q /dev/docker/data; udevadm settle')
    host.promise('lvm_volume', **volume(['/dev/vdb']))
    equal((filesystem(host), host.sh('lvs --noheadings --options tags docker').strip()), ('ext4', ''), 'the volume')
