# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the results of a run lie on the controller, and how they are written: at once, and for their owner alone."""
from __future__ import annotations

import hashlib
import itertools
import os
import re
import tempfile
import time

from ..untrusted import json_text

PLAIN = re.compile(r'[a-z0-9][a-z0-9._-]{0,99}')


def file_of(host):
    """A file's name, without its ending, for an inventory name: it stays in its folder, and no two hosts share it.

    A name that is not plain gets a checksum, after a sign that no plain name has; so do capital letters, which are the
    same as small ones in some file systems.
    """
    if PLAIN.fullmatch(host):
        return host
    words = re.sub(r'[^a-z0-9]+', '-', host.lower())[:40].strip('-') or 'host'
    return f'{words}~{hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:32]}'


def host_file(run, host):
    """The path of host's result in the directory run."""
    return os.path.join(run, 'hosts', file_of(host) + '.json')


def begin(folder):
    """Makes a new directory in folder, named after the time (UTC), and returns its path."""
    os.makedirs(folder, exist_ok=True)
    name = os.path.join(folder, time.strftime('%Y-%m-%dT%H-%M-%SZ', time.gmtime()))
    for path in itertools.chain([name], (f'{name}-{n}' for n in itertools.count(2))):
        try:
            os.mkdir(path, 0o700)
            return path
        except FileExistsError:                          # of another run in the same second
            continue


def make_private(folder):
    """Makes folder, for its owner alone, unless it is there."""
    os.makedirs(folder, mode=0o700, exist_ok=True)


def private(path, flags):
    """An opener of files that are for their owner alone."""
    return os.open(path, flags, 0o600)


class Writing:
    """A text file that appears under its name when it is whole: `with Writing(path) as file`."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        handle, self.new = tempfile.mkstemp(dir=os.path.dirname(self.path), prefix='.new-')     # mode 0600
        self.file = open(handle, 'w', encoding='utf-8', errors='replace', newline='')
        return self.file

    def __exit__(self, kind, error, trace):
        self.file.close()
        if kind is None:
            os.replace(self.new, self.path)
        else:
            os.unlink(self.new)


def write_result(run, host, document):
    """Writes what is known of host to the directory run."""
    with Writing(host_file(run, host)) as file:
        file.write(json_text(document))
