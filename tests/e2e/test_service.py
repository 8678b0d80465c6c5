"""Uploads through the real Redis and PostgreSQL, announced by plain XADD."""
import json
import os
import signal
import time
import unittest
import uuid

from harness import ServiceCase, Tracks, run, wait_until

KINDS = [("four-on-floor", "wav"), ("four-on-floor", "mp3"), ("drum-and-bass", "mp3"),
         ("half-time", "wav"), ("chord-pad", "mp3")]


class Service(ServiceCase):
    def ten_uploads(self):
        """Ten jobs of two users and both formats; job id -> truth."""
        truths = {}
        for i in range(10):
            kind, form = KINDS[i % len(KINDS)]
            path, truth = Tracks.get(kind, form, seconds=30, key="F minor")
            user = f"user-{i % 2}"
            job = self.announce(user, self.upload(user, path), filename=f"mix {i}.{form}",
                                priority=["high", "normal", "low"][i % 3])
            truths[job] = truth
        return truths

    def succeeded(self):
        return int(self.psql("SELECT count(*) FROM mixgauge.jobs WHERE state = 'succeeded'"))

    def retry_now(self):
        self.psql("UPDATE mixgauge.jobs SET run_at = 0 WHERE state = 'retry_wait'")

    def test_ten_uploads_two_workers_one_killed(self):
        self.env.update(MIXGAUGE_LEASE_S="5", MIXGAUGE_HEARTBEAT_S="1")
        truths = self.ten_uploads()
        victim = self.start("work", "--concurrency", 2, log="victim")
        running = "SELECT count(*) FROM mixgauge.jobs WHERE state = 'running'"
        self.assertTrue(wait_until(lambda: int(self.psql(running)) > 0, 30, 0.02),
                        self.log_of(victim))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        survivor = self.start("work", "--concurrency", 2, log="survivor")
        # worker_lost waits a minute before the next attempt; the test has no minute to give
        def settled():
            self.retry_now()
            return self.succeeded() == 10
        self.assertTrue(wait_until(settled, 120, 0.5),
                        self.psql("SELECT job_id, state, reason, detail FROM mixgauge.jobs")
                        + self.log_of(survivor))
        self.assertTrue(wait_until(self.streams_are_empty, 10))
        self.assertEqual(self.stop(survivor), 0)
        self.assertEqual(self.psql("SELECT count(*) FROM mixgauge.analyses"), "10")
        self.assertNotEqual(
            self.psql("SELECT count(*) FROM mixgauge.attempts WHERE outcome = 'lost'"), "0")
        for job, truth in truths.items():
            result = json.loads(self.psql(
                f"SELECT result FROM mixgauge.analyses WHERE job_id = '{job}'"))
            self.assertAlmostEqual(result["loudness"]["integrated_lufs"], truth["lufs"], delta=0.3)
            self.assertAlmostEqual(result["audio"]["duration_s"], truth["seconds"], delta=0.01)
            if truth["bpm"]:
                self.assertAlmostEqual(result["tempo"]["bpm"], truth["bpm"], delta=0.05)
            self.assertEqual(result["key"]["name"], truth["key"])

    def test_sweep_after_the_retention(self):
        path, _ = Tracks.get("four-on-floor", "mp3")
        waiting_key = self.upload("carol", path)
        jobs = [self.announce("alice", self.upload("alice", path)) for _ in range(3)]
        worker = self.start("work")
        self.assertTrue(wait_until(lambda: self.succeeded() == 3, 60), self.log_of(worker))
        self.stop(worker)
        # waits in the stream: neither an orphan nor due
        self.announce("carol", waiting_key)
        for table, columns in (("jobs", ("created_at", "started_at", "ended_at")),
                               ("audio_objects", ("uploaded_at", "delete_after"))):
            sets = ", ".join(f"{c} = {c} - {8 * 86400 * 1000}" for c in columns)
            self.psql(f"UPDATE mixgauge.{table} SET {sets}")
        os.utime(os.path.join(self.audio, waiting_key), (1, 1))
        dry = self.ok("sweep", "--dry-run")
        self.assertEqual(len(self.files()), 4, dry)
        self.ok("sweep")
        self.assertEqual(self.files(), [waiting_key])
        self.assertEqual(self.psql("SELECT count(*) FROM mixgauge.deletion_log"), "3")
        for job in jobs:
            self.assertIn("LUFS", self.ok("show", job))
        self.ok("sweep")
        self.assertEqual(self.psql("SELECT count(*) FROM mixgauge.deletion_log"), "3")

    def files(self):
        found = []
        for folder, _, names in os.walk(self.audio):
            found += [os.path.relpath(os.path.join(folder, n), self.audio) for n in names]
        return sorted(found)

    def test_bad_messages_never_block(self):
        path, _ = Tracks.get("drum-loop", "wav")
        good_key = self.upload("dave", path)
        stream = f"{self.prefix}:jobs:normal"
        self.redis("XADD", stream, "*", "nonsense", "1")
        self.redis("XADD", stream, "*", "v", "9", "job_id", str(uuid.uuid4()), "user_id", "dave",
                   "audio_key", good_key)
        self.announce("dave", "mallory/" + os.path.basename(good_key))
        self.announce("dave", "dave/../mallory/x.wav")
        self.announce("dave", "http://example.org/x.wav")
        self.announce("dave", good_key, job_id="not-a-uuid")
        self.announce("dave", good_key, filename="x" * 9000)
        good = self.announce("dave", good_key)
        worker = self.start("work")
        self.assertTrue(wait_until(lambda: self.succeeded() == 1, 60), self.log_of(worker))
        self.assertTrue(wait_until(self.streams_are_empty, 10))
        reasons = self.psql("SELECT reason, count(*) FROM mixgauge.dead_entries "
                            "GROUP BY reason ORDER BY reason").splitlines()
        self.assertEqual(reasons, ["bad_message|6", "unsupported_version|1"])
        # the same message once more changes nothing; another key under the same id is refused
        self.announce("dave", good_key, job_id=good)
        self.announce("dave", self.upload("dave", path), job_id=good)
        self.assertTrue(wait_until(self.streams_are_empty, 10))
        self.assertTrue(wait_until(lambda: self.psql(
            "SELECT count(*) FROM mixgauge.dead_entries WHERE reason = 'bad_message'") == "7", 10))
        self.assertEqual(self.psql("SELECT count(*), min(attempts) FROM mixgauge.jobs"), "1|1")
        self.assertIsNone(worker.poll())
        self.assertEqual(self.stop(worker), 0)

    def test_bad_audio_ends_dead_with_its_reason(self):
        good, _ = Tracks.get("four-on-floor", "mp3")
        files = {"empty.wav": b"", "text.mp3": b"this is not music\n" * 200,
                 "lies.wav": b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\x01\0\x00\x04\x44\xac\0\0"
                             b"\x10\xb1\x02\0\x04\0\x10\0data\xff\xff\xff\x7f" + b"\0" * 64}
        jobs = {}
        for name, data in files.items():
            path = os.path.join(self.dir, name)
            with open(path, "wb") as out:
                out.write(data)
            jobs[name] = self.announce("erin", self.upload("erin", path))
        jobs["missing"] = self.announce("erin", f"erin/{uuid.uuid4()}.wav")
        jobs["good"] = self.announce("erin", self.upload("erin", good))
        worker = self.start("work")
        def states():
            self.retry_now()
            rows = self.psql("SELECT job_id, state, coalesce(reason, '') FROM mixgauge.jobs")
            return {r.split("|")[0]: r.split("|")[1:] for r in rows.splitlines()}
        self.assertTrue(wait_until(
            lambda: len(states()) == 5 and all(s[0] in ("dead", "succeeded")
                                               for s in states().values()), 60, 0.3),
            str(states()) + self.log_of(worker))
        final = states()
        self.assertEqual(final[jobs["good"]][0], "succeeded")
        self.assertEqual(final[jobs["empty.wav"]], ["dead", "empty_audio"])
        self.assertEqual(final[jobs["text.mp3"]], ["dead", "unsupported_format"])
        self.assertEqual(final[jobs["lies.wav"]][0], "dead")
        self.assertIn(final[jobs["lies.wav"]][1], ("limits_exceeded", "corrupt_audio"))
        self.assertEqual(final[jobs["missing"]], ["dead", "audio_missing"])
        self.assertIsNone(worker.poll())
        explained = self.ok("explain", jobs["text.mp3"])
        self.assertIn("unsupported_format", explained)
        self.assertEqual(self.stop(worker), 0)

    def test_sigterm_drains_without_using_an_attempt(self):
        self.env["MIXGAUGE_DRAIN_S"] = "0"
        path, _ = Tracks.get("four-on-floor", "wav", seconds=400)
        job = self.announce("frank", self.upload("frank", path))
        worker = self.start("work")
        running = "SELECT count(*) FROM mixgauge.jobs WHERE state = 'running'"
        self.assertTrue(wait_until(lambda: self.psql(running) == "1", 30, 0.01))
        started = time.monotonic()
        self.assertEqual(self.stop(worker), 0)
        self.assertLess(time.monotonic() - started, 6)
        self.assertEqual(self.psql(f"SELECT state, attempts FROM mixgauge.jobs "
                                   f"WHERE job_id = '{job}'"), "queued|0")
        worker = self.start("work")
        self.assertTrue(wait_until(lambda: self.succeeded() == 1, 60), self.log_of(worker))

    def test_events_tell_what_happens(self):
        path, _ = Tracks.get("drum-loop", "wav")
        job = self.announce("gina", self.upload("gina", path))
        worker = self.start("work")
        self.assertTrue(wait_until(lambda: self.succeeded() == 1, 60), self.log_of(worker))
        def states():
            text = self.redis("XRANGE", f"{self.prefix}:events", "-", "+")
            words = text.split("\n")
            return [words[i + 1] for i, w in enumerate(words) if w == "state"]
        self.assertTrue(wait_until(lambda: "succeeded" in states(), 10))
        self.assertIn("running", states())
        self.assertIn(job, self.redis("XRANGE", f"{self.prefix}:events", "-", "+"))

    def test_cancel_reaches_a_running_job(self):
        """The analyser is frozen, so that the job can end in no other way."""
        self.env.update(MIXGAUGE_LEASE_S="6", MIXGAUGE_HEARTBEAT_S="1")
        path, _ = Tracks.get("four-on-floor", "wav", seconds=400)
        job = self.announce("hal", self.upload("hal", path))
        worker = self.start("work", "--concurrency", 1)
        def analyser():
            return run("pgrep", "-P", worker.pid, "-f", "mixgauge-analyser").stdout.split()
        self.assertTrue(wait_until(analyser, 30, 0.01), self.log_of(worker))
        frozen = int(analyser()[0])
        os.kill(frozen, signal.SIGSTOP)
        state = f"SELECT state FROM mixgauge.jobs WHERE job_id = '{job}'"
        self.assertEqual(self.psql(state), "running")
        self.ok("cancel", job)
        self.assertTrue(wait_until(lambda: self.psql(state) == "cancelled", 20),
                        self.log_of(worker))
        self.assertFalse(os.path.exists(f"/proc/{frozen}"), "the analyser was left behind")
        self.assertEqual(self.psql("SELECT count(*) FROM mixgauge.analyses"), "0")

    def test_cancel_before_it_runs(self):
        path, _ = Tracks.get("drum-loop", "wav")
        job = self.ok("enqueue", "--user", "hal", path).strip()
        self.ok("cancel", job)
        self.ok("work", "--until-empty")
        self.assertEqual(self.psql("SELECT state, attempts FROM mixgauge.jobs"), "cancelled|0")


if __name__ == "__main__":
    unittest.main()
