"""`analyze`: files in, readable reports or JSON out, no server, no database."""
import json
import os
import signal
import subprocess
import unittest

import jsonschema

from harness import MIXGAUGE, ROOT, Case, Tracks, wait_until

with open(os.path.join(ROOT, "schema", "result.schema.json"), encoding="utf-8") as file:
    SCHEMA = json.load(file)


def closed(node):
    """The schema with every object closed: what the program writes must all be described."""
    if isinstance(node, dict):
        node = {k: closed(v) for k, v in node.items()}
        if "properties" in node and "additionalProperties" not in node:
            node["additionalProperties"] = False
    elif isinstance(node, list):
        node = [closed(v) for v in node]
    return node


class Analyze(Case):
    def analyze(self, *args):
        return json.loads(self.ok("analyze", "--json", *args))

    def test_every_kind_fits_the_schema_and_its_truth(self):
        validator = jsonschema.Draft202012Validator(closed(SCHEMA))
        for kind in ("four-on-floor", "drum-and-bass", "half-time", "ambient", "drum-loop",
                     "chord-pad"):
            for form in ("wav", "mp3"):
                with self.subTest(kind=kind, form=form):
                    path, truth = Tracks.get(kind, form, seconds=60, key="C minor")
                    result = self.analyze(path)
                    problems = [f"{'/'.join(map(str, e.path))}: {e.message[:200]}"
                                for e in validator.iter_errors(result)]
                    self.assertEqual(problems, [])
                    self.assertAlmostEqual(result["loudness"]["integrated_lufs"], truth["lufs"],
                                           delta=0.2)
                    if truth["bpm"]:
                        self.assertAlmostEqual(result["tempo"]["bpm"], truth["bpm"], delta=0.02)
                    else:
                        self.assertIsNone(result["tempo"]["bpm"])
                        self.assertIn("bpm", result["tempo"]["reasons"])
                    self.assertEqual(result["key"]["name"], truth["key"])

    def test_planted_faults_are_found_and_not_elsewhere(self):
        codes = {"none": None, "clipping": "technical.clipping", "dc-offset": "technical.dc_offset",
                 "silence-head": "technical.silence_head", "silence-tail": "technical.silence_tail",
                 "gap": "technical.gap", "polarity": "stereo.polarity_inverted",
                 "unbalanced": "stereo.unbalanced", "dual-mono": "stereo.dual_mono"}
        found = {}
        for fault in codes:
            path, _ = Tracks.get("four-on-floor", seconds=30, fault=fault)
            found[fault] = {i["code"]: i for i in self.analyze("--excerpt", path)["feedback"]} \
                if not fault.startswith("silence") else \
                {i["code"]: i for i in self.analyze(path)["feedback"]}
        for fault, code in codes.items():
            with self.subTest(fault=fault):
                if code:
                    self.assertIn(code, found[fault])
                    self.assertNotIn(code, found["none"])
                for item in found[fault].values():
                    self.assertTrue(item["message"] and item["advice"])
        self.assertEqual([c for c, i in found["none"].items() if i["severity"] in
                          ("major", "critical")], [])

    def test_many_files_in_order_and_the_same_for_any_j(self):
        files = [Tracks.get("drum-loop", "wav")[0], os.path.join(self.dir, "missing.wav"),
                 Tracks.get("chord-pad", "mp3")[0]]
        one = self.mixgauge("analyze", "--json", "-j", "1", *files)
        two = self.mixgauge("analyze", "--json", "-j", "2", *files)
        self.assertEqual(one.stdout, two.stdout)
        self.assertEqual(one.returncode, 66)
        lines = [json.loads(line) for line in one.stdout.splitlines()]
        self.assertEqual([line["file"] for line in lines], files)
        self.assertEqual([line["exit"] for line in lines], [0, 66, 0])
        self.assertIn("reason", lines[1])
        self.assertEqual(lines[0]["result"]["engine"]["schema"], "mixgauge.result/1")

    def test_text_report(self):
        path, _ = Tracks.get("four-on-floor", "wav", seconds=30)
        text = self.ok("analyze", path)
        for word in ("LUFS", "dBTP", "128.00", "A minor", "8A"):
            self.assertIn(word, text)
        self.assertNotIn("\x1b", text)
        self.assertLess(max(len(line) for line in text.splitlines()), 121)

    def bad(self, name, data, code, reason):
        path = os.path.join(self.dir, name)
        with open(path, "wb") as out:
            out.write(data)
        done = self.mixgauge("analyze", path)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assert_one_sentence(done.stderr)
        several = self.mixgauge("analyze", "--json", path, path)
        self.assertEqual(json.loads(several.stdout.splitlines()[0])["reason"], reason)

    def test_bad_input(self):
        good, _ = Tracks.get("four-on-floor", "mp3")
        with open(good, "rb") as file:
            data = file.read()
        self.bad("empty.wav", b"", 65, "empty_audio")
        self.bad("text.mp3", b"hello\n" * 500, 65, "unsupported_format")
        self.bad("header-only.wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x44\xac\0\0"
                 b"\x10\xb1\x02\0\x04\0\x10\0data\0\0\0\0", 65, "empty_audio")
        path = os.path.join(self.dir, "cut.mp3")
        with open(path, "wb") as out:
            out.write(data[: len(data) // 2 + 100])
        result = self.analyze(path)
        self.assertIn("truncated", result["audio"]["warnings"])
        self.assertLess(result["audio"]["duration_s"], 7)

    def test_missing_file_directory_and_wrong_use(self):
        for args, code in ((["analyze", os.path.join(self.dir, "none.wav")], 66),
                           (["analyze", self.dir], 66), (["analyze"], 64),
                           (["analyze", "--no-such-option", "x.wav"], 64),
                           (["analize", "x.wav"], 64), (["analyze", "--profile", "polka/club", "x"], 66)):
            with self.subTest(args=args):
                done = self.mixgauge(*args)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assert_one_sentence(done.stderr)
                self.assertEqual(done.stdout, "")

    def test_unknown_setting_is_named(self):
        self.env["MIXGAUGE_CONCURENCY"] = "2"
        done = self.mixgauge("status")
        self.assertEqual(done.returncode, 78)
        self.assertIn("MIXGAUGE_CONCURENCY", done.stderr)
        self.env["MIXGAUGE_STRICT"] = "0"
        path, _ = Tracks.get("drum-loop", "wav")
        self.ok("analyze", "--json", path)

    def test_it_touches_no_data_directory(self):
        path, _ = Tracks.get("drum-loop", "wav")
        self.ok("analyze", path)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "data")))

    def test_interrupt_leaves_nothing_running(self):
        path, _ = Tracks.get("four-on-floor", "wav", seconds=400)
        process = subprocess.Popen([MIXGAUGE, "analyze", path], env=self.env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def analysers():
            return subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True,
                                  text=True).stdout.split()
        self.assertTrue(wait_until(analysers, 10, 0.01))
        children = analysers()
        process.send_signal(signal.SIGINT)
        self.assertIn(process.wait(timeout=10), (-signal.SIGINT, 130))
        for child in children:
            self.assertFalse(os.path.exists(f"/proc/{child}"), "an analyser was left behind")


if __name__ == "__main__":
    unittest.main()
