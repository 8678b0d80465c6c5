"""Report pages in a real Chromium: phone and desktop, light, dark and on paper."""
import html
import json
import os
import re
import shutil
import subprocess
import unittest
import wave

from chromium import Chromium, Tab
from harness import BUILD, ROOT, Case, Tracks

PHONE, TABLET, DESKTOP, PAPER = 390, 768, 1280, 718
MARGIN_PT = 30.0  # of a sheet; the style asks for 12 mm

# Texts of pages: their contrast with what lies behind them, as WCAG 2 defines it. Pictures are left
# out: there only the eye can say what lies behind.
CONTRAST = """
(() => {
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = css => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
    const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255];
  };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]))
    .concat(1);
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const ground = e => {
    const own = rgba(getComputedStyle(e).backgroundColor);
    return own[3] === 1 ? own : over(own, e.parentElement ? ground(e.parentElement)
                                                          : [255, 255, 255, 1]);
  };
  const bad = [];
  for (const e of document.body.querySelectorAll('*')) {
    if (e.closest('svg, [aria-hidden=true], .hidden') || !e.getClientRects().length) continue;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const style = getComputedStyle(e), under = ground(e);
    const a = light(over(rgba(style.color), under)), b = light(under);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(`${e.className || e.tagName}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(bad)];
})()"""

# Labels of one plot that cover each other or leave the page.
LABELS = """
(() => {
  const bad = [], width = document.documentElement.clientWidth;
  for (const plot of document.querySelectorAll('svg.plot')) {
    const texts = [...plot.querySelectorAll('text')].filter(t => t.getClientRects().length)
      .map(t => [t.textContent, t.getBoundingClientRect()]);
    for (const [i, [text, r]] of texts.entries()) {
      if (r.left < 0 || r.right > width) bad.push(`${text} leaves the page`);
      for (const [other, q] of texts.slice(0, i))
        if (r.left < q.right - 1 && q.left < r.right - 1 && r.top < q.bottom - 4
            && q.top < r.bottom - 4 && !/integrated/.test(text + other))
          bad.push(`${text} covers ${other}`);
    }
  }
  return bad;
})()"""

OVERFLOW = """
(() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  return ['page ' + page.scrollWidth].concat([...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > page.clientWidth + 1)
    .map(e => e.tagName + '.' + e.getAttribute('class')).slice(0, 5));
})()"""

# Measures whose unit, or part of it, stands on the next line.
TORN = """
[...document.querySelectorAll('.measures td.n')].filter(td => /^[^ ]+$/.test(td.textContent)
    && td.getClientRects().length).filter(td => {
  const text = document.createRange();
  text.selectNodeContents(td);
  return text.getBoundingClientRect().height > 1.9 * parseFloat(getComputedStyle(td).fontSize);
}).map(td => td.textContent)"""

AXE = """
axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => v.id + ': ' +
    v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', ')))"""

# Of each plot: the heading of its card, and what its legend or the list below it says.
PLOTS = """
[...document.querySelectorAll('figure')].map(f => [
  f.closest('.card').querySelector('h2').textContent,
  ...[...(f.querySelector('figcaption') || f.nextElementSibling).children]
    .map(e => e.innerText.trim().replace(/\\s+/g, ' '))])"""

OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"


