# SPDX-License-Identifier: GPL-3.0-or-later
"""mount against a real fstab and kernel; /dev/vdb is an empty disk."""
import json

from lab import BUILD, equal, has, scenario

FSTAB = '''# The disk that the virtual machine starts from.
/dev/vda / ext4 noatime,discard 0 1

/dev/sdz1\t/media/a\\040disk\tvfat\tnoauto,user   # a comment behind
this line is nothing
'''


def disk(host, device='/dev/vdb', label='data'):
    host.sh(f'mkfs.ext4 -q -F -L {label} {device}')
    host.write('/etc/fstab', FSTAB)


def found(host, path='/srv/data'):
    return host.run(f'findmnt --noheadings --output SOURCE,OPTIONS --mountpoint {path}', check=False).stdout.strip()


@scenario(on='all')
def mount_states(host):
    """Each state leaves what it says in fstab and in the kernel, and every other line of fstab as it was."""
    disk(host)
    wish = {'path': '/srv/data', 'src': '/dev/vdb', 'fstype': 'ext4', 'opts': 'noatime,nodev', 'passno': 2}
    entry = '/dev/vdb /srv/data ext4 noatime,nodev 0 2\n'
    host.promise('mount', state='present', **wish)
    equal((host.read('/etc/fstab'), found(host)), (FSTAB + entry, ''), 'present')
    host.promise('mount', state='mounted', **wish)
    equal(host.read('/etc/fstab'), FSTAB + entry, 'fstab, mounted')
    has(found(host), '/dev/vdb')
    has(found(host), 'noatime')
    equal(host.task('mount', state='remounted', path='/srv/data').succeeded()['changed'], True, 'changed, remounted')
    host.promise('mount', state='unmounted', path='/srv/data')
    equal((host.read('/etc/fstab'), found(host)), (FSTAB + entry, ''), 'unmounted')
    host.promise('mount', state='mounted', **wish)
    host.promise('mount', state='absent_from_fstab', path='/srv/data')
    equal(host.read('/etc/fstab'), FSTAB, 'absent_from_fstab')
    has(found(host), '/dev/vdb')
    host.promise('mount', state='mounted', **wish)
    host.promise('mount', state='absent', path='/srv/data')
    equal((host.read('/etc/fstab'), found(host)), (FSTAB, ''), 'absent')
    equal(host.exists('/srv/data'), False, 'the directory is there')
    host.promise('mount', state='ephemeral', path='/srv/data', src='/dev/vdb', fstype='ext4', opts='nosuid')
    equal(host.read('/etc/fstab'), FSTAB, 'fstab, ephemeral')
    has(found(host), 'nosuid')


@scenario()
def options_change_by_remount(host):
    """Options that change are remounted, with merge the others stay, and files that are open do not mind."""
    disk(host)
    wish = {'path': '/srv/data', 'src': '/dev/vdb', 'fstype': 'ext4', 'state': 'mounted'}
    host.promise('mount', opts='nodev,exec', **wish)
    host.sh('nohup sleep 1000 < /srv/data >/srv/data/open 2>&1 &')
    host.promise('mount', opts='noexec', opts_mode='merge', **wish)
    equal(host.read('/etc/fstab'), FSTAB + '/dev/vdb /srv/data ext4 nodev,noexec 0 0\n', 'fstab')
    has(found(host), 'nodev,noexec')


@scenario()
def what_is_in_use_is_not_unmounted(host):
    """What keeps a mount busy is named in check mode, each with its way out; what does not, is no reason to refuse."""
    disk(host)
    wish = {'path': '/srv/data', 'src': '/dev/vdb', 'fstype': 'ext4', 'state': 'mounted'}
    host.promise('mount', **wish)
    host.sh('cd /srv/data; nohup sleep 1001 >/dev/null 2>&1 &')
    for check in (True, False):
        refused = host.task('mount', check=check, state='absent', path='/srv/data')['msg']
        has(refused, '/srv/data: cannot be unmounted: used by ')
        has(refused, '(sleep). First end this process.')
    host.sh('pkill -f "^sleep 1001"; cd /srv/data; truncate --size 1M image; mkdir below; mount -t tmpfs t below; '
            'dd if=/dev/zero of=swap bs=1M count=1 status=none; chmod 600 swap; mkswap -q swap; swapon swap; '
            'losetup /dev/loop7 image')
    refused = host.task('mount', check=True, state='unmounted', path='/srv/data')['msg']
    has(refused, '/srv/data/below is mounted below it; /srv/data/swap is in use as swap; /srv/data/image is behind '
                 '/dev/loop7. First umount /srv/data/below, swapoff /srv/data/swap and losetup --detach /dev/loop7.')
    has(host.task('mount', check=True, opts='ro', **wish)['msg'], 'cannot be made read-only: ')
    host.sh('umount /srv/data/below; swapoff /srv/data/swap; losetup --detach /dev/loop7')
    # A copy of its own, and a bind mount, keep the file system and not the mount.
    host.sh('nohup unshare --mount --propagation private sh -c "cd /srv/data; exec sleep 1002" >/dev/null 2>&1 & '
            'mkdir -p /mnt/bound; mount --bind /srv/data /mnt/bound; cd /mnt/bound; nohup sleep 1003 >/dev/null 2>&1 & '
            'sleep 0.5')
    host.promise('mount', state='unmounted', path='/srv/data')
    host.sh('pkill -f "^sleep 100[23]"; umount /mnt/bound')


