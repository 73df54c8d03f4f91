# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbooks, as a user calls them."""
from lab import FOREIGN, equal, has, scenario

ARTICLE = '''    "features": { "buildkit": true },
    "icc": false,
    "userns-remap": "default",
    "no-new-privileges": true,
    "live-restore": true
}
'''


def role_result(results):
    """What the role's one task returned, the last time it ran: harden looks at all hosts first."""
    return next(one for one in reversed(results) if one.task.endswith('Bring the host to its baseline'))


@scenario(on='all')
def article_keys(host):
    """The role sets the article's four keys beside foreign ones, whose bytes stay, and Docker runs with all of them."""
    host.daemon(FOREIGN)
    checked = role_result(host.ansible('dockhost.hardening.harden', '--check', '--diff', '--limit', 'root'))
    equal(host.read('/etc/docker/daemon.json'), FOREIGN, 'daemon.json after the check')
    equal('dockremap' in host.read('/etc/passwd'), False, 'the user dockremap is there')
    applied = role_result(host.ansible('dockhost.hardening.harden', '--limit', 'root',
                                       '-e', f'docker_host_expect_plan={checked["plan_digest"]}')).succeeded()
    equal(applied['plan'], checked['plan'], 'the plan that was applied')
    equal(host.read('/etc/docker/daemon.json'), FOREIGN.replace('    "features": { "buildkit": true }\n}\n', ARTICLE),
          'daemon.json')
    equal(host.info('LiveRestoreEnabled'), 'true', 'live-restore')
    equal(host.icc(), 'false', 'icc')
    has(host.info('SecurityOptions'), 'name=userns')
    has(host.sh(f'grep NoNewPrivs /proc/{host.container()}/status'), '1')       # 20.10 does not list it
    has(host.info('RegistryConfig.Mirrors'), 'https://mirror.example.org')
    again = role_result(host.ansible('dockhost.hardening.harden', '--check', '--limit', 'root'))
    equal((again['changed'], again['plan']), (False, []), 'what is left to do')


@scenario()
def gate(host):
    """A refused wish leaves the others alone; the gate fails harden, but no check and not compliance."""
    host.container()
    results = host.ansible('dockhost.hardening.harden', '--limit', 'root', '--check')
    equal(results[-1].failed, False, 'failed in check mode')
    results = host.ansible('dockhost.hardening.compliance', '--limit', 'root')
    equal(results[-1].failed, False, 'failed in compliance')
    results = host.ansible('dockhost.hardening.harden', '--limit', 'root')
    equal(role_result(results).failed, False, 'the role\'s task failed')
    equal(results[-1].failed, True, 'the gate failed')
    has(results[-1]['msg'], 'userns-remap: Docker would no longer list')
    equal('\n' in results[-1]['msg'], False, 'a line break in the message of the gate')
    equal(host.icc(), 'false', 'icc')
    equal('userns' in host.info('SecurityOptions'), False, 'userns-remap in force')


@scenario()
def reviewed_plan(host):
    """A plan that is not the reviewed one fails before its first step."""
    host.daemon(FOREIGN)
    result = host.task('daemon_json', settings={'icc': False}, expect_plan='0' * 64)
    assert result.failed, 'it ran with a plan that nobody reviewed'
    equal(host.read('/etc/docker/daemon.json'), FOREIGN, 'daemon.json')


@scenario()
def compliance_changes_nothing(host):
    """compliance.yml tells what is not as it should be and leaves the host as it was."""
    host.daemon(FOREIGN)
    before = host.sh('systemctl show --property=MainPID docker; stat --format "%i %Y" /etc/docker/daemon.json')
    result = role_result(host.ansible('dockhost.hardening.compliance', '--limit', 'root')).succeeded()
    equal(result['changed'], True, 'changed, as a prediction')
    equal(host.sh('systemctl show --property=MainPID docker; stat --format "%i %Y" /etc/docker/daemon.json'), before,
          'dockerd and its file')
