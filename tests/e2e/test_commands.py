"""Help, exit codes, and servers that are not there."""
import json
import signal
import time
import unittest

from harness import REDIS_SOCKET, Case, ServiceCase, Tracks, wait_until

COMMANDS = ("analyze", "work", "enqueue", "status", "list", "show", "explain", "requeue", "cancel",
            "sweep", "migrate", "doctor", "version")


class Commands(Case):
    def test_every_command_explains_itself(self):
        overview = self.ok("--help")
        for command in COMMANDS:
            with self.subTest(command=command):
                self.assertIn(command, overview)
                text = self.ok(command, "--help")
                self.assertIn(f"mixgauge {command}", text)
                self.assertLess(max(len(line) for line in text.splitlines()), 101)

    def test_version(self):
        self.assertRegex(self.ok("version"), r"^mixgauge \d+\.\d+\.\d+")
        self.assertIn("version", json.loads(self.ok("version", "--json")))

    def test_unknown_job(self):
        self.ok("migrate")
        for command in ("show", "explain", "requeue", "cancel"):
            done = self.mixgauge(command, "01900000-0000-7000-8000-000000000000")
            self.assertEqual(done.returncode, 66, done.stderr)
            self.assert_one_sentence(done.stderr)

    def test_unreachable_servers(self):
        self.env["MIXGAUGE_STORE_URL"] = "postgres://nobody@127.0.0.1:1/none"
        done = self.mixgauge("status")
        self.assertEqual(done.returncode, 69, done.stderr)
        self.assert_one_sentence(done.stderr)
        self.assertNotIn("nobody@", done.stderr)

    def test_a_worker_outlives_an_absent_redis(self):
        self.env["MIXGAUGE_QUEUE_URL"] = "redis://127.0.0.1:1/"
        path, _ = Tracks.get("drum-loop", "wav")
        self.ok("enqueue", "--user", "me", path)
        worker = self.start("work")
        self.assertTrue(wait_until(lambda: self.jobs_by_state() == {"succeeded": 1}, 30),
                        self.log_of(worker))
        self.assertEqual(self.stop(worker), 0)

    def test_doctor(self):
        self.ok("migrate")
        self.assertIn("ok", self.ok("doctor"))
        self.env["MIXGAUGE_QUEUE_URL"] = "redis://user:secret@127.0.0.1:1/"
        done = self.mixgauge("doctor")
        self.assertEqual(done.returncode, 69)
        self.assertNotIn("secret", done.stdout + done.stderr)


class AbsentServers(ServiceCase):
    def test_a_worker_waits_for_postgres_and_comes_back(self):
        url = self.env["MIXGAUGE_STORE_URL"]
        self.env["MIXGAUGE_STORE_URL"] = "postgres://nobody@127.0.0.1:1/none"
        worker = self.start("work")
        time.sleep(3)
        self.assertIsNone(worker.poll(), self.log_of(worker))
        self.assertEqual(self.stop(worker), 0)
        self.env["MIXGAUGE_STORE_URL"] = url.replace(self.database, "no_such_database")
        refused = self.start("work")
        self.assertEqual(refused.wait(timeout=30), 78, self.log_of(refused))

    def test_flushed_streams_are_made_again(self):
        path, _ = Tracks.get("drum-loop", "wav")
        worker = self.start("work")
        stream = f"{self.prefix}:jobs:normal"
        self.assertTrue(wait_until(lambda: self.redis("EXISTS", stream) == "1", 20))
        self.redis("DEL", stream, f"{self.prefix}:jobs:high", f"{self.prefix}:jobs:low")
        job = self.announce("ida", self.upload("ida", path))
        self.assertTrue(wait_until(lambda: self.psql(
            f"SELECT state FROM mixgauge.jobs WHERE job_id = '{job}'") == "succeeded", 60),
            self.log_of(worker))
        worker.send_signal(signal.SIGTERM)
        self.assertEqual(worker.wait(timeout=40), 0)

    def test_servers_are_there(self):
        self.assertTrue(REDIS_SOCKET)
        text = self.ok("doctor")
        self.assertNotIn("fail", text)


if __name__ == "__main__":
    unittest.main()