@scenario()
def options_out_of_force(host):
    """Options that fstab names and the kernel has not are brought into force."""
    disk(host)
    wish = {'path': '/srv/data', 'src': '/dev/vdb', 'fstype': 'ext4', 'opts': 'noexec', 'state': 'mounted'}
    host.promise('mount', **wish)
    host.sh('mount -o remount,exec /srv/data')
    equal('noexec' in found(host), False, 'noexec, before')
    host.promise('mount', **wish)
    has(found(host), 'noexec')


@scenario()
def wrong_source(host):
    """Something else that is mounted there is told, or replaced, but never taken for what was asked."""
    disk(host)
    host.sh('mkdir -p /srv/data; mount -t tmpfs -o size=1m tmpfs /srv/data')
    wish = {'path': '/srv/data', 'src': '/dev/vdb', 'fstype': 'ext4', 'state': 'mounted'}
    check = host.task('mount', check=True, **wish)
    applied = host.task('mount', **wish)
    equal(applied.failed, check.failed, 'failed, in check mode and in the run')
    if applied.failed:
        has(applied['msg'], 'tmpfs')
        has(found(host), 'tmpfs')
    else:
        equal(applied['plan'], check['plan'], 'the plan')
        has(found(host), '/dev/vdb')


@scenario()
def one_device_two_names(host):
    """The same device under another name is the same: nothing changes, and the spelling in fstab stays."""
    disk(host)
    line = 'LABEL=data /srv/data ext4 defaults 0 0\n'
    host.write('/etc/fstab', FSTAB + line)
    host.sh('mkdir -p /srv/data; udevadm settle; systemctl daemon-reload; mount /srv/data')
    uuid = host.sh('blkid --match-tag UUID --output value /dev/vdb')
    for name in ('/dev/vdb', f'UUID={uuid}', f'/dev/disk/by-uuid/{uuid}', 'LABEL=data'):
        result = host.task('mount', path='/srv/data', src=name, fstype='ext4', state='mounted').succeeded()
        equal((name, result['changed'], result['plan']), (name, False, []), 'changed')
    equal(host.read('/etc/fstab'), FSTAB + line, 'fstab')


@scenario()
def data_is_not_hidden(host):
    """A directory with files in it is mounted over only when that is asked for."""
    disk(host)
    host.sh('mkdir -p /srv/data; echo precious > /srv/data/file')
    wish = {'path': '/srv/data', 'src': '/dev/vdb', 'fstype': 'ext4', 'state': 'mounted'}
    check = host.task('mount', check=True, **wish)
    assert check.failed, 'the check hid data'
    result = host.task('mount', **wish)
    assert result.failed, 'data was hidden'
    has(result['msg'], '/srv/data')
    equal((host.read('/etc/fstab'), found(host)), (FSTAB, ''), 'the host')
    host.promise('mount', hide_existing_data=True, **wish)
    has(found(host), '/dev/vdb')


@scenario()
def no_such_file_system(host):
    """What cannot be mounted leaves fstab and the directory as they were."""
    host.write('/etc/fstab', FSTAB)
    result = host.task('mount', path='/srv/data', src='/dev/vdb', fstype='ext4', state='mounted')
    assert result.failed, 'an empty disk was mounted'
    equal(host.read('/etc/fstab'), FSTAB, 'fstab')
    equal(host.exists('/srv/data'), False, 'the directory is there')


@scenario()
def systemd_knows_the_entry(host):
    """After a change of fstab systemd knows the mount's unit."""
    disk(host)
    host.promise('mount', path='/srv/data', src='/dev/vdb', fstype='ext4', state='mounted')
    equal(host.active('srv-data.mount'), 'active', 'srv-data.mount')
    has(host.sh('systemctl show --property=FragmentPath srv-data.mount'), '/run/systemd/generator/')


