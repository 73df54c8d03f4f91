# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier run found: which of its findings are settled, and which are new."""
from __future__ import annotations

import contextlib
import os
from datetime import datetime

from ..schema import of_results
from ..untrusted import KEPT, parsed
from .fleet import TIME
from .result import NEEDS, SCHEMA

PLACES = ('', 'results.jsonl', os.path.join('after', 'results.jsonl'), os.path.join('before', 'results.jsonl'))


class Previous:
    """The results at path, results.jsonl or the directory of a run, and how they compare with those that are added."""

    def __init__(self, path):
        self.open, starts = {}, []
        self.settled = self.new = self.hosts = 0
        found = next((one for one in (os.path.join(path, name) if name else path for name in PLACES)
                      if os.path.isfile(one)), None)
        if not found:
            raise ValueError(f'previous: there is no results.jsonl in {path}')
        with open(found, encoding='utf-8') as file:
            for number, line in enumerate(file, 1):
                self._read(found, number, line, starts)
        self.date = sorted(starts)[len(starts) // 2] if starts else ''       # no clock that is wrong moves it

    def _read(self, path, number, line, starts):
        """Takes a host's line; one that an earlier version wrote of an answer that is not understood counts as none."""
        try:
            document = parsed(line, KEPT)
            if document.get('schema') == SCHEMA and document['host'] and not of_results().problem('document', document):
                self.open[document['host']] = {one['key'] for one in document['controls'] if one['status'] in NEEDS}
                with contextlib.suppress(ValueError):            # 30 February
                    datetime.strptime(document['started'], TIME)
                    starts.append(document['started'])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f'previous: {path}:{number} is not a result: {error}') from error

    def add(self, result, catalogue):
        """Compares one host, when both runs have its result."""
        before = self.open.get(result.host)
        if before is None or result.lost:
            return
        self.hosts += 1
        status = {catalogue.controls[number]['key']: status for number, status in result.status.items()}
        self.settled += sum(status.get(key) in ('pass', 'not_applicable') for key in before)
        self.new += sum(one in NEEDS and key not in before for key, one in status.items())
