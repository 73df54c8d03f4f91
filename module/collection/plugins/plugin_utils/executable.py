# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the dockhost executable on the managed host: one remote command, arguments on stdin."""
from __future__ import annotations

import json
import os
import re

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

from . import untrusted
from .schema import PAYLOAD, of_results

# One line, no single quotes, no exclamation marks: it is quoted twice and may pass through any login shell. No newline
# or semicolon at its end, because ansible-core 2.16 appends "&& sleep 0".
# RUN trusts a copy by its name and its owner, and does not sum it up again at each task. Why that holds: the name is
# the checksum that PUT compared before it gave the copy that name, in a folder in which nobody else can write; PUT asks
# for the folder's owner and mode first, and /var/cache, /root and a home are its owner's. Another user has no right to
# put, link or move anything there. A file of the effective user's, under that name, in that folder, is what that user
# has put there, who needs no such file to run something as that user.
# stdin is read to its end before an answer that does not need it, or the writer would see a broken pipe.
# No process is started before the executable itself: root is who owns /, and a copy for another machine is never kept.
RUN = ('cd /; if [ -O / ]; then c="/var/cache /root/.cache"; else c=$HOME/.cache; fi; '
       'for d in $c; do for h in {digests}; do b=$d/dockhost/$h; '
       'if [ -O "$b" ] && [ -f "$b" ] && [ -x "$b" ]; then {env} "$b" -; exit; fi; done; done; '
       'cat >/dev/null; echo dockhost-needs $(uname -m) $c')
# ls -ld shows d, then the rights of the owner, of the group and of all others: nobody but the owner may write. Of a
# symbolic link it shows l, which is refused, too.
# --version finds a folder that is mounted noexec and an executable for another machine, before anything relies on it.
PUT = ('cd /; umask 077; d={folder}/dockhost; t=$d/.new.$$; mkdir -p "$d" '
       '&& case $(ls -ld "$d") in d????-??-*) [ -O "$d" ];; *) false;; esac '
       '|| {{ echo "$d" is not a folder that its owner, this user, alone can write to >&2; false; }} && cat >"$t" '
       '&& chmod 500 "$t" '
       '&& case $(sha256sum "$t") in {digest}*) ;; *) echo checksum differs after transfer >&2; false;; esac '
       '&& "$t" --version >/dev/null && mv -f "$t" "$d/{digest}" '
       '|| {{ rm -f "$t"; cat >/dev/null; exit 1; }}; '
       'find "$d" -type f -mtime +7 -exec rm -f {{}} + || :')
# What no other folder could look like to the shell that PUT runs in.
NEEDS = re.compile(r'^dockhost-needs (\w{1,40}) (/[\w./@+-]*(?: /[\w./@+-]*)?)\r?$', re.MULTILINE)
LONGEST_STREAM = 65536                 # characters of stdout and stderr in a failure


