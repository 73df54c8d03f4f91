# SPDX-License-Identifier: GPL-3.0-or-later
"""Invented results of a fleet, in the form in which the controller keeps them, always the same for the same number."""
import random
from pathlib import Path

from ansible_collections.dockhost.hardening.plugins.plugin_utils.report import files

JSON = '/etc/docker/daemon.json'
GROUPS = (('prod-paris', 'par', .4), ('prod-frankfurt', 'fra', .3), ('staging', 'stg', .2), ('build', 'ci', .1))
# key: (how often, status, configured, effective, why, after, kind of change, place)
FINDINGS = {
    'storage.data_root': (.3, 'fail', '/', '/', "Docker's data shares a file system with /", 'fail', None,
                          '/var/lib/docker'),
    'daemon.icc': (.4, 'fail', None, True, 'icc is not set, so containers can reach each other', 'pass', 'edit', JSON),
    'daemon.no_new_privileges': (.2, 'pending_restart', True, False, 'set in the file, but Docker runs since before',
                                 'pass', 'restart', JSON),
    'daemon.default_ulimits': (.3, 'fail', None, None, 'no default ulimits are set', 'fail', None, JSON),
    'daemon.userns_remap': (.3, 'fail', None, None, 'userns-remap is not set', 'fail', None, JSON),
    'daemon.live_restore': (.1, 'fail', None, False, 'live-restore is not set', 'pass', 'reload', JSON),
    'file.docker_sock.mode': (.1, 'fail', None, '0666', 'every user can control Docker', 'pass', 'file',
                              '/run/docker.sock'),
}
WAIVERS = (
    {'id': 'daemon.userland_proxy', 'keys': ['daemon.userland_proxy'], 'reason': 'Tills use loopback. OPS-1187',
     'until': '2027-01-31', 'by': 'j.martin', 'state': 'valid'},
    {'id': '1.1.1', 'keys': ['storage.data_root'], 'reason': 'Rebuilt weekly. OPS-1020', 'until': '2026-10-31',
     'by': 'j.martin', 'state': 'expired'},
)


def document(name, group, catalogue, rnd, hurt=1.0):
    """One host's result; hurt says how much fails there."""
    controls, passed, absent, actions = [], [], [], []
    unaudited = rnd.random() < .25 * hurt
    for control in catalogue.controls:
        key = control['key']
        chance, status, configured, effective, why, after, kind, where = FINDINGS.get(key, (0,) * 8)
        if 'cis_level2' not in control['profiles'] or key == 'daemon.devicemapper':
            continue
        if 'sysconfig' in key or 'tls' in key:
            absent.append(key)
        elif key == 'daemon.rootless':
            controls.append({'key': key, 'status': 'not_testable', 'why': 'depends on how Docker was installed'})
        elif key == 'daemon.userland_proxy':
            controls.append({'key': key, 'status': 'excluded', 'expected': False, 'configured': None, 'effective': True,
                             'why': 'the userland proxy is on', 'without_waiver': 'fail',
                             'waiver': {name: WAIVERS[0][name] for name in ('reason', 'until', 'by')}})
        elif key.startswith('audit.') and unaudited:
            controls.append({'key': key, 'status': 'fail', 'expected': True, 'configured': False, 'effective': False,
                             'why': 'no audit rule for this path, in the files or in the kernel', 'after': 'pass',
                             'where': {'path': '/etc/audit/rules.d/docker.rules'}})
            actions.append('audit')
        elif rnd.random() < chance * hurt:
            found = {'key': key, 'status': status, 'configured': configured, 'effective': effective, 'why': why,
                     'where': {'path': where, 'line': rnd.randint(2, 9), 'column': 3}, 'after': after,
                     'evidence': [f'GET /info says so on {name}']}
            if key == 'storage.data_root' and group == 'staging':
                found['expired'] = {name: WAIVERS[1][name] for name in ('reason', 'until', 'by')}
            controls.append(found)
            actions += [kind] if after == 'pass' else []
        else:
            passed.append(key)
    if {'edit', 'restart'} & set(actions):
        actions.append('restart')
    order = [kind for kind in ('edit', 'audit', 'file', 'reload', 'restart') if kind in actions]
    return {'schema': 'dockhost-result/1', 'tool': catalogue.tool, 'benchmark': 'cis-docker 1.7.0',
            'profile': 'cis_level2', 'mode': 'check', 'started': f'2026-11-24T08:12:{rnd.randint(0, 59):02}Z',
            'duration_ms': rnd.randint(20, 90),
            'facts': {'host': name, 'os': f'Debian GNU/Linux {rnd.choice(["12 (bookworm)", "13 (trixie)"])}',
                      'docker': rnd.choice(['20.10.24', '26.1.5']), 'containers': rnd.randint(0, 24), 'swarm': False},
            'passed': passed, 'not_applicable': absent, 'controls': controls, 'actions': order,
            'waivers': [{**one, 'use': 'used'} for one in WAIVERS[:2 if group == 'staging' else 1]],
            'host': name, 'group': group, 'plan': [f'step {kind}' for kind in order]}


def fleet(count, catalogue, seed=11):
    """host -> its document; a few of a large fleet have none, or gave no result."""
    rnd, out, number = random.Random(seed), {}, {}
    for _ in range(count):
        group, site, _share = rnd.choices(GROUPS, [share for *_rest, share in GROUPS])[0]
        number[site] = number.get(site, 0) + 1
        name = f'web-{site}-{number[site]:0{2 if count < 200 else 4}}'
        if count > 40 and rnd.random() < .04:
            out[name] = rnd.choice([
                None, {'host': name, 'group': group, 'unreachable': True, 'msg': f'no route to {name}'},
                {'host': name, 'group': group, 'failed': True, 'msg': 'Missing sudo password'}])
            continue
        out[name] = document(name, group, catalogue, rnd, 1 if count == 1 else rnd.choice([0, 0, .6, 1, 1.5]))
    return out


def keep(run, documents):
    """Writes them as the play does; returns host -> group."""
    files.make_private(Path(run) / 'hosts')
    for host, one in documents.items():
        if one is not None:
            files.write_result(run, host, one)
    return {host: one['group'] if one else 'ungrouped' for host, one in documents.items()}
