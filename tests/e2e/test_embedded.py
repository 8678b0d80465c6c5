"""One machine, no server: an SQLite file holds queue and results."""
import json
import os
import sqlite3
import unittest

from harness import Case, Tracks


class Embedded(Case):
    def database(self):
        return os.path.join(self.dir, "data", "mixgauge.db")

    def enqueue(self, *files, user="me"):
        lines = self.ok("enqueue", "--user", user, "--json", *files).splitlines()
        return [json.loads(line)["job_id"] for line in lines]

    def test_enqueue_work_show(self):
        files = [Tracks.get("four-on-floor", "wav", seconds=30, bpm=126.5)[0],
                 Tracks.get("drum-and-bass", "mp3", seconds=30)[0]]
        jobs = self.enqueue(*files)
        self.ok("work", "--until-empty", timeout=120)
        self.assertEqual(self.jobs_by_state(), {"succeeded": 2})
        result = json.loads(self.ok("show", "--json", jobs[0]))
        self.assertAlmostEqual(result["tempo"]["bpm"], 126.5, delta=0.05)
        text = self.ok("show", jobs[1])
        self.assertIn("LUFS", text)
        self.assertIn("BPM", text)
        self.assertIn("succeeded", self.ok("explain", jobs[1]))

    def test_ten_jobs_two_workers_then_sweep(self):
        path, _ = Tracks.get("half-time", "mp3")
        self.enqueue(*[path] * 10)
        workers = [self.start("work", "--until-empty", "--concurrency", "2") for _ in range(2)]
        for worker in workers:
            self.assertEqual(worker.wait(timeout=120), 0, self.log_of(worker))
        self.assertEqual(self.jobs_by_state(), {"succeeded": 10})
        db = sqlite3.connect(self.database())
        self.assertEqual(db.execute("SELECT count(*) FROM analyses").fetchone()[0], 10)
        self.assertEqual(db.execute("SELECT max(attempts) FROM jobs").fetchone()[0], 1)
        week = 8 * 86400 * 1000
        db.execute("UPDATE audio_objects SET uploaded_at = uploaded_at - ?, "
                   "delete_after = delete_after - ?", (week, week))
        db.commit()
        self.ok("sweep")
        left = [n for _, _, names in os.walk(os.path.join(self.dir, "data", "audio")) for n in names]
        self.assertEqual(left, [])
        self.assertEqual(db.execute("SELECT count(*) FROM deletion_log").fetchone()[0], 10)
        self.assertEqual(db.execute("SELECT count(*) FROM analyses").fetchone()[0], 10)
        db.close()

    def test_a_bad_file_does_not_stop_the_others(self):
        text = os.path.join(self.dir, "notes.mp3")
        with open(text, "w", encoding="utf-8") as out:
            out.write("not music\n" * 100)
        good, _ = Tracks.get("drum-loop", "wav")
        jobs = self.enqueue(text, good)
        self.ok("work", "--until-empty")
        self.assertEqual(self.jobs_by_state(), {"dead": 1, "succeeded": 1})
        self.assertIn("unsupported_format", self.ok("explain", jobs[0]))
        status = json.loads(self.ok("status", "--json"))
        self.assertEqual(status["jobs"]["dead"], 1)
        self.ok("requeue", jobs[0])
        self.ok("work", "--until-empty")
        self.assertEqual(self.jobs_by_state(), {"dead": 1, "succeeded": 1})

    def test_private_files(self):
        good, _ = Tracks.get("drum-loop", "wav")
        self.enqueue(good)
        self.assertEqual(os.stat(self.database()).st_mode & 0o077, 0)
        for folder, _, names in os.walk(os.path.join(self.dir, "data", "audio")):
            for name in names:
                self.assertEqual(os.stat(os.path.join(folder, name)).st_mode & 0o077, 0)


if __name__ == "__main__":
    unittest.main()