@scenario(on='all')
def mounts_without_an_entry(host):
    """What is mounted without an entry gets it, and its options are brought into force, however they are spelled."""
    disk(host)
    host.promise('mount', path='/dev/shm', src='tmpfs', fstype='tmpfs', opts='nosuid,nodev,noexec,size=64M',
                 state='mounted')
    has(found(host, '/dev/shm'), 'size=65536k')
    has(found(host, '/dev/shm'), 'noexec')
    host.promise('mount', path='/proc', src='proc', fstype='proc', opts='nosuid,nodev,noexec,hidepid=2',
                 state='mounted')
    has(found(host, '/proc'), 'hidepid=invisible')
    host.sh('mkdir -p /srv/data; mount /dev/vdb /srv/data')
    wish = {'path': '/srv/data', 'src': '/dev/vdb', 'fstype': 'ext4', 'state': 'mounted'}
    # init_itable is never shown: one remount, and none after that.
    host.promise('mount', opts='commit=30,init_itable', **wish)
    has(found(host), 'commit=30')
    # The root of a file system has other rights than the directory that was made for it.
    host.promise('mount', path='/srv/a/b', src='tmpfs', fstype='tmpfs', opts='mode=0700,uid=1,nr_inodes=1k',
                 state='mounted')
    equal(host.sh('stat --format "%a %u" /srv/a/b'), '700 1', 'rights')


@scenario()
def automount_ends_with_its_entry(host):
    """An entry with x-systemd.automount goes with its automount unit and its directory, mounted or waiting."""
    for use in ('ls /srv/data', 'true'):
        disk(host)
        line = '/dev/vdb /srv/data ext4 noauto,x-systemd.automount 0 0\n'
        host.write('/etc/fstab', FSTAB + line)
        host.sh(f'mkdir -p /srv/data; systemctl daemon-reload; systemctl start srv-data.automount; {use}')
        result = host.promise('mount', state='absent', path='/srv/data')
        has(result.words, 'stop systemd from mounting /srv/data')
        equal((host.active('srv-data.automount'), host.exists('/srv/data')), ('inactive', False), 'the automount')
        equal(host.read('/etc/fstab'), FSTAB, 'fstab')


@scenario()
def what_cannot_be_written_is_foreseen(host):
    """An immutable fstab, and a mount point behind a link of somebody else, are refused in check mode."""
    disk(host)
    wish = {'path': '/srv/data', 'src': '/dev/vdb', 'fstype': 'ext4', 'state': 'mounted'}
    host.sh('chattr +i /etc/fstab')
    for check in (True, False):
        has(host.task('mount', check=check, **wish)['msg'], 'immutable')
    host.sh('chattr -i /etc/fstab; mkdir -p /home/x; chown 1234 /home/x; ln -s /etc /home/x/link')
    for check in (True, False):
        result = host.task('mount', check=check, **{**wish, 'path': '/home/x/link/data'})
        has(result['msg'], 'is a symbolic link that is not followed')
    equal((host.read('/etc/fstab'), found(host)), (FSTAB, ''), 'the host')


@scenario(on='all')
def mount_without_systemd(host):
    """In a container without systemd, with busybox for tools, an entry of /etc/fstab is written and mounted."""
    host.sh('mkdir -p /root/dockhost')
    host.put(BUILD / 'dockhost', '/root/dockhost/mount')
    host.sh('chmod 755 /root/dockhost/mount')
    host.container('small', '--privileged', '--tmpfs', '/run', '--volume', '/root/dockhost:/x')
    host.sh('docker exec small /bin/busybox --install -s /bin')

    def module(check, **arguments):
        text = json.dumps({**arguments, '_ansible_check_mode': check})
        host.write('/root/dockhost/args', text)
        done = host.run('docker exec --interactive small /x/mount - < /root/dockhost/args', check=False)
        result = json.loads(done.stdout)
        assert not result.get('failed'), result.get('msg')
        return result['plan']

    wish = {'path': '/srv/t', 'src': 'tmpfs', 'fstype': 'tmpfs', 'opts': 'size=8m,noexec,mode=0700', 'state': 'mounted'}
    plan = module(True, **wish)
    equal(module(False, **wish), plan, 'the plan')
    equal(module(False, **wish), [], 'the plan after it')
    equal('systemd' in ' '.join(plan), False, 'systemd is asked')
    has(host.sh('docker exec small cat /etc/fstab'), 'tmpfs /srv/t tmpfs size=8m,noexec,mode=0700 0 0')
    has(host.sh('docker exec small grep /srv/t /proc/mounts'), 'size=8192k')
    module(False, **{**wish, 'opts': 'size=16m,mode=0700'})
    has(host.sh('docker exec small grep /srv/t /proc/mounts'), 'size=16384k')
    module(False, path='/srv/t', state='absent')
    equal(host.run('docker exec small test -e /srv/t', check=False).returncode, 1, 'the directory is gone')
