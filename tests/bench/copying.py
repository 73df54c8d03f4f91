# SPDX-License-Identifier: GPL-3.0-or-later
"""What the comparison adds to a copy of Docker's data, on a real host: 20,000 small files and one gigabyte."""
from __future__ import annotations

import statistics
import sys

sys.dont_write_bytecode = True
import lab  # noqa: E402
import machine  # noqa: E402

# Layers of 40 directories with 500 files each, a hundred of ten megabytes; on a file system of its own.
SOURCE = '''
vgcreate -q bench /dev/vdb; lvcreate -q --yes --extents 50%VG --name from bench
lvcreate -q --yes --extents 100%FREE --name to bench
mkfs.ext4 -q /dev/bench/from; mkdir -p /srv/from /srv/to; mount /dev/bench/from /srv/from; mkdir /srv/from/root
cd /srv/from/root; head -c 4096 /dev/urandom >small; head -c 10485760 /dev/urandom >large
for layer in $(seq 40); do mkdir -p layers/$layer; tee layers/$layer/{1..500} <small >/dev/null; done
mkdir volume; tee volume/{1..100} <large >/dev/null; sync
'''
FRESH = ('umount /srv/to 2>/dev/null || true; rm -f /srv/from/root.move-dockhost; mkfs.ext4 -q -F /dev/bench/to; sync; '
         'echo 3 >/proc/sys/vm/drop_caches')
WAYS = {'cp': 'mount /dev/bench/to /srv/to; cp --archive --one-file-system -- /srv/from/root/. /srv/to; '
              'sync -f /srv/to',
        'content': '/root/copy /srv/from/root /dev/bench/to content',
        'metadata': '/root/copy /srv/from/root /dev/bench/to metadata'}


def measure(program, folder, runs):
    """Returns the medians in seconds, by way; each begins with an empty file system and nothing in the page cache."""
    host = lab.Host('bookworm', '2.19')
    host.folder = folder
    times = {way: [] for way in WAYS}
    try:
        host.up()
        machine.put(host, program, '/root/copy')
        host.sh(SOURCE)
        for _ in range(runs):
            for way, command in WAYS.items():
                took = host.sh(f'{FRESH}; a=$EPOCHREALTIME; {command}; b=$EPOCHREALTIME; '
                               'echo $((${b/./} - ${a/./}))')
                times[way].append(int(took) / 1e6)
        return {way: statistics.median(all_of_it) for way, all_of_it in times.items()}
    finally:
        host.stop()
