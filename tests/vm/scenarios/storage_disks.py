# SPDX-License-Identifier: GPL-3.0-or-later
"""lvm_volume and disks whose images are made, and looked at again, outside the host."""
import hashlib
import shutil
import subprocess

from lab import equal, has, scenario
from storage import MIB, filesystem, loop, size_of, task, volume

# What a disk holds, in the words that its refusal must have -> what writes it, without a device mapper or root.
MAKERS = {
    'ext2': 'mkfs.ext2 -q FILE', 'ext3': 'mkfs.ext3 -q FILE', 'ext4': 'mkfs.ext4 -q FILE', 'xfs': 'mkfs.xfs -q FILE',
    'swap': 'mkswap FILE', 'minix': 'mkfs.minix FILE', 'bfs': 'mkfs.bfs FILE', 'vfat': 'mkfs.vfat FILE',
    'btrfs': 'mkfs.btrfs -q FILE', 'f2fs': 'mkfs.f2fs -q FILE', 'exfat': 'mkfs.exfat FILE', 'ntfs': 'mkntfs -FQq FILE',
    'udf': 'mkudffs FILE', 'nilfs2': 'mkfs.nilfs2 -q FILE', 'reiserfs': 'mkreiserfs -qff FILE',
    'squashfs': 'mksquashfs /etc/default FILE -quiet -noappend', 'erofs': 'mkfs.erofs FILE /etc/default',
    'crypto_LUKS': 'cryptsetup luksFormat --batch-mode --type luks1 --pbkdf-force-iterations 1000 FILE /etc/passwd',
    'gpt': 'sfdisk -q FILE label:gpt', 'dos': 'sfdisk -q FILE label:dos', 'sun': 'sfdisk -q FILE label:sun',
    'sgi': 'sfdisk -q FILE label:sgi', 'backup gpt': 'sfdisk -q FILE label:gpt',
}

TOOLS = '/usr/sbin:/sbin:/usr/bin:/bin'


def image(host, name, size=300 * MIB):
    file = host.work / f'{name}.img'
    with open(file, 'wb') as disk:
        disk.truncate(size)
    return file


def digest(file):
    with open(file, 'rb') as disk:
        return hashlib.file_digest(disk, 'sha256').hexdigest()


def make(file, command):
    """Writes what the command writes. Returns False, and says why, when its tool is not here."""
    words, _, table = command.partition(' label:')
    argv = [str(file) if word == 'FILE' else word for word in words.split()]
    if not shutil.which(argv[0], path=TOOLS):
        print(f'  {argv[0]} is not installed here: its signature is not tried', flush=True)
        return False
    size = file.stat().st_size
    subprocess.run(argv, check=True, capture_output=True, input=f'label: {table}\n'.encode(), env={'PATH': TOOLS})
    with open(file, 'r+b') as disk:
        disk.truncate(size)
    return True


@scenario(releases=('bookworm',), thorough=True)
def signatures_are_refused(host):
    """Every signature that a tool here can make is refused with its name and offset; no byte of any image changes."""
    images = {kind: image(host, kind.replace(' ', '')) for kind in MAKERS}
    images = {kind: file for kind, file in images.items() if make(file, MAKERS[kind])}
    with open(images['backup gpt'], 'r+b') as disk:
        disk.write(bytes(MIB))
    assert len(images) >= 14, f'only {len(images)} kinds could be made'
    before = {kind: digest(file) for kind, file in images.items()}
    disks = {kind: host.attach(file, kind.replace(' ', '')) for kind, file in images.items()}
    results = host.play(*(task(**volume([disk], group=f'g{number}')) for number, disk in enumerate(disks.values())))
    print(f'\n  {len(images)} kinds of signature, each on a disk of 300 MB:', flush=True)
    for kind, result in zip(disks, results):
        assert result.failed, f'{kind}: was taken'
        has(result['msg'], kind.split()[-1])
        print('  ' + result['msg'].splitlines()[0], flush=True)
    host.sh('sync')
    host.revert()                                         # the images are written back when the disks are gone
    equal({kind: digest(file) for kind, file in images.items()}, before, 'the images')


@scenario(releases=('trixie',), thorough=True)
def disks_and_partitions(host):
    """Two disks by id, and a partition, become one volume; the rest of the partitioned disk is not touched."""
    files = [image(host, name) for name in ('one', 'two', 'three')]
    table = 'label: gpt\nsize=100M\nsize=100M\n'
    subprocess.run(['/usr/sbin/sfdisk', '-q', files[2]], input=table, text=True, check=True)
    one, two, three = (host.attach(file, file.stem) for file in files)
    host.sh(f'mkfs.ext4 -q {three}-part1; udevadm settle')
    kept = host.sh(f'sha256sum <{three}-part1')
    wish = volume([one, two, f'{three}-part2'], '100%FREE')
    host.promise('lvm_volume', **wish)
    equal((size_of(host, '/dev/docker/data'), filesystem(host)), ((74 + 74 + 24) * 4 * MIB, 'ext4'), 'the volume')
    equal(host.sh(f'sha256sum <{three}-part1'), kept, 'the other partition')
    has(host.task('lvm_volume', **volume([three], group='other'))['msg'], 'partition')
    has(host.task('lvm_volume', **volume([f'{three}-part1'], group='other'))['msg'], 'ext4')


@scenario(on='bookworm', thorough=True)
def size_table(host):
    """On six sizes of disk, each word for a size is predicted as LVM then makes it."""
    sizes = (304 * MIB, 314572800 + 512 * 7, 777777664, 1000000000 // 512 * 512, 1024 * MIB - 512, 1536 * MIB + 4096)
    rows = []
    for size in sizes:
        disk = loop(host, size)
        for words in ('100%FREE', '80%VG', '50%PVS', '33%FREE', '200M', '0.1G', '200000000B'):
            wish = volume([disk], words)
            check, applied, again = (one.succeeded() for one in
                                     host.play(*(task(check, **wish) for check in (True, False, True))))
            made = size_of(host, '/dev/docker/data')
            equal((applied['plan'], again['plan']), (check['plan'], []), f'{words} on {size} bytes')
            has(check['plan'][1], f'({made} bytes)')
            rows.append(f'{size:12} {words:12} {made:12}')
            host.sh(f'vgremove -q --force --yes docker >/dev/null; pvremove -q --yes {disk} >/dev/null; '
                    f'dd if=/dev/zero of={disk} bs=1M count=1 status=none')
    print('\n  disk         size         volume made, as predicted', *rows, sep='\n  ', flush=True)
