"""Faults of the machine and of the servers: none may cost a job, an attempt or a result."""
import os
import shutil
import signal
import time

from harness import BUILD, ServiceCase, Tracks, wait_until

# What Postgres says when its disk is full, for one table.
FULL = """
CREATE FUNCTION {table}_full() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON mixgauge.{table}
  FOR EACH ROW EXECUTE FUNCTION {table}_full()"""
ROOM = "DROP TRIGGER no_room ON mixgauge.{table}"


class Faults(ServiceCase):
    def state(self, job):
        return self.psql(f"SELECT state FROM mixgauge.jobs WHERE job_id = '{job}'")

    def outcomes(self, job):
        return self.psql("SELECT string_agg(outcome, ' ' ORDER BY fence) FROM mixgauge.attempts "
                         f"WHERE job_id = '{job}'")

    def test_a_full_disk_buries_no_announcement(self):
        track, _ = Tracks.get("drum-loop", seconds=6)
        self.psql(FULL.format(table="jobs"))
        worker = self.start("work")
        job = self.announce("ann", self.upload("ann", track))
        self.assertTrue(wait_until(lambda: "ledger_lost" in self.log_of(worker), 15),
                        self.log_of(worker))
        time.sleep(2)
        self.assertEqual(self.psql("SELECT count(*) FROM mixgauge.dead_entries"), "0")
        self.psql(ROOM.format(table="jobs"))
        self.assertTrue(wait_until(lambda: self.state(job) == "succeeded", 30),
                        self.log_of(worker))
        self.assertTrue(wait_until(self.streams_are_empty, 5))
        self.assertEqual(self.stop(worker), 0)

    def test_a_full_disk_costs_no_result(self):
        track, _ = Tracks.get("drum-loop", seconds=6)
        self.psql(FULL.format(table="analyses"))
        worker = self.start("work", "--concurrency", 1)
        job = self.announce("ann", self.upload("ann", track))
        self.assertTrue(wait_until(lambda: self.state(job) == "running", 15), self.log_of(worker))
        time.sleep(4)
        self.psql(ROOM.format(table="analyses"))
        self.assertTrue(wait_until(lambda: self.state(job) == "succeeded", 15),
                        self.log_of(worker))
        self.assertEqual(self.outcomes(job), "succeeded")
        self.assertEqual(self.stop(worker), 0)

    def test_an_analyser_that_cannot_be_started_uses_up_no_attempt(self):
        track, _ = Tracks.get("drum-loop", seconds=6)
        programs = os.path.join(self.dir, "bin")
        os.mkdir(programs)
        for name in ("mixgauge", "mixgauge-analyser"):
            shutil.copy2(os.path.join(BUILD, name), programs)
        analyser = os.path.join(programs, "mixgauge-analyser")
        worker = self.start("work", "--concurrency", 1,
                            program=os.path.join(programs, "mixgauge"))
        self.assertTrue(wait_until(lambda: "started" in self.log_of(worker), 10))
        os.rename(analyser, analyser + ".away") # an upgrade that is under way
        job = self.announce("ann", self.upload("ann", track))
        self.assertTrue(wait_until(lambda: "job_released" in self.log_of(worker), 10),
                        self.log_of(worker))
        self.assertEqual(self.state(job), "queued")
        os.rename(analyser + ".away", analyser)
        self.assertTrue(wait_until(lambda: self.state(job) == "succeeded", 30),
                        self.log_of(worker))
        self.assertEqual(self.psql(f"SELECT attempts FROM mixgauge.jobs WHERE job_id = '{job}'"),
                         "1")
        self.assertEqual(self.stop(worker), 0)

    def test_a_stopped_worker_writes_nothing_when_it_wakes(self):
        track, _ = Tracks.get("four-on-floor", "wav", seconds=400) # long enough to be seen
        self.env.update(MIXGAUGE_LEASE_S="3", MIXGAUGE_HEARTBEAT_S="1")
        first = self.start("work", "--concurrency", 1)
        self.assertTrue(wait_until(lambda: "started" in self.log_of(first), 10))
        job = self.announce("ann", self.upload("ann", track))
        self.assertTrue(wait_until(lambda: self.state(job) == "running", 10, 0.01))
        first.send_signal(signal.SIGSTOP) # its analyser runs on and fills the pipe
        second = self.start("work", "--concurrency", 1)
        self.assertTrue(wait_until(lambda: self.outcomes(job) == "lost", 20), self.log_of(second))
        # its retry comes after a minute: now
        self.psql(f"UPDATE mixgauge.jobs SET run_at = 0 WHERE job_id = '{job}'")
        self.assertTrue(wait_until(lambda: self.state(job) == "succeeded", 20))
        first.send_signal(signal.SIGCONT)
        self.assertTrue(wait_until(lambda: "lease_lost" in self.log_of(first), 10),
                        self.log_of(first))
        self.assertEqual(self.outcomes(job), "lost succeeded")
        self.assertEqual(self.psql("SELECT fence, count(*) OVER () FROM mixgauge.analyses"), "2|1")
        self.assertEqual(self.stop(first), 0)
        self.assertEqual(self.stop(second), 0)