class Browser(Case):
    @classmethod
    def setUpClass(cls):
        cls.axe = cls.fetch_axe()
        cls.browser = Chromium()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    @staticmethod
    def fetch_axe():
        """The audit's script, kept in the build folder as long as its version is the one wanted."""
        wanted = os.path.join(ROOT, "tests", "browser", "package.json")
        folder = os.path.join(BUILD, "browser")
        package = os.path.join(folder, "node_modules", "axe-core")
        with open(wanted, encoding="utf-8") as file:
            version = json.load(file)["dependencies"]["axe-core"]
        try:
            with open(os.path.join(package, "package.json"), encoding="utf-8") as file:
                have = json.load(file)["version"]
        except FileNotFoundError:
            have = None
        if have != version:
            os.makedirs(folder, exist_ok=True)
            shutil.copyfile(wanted, os.path.join(folder, "package.json"))
            subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund",
                            "--no-package-lock", "--loglevel=error"], cwd=folder, check=True,
                           timeout=240, stdout=subprocess.DEVNULL)
        with open(os.path.join(package, "axe.min.js"), encoding="utf-8") as file:
            return file.read()

    def page(self, track, *options):
        out = os.path.join(self.dir, "page.html")
        self.ok("analyze", "-q", "--json", *options, "--report", out, track)
        return out

    def check(self, path, views=((PHONE, "dark"), (DESKTOP, "light"))):
        """Everything that must hold for every page."""
        for width, scheme in views:
            with self.subTest(width=width, scheme=scheme):
                self.check_one(path, width, scheme)
        with self.subTest("paper"):
            self.check_paper(path)

    def check_one(self, path, width, scheme):
        tab = Tab(self.browser, width, scheme)
        try:
            tab.open(path)
            self.assertEqual(tab.run(OVERFLOW), [])
            self.assertEqual(tab.run(LABELS), [])
            self.assertEqual(tab.run(TORN), [])
            self.assertEqual([url for url in tab.loaded if not url.startswith("data:")],
                             ["file://" + path.replace(" ", "%20")])
            self.assertEqual(tab.complaints, [])
            tab.run(OPEN_ALL)
            self.assertEqual(tab.run(OVERFLOW), [])
            self.assertEqual(tab.run(CONTRAST), [])
            tab.run(self.axe)
            self.assertEqual(tab.run(AXE), [])
        finally:
            tab.close()

    def check_paper(self, path):
        """Dark on white whatever the screen's scheme, few sheets, nothing cut off."""
        tab = Tab(self.browser, PAPER, "dark", media="print")
        try:
            tab.open(path)
            self.assertEqual(tab.run("getComputedStyle(document.body).backgroundColor"),
                             "rgb(255, 255, 255)")
            self.assertEqual(tab.run(OVERFLOW), [])
            self.assertEqual(tab.run(LABELS), [])
            self.assertEqual(tab.run(CONTRAST), [])
            self.check_sheets(tab.pdf(), tab.run(PLOTS))
        finally:
            tab.close()

    def check_sheets(self, pdf, plots):
        """As another program reads them: few sheets, no word beyond the margin of one, and each
        plot whole: its heading on one sheet with its legend."""
        boxes = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True,
                               check=True, timeout=60).stdout.decode()
        sheets = re.findall(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', boxes, re.S)
        self.assertIn(len(sheets), range(2, 9))
        texts = []
        for width, height, words in sheets:
            at = re.findall(r'xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)"'
                            r'>(.*?)</word>', words)
            self.assertGreater(len(at), 10, "an empty sheet")
            for left, top, right, bottom, word in at:
                self.assertTrue(MARGIN_PT < float(left) and float(right) < float(width) - MARGIN_PT
                                and MARGIN_PT < float(top)
                                and float(bottom) < float(height) - MARGIN_PT, word)
            texts.append(" ".join(html.unescape(word) for *_, word in at))
        for heading, *legend in plots:
            self.assertTrue(any(all(entry in text for entry in (heading, *legend))
                                for text in texts), (heading, legend, texts))

    def test_a_long_loud_track(self):
        minute, _ = Tracks.get("drum-and-bass", seconds=60, bpm=174, fault="clipping")
        track = os.path.join(self.dir, "seven minutes.wav")
        subprocess.run(["sox", minute, track, "repeat", "6"], check=True, timeout=60)
        path = self.page(track)
        self.assertLess(os.path.getsize(path), 300_000)
        self.check(path, [(w, s) for w in (PHONE, TABLET, DESKTOP) for s in ("light", "dark")])

    def test_against_a_reference_and_an_earlier_version(self):
        track, _ = Tracks.get("four-on-floor", seconds=30, fault="clipping")
        reference, _ = Tracks.get("half-time", seconds=30)
        earlier = os.path.join(self.dir, "earlier.json")
        with open(earlier, "w", encoding="utf-8") as out:
            out.write(self.ok("analyze", "--json", Tracks.get("drum-and-bass", seconds=30)[0]))
        self.check(self.page(track, "--reference", reference, "--since", earlier))

    def test_silence_and_a_moment(self):
        for name, channels, frames in (("silence.wav", 2, 44100 * 4), ("moment.wav", 1, 9000)):
            with self.subTest(name):
                track = os.path.join(self.dir, name)
                with wave.open(track, "wb") as file:
                    file.setnchannels(channels)
                    file.setsampwidth(2)
                    file.setframerate(44100)
                    file.writeframes(bytes(2 * channels * frames))
                self.check(self.page(track))

    def test_a_mono_file(self):
        """Its measures have the longest names beside the longest figures."""
        track, _ = Tracks.get("chord-pad", seconds=12, lufs=-20)
        mono = os.path.join(self.dir, "mono.wav")
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", track, "-ac", "1", mono],
                       check=True)
        self.check(self.page(mono), ((DESKTOP, "light"),))

    def test_a_hostile_name(self):
        track, _ = Tracks.get("ambient", seconds=20)
        name = "<svg onload=alert(1)>\u202e\u05d0 " + "W" * 190 + ".wav"
        hostile = os.path.join(self.dir, name)
        shutil.copyfile(track, hostile)
        self.check(self.page(hostile))


if __name__ == "__main__":
    unittest.main()
