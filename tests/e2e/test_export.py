"""`analyze --export`: the documents read back with parsers that we did not write, and their times
against the rendered truth and against the tag in the MP3's own bytes."""
import csv
import math
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest
import urllib.parse
import xml.etree.ElementTree as ET

from harness import Case, Tracks

# what the published list of the rekordbox XML format names, and the colours of its own exports
REKORDBOX = {
    "DJ_PLAYLISTS": {"Version"},
    "PRODUCT": {"Name", "Version", "Company"},
    "COLLECTION": {"Entries"},
    "TRACK": {"TrackID", "Name", "Artist", "Composer", "Album", "Grouping", "Genre", "Kind", "Size",
              "TotalTime", "DiscNumber", "TrackNumber", "Year", "AverageBpm", "DateModified",
              "DateAdded", "BitRate", "SampleRate", "Comments", "PlayCount", "LastPlayed", "Rating",
              "Location", "Remixer", "Tonality", "Label", "Mix", "Colour", "Key"},
    "TEMPO": {"Inizio", "Bpm", "Metro", "Battito"},
    "POSITION_MARK": {"Name", "Type", "Start", "End", "Num", "Red", "Green", "Blue"},
    "PLAYLISTS": set(),
    "NODE": {"Type", "Name", "Count", "Entries", "KeyType"},
}
HOSTILE = [b"plain.wav", b"a\"b&c<d>e'f.wav", b"<TRACK><x>]]>.wav", b"100%25 #1?.wav", b"new\nline.wav",
           b"tab\tcr\r.wav", b"ctl\x01\x1b[31m.wav", b"bad\xff\xc3.wav", b"=1+1,\"x\".wav",
           "f\u00fcr \u202eelise \U0001f3b9.wav".encode(), b"n" * 200 + b".wav", b".hidden",
           b"two..dots.wav"]
FRAME = 1152


def text_of(name):
    """As a document of text must show a name: what is no character becomes U+FFFD."""
    return name.decode("utf-8", errors="replace")


def lame_delay(data):
    at = data.index(b"LAME")
    return data[at + 21] << 4 | data[at + 22] >> 4