class Executable(ActionBase):
    """RUN; where the host has no copy of the executable yet, PUT and RUN again. What comes back is untrusted."""

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)          # refuses async
        try:
            result.update(untrusted.no_template(self.execute(dict(self._task.args), task_vars)))
        except AnsibleError as error:                 # its words may be the host's
            kind = AnsibleConnectionFailure if isinstance(error, AnsibleConnectionFailure) else AnsibleActionFail
            raise kind(untrusted.no_template_text(str(error))) from None
        return result

    def execute(self, args, task_vars):
        """What the executable answers to these arguments."""
        self._update_module_args(self._task.resolved_action, args, task_vars)
        # Not Ansible's encoder: up to 2.16 it would hand an inline vault value over as the cipher text.
        payload = json.dumps(args, default=str).encode() + b'\n'
        digests = self._digests()
        script = RUN.format(env=self._compute_environment_string(), digests=' '.join(digests.values()))
        answer = self._send(script, payload)
        needs = NEEDS.search(answer['stdout'][:untrusted.LONGEST])
        if needs:
            problem = self._install(needs[1], needs[2].split(), digests)
            if problem:
                return {'failed': True, 'changed': False, 'msg': problem}
            answer = self._send(script, payload)
        return self._parse(answer)

    def _digests(self):
        """The executables of this collection: machine, as uname names it, to SHA-256."""
        try:
            of_results()
            with open(os.path.join(PAYLOAD, 'SHA256SUMS'), encoding='ascii') as sums:
                return {name.removeprefix('dockhost-'): digest for digest, name in map(str.split, sums)}
        except OSError as error:
            raise AnsibleActionFail(f'dockhost has no executables beside it ({error}): use the collection that the '
                                    'build assembles, build/ansible_collections/dockhost/hardening') from error

    def _install(self, machine, folders, digests):
        """Puts the executable into the first folder that takes it; returns why none does, or None."""
        if machine not in digests:
            return f'dockhost has no executable for {machine} (it has: {", ".join(digests)})'
        with open(os.path.join(PAYLOAD, 'dockhost-' + machine), 'rb') as executable:
            data = executable.read()
        reasons = []
        for folder in folders:
            answer = self._send(PUT.format(folder=folder, digest=digests[machine]), data)
            if answer['rc'] == 0:
                return None
            reasons.append(f'{folder}: {untrusted.short((answer["stderr"] or answer["stdout"]).strip())}')
        return 'dockhost found no folder to run from. ' + '; '.join(reasons)

    def _send(self, script, data):
        """Run script with data on its stdin; where the connection or become has no stdin to offer, from a file."""
        connection, become = self._connection, self._connection.become
        if connection.transport == 'local':
            connection.set_option('pipelining', True)     # or the data is lost behind the password's terminal: a hang
        if connection.has_pipelining and (
                not become or (getattr(become, 'pipelining', become.name != 'su') and not become.require_tty)):
            return self._low_level_execute_command(script, in_data=data)
        shell = connection._shell
        if shell.tmpdir is None:
            self._make_tmp_path()                         # removed by ActionBase.cleanup()
        path = shell.join_path(shell.tmpdir, 'stdin')
        self._transfer_data(path, data)
        self._fixup_perms2((shell.tmpdir, path))
        return self._low_level_execute_command(f'exec <{shell.quote(path)}; {script}')

    def _parse(self, answer):
        """The result in the host's answer, made of what the schema knows alone; else a failure that says why."""
        out, rc = answer['stdout'], answer['rc']
        why, words = f'gave no result (rc {rc})', answer['stderr'].strip() or out.strip()
        failure = {'failed': True, 'changed': False, 'rc': rc}
        line = out if len(out) > untrusted.LONGEST else next(
            (one for one in reversed(out.split('\n')) if one.startswith('{')), '')
        if line:
            try:
                return self._taken(untrusted.parsed(line))
            except ValueError as error:
                why, words, failure['not_understood'] = 'gave an answer that is not understood', str(error), True
                if not self._task.check_mode:
                    words += '; whether it changed something is not known'
        if rc > 128:
            why = f'was killed by signal {rc - 128}'
        failure['msg'] = f'dockhost {why}: {untrusted.short(words)}'
        for name in ('stdout', 'stderr'):
            failure['module_' + name] = untrusted.escaped(answer[name][:LONGEST_STREAM])
        return failure

    def _taken(self, result):
        """The result of this task's module. Raises ValueError where it is none.

        The bounds are those of what is handed on, in which controls are spelled: it fits them wherever it is read next.
        """
        taken = untrusted.plain(result)
        problem = of_results().problem(self._task.resolved_action.rpartition('.')[2], taken)
        if problem:
            raise ValueError(problem)
        size = len(untrusted.json_text(taken))
        if size > untrusted.LONGEST:
            raise ValueError(f'it has {size:,} characters when it is spelled, and {untrusted.LONGEST:,} are the most')
        return taken
