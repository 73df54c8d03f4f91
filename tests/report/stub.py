# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugins without Ansible around them, and with a stand-in for the host."""
import types

from ansible_collections.dockhost.hardening.plugins.action import docker_host
from ansible_collections.dockhost.hardening.plugins.plugin_utils import executable


class Stub:
    """Stands for the host: it says what it was made with, whatever it is asked."""

    def __init__(self, module, stdout, stderr='', rc=0):
        self._task = types.SimpleNamespace(resolved_action=f'dockhost.hardening.{module}', args={}, check_mode=True)
        self._said = {'stdout': stdout, 'stderr': stderr, 'rc': rc}

    def _send(self, _script, _data):
        return dict(self._said)

    def _digests(self):
        return {}

    def _update_module_args(self, *_args):
        pass

    def _compute_environment_string(self):
        return ''


class AnyModule(Stub, executable.Executable):
    """The plugin of the modules that are nothing but the executable."""


class DockerHost(Stub, docker_host.ActionModule):
    """The plugin of docker_host."""


def result_of(module, stdout, *more, host='web-1', **args):
    """What the plugin makes of what this host prints."""
    kind = DockerHost if module == 'docker_host' else AnyModule
    return kind(module, stdout, *more).execute(args, {'inventory_hostname': host, 'group_names': ['web']})
