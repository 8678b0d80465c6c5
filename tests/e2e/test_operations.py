"""What an operator relies on: retention that is set is kept, and frontends hear of what is done."""
from harness import Case, ServiceCase, Tracks

DAY_MS = 86400000


class Retention(ServiceCase):
    def setting(self, name):
        return int(self.psql(f"SELECT value FROM mixgauge.settings WHERE name = '{name}'"))

    def run_one(self):
        job = self.announce("ann", self.upload("ann", Tracks.get("drum-loop", seconds=6)[0]))
        self.ok("work", "--until-empty")
        return int(self.psql(
            "SELECT a.delete_after - j.ended_at FROM mixgauge.jobs j JOIN mixgauge.audio_objects a "
            f"ON a.key = j.audio_key WHERE j.job_id = '{job}'"))

    def test_days_that_are_set_reach_the_ledger(self):
        self.assertEqual(self.setting("retention_ms"), 7 * DAY_MS)
        self.env["MIXGAUGE_RETENTION_DAYS"] = "1"
        self.ok("migrate", "--status") # only looks
        self.ok("sweep", "--dry-run")
        self.assertEqual(self.setting("retention_ms"), 7 * DAY_MS)
        self.ok("migrate")
        self.assertEqual(self.setting("retention_ms"), DAY_MS)
        self.assertEqual(self.setting("retention_cap_ms"), 14 * DAY_MS)
        del self.env["MIXGAUGE_RETENTION_DAYS"] # where nothing is set, what was kept holds
        self.ok("migrate")
        self.ok("sweep")
        self.assertEqual(self.run_one(), DAY_MS)
        self.ok("sweep", "--retention-days", "2", "--retention-cap-days", "3")
        self.assertEqual(self.setting("retention_cap_ms"), 3 * DAY_MS)
        self.assertEqual(self.run_one(), 2 * DAY_MS)


class OneMachine(Case):
    def test_no_days_delete_as_soon_as_the_job_has_ended(self):
        track, _ = Tracks.get("drum-loop", seconds=6)
        self.env["MIXGAUGE_RETENTION_DAYS"] = "0"
        job = self.ok("enqueue", "--user", "ann", track).strip()
        self.ok("work", "--until-empty")
        self.assertIn("1 objects deleted", self.ok("sweep"))
        self.assertIn("LUFS", self.ok("show", job))
        refused = self.mixgauge("requeue", job)
        self.assertEqual(refused.returncode, 75)
        self.assertIn("deleted", refused.stderr)


class Events(ServiceCase):
    def told(self, job):
        """The states of the job's events, in order."""
        words = self.redis("XRANGE", f"{self.prefix}:events", "-", "+").split("\n")
        return [words[i + 7] for i, word in enumerate(words)
                if word == "job_id" and words[i + 1] == job]

    def test_cancel_and_requeue_are_told(self):
        track, _ = Tracks.get("drum-loop", seconds=6)
        job = self.ok("enqueue", "--user", "ann", track).strip()
        self.ok("cancel", job)
        self.assertEqual(self.told(job), ["cancelled"])
        self.ok("requeue", job)
        self.assertEqual(self.told(job), ["cancelled", "queued"])
        self.psql("UPDATE mixgauge.jobs SET state = 'dead', reason = 'timeout', ended_at = 1")
        self.ok("requeue", "--dead")
        self.assertEqual(self.told(job), ["cancelled", "queued", "queued"])
        # a queue that is away is no error: the ledger has it
        self.env["MIXGAUGE_QUEUE_URL"] = f"unix://{self.dir}/no.sock"
        self.ok("cancel", job)
