"""Report pages and waveforms: `analyze --report`, `--waveform` and `report JOB`."""
import html.parser
import json
import os
import re
import shutil
import subprocess
import unittest

from harness import MIXGAUGE, Case, ServiceCase, Tracks


class Page(html.parser.HTMLParser):
    """What a page says and what it would do; a parser that is not ours."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text, self.policy = [], [], [], None
        self.in_style = False
        self.feed(text)
        self.close()
        self.said = " ".join("".join(self.text).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        values = dict(attrs)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        self.in_style = tag == "style"

    def handle_endtag(self, tag):
        self.in_style = False

    def handle_data(self, data):
        if not self.in_style:
            self.text.append(data)


class Reports(Case):
    def page(self, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return text, Page(text)

    def test_one_file(self):
        track, truth = Tracks.get("four-on-floor", "wav", seconds=30)
        out = os.path.join(self.dir, "track.html")
        text = self.ok("analyze", "--report", out, track)
        self.assertIn("LUFS", text)  # the terminal's report is still there
        source, page = self.page(out)
        self.assertLess(len(source.encode()), 300_000)
        self.assertIn(os.path.basename(track), page.said)
        for words in (f"{truth['bpm']:.2f}", "A minor", "8A", "LUFS", "dBTP", "0:30",
                      "Waveform", "What to do", "Spectrum", "Stereo", "Tempo and key"):
            self.assertIn(words, page.said)
        result = json.loads(self.ok("analyze", "--json", track))
        for item in result["feedback"]:
            self.assertIn(" ".join(item["message"].split()), page.said)
            self.assertIn(" ".join(item["advice"].split()), page.said)
        self.assertEqual(source.count('class="target box"'), 1 + 6)  # loudness, bands
        for score in result["scores"].values():
            for part in score["parts"]:
                if re.search("_(db|lu|lufs|dbtp|s)$", part["name"]):
                    raw = part["name"].replace("_", " ")
                    self.assertNotIn(raw, page.said.lower(), "a part without words")
        again = os.path.join(self.dir, "again.html")
        self.ok("analyze", "--report", again, track)
        self.assertEqual(source, self.page(again)[0])

    def test_nothing_is_loaded_or_run(self):
        track, _ = Tracks.get("four-on-floor", "wav", fault="clipping")
        hostile = os.path.join(self.dir, "<script>alert(1)<\u202egpj.svg onload='x'>.wav")
        shutil.copyfile(track, hostile)
        out = os.path.join(self.dir, "x.html")
        self.ok("analyze", "--report", out, hostile)
        source, page = self.page(out)
        self.assertIn("default-src 'none'", page.policy)
        self.assertNotIn("script-src", page.policy)
        self.assertNotIn("unsafe", page.policy)
        acting = {"script", "iframe", "img", "object", "embed", "audio", "video", "form"}
        self.assertEqual(acting.intersection(page.tags), set())
        for tag, name, value in page.attributes:
            self.assertFalse(name.startswith("on") or name in ("style", "src", "srcset"),
                             (tag, name))
            self.assertFalse(name == "href" and not value.startswith("data:"), value)
        self.assertNotIn("\u202e", source)
        self.assertIn("<script>alert(1)<?gpj.svg onload='x'>.wav", page.said)
        self.assertIsNone(re.search(r"url\((?!#)|@import", source))

    def test_a_directory_for_several_files(self):
        tracks = [Tracks.get(kind)[0] for kind in ("drum-loop", "chord-pad")]
        other = os.path.join(self.dir, "other")
        os.mkdir(other)
        namesake = os.path.join(other, os.path.basename(tracks[1]))
        shutil.copyfile(tracks[0], namesake)
        out = os.path.join(self.dir, "out")
        os.mkdir(out)
        done = self.mixgauge("analyze", "--report", out, "--waveform", out, tracks[0],
                             "missing.wav", tracks[1], namesake)
        self.assertEqual(done.returncode, 66, done.stderr)
        names = [os.path.basename(t) for t in tracks] + [os.path.basename(tracks[1]) + "-2"]
        self.assertEqual(sorted(os.listdir(out)),
                         sorted(n + end for n in names for end in (".html", ".json")))
        for target in (os.path.join(self.dir, "x.html"), os.path.join(self.dir, "none")):
            done = self.mixgauge("analyze", "--report", target, *tracks)
            self.assertEqual(done.returncode, 64)
            self.assert_one_sentence(done.stderr)
            self.assertFalse(os.path.exists(target))

    def test_the_waveform_is_audiowaveforms_format(self):
        track, _ = Tracks.get("chord-pad", seconds=20)
        out = os.path.join(self.dir, "peaks.json")
        self.ok("analyze", "--waveform", out, track)
        with open(out, encoding="utf-8") as file:
            peaks = json.load(file)
        self.assertEqual({k: v for k, v in peaks.items() if k not in ("data", "length")},
                         {"version": 2, "channels": 1, "sample_rate": 44100,
                          "samples_per_pixel": 512, "bits": 8})
        self.assertEqual(peaks["length"], (20 * 44100 + 511) // 512)
        self.assertEqual(len(peaks["data"]), 2 * peaks["length"])
        # against the samples as another program decodes them
        raw = subprocess.run(["sox", track, "-t", "s16", "-"], capture_output=True,
                             check=True).stdout
        samples = memoryview(raw).cast("h")
        for pixel in range(0, peaks["length"], 97):
            part = samples[pixel * 1024:(pixel + 1) * 1024]
            for got, extreme in zip(peaks["data"][2 * pixel:], (min(part), max(part))):
                self.assertAlmostEqual(got, min(extreme / 256, 127), delta=0.51)

    def test_a_file_is_replaced_by_a_whole_one_or_not_at_all(self):
        track, _ = Tracks.get("drum-loop")
        done = self.mixgauge("analyze", "--report", "/dev/full", track)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assert_one_sentence(done.stderr)
        out = os.path.join(self.dir, "small")
        os.mkdir(out)
        page = os.path.join(out, "x.html")
        with open(page, "w", encoding="utf-8") as file:
            file.write("before")
        # a file may not grow over 8 kB: what a full disk does, where nothing can be mounted
        limited = "trap '' XFSZ; ulimit -f 8; exec \"$@\""
        done = subprocess.run(["bash", "-c", limited, "-", MIXGAUGE, "analyze", "--json",
                               "--report", page, track], env=self.env, capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.returncode, 74, done.stderr)
        with open(page, encoding="utf-8") as file:
            self.assertEqual(file.read(), "before")
        self.assertEqual(os.listdir(out), ["x.html"])

    def test_no_place_for_it_is_said_before_the_work(self):
        track, _ = Tracks.get("drum-loop")
        beside = os.path.join(track, "x.html")  # a file is no folder
        for option, name in (("--report", "x.html"), ("--waveform", "x.json"),
                             ("--export", "x.csv")):
            for path in (os.path.join(self.dir, "no", name), beside[:-6] + name):
                with self.subTest(path=path):
                    done = self.mixgauge("analyze", option, path, track)
                    self.assertEqual(done.returncode, 66)
                    self.assert_one_sentence(done.stderr)
                    self.assertEqual(done.stdout, "")


class StoredReports:
    """`report JOB`; run below with each kind of ledger."""

    def check(self):
        named = os.path.join(self.dir, "track <1>.wav")
        shutil.copyfile(Tracks.get("four-on-floor", "wav", seconds=30)[0], named)
        job = json.loads(self.ok("enqueue", "--user", "me", "--json", named))["job_id"]
        done = self.mixgauge("report", job)
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("queued", done.stderr)
        self.assert_one_sentence(done.stderr)
        self.ok("work", "--until-empty")
        out = os.path.join(self.dir, "page.html")
        self.assertEqual(self.ok("report", job, "-o", out), "")
        with open(out, encoding="utf-8") as file:
            page = file.read()
        self.assertEqual(self.ok("report", job), page)
        said = Page(page).said
        self.assertIn("128.00", said)
        self.assertIn("track <1>.wav", said)
        for unknown in ("00000000-0000-4000-8000-000000000000", "no-job"):
            done = self.mixgauge("report", unknown)
            self.assertEqual(done.returncode, 66, done.stderr)
            self.assert_one_sentence(done.stderr)
        done = self.mixgauge("report", job, "-o", "/dev/full")
        self.assertEqual(done.returncode, 74, done.stderr)
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([MIXGAUGE, "report", job], env=self.env, stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertEqual(self.mixgauge("report").returncode, 64)


class StoredInSqlite(StoredReports, Case):
    def test_report_of_a_job(self):
        self.check()

    def test_a_job_that_failed_has_no_report(self):
        bad = os.path.join(self.dir, "bad.wav")
        with open(bad, "wb") as file:
            file.write(b"hello" * 100)
        line = self.ok("enqueue", "--user", "me", "--json", bad).splitlines()[0]
        job = json.loads(line)["job_id"]
        self.ok("work", "--until-empty")
        done = self.mixgauge("report", job, "-o", os.path.join(self.dir, "x.html"))
        self.assertEqual(done.returncode, 66, done.stderr)
        self.assertIn("unsupported_format", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "x.html")))


class StoredInPostgres(StoredReports, ServiceCase):
    def test_report_of_a_job(self):
        self.check()


if __name__ == "__main__":
    unittest.main()
