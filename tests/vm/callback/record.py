# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every result of a play to the file DOCKHOST_RECORD, one JSON object a line, for the scenarios to look at."""
from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: Results as JSON lines
description: Results as JSON lines, for the scenarios in tests/vm.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'notification'
    CALLBACK_NAME = 'record'
    CALLBACK_NEEDS_ENABLED = True

    def _record(self, result, status):
        line = {'task': result._task.get_name(), 'host': result._host.get_name(), 'status': status,
                'result': result._result}
        with open(os.environ['DOCKHOST_RECORD'], 'a', encoding='ascii') as record:
            record.write(json.dumps(line, default=str) + '\n')

    def v2_runner_on_ok(self, result):
        self._record(result, 'ok')

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record(result, 'failed')

    def v2_runner_on_unreachable(self, result):
        self._record(result, 'unreachable')

    def v2_runner_on_skipped(self, result):
        self._record(result, 'skipped')
