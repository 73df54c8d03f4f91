# SPDX-License-Identifier: GPL-3.0-or-later
"""Why this module: what the stock modules say in check mode of a blank disk that is to become a mounted volume.

They are in the package `ansible` of build/venv. The host gets this machine's Python (Debian 12 like the host), without
which they do nothing there.
"""
from __future__ import annotations

import subprocess
import sys

sys.dont_write_bytecode = True
import lab  # noqa: E402
import loopback  # noqa: E402

PYTHON = ['usr/bin/python3', 'usr/bin/python3.11', 'usr/lib/python3.11', 'usr/lib/x86_64-linux-gnu/libexpat.so.1',
          'usr/lib/x86_64-linux-gnu/libz.so.1']
CHAIN = [{'name': 'group', 'community.general.lvg': {'vg': 'docker', 'pvs': ['/dev/vdb']}},
         {'name': 'volume', 'community.general.lvol': {'vg': 'docker', 'lv': 'data', 'size': '100%FREE'}},
         {'name': 'file system', 'community.general.filesystem': {'fstype': 'ext4', 'dev': '/dev/docker/data'}},
         {'name': 'mount', 'ansible.posix.mount': {'path': '/var/lib/docker', 'src': '/dev/docker/data',
                                                   'fstype': 'ext4', 'state': 'mounted'}}]


def put_python(host):
    tar = subprocess.Popen(['tar', '-C', '/', '--exclude=__pycache__', '--exclude=test', '-cz', *PYTHON],
                           stdout=subprocess.PIPE)
    subprocess.run([lab.ROOT / 'tests/vm/vm', 'ssh', host.folder, 'tar -C / -xz'], stdin=tar.stdout, check=True)
    if tar.wait() != 0:
        raise loopback.CannotMeasure('this machine has no Python 3.11 of Debian 12 for the host')


def compare(folder):
    """Prints what each module of the chain says in check mode, then ours, on the same disk."""
    host = lab.Host('bookworm', '2.19')
    host.folder = folder
    try:
        host.up()
        put_python(host)
        tasks = [{**task, 'check_mode': True, 'ignore_errors': True} for task in CHAIN]
        for result in host.play(*tasks):
            said = str(result.get('msg', '')).splitlines()[:1]
            print(f'  stock {result.task:12} {result.status:8}', *said, flush=True)
        ours = host.task('docker_data', check=True, volume={'disks': ['/dev/vdb']})
        print(f'  dockhost {ours.status}:', *ours.get('plan', [ours.get('msg')]), sep='\n    ', flush=True)
    finally:
        host.stop()
