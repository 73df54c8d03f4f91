# SPDX-License-Identifier: GPL-3.0-or-later
"""The page in a browser: what it shows, that everybody can read it, and that no text of a host runs."""
import re
import shutil
import unittest

import invented
from desk import CATALOGUE, HOSTILE, Desk, count, document, fleet, measured

CHROMIUM = shutil.which('chromium')
try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright
    MISSING = None if CHROMIUM else 'there is no chromium'
except ImportError as error:
    MISSING = str(error)
RULES = {'runOnly': ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
         'resultTypes': ['violations']}
OPEN_ALL = 'document.querySelectorAll("#controls details").forEach(one => one.open = true)'


@unittest.skipIf(MISSING, MISSING)
class Page(Desk):
    @classmethod
    def setUpClass(cls):
        cls.playwright = sync_playwright().start()
        cls.addClassCleanup(cls.playwright.stop)
        cls.browser = cls.playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox', '--disable-gpu'])
        cls.addClassCleanup(cls.browser.close)

    def show(self, part='', **options):
        """The page, as a browser with these options shows it; it must be quiet."""
        context = self.browser.new_context(viewport={'width': 1280, 'height': 800}, **options)
        self.addCleanup(context.close)
        page = context.new_page()
        self.said, self.asked = [], []
        page.on('pageerror', lambda error: self.said.append(str(error)))
        page.on('console', lambda message: self.said.append(message.text))
        page.on('request', lambda request: self.asked.append(request.url))
        page.goto(f'{(self.run_ / "index.html").as_uri()}{part}')
        return page

    def readable(self, hosts):
        """axe-core finds nothing on the page of so many hosts, in light and dark, with everything unfolded."""
        self.run_ = measured(hosts)[0]
        for colours in ('light', 'dark'):
            page = self.show(color_scheme=colours)
            page.evaluate(OPEN_ALL)
            if hosts > 1:
                page.locator('#list summary').first.click()
            found = Axe().run(page, options=RULES).response['violations']
            self.assertEqual([(one['id'], one['nodes'][0]['html'][:200]) for one in found], [], colours)
            self.assertEqual(page.evaluate('document.documentElement.scrollWidth <= innerWidth'), True)
            page.set_viewport_size({'width': 390, 'height': 844})
            self.assertEqual(page.evaluate('document.documentElement.scrollWidth <= innerWidth'), True, 'on a phone')
            self.assertEqual((self.said, len(self.asked)), ([], 1))

    def test_axe_1(self):
        """One host: everybody can read the page"""
        self.readable(1)

    def test_axe_50(self):
        """50 hosts: everybody can read the page"""
        self.readable(50)

    def test_axe_10000(self):
        """10,000 hosts: everybody can read the page"""
        self.readable(10_000)

    def test_numbers(self):
        """The numbers that the filters show are those of results.jsonl"""
        self.written(invented.fleet(300, CATALOGUE))
        wanted, page = count(self.lines()), self.show()
        for state, hosts in (('need', wanted['hosts'] - wanted['met']), ('f', wanted['failing']), ('x', wanted['lost']),
                             ('rb', wanted['waiting']), ('ok', wanted['met']), ('', wanted['hosts'])):
            page.select_option('#st', state)
            self.assertEqual(page.text_content('#count'), f'{hosts} of 300 hosts')
        self.assertEqual(page.text_content('h1'), f'{wanted["hosts"] - wanted["met"]} of 300 hosts need attention.')
        page.fill('#q', '2.2')
        page.wait_for_timeout(200)
        failing = sum(one['key'] == 'daemon.icc' and one['status'] == 'fail'
                      for line in self.lines() for one in line.get('controls', ()))
        self.assertEqual(page.text_content('#count'), f'{failing} of 300 hosts')

    def test_links(self):
        """A link leads to a host, to a control by key and by number, and a cause to its hosts"""
        self.written(invented.fleet(50, CATALOGUE))
        page = self.show('#host=web-stg-02')
        self.assertEqual(page.locator('#list details').count(), 1)
        self.assertEqual(page.locator('#list details[open] .name').first.text_content(), 'web-stg-02')
        for name in ('c-daemon.icc', 'c-2.2', 'c-daemon.experimental'):
            page = self.show('#' + name)
            self.assertEqual(page.locator('#controls details.crow[open]').count(), 1, name)
        page = self.show('#c-daemon.icc')
        hosts = page.locator('#c-daemon\\.icc .why .num').first.text_content()
        page.locator('#c-daemon\\.icc [data-reason]').first.click()
        self.assertEqual(page.text_content('#count'), f'{hosts.split()[0]} of 50 hosts with 2.2: '
                         'icc is not set, so containers can reach each other')

    def test_keyboard(self):
        """The keyboard reaches the list of hosts first, and opens one"""
        self.written(invented.fleet(50, CATALOGUE))
        page = self.show()
        page.keyboard.press('Tab')
        self.assertEqual(page.evaluate('document.activeElement.textContent'), 'Go to the list of hosts')
        page.locator('#list summary').first.focus()
        page.keyboard.press('Enter')
        page.wait_for_selector('#list details[open] .in', timeout=5000)

    def test_no_script(self):
        """Without JavaScript the summary, the controls and the hosts are there"""
        self.written(invented.fleet(300, CATALOGUE))
        page = self.show(java_script_enabled=False)
        self.assertEqual(page.locator('#list details').count(), 200)
        self.assertIn('the other 100 need JavaScript', page.text_content('noscript'))
        self.assertEqual(page.locator('#filters').is_visible(), False)
        self.assertEqual(page.locator('.first h2').count(), 3)

    def test_print(self):
        """On paper the first page is the summary, and the hosts are listed"""
        self.written(invented.fleet(50, CATALOGUE))
        page = self.show()
        page.emulate_media(media='print')
        self.assertEqual(page.locator('nav').is_visible(), False)
        pages = len(re.findall(rb'/Type\s*/Page\b', page.pdf(prefer_css_page_size=True)))
        self.assertTrue(2 <= pages <= 8, pages)

    def test_hostile(self):
        """Hostile texts are shown and run nothing"""
        documents = {}
        for number, text in enumerate(HOSTILE):
            name = f'{number}{text}'
            found = {'key': 'daemon.icc', 'status': 'fail', 'why': text, 'expected': text, 'configured': [text],
                     'effective': {text: text}, 'where': {'path': text}, 'refused': text, 'evidence': [text]}
            waived = {'key': 'daemon.tls', 'status': 'excluded', 'why': text,
                      'waiver': {'reason': text, 'until': text, 'by': text}}
            documents[name] = document(
                name, text, [found, waived], plan=[text], actions=['edit'], facts={'os': text, 'docker': text},
                waivers=[{'id': text, 'keys': [text], 'reason': text, 'until': text, 'by': text, 'use': 'used'}])
        documents['lost'] = {'host': 'lost', 'group': HOSTILE[0], 'failed': True, 'msg': HOSTILE[0]}
        documents['broke'] = document('broke', failed=True, msg=HOSTILE[1])
        for these in (documents, fleet(documents['0' + HOSTILE[0]])):
            self.written(these, inventory=HOSTILE[0])
            for part in ('', '#host=' + HOSTILE[0], '#c-"]<img src=x onerror=window.hit=1>', '#%'):
                page = self.show(part)
                page.evaluate('document.querySelectorAll("details").forEach(one => one.open = true)')
                page.wait_for_timeout(100)
                self.assertEqual(page.evaluate('window.hit'), None)
                self.assertEqual(page.locator('img, iframe, object, embed, svg[onload]').count(), 0)
                self.assertEqual(page.locator('script').count(), 2)
                self.assertEqual((self.said, len(self.asked)), ([], 1))
            self.assertIn(HOSTILE[0], page.text_content('body'))