class Export(Case):
    def export(self, form, *files, code=0):
        out = os.path.join(self.dir, "out." + form)
        done = subprocess.run([os.path.join(os.environ["MG_BUILD"], "mixgauge"), "analyze", "-q",
                               "--export", out, *files], env=self.env, capture_output=True,
                              timeout=120)
        self.assertEqual(done.returncode, code, done.stderr)
        return out, done

    def rekordbox(self, *files, **options):
        out, done = self.export("xml", *files, **options)
        root = ET.parse(out).getroot()
        return root, root.findall("COLLECTION/TRACK"), done

    def traktor(self, *files):
        out, done = self.export("nml", *files)
        root = ET.parse(out).getroot()
        return root, root.findall("COLLECTION/ENTRY"), done

    def table(self, *files):
        out, done = self.export("csv", *files)
        with open(out, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, strict=True))
        return rows, done

    def encoded(self, name, command, **track):
        wav, truth = Tracks.get("four-on-floor", "wav", seconds=30, bpm=126.5, first_beat=0.137)
        path = os.path.join(self.dir, name)
        subprocess.run([a.format(wav=wav, out=path) for a in command], check=True,
                       capture_output=True)
        return path, truth

    def assert_grid(self, at_s, truth, offset_s):
        period = 60 / truth["bpm"]
        beats = (at_s - offset_s - truth["first_beat_s"]) / period
        self.assertLess(abs(beats - round(beats)) * period, 0.005)

    def test_rekordbox_is_as_published(self):
        wav, truth = Tracks.get("four-on-floor", "wav", seconds=60)
        other, _ = Tracks.get("ambient", "wav", seconds=20)
        root, tracks, _ = self.rekordbox(wav, other)
        self.assertEqual((root.tag, root.get("Version")), ("DJ_PLAYLISTS", "1.0.0"))
        self.assertEqual(root.find("COLLECTION").get("Entries"), "2")
        for element in root.iter():
            self.assertLessEqual(set(element.keys()), REKORDBOX[element.tag], element.tag)
        track = tracks[0]
        self.assertEqual(track.get("Kind"), "WAV File")
        self.assertEqual(track.get("Size"), str(os.path.getsize(wav)))
        self.assertEqual(track.get("TotalTime"), "60")
        self.assertEqual((track.get("AverageBpm"), track.get("Tonality")), ("128.00", "Am"))
        tempi = track.findall("TEMPO")
        self.assertEqual(len(tempi), 1)
        self.assertEqual((tempi[0].get("Bpm"), tempi[0].get("Metro")), ("128.00", "4/4"))
        self.assert_grid(float(tempi[0].get("Inizio")), truth, 0)
        marks = track.findall("POSITION_MARK")
        names = [m.get("Name") for m in marks if m.get("Num") != "-1"]
        self.assertEqual(names[0], "Mix in")
        self.assertIn("Drop", names)
        self.assertEqual([m.get("Num") for m in marks if m.get("Num") != "-1"],
                         [str(i) for i in range(len(names))])
        self.assertEqual(names, [m.get("Name") for m in marks if m.get("Num") == "-1"])
        for mark in marks:
            self.assert_grid(float(mark.get("Start")), truth, 0)
        self.assertEqual(tracks[1].findall("TEMPO"), [])
        self.assertEqual(tracks[1].findall("POSITION_MARK"), [])
        keys = [t.get("Key") for t in root.findall("PLAYLISTS/NODE/NODE/TRACK")]
        self.assertEqual(keys, [t.get("TrackID") for t in tracks])

    def test_traktor_has_one_grid_and_its_key(self):
        path, truth = Tracks.get("four-on-floor", "wav", seconds=60, key="F# minor")
        root, entries, _ = self.traktor(path)
        self.assertEqual((root.tag, root.get("VERSION")), ("NML", "19"))
        self.assertEqual(root.find("COLLECTION").get("ENTRIES"), "1")
        entry = entries[0]
        self.assertEqual(entry.find("MUSICAL_KEY").get("VALUE"), "18")
        self.assertAlmostEqual(float(entry.find("TEMPO").get("BPM")), 128, delta=0.005)
        place = entry.find("LOCATION")
        self.assertEqual(place.get("DIR").replace("/:", "/") + place.get("FILE"),
                         os.path.realpath(path))
        grid = [c for c in entry.findall("CUE_V2") if c.get("TYPE") == "4"]
        self.assertEqual(len(grid), 1)
        for cue in entry.findall("CUE_V2"):
            self.assert_grid(float(cue.get("START")) / 1000, truth, 0)
        self.assertAlmostEqual(float(entry.find("INFO").get("PLAYTIME_FLOAT")), 60, delta=0.001)

    def follows(self, marks, truth, end_s):
        """Beats counted from marks (start, BPM) against the rendered ones, and where bars begin."""
        beats = []
        for (start, bpm), after in zip(marks, [*(m[0] for m in marks[1:]), end_s]):
            count = round((after - start) * bpm / 60) if after < end_s else 1000
            beats += [t for t in (start + i * 60 / bpm for i in range(count)) if t < end_s]
        near = [min(abs(t - b) for b in beats) for t in truth["beats_s"]]
        self.assertGreaterEqual(sum(off < 0.025 for off in near) / len(near), 0.97)
        self.assertGreaterEqual(sum(off < 0.012 for off in near) / len(near), 0.9)
        return beats

    def test_a_tempo_that_moves_is_followed(self):
        tracks = [Tracks.get("house", "wav", seconds=90, twist=twist, seed=11)
                  for twist in ("tempo-change", "ritardando", "drift")]
        _, found, _ = self.rekordbox(*(wav for wav, _ in tracks))
        _, entries, _ = self.traktor(*(wav for wav, _ in tracks))
        for (_, truth), track, entry in zip(tracks, found, entries):
            with self.subTest(twist=truth["twists"]):
                tempi = [(float(t.get("Inizio")), float(t.get("Bpm")), int(t.get("Battito")))
                         for t in track.findall("TEMPO")]
                self.follows([t[:2] for t in tempi], truth, 90)
                self.assertLess(len(tempi), 40)
                for (at, bpm, place), after in zip(tempi, tempi[1:]):
                    count = round((after[0] - at) * bpm / 60)
                    self.assertEqual((place - 1 + count) % 4 + 1, after[2])
                markers = [c for c in entry.findall("CUE_V2") if c.get("TYPE") == "4"]
                marks = [(float(c.get("START")) / 1000, float(c.find("GRID").get("BPM")))
                         for c in markers]
                self.assertGreater(len(marks), 1)
                late = {**truth, "beats_s": [b for b in truth["beats_s"] if b > marks[0][0] - 0.1]}
                self.follows(marks, late, 90)
                bars = truth["beats_s"][truth["downbeat_index"]::4]
                for start, _ in marks:
                    self.assertLess(min(abs(start - bar) for bar in bars), 0.03)

    def test_traktor_playlist_names_the_entries(self):
        # an imported NML shows its tracks as a playlist: volume, folder and file in one key
        files = [Tracks.get("drum-loop", "wav", seconds=4)[0],
                 Tracks.get("ambient", "wav", seconds=20)[0]]
        odd = os.path.join(self.dir, "a & b")
        os.mkdir(odd)
        files.append(shutil.copy(files[0], os.path.join(odd, "50% \"live\" <ü>.wav")))
        root, entries, _ = self.traktor(*files)
        places = [e.find("LOCATION") for e in entries]
        node = root.find("PLAYLISTS/NODE")
        self.assertEqual((node.get("TYPE"), node.get("NAME")), ("FOLDER", "$ROOT"))
        playlist = node.find("SUBNODES/NODE/PLAYLIST")
        self.assertEqual(playlist.get("ENTRIES"), "3")
        self.assertRegex(playlist.get("UUID"), r"^[0-9a-f]{32}$")
        self.assertEqual([k.get("KEY") for k in playlist.findall("ENTRY/PRIMARYKEY")],
                         [p.get("VOLUME") + p.get("DIR") + p.get("FILE") for p in places])
        # in the order of Traktor's own collections
        self.assertEqual([child.tag for child in root],
                         ["HEAD", "MUSICFOLDERS", "COLLECTION", "SETS", "PLAYLISTS", "INDEXING"])

    def test_a_file_named_twice_is_one_track(self):
        wav, _ = Tracks.get("drum-loop", "wav", seconds=4)
        link = os.path.join(self.dir, "link.wav")
        os.symlink(wav, link)
        copy = shutil.copy(wav, os.path.join(self.dir, "copy.wav"))
        files = (wav, link, copy, wav)
        root, tracks, _ = self.rekordbox(*files)
        self.assertEqual([os.path.basename(t.get("Location")) for t in tracks],
                         [os.path.basename(wav), "copy.wav"])
        self.assertEqual([t.get("TrackID") for t in tracks], ["1", "2"])
        self.assertEqual(root.find("COLLECTION").get("Entries"), "2")
        self.assertEqual(len(root.findall("PLAYLISTS/NODE/NODE/TRACK")), 2)
        root, entries, _ = self.traktor(*files)
        self.assertEqual(len(entries), 2)
        self.assertEqual(len(list(root.iter("PRIMARYKEY"))), 2)
        self.assertEqual(len(self.table(*files)[0]), 2)

    def test_each_programs_clock_on_an_mp3(self):
        lame = ["lame", "--quiet", "-b", "320", "{wav}", "{out}"]
        tagged, truth = self.encoded("lame.mp3", lame)
        plain, _ = self.encoded("plain.mp3", lame[:2] + ["-t"] + lame[2:])
        ffmpeg, _ = self.encoded("lavc.mp3", ["ffmpeg", "-v", "error", "-nostdin", "-i", "{wav}",
                                              "-b:a", "320k", "{out}"])
        with open(tagged, "rb") as file:
            data = bytearray(file.read())
        delay = lame_delay(data) + 529
        at = data.index(b"LAME")
        data[at + 34:at + 36] = b"\0\0"
        zero = os.path.join(self.dir, "crc0.mp3")
        with open(zero, "wb") as file:
            file.write(data)
        # frames of music before t = 0, and whether each plays the frame of the tag; without a tag
        # t = 0 is the first decoded frame, so the rendered beat comes LAME's delay later
        cases = {tagged: (delay, True, True), zero: (delay, False, True),
                 ffmpeg: (1105, False, True), plain: (delay, False, False)}
        _, tracks, _ = self.rekordbox(*cases)
        _, entries, _ = self.traktor(*cases)
        for (path, (before, tag_r, tag_t)), track, entry in zip(cases.items(), tracks, entries):
            with self.subTest(path=os.path.basename(path)):
                self.assertTrue(track.get("Location").endswith(os.path.basename(path)))
                for tempo in track.findall("TEMPO"):
                    self.assert_grid(float(tempo.get("Inizio")), truth,
                                     (before + FRAME * tag_r) / 44100)
                for cue in entry.findall("CUE_V2"):
                    self.assert_grid(float(cue.get("START")) / 1000, truth,
                                     (before + FRAME * tag_t) / 44100)

    def hostile(self):
        wav, _ = Tracks.get("drum-loop", "wav", seconds=4)
        folder = os.path.join(self.dir, "it's \"<&>\"").encode()
        os.mkdir(folder)
        paths = [os.path.join(folder, name) for name in HOSTILE]
        for path in paths:
            shutil.copyfile(wav, path)
        return paths

    def test_hostile_names_in_rekordbox(self):
        paths = self.hostile()
        _, tracks, done = self.rekordbox(*paths)
        for path, track in zip(paths, tracks):
            place = track.get("Location")
            self.assertTrue(place.startswith("file://localhost/"))
            self.assertEqual(urllib.parse.unquote_to_bytes(place[len("file://localhost"):]),
                             os.path.realpath(path))
            self.assertRegex(place, r"^[A-Za-z0-9/._~%:-]*$")
        self.assertEqual(tracks[0].get("Name"), "plain")
        self.assertEqual(tracks[1].get("Name"), "a\"b&c<d>e'f")
        self.assertEqual(tracks[4].get("Name"), "new\nline")
        self.assertEqual(tracks[5].get("Name"), "tab\tcr\r")
        self.assertEqual(tracks[6].get("Name"), "ctl\ufffd\ufffd[31m")
        self.assertEqual(tracks[11].get("Name"), ".hidden")
        self.assertEqual(tracks[12].get("Name"), "two..dots")
        self.assertEqual(done.stderr, b"")

    def test_hostile_names_in_traktor(self):
        paths = self.hostile()
        _, entries, done = self.traktor(*paths)
        for path, entry in zip(paths, entries):
            shown = text_of(os.path.basename(path))
            shown = "".join("\ufffd" if ord(c) < 32 and c not in "\t\n\r" else c for c in shown)
            self.assertEqual(entry.find("LOCATION").get("FILE"), shown)
            self.assertEqual(entry.find("LOCATION").get("DIR").replace("/:", "/"),
                             os.path.realpath(os.path.dirname(path)).decode() + "/")
        # those that it cannot hold are named, one line each, nothing raw to the terminal
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 4)
        self.assertNotIn(b"\x1b", done.stderr)

    def test_hostile_names_in_csv(self):
        paths = self.hostile()
        rows, _ = self.table(*paths)
        self.assertEqual([row["file"] for row in rows],
                         [text_of(os.path.realpath(path)) for path in paths])

    def test_csv_says_what_the_result_says(self):
        path, truth = Tracks.get("four-on-floor", "wav", seconds=60)
        rows, _ = self.table(path, Tracks.get("ambient", "wav", seconds=20)[0])
        self.assertEqual((rows[0]["bpm"], rows[0]["camelot"], rows[0]["open_key"]),
                         ("128.00", "8A", "1m"))
        self.assertAlmostEqual(float(rows[0]["integrated_lufs"]), truth["lufs"], delta=0.2)
        self.assertEqual(rows[0]["constant_tempo"], "yes")
        self.assertEqual((rows[1]["bpm"], rows[1]["drop_s"]), ("", ""))
        for drop in rows[0]["drop_s"].split("; "):
            self.assert_grid(float(drop), truth, 0)
        self.assertFalse(any(math.isnan(float(rows[0][k])) for k in ("first_beat_s", "energy")))

    def test_no_cell_is_a_formula(self):
        wav, _ = Tracks.get("drum-loop", "wav", seconds=4)
        for name in ("=1.wav", "+1.wav", "-1.wav", "@1.wav"):
            shutil.copyfile(wav, os.path.join(self.dir, name))
        out, _ = self.export("csv", *(os.path.join(self.dir, n) for n in os.listdir(self.dir)
                                      if n.endswith("1.wav")))
        with open(out, newline="", encoding="utf-8") as file:
            for row in list(csv.reader(file))[1:]:
                for cell in row:
                    self.assertTrue(not cell or cell[0] not in "=+@\t\r", cell)
                    self.assertTrue(not cell.startswith("-") or float(cell) < 0)

    def test_a_bad_file_leaves_the_others(self):
        good, _ = Tracks.get("drum-loop", "wav", seconds=4)
        missing = os.path.join(self.dir, "missing.wav")
        _, tracks, _ = self.rekordbox(missing, good, code=66)
        self.assertEqual(len(tracks), 1)
        os.unlink(os.path.join(self.dir, "out.xml"))
        self.export("xml", missing, code=66)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "out.xml")))

    def test_the_old_file_stays_when_writing_fails(self):
        good, _ = Tracks.get("drum-loop", "wav", seconds=4)
        folder = os.path.join(self.dir, "a.csv")
        os.mkdir(folder)
        for args, code in ((["--export", "/nowhere/x.csv", good], 66),
                           (["--export", folder, good], 74),
                           (["--export", os.path.join(self.dir, "x.txt"), good], 64),
                           (["--export", os.path.join(self.dir, "x.xml"), "-"], 64)):
            with self.subTest(args=args):
                done = self.mixgauge("analyze", "-q", "--json", *args, stdin=subprocess.DEVNULL)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assert_one_sentence(done.stderr)
        self.assertEqual(os.listdir(self.dir), ["a.csv"])

    def test_an_interrupted_run_leaves_the_old_collection(self):
        short, _ = Tracks.get("drum-loop", "wav", seconds=4)
        long, _ = Tracks.get("four-on-floor", "wav", seconds=400)
        out = os.path.join(self.dir, "set.xml")
        with open(out, "w", encoding="utf-8") as file:
            file.write("mine")
        process = subprocess.Popen([os.path.join(os.environ["MG_BUILD"], "mixgauge"), "analyze",
                                    "--json", "-j1", "--export", out, short, long], env=self.env,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.readline()  # the first track is done, the second under way
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        self.assertNotEqual(process.returncode, 0)
        with open(out, encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")
        self.assertEqual(os.listdir(self.dir), ["set.xml"])

    def test_a_full_disk_leaves_the_old_collection(self):
        good, _ = Tracks.get("drum-loop", "wav", seconds=4)
        for form in ("xml", "nml", "csv"):
            out = os.path.join(self.dir, "set." + form)
            with open(out, "w", encoding="utf-8") as file:
                file.write("mine")
            # a file may not grow over 100 bytes: the disk is full in the middle of the document
            done = self.mixgauge("analyze", "-q", "--export", out, good, restore_signals=False,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                       (100, 100)))
            self.assertEqual(done.returncode, 74, done.stderr)
            self.assertIn("cannot write", done.stderr)
            with open(out, encoding="utf-8") as file:
                self.assertEqual(file.read(), "mine")
        self.assertEqual(sorted(os.listdir(self.dir)), ["set.csv", "set.nml", "set.xml"])

    def test_a_link_is_followed(self):
        good, _ = Tracks.get("drum-loop", "wav", seconds=4)
        real, link = os.path.join(self.dir, "deep", "mine.csv"), os.path.join(self.dir, "set.csv")
        os.mkdir(os.path.dirname(real))
        os.symlink(real, link)
        with open(real, "w", encoding="utf-8") as file:
            file.write("mine")
        self.ok("analyze", "-q", "--export", link, good)
        self.assertTrue(os.path.islink(link))
        with open(real, encoding="utf-8") as file:
            self.assertIn("drum-loop", file.read())
        self.assertEqual(os.listdir(os.path.dirname(real)), ["mine.csv"])

    def test_several_forms_at_once(self):
        files = [Tracks.get("drum-loop", "wav", seconds=4)[0],
                 Tracks.get("four-on-floor", "wav", seconds=30)[0]]
        outs = [os.path.join(self.dir, "all." + form) for form in ("xml", "nml", "csv")]
        self.ok("analyze", "-q", *(word for out in outs for word in ("--export", out)), *files)
        for out in outs:
            alone, _ = self.export(out[-3:], *files)
            with open(out, "rb") as one, open(alone, "rb") as other:
                self.assertEqual(one.read(), other.read())
        twice = self.mixgauge("analyze", "-q", "--export", outs[0], "--export", outs[0], files[0])
        self.assertEqual(twice.returncode, 64)
        self.assert_one_sentence(twice.stderr)
        # one that cannot be written is said, and does not keep the others from it
        os.unlink(outs[1])
        full = os.path.join(self.dir, "full.xml")
        os.symlink("/dev/full", full)
        done = self.mixgauge("analyze", "-q", "--export", full, "--export", outs[1], *files)
        self.assertEqual(done.returncode, 74)
        self.assert_one_sentence(done.stderr)
        with open(outs[1], "rb") as one, open(os.path.join(self.dir, "out.nml"), "rb") as other:
            self.assertEqual(one.read(), other.read())

    def test_a_pipe_is_written_to_and_waited_for_no_longer_than_wanted(self):
        good, _ = Tracks.get("drum-loop", "wav", seconds=4)
        for option, name in (("--export", "set.xml"), ("--report", "page.html")):
            pipe = os.path.join(self.dir, name)
            os.mkfifo(pipe)
            command = [os.path.join(os.environ["MG_BUILD"], "mixgauge"), "analyze", "--json", "-q",
                       option, pipe, good]
            for number in (signal.SIGTERM, signal.SIGINT):
                process = subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE)
                time.sleep(1)  # done but for the document, whose reader never comes
                process.send_signal(number)
                _, said = process.communicate(timeout=10)
                self.assertEqual(process.returncode, -number)
                self.assertEqual(said, b"")
            process = subprocess.Popen(command, env=self.env, stdout=subprocess.DEVNULL)
            with open(pipe, "rb") as file:
                self.assertIn(b"drum-loop", file.read())
            self.assertEqual(process.wait(10), 0)

    def test_the_same_for_any_j(self):
        files = [Tracks.get("drum-loop", "wav", seconds=4)[0],
                 Tracks.get("four-on-floor", "wav", seconds=30)[0]] * 2
        documents = []
        for jobs in ("1", "4"):
            out = os.path.join(self.dir, "j.xml")
            self.ok("analyze", "-q", "-j", jobs, "--export", out, *files)
            with open(out, "rb") as file:
                documents.append(file.read())
        self.assertEqual(documents[0], documents[1])


if __name__ == "__main__":
    unittest.main()
